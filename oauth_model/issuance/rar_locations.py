"""Rich authorization requests whose `locations` say which server each right is for (RFC 9396).

The user consents to details, and each token gets those of one server. What the RFC leaves open:

* `scope` in a request is another way to say `access` details, one for each server that knows the
  scopes; a token request with it gets such details cut down to it (RFC 6749 6), and no others.
* an `access` detail is granted as one per location, each with the actions that are known there,
  which are all the scopes of that server when none was named (RFC 9396 7.1: enriched details).
* without `locations`: for `access` wherever the actions belong, and for other types an error, for
  nothing else says which server the right is for.
* several locations in one token request: `invalid_authorization_details`. A token for several
  would let each server act at the others, and tell it what was granted there.
* no details in a token request: all that was granted, when it is for one server, else the same.
* `locations` compare character by character (RFC 9396 12), as `aud` does.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from oauth_model.errors import InvalidAuthorizationDetails, InvalidScope
from oauth_model.issuance.base import (
    Design,
    Pairs,
    Parameters,
    ProtectedResource,
    Rights,
    Scopes,
    Selection,
    Target,
    design,
    named,
    owners,
    split,
)
from oauth_model.rar import Detail, Details, dump_details, locations_of, parse_details
from oauth_model.rar import select_details as within_grant

#: The request parameter, and the member of the token response (RFC 9396 2, 7).
PARAMETER = "authorization_details"
ACCESS = "access"
#: The fields of a detail that says no more than a scope at a server does.
LIKE_A_SCOPE = {"type", "actions", "locations"}


class AccessRights:
    """What the designs share whose rights are objects with a type and locations."""

    def ask_consent(self, targets: Sequence[Target]) -> Pairs:
        """What the calls at each server need."""
        needed = [detail for target in targets for detail in needs_of(target, target.scope)]
        return [(PARAMETER, dump_details(needed))]

    def ask_token(self, target: Target) -> Pairs:
        """All that was granted at this server of the types in question (RFC 9396 6.1)."""
        types = dict.fromkeys(detail.members["type"] for detail in needs_of(target, target.scope))
        here = [Detail.of({"type": name, "locations": [target.identifier]}) for name in types]
        return [(PARAMETER, dump_details(here))]

    def ask_single_use(self, target: Target, scope: str) -> Pairs:
        """Never more than the call needs."""
        return [(PARAMETER, dump_details(needs_of(target, scope)))]

    def rights(self, parameters: Parameters, servers: Sequence[ProtectedResource]) -> Rights:
        """The details, those that the scopes say first."""
        scopes, text = split(parameters.get("scope", "")), parameters.get(PARAMETER)
        asked = parse_details(text) if text else ()
        placed = [each for detail in asked for each in place(detail, servers)]
        said = access_details(scopes, servers)
        return Rights((scopes,) if scopes else (), (), tuple(dict.fromkeys((*said, *placed))))

    def policy(self, scopes: Scopes, servers: Sequence[ProtectedResource]) -> Rights:
        """A detail for each server that knows some of the scopes."""
        return Rights((scopes,) if scopes else (), (), access_details(scopes, servers))

    def select(
        self, rights: Rights, parameters: Parameters, servers: Sequence[ProtectedResource]
    ) -> Selection:
        """The details of one server; raises InvalidAuthorizationDetails, InvalidScope."""
        asked, text = split(parameters.get("scope", "")), parameters.get(PARAMETER)
        details = rights.details
        if text:
            details = within_grant(text, details)
        elif asked:
            details = tuple(detail for detail in details if detail.members["type"] == ACCESS)
        if asked:
            details = permitted(details, asked)
            if not set(asked) <= set(actions_of(details)):
                raise InvalidScope("the scope exceeds what was granted")
        targets = named(locations_of(details), servers) if details else ()
        if len(targets) != 1:
            refusal = InvalidScope if asked and not text else InvalidAuthorizationDetails
            raise refusal("a token is for one location, and the request must say which")
        return Selection(scopes_of(details), targets, details)

    def members(self, selection: Selection) -> dict[str, Any]:
        """The details as granted (RFC 9396 7)."""
        return {PARAMETER: [detail.members for detail in selection.details]}


@design
class RarLocations(AccessRights, Design):
    """`authorization_details` in all requests; `locations` are the audience."""

    name = "rar_locations"
    source = "RFC 9396"


def needs_of(target: Target, scope: str) -> Details:
    """What calls of a target need: its own details, or else this scope in their form."""
    if target.details:
        return target.details
    return (_access(split(scope), target.identifier),)


def access_details(scopes: Scopes, servers: Sequence[ProtectedResource]) -> Details:
    """The scopes as details: for each server that knows some of them, those as its actions."""
    known = ((tuple(s for s in scopes if s in server.scopes), server) for server in servers)
    return tuple(_access(actions, server.identifier) for actions, server in known if actions)


def place(detail: Detail, servers: Sequence[ProtectedResource]) -> Details:
    """A detail that was asked for, with the servers it is for, each of which exists.

    Raises InvalidAuthorizationDetails (RFC 9396 5: invalid values).
    """
    members = detail.members
    actions = tuple(members.get("actions", ()))
    locations = members.get("locations")
    is_access = members["type"] == ACCESS
    if locations is None and not (is_access and actions):
        raise InvalidAuthorizationDetails("the locations say which server a right is for")
    targets = owners(actions, servers) if locations is None else named(locations, servers)
    if len(targets) != len(set(locations or [target.identifier for target in targets])):
        raise InvalidAuthorizationDetails("a location is unknown")
    if not is_access:
        return (detail,)
    if not targets or any(not owners((action,), targets) for action in actions):
        raise InvalidAuthorizationDetails("an action is unknown at these locations")
    return tuple(_at(members, actions, server) for server in targets)


def permitted(details: Details, scopes: Scopes) -> Details:
    """The same with no other actions than these scopes in `access` details."""
    kept = []
    for detail in details:
        members = detail.members
        if members["type"] == ACCESS:
            members["actions"] = [action for action in members["actions"] if action in scopes]
        if members["type"] != ACCESS or members["actions"]:
            kept.append(Detail.of(members))
    return tuple(kept)


def scopes_of(details: Details) -> Scopes:
    """The scopes that say the same as these details do; what is limited further is no scope."""
    return actions_of(tuple(each for each in details if each.members.keys() == LIKE_A_SCOPE))


def actions_of(details: Details) -> Scopes:
    """The actions of the `access` details, each once."""
    listed = (detail.members for detail in details)
    named = (action for each in listed if each["type"] == ACCESS for action in each["actions"])
    return tuple(dict.fromkeys(named))


def _access(actions: Scopes, location: str) -> Detail:
    return Detail.of({"type": ACCESS, "actions": list(actions), "locations": [location]})


def _at(members: dict[str, Any], actions: Scopes, server: ProtectedResource) -> Detail:
    """What an `access` detail asks for at one of its locations."""
    here = [action for action in actions or server.scopes if action in server.scopes]
    if not here:
        raise InvalidAuthorizationDetails("an action is unknown at these locations")
    return Detail.of(members | {"actions": here, "locations": [server.identifier]})
