"""Authorization details as immutable values, read strictly (RFC 9396 2, 5).

Rule: a detail is its compact JSON text, members in the order in which they came. So it is cheap to
hash and to compare, prints as what it is, and cannot be changed. Whatever is wrong with a text,
the error is `InvalidAuthorizationDetails`, and it never repeats what the sender wrote.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from oauth_model.errors import InvalidAuthorizationDetails
from oauth_model.jose import compact
from oauth_model.rar.kinds import Field, Kind
from oauth_model.rar.types import TYPES


@dataclass(frozen=True, slots=True)
class Detail:
    """One authorization detail (RFC 9396 2): `str()` gives its JSON.

    Equal when the texts are; whether two say the same is for `details_within`.
    """

    text: str

    @classmethod
    def of(cls, members: Mapping[str, Any]) -> Detail:
        """The detail with these members; they are not checked against any type."""
        return cls(compact(members))

    @property
    def members(self) -> dict[str, Any]:
        """A JSON object for the caller to keep: for a claim, a response member, a comparison."""
        members: dict[str, Any] = json.loads(self.text)
        return members

    def __str__(self) -> str:
        return self.text


Details = tuple[Detail, ...]


def parse_details(text: str, known_types: Collection[str] = TYPES) -> Details:
    """The details of a request parameter `authorization_details`.

    Raises InvalidAuthorizationDetails for a text that is no JSON array or an empty one, and for the
    five reasons of RFC 9396 5, of which the description names the first one found.
    """
    return tuple(checked(entry, known_types) for entry in entries(text))


def dump_details(details: Iterable[Detail]) -> str:
    """The value of a request parameter `authorization_details`."""
    return f"[{','.join(detail.text for detail in details)}]"


def conforming(values: Iterable[Any], known_types: Collection[str] = TYPES) -> Details:
    """Those of a token's details that this party understands; the others give it no right.

    For the claim of a JWT and the member of an introspection response (RFC 9396 9): a token may
    carry what is for another server.
    """
    details = []
    for value in values:
        try:
            details.append(checked(value, known_types))
        except InvalidAuthorizationDetails:
            continue
    return tuple(details)


def locations_of(details: Iterable[Detail]) -> tuple[str, ...]:
    """Every location that is named, once, in order: the audience they ask for (RFC 9396 12)."""
    named = (uri for detail in details for uri in detail.members.get("locations", ()))
    return tuple(dict.fromkeys(named))


def entries(text: str) -> list[Any]:
    """The entries of a non-empty JSON array; raises InvalidAuthorizationDetails."""
    try:
        values = json.loads(text, object_pairs_hook=each_once)
    except (ValueError, RecursionError) as error:
        raise InvalidAuthorizationDetails("the authorization details are no JSON") from error
    if not isinstance(values, list) or not values:
        raise InvalidAuthorizationDetails("the authorization details are no array with entries")
    return values


def each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object; ValueError for a name that comes twice, of which readers take different ones.

    RFC 8259 4 leaves it open which of the two counts: one party could check the first, another
    carry out the second.
    """
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a name is repeated")
    return members


def checked(value: Any, known_types: Collection[str] = TYPES) -> Detail:
    """A detail that conforms to its type; raises InvalidAuthorizationDetails (RFC 9396 5)."""
    if not isinstance(value, dict):
        raise InvalidAuthorizationDetails("an entry is of the wrong type")
    if "type" not in value:
        raise InvalidAuthorizationDetails("type: the required field is missing")
    name = value["type"]
    if not isinstance(name, str):
        raise InvalidAuthorizationDetails("type: the field is of the wrong type")
    if name not in known_types or name not in TYPES:
        raise InvalidAuthorizationDetails("the type is unknown")
    kind = TYPES[name]
    members = {field: held for field, held in value.items() if field != "type"}
    _check(name, members, kind.fields)
    if not kind.consistent(members):
        raise InvalidAuthorizationDetails(f"{name}: the values do not go together")
    return Detail.of(value)


def _check(where: str, value: Any, wanted: Kind | Mapping[str, Field]) -> None:
    """Check one value, and what is in it; `where` is its path, made of names of ours alone."""
    if isinstance(wanted, Kind):
        if not wanted.has_type(value):
            raise InvalidAuthorizationDetails(f"{where}: the field is of the wrong type")
        if not wanted.is_valid(value):
            raise InvalidAuthorizationDetails(f"{where}: the value is invalid")
        return
    if not isinstance(value, dict):
        raise InvalidAuthorizationDetails(f"{where}: the field is of the wrong type")
    if not wanted.keys() >= value.keys():
        raise InvalidAuthorizationDetails(f"{where}: a field is unknown")
    for name, field in wanted.items():
        if name in value:
            _check(f"{where}.{name}", value[name], field.kind)
        elif field.required:
            raise InvalidAuthorizationDetails(f"{where}.{name}: the required field is missing")
