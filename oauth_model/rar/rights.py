"""More or less: whether what is asked lies within what was granted (RFC 9396 6.1).

Rule: there is one comparison, and it is the type's. The authorization server applies it to a token
request and its grant; a resource server to its token and the right that the call in hand exercises,
which it writes down as a detail too (`call_detail`). That binds a payment token to its transaction:
whoever changes amount or creditor on the way asks for something else.
"""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any, NamedTuple

from oauth_model.errors import InvalidAuthorizationDetails, InvalidRequest
from oauth_model.messages import Request, repeated
from oauth_model.rar.details import Detail, Details, checked, each_once, entries
from oauth_model.rar.kinds import limits
from oauth_model.rar.types import TYPES
from oauth_model.short_texts import REMEMBERED


class Need(NamedTuple):
    """What an operation of a resource server needs, whoever calls it for whatever.

    `locations` names the server itself, as its tokens must. What the call is for (the fields
    `of_call`) is not declared: the request says it.
    """

    type: str
    actions: tuple[str, ...] = ()
    locations: tuple[str, ...] = ()
    datatypes: tuple[str, ...] = ()
    privileges: tuple[str, ...] = ()


def details_within(asked: Details, granted: Details) -> bool:
    """Whether each asked detail lies within one granted detail of its type.

    Two granted details are never added up: what each allows is the product of its own fields
    (RFC 9396 2.2). For details that conform to their types.
    """
    return all(any(_within(one, whole) for whole in granted) for one in asked)


def select_details(text: str, granted: Details) -> Details:
    """What a token request with these `authorization_details` gets out of a grant (RFC 9396 6).

    An object with only `type` and `locations` stands for everything of that type granted there (the
    last figure of RFC 9396 6.1); any other must lie within the grant as it is. Raises
    InvalidAuthorizationDetails for what does not.
    """
    selected: list[Detail] = []
    for entry in entries(text):
        if isinstance(entry, dict) and entry.keys() == {"type", "locations"}:
            selected += _at_locations(entry, granted)
        else:
            selected.append(checked(entry))
    if not details_within(tuple(selected), granted):
        raise InvalidAuthorizationDetails("the authorization details exceed what was granted")
    return tuple(dict.fromkeys(selected))


def call_detail(need: Need, request: Request) -> Detail:
    """The right that a call exercises: what its operation needs, for what the request names.

    The request names it in its JSON body, or in its query when it has no body. Raises
    InvalidRequest when it does not name it, or not once; KeyError for a need of an unknown type.
    """
    return _call_detail(need, request.url if not request.body else "", request.body)


def covers(details: Details, call: Detail) -> bool:
    """Whether a token with these details may make this call (RFC 9396 9)."""
    return details_within((call,), details)


@lru_cache(maxsize=REMEMBERED)
def _within(asked: Detail, granted: Detail) -> bool:
    ours, theirs = asked.members, granted.members
    if ours["type"] != theirs["type"]:
        return False
    fields = TYPES[ours["type"]].fields
    return all(row.rule(ours.get(name), theirs.get(name)) for name, row in fields.items())


def _at_locations(entry: dict[str, Any], granted: Details) -> list[Detail]:
    """Everything of the entry's type that was granted, narrowed to the entry's locations."""
    checked({"type": "access", "locations": entry["locations"]})
    wanted, found, reached = entry["locations"], [], set()
    for detail in granted:
        members = detail.members
        here = [uri for uri in wanted if limits([uri], members.get("locations"))]
        if members["type"] == entry["type"] and here:
            found.append(Detail.of(members | {"locations": here}))
            reached.update(here)
    if not reached.issuperset(wanted):
        raise InvalidAuthorizationDetails("the authorization details exceed what was granted")
    return found


@lru_cache(maxsize=REMEMBERED)
def _call_detail(need: Need, url: str, body: str) -> Detail:
    declared, said = need._asdict(), _said(url, body)
    members: dict[str, Any] = {"type": need.type}
    for name, row in TYPES[need.type].fields.items():
        if row.of_call and name in said:
            members[name] = said[name]
        elif not row.of_call and declared[name]:
            members[name] = list(declared[name])
    try:
        return checked(members)
    except InvalidAuthorizationDetails as error:
        raise InvalidRequest(f"the call does not say what it is for: {error}") from error


def _said(url: str, body: str) -> dict[str, Any]:
    pairs = Request("GET", url).query()
    if repeated(pairs):
        raise InvalidRequest("a parameter is repeated")
    if not body:
        return dict(pairs)
    try:
        said = json.loads(body, object_pairs_hook=each_once)
    except (ValueError, RecursionError) as error:
        raise InvalidRequest("the body is no JSON") from error
    if not isinstance(said, dict):
        raise InvalidRequest("the body is no JSON object")
    return said
