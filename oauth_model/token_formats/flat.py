"""Claims as pairs of names and texts, for formats that know neither nesting nor numbers.

Rule: nothing is lost. A claim for which the format has a place goes there, if its value fits; any
other printable text goes as it is under its own name; all else goes as JSON under its own name
with `.json` after it, and so does a text whose name could be taken for one of those. So every claim
has one way in and every pair one way back.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from oauth_model.errors import InvalidToken
from oauth_model.jose import compact

Pairs = list[tuple[str, str]]
#: Marks a name whose value is JSON (RFC 8259).
JSON = ".json"


def printable(value: Any) -> str | None:
    """The value if it is a text that every format can carry: no control character, no line end."""
    return value if isinstance(value, str) and value.isprintable() else None


class Place(NamedTuple):
    """Where a format has a claim: under which name, and written how.

    `write` gives None for a value that does not fit; `read` undoes it, ValueError if it cannot.
    """

    name: str
    write: Callable[[Any], str | None] = printable
    read: Callable[[str], Any] = str


#: Claim → its place in a format.
Places = Mapping[str, Place]


def flatten(claims: Mapping[str, Any], places: Places) -> Pairs:
    """Claims as pairs, in their order; raises ValueError for a value that is not JSON."""
    taken = {place.name for place in places.values()}
    pairs = []
    for claim, value in claims.items():
        ambiguous = claim.endswith(JSON) or (claim in taken and claim not in places)
        place = places.get(claim, Place(claim))
        text = None if ambiguous else place.write(value)
        here = (f"{claim}{JSON}", compact(value)) if text is None else (place.name, text)
        pairs.append(here)
    return pairs


def unflatten(pairs: Iterable[tuple[str, str]], places: Places) -> dict[str, Any]:
    """The claims that were flattened.

    Raises InvalidToken for a value that cannot be read and for a claim that is there twice: of two
    values, two readers may believe different ones.
    """
    at = {place.name: (claim, place.read) for claim, place in places.items()}
    claims: dict[str, Any] = {}
    for name, text in pairs:
        claim, read = at.get(name, (name, str))
        if name.endswith(JSON):
            claim, read = name.removesuffix(JSON), json.loads
        if claim in claims:
            raise InvalidToken(f"the claim {claim} is repeated")
        try:
            claims[claim] = read(text)
        except (ValueError, RecursionError) as error:
            raise InvalidToken("the token is malformed") from error
    return claims
