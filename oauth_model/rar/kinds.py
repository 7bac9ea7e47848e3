"""What a field of an authorization detail may hold, and how two values of it compare.

Rule: a field is a row of a table. RFC 9396 5 wants a wrong JSON type told from an invalid value, so
a kind has a test for each. RFC 9396 6.1 knows no comparison that fits every type, so each row names
its own. Strings compare as they are, without normalization (RFC 9396 12).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

#: Whether the asked value (None: absent) asks for no more than the granted one.
Rule = Callable[[Any, Any], bool]


class Kind(NamedTuple):
    """What a value must be: of a JSON type, and then one of that type's valid values."""

    has_type: Callable[[Any], bool]
    is_valid: Callable[[Any], bool]


class Field(NamedTuple):
    """A field: its kind (or the fields of the object it holds), its rule, whether it must be there.

    A field `of_call` is what a call to a resource server says itself (which account, which amount);
    the others stand in the server's declaration of what the operation needs.
    """

    kind: Kind | Mapping[str, Field]
    rule: Rule
    required: bool = False
    of_call: bool = False


def text(pattern: str) -> Kind:
    """A string that the pattern matches from end to end."""
    matches = re.compile(pattern).fullmatch
    return Kind(lambda value: isinstance(value, str), lambda value: bool(matches(value)))


def texts(pattern: str) -> Kind:
    """A non-empty array of strings that the pattern matches."""
    matches = re.compile(pattern).fullmatch
    return Kind(_strings, lambda value: bool(value) and all(map(matches, value)))


def some_of(*known: str) -> Kind:
    """A non-empty array of strings from a list."""
    return Kind(_strings, lambda value: bool(value) and set(known).issuperset(value))


def _strings(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


#: No control characters, and no half of a surrogate pair, which is no Unicode text (RFC 8259 8.2).
_PLAIN = r"[^\x00-\x1f\x7f-\x9f\ud800-\udfff]+"
TEXT, TEXTS = text(_PLAIN), texts(_PLAIN)
#: Absolute, without a fragment, as RFC 8707 2 wants a resource to be named.
URIS = texts(r"[A-Za-z][A-Za-z0-9+.\-]*:[!$-;=?-\[\]_a-z~]+")
#: A full-date of RFC 3339 5.6; the 29th of February in any year.
DATE = text(
    r"[0-9]{4}-((0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])"
    r"|(0[13-9]|1[0-2])-(29|30)|(0[13578]|1[02])-31|02-29)"
)
CURRENCY = text(r"[A-Z]{3}")
#: A decimal number above zero, of which there is one spelling but for zeros at the end.
DECIMAL = text(r"(?=.*[1-9])(0|[1-9][0-9]{0,17})(\.[0-9]{1,4})?")
IBAN = text(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}")


def limits(asked: Any, granted: Any) -> bool:
    """An array that limits: absent, it does not, so leaving out what was granted asks for more."""
    return granted is None or (asked is not None and set(asked) <= set(granted))


def adds(asked: Any, granted: Any) -> bool:
    """An array whose every entry is a right of its own: absent, it gives none."""
    return set(asked or ()) <= set(granted or ())


def pins(asked: Any, granted: Any) -> bool:
    """A single value that limits: absent, it does not."""
    return granted is None or asked == granted


def same(asked: Any, granted: Any) -> bool:
    """The same value, or absent in both: what was not authorised may not be added."""
    return bool(asked == granted)


def same_amount(asked: Any, granted: Any) -> bool:
    """The same money, however many zeros: never more, and less is not what was approved."""
    return bool(
        asked["currency"] == granted["currency"]
        and Decimal(asked["amount"]) == Decimal(granted["amount"])
    )


def not_before(asked: Any, granted: Any) -> bool:
    """A date, which must not be earlier."""
    return bool(asked >= granted)


def not_after(asked: Any, granted: Any) -> bool:
    """A date, which must not be later."""
    return bool(asked <= granted)
