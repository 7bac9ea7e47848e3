"""What a GNAP response carries (RFC 9635 3): access tokens, and the AS's own tokens about them.

Rules: everything that can be refused is refused before anything is consumed or issued; and consent
to a single use is no consent to more, neither to an ordinary token nor to another single use.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NamedTuple

from oauth_model.errors import OAuthError
from oauth_model.flows import Flow, Note
from oauth_model.gnap.errors import GnapError
from oauth_model.gnap.reading import BEARER
from oauth_model.gnap.records import AskedToken, AskedTokens, Continuation, Managed, Negotiation
from oauth_model.grants import Replica
from oauth_model.grants.minting import Terms, access_token
from oauth_model.grants.records import Grant
from oauth_model.issuance.base import Selection
from oauth_model.issuance.rar_locations import PARAMETER
from oauth_model.parameters import Parameters
from oauth_model.rar import Details, details_within, dump_details
from oauth_model.single_use import USE
from oauth_model.strategies import Use

#: Kinds of one-time objects, and of what is issued.
CONTINUATION, MANAGEMENT = "continuation", "management"


class Approved(NamedTuple):
    """An access token that was asked for, and what it is to be for."""

    asked: AskedToken
    selection: Selection


def lasting(asked: AskedTokens, granted: Details) -> Details:
    """What of the granted rights was asked for with ordinary tokens, as it is or more widely."""
    ordinary, single = (
        [detail for each in asked.tokens if bool(each.use) is once for detail in each.details]
        for once in (False, True)
    )
    return tuple(
        detail
        for detail in granted
        if detail in ordinary
        or (detail not in single and details_within((detail,), tuple(ordinary)))
    )


def approve(
    replica: Replica,
    negotiation: Negotiation,
    grant: Grant,
    asked: AskedTokens,
    *,
    again: bool = False,
    **more: Any,
) -> list[Approved]:
    """Those tokens that the grant allows; refused ones are left out (RFC 9635 3.2.2).

    Single-use tokens of the first answer may be for all of it, other ones and those of later
    answers (`again`) for what lasts. Raises GnapError when none is left, with `more` members
    beside it.
    """
    approved = []
    ordinary = replace(grant, rights=grant.rights._replace(details=negotiation.lasting))
    for each in asked.tokens:
        wanted = Parameters([(PARAMETER, dump_details(each.details))])
        consented = grant if each.use and not again else ordinary
        try:
            approved.append(Approved(each, replica.select(consented, wanted, each.use)))
        except OAuthError:
            continue
    if not approved:
        raise GnapError("request_denied", "nothing of this was granted", **more)
    return approved


def issue(
    replica: Replica,
    negotiation: Negotiation,
    grant: Grant,
    approved: list[Approved],
    *,
    many: bool,
) -> Flow[dict[str, Any]]:
    """The field `access_token`: an array if many were asked for, even with one in it (3.2.2)."""
    tokens: list[dict[str, Any]] = []
    for each in approved:
        tokens += [(yield from one_token(replica, negotiation, grant, each))]
    return {"access_token": tokens if many else tokens[0]}


def one_token(
    replica: Replica, negotiation: Negotiation, grant: Grant, approved: Approved
) -> Flow[dict[str, Any]]:
    """An access token as an object (3.2.1).

    A single-use token is not managed: to rotate it would be to get another use of it.
    """
    asked, selection = approved
    confirmation = () if asked.bearer else negotiation.confirmation
    terms = Terms(asked.use, confirmation)
    minted = yield from access_token(replica, grant, selection, terms)
    members: dict[str, Any] = {"label": asked.label} if asked.label else {}
    members["value"] = minted.value
    members["access"] = [detail.members for detail in selection.details]
    members["expires_in"] = minted.members["expires_in"]
    if asked.bearer:
        members["flags"] = [BEARER]
    if asked.use:
        return members | {USE: asked.use}
    managed = yield from _manage(replica, negotiation, approved, minted.value)
    return members | {"manage": managed}


def _manage(
    replica: Replica, negotiation: Negotiation, approved: Approved, token: str
) -> Flow[dict[str, Any]]:
    """A management token for this access token, and where it is used: a URI of its own."""
    value, issued = replica.new_id(MANAGEMENT), replica.database.access_tokens[token]
    uri = f"{replica.config.issuer}/manage?token={replica.new_id('managed')}"
    expires_at_s = replica.clock() + replica.config.refresh_token_lifetime_s
    managed = Managed(negotiation, issued, *approved, uri, expires_at_s)
    yield from _register(replica, MANAGEMENT, negotiation, value, expires_at_s)
    replica.database.gnap.managed[value] = managed
    return {"uri": uri, "access_token": {"value": value}}


def continuation(
    replica: Replica, negotiation: Negotiation, lifetime_s: float
) -> Flow[dict[str, Any]]:
    """The field `continue` with a new continuation token (3.1).

    Without `wait`: that is for who polls, and here nobody does.
    """
    value, expires_at_s = replica.new_id(CONTINUATION), replica.clock() + lifetime_s
    yield from _register(replica, CONTINUATION, negotiation, value, expires_at_s)
    replica.database.gnap.continuations[value] = Continuation(negotiation, expires_at_s)
    return continue_with(replica, value)


def continue_with(replica: Replica, value: str) -> dict[str, Any]:
    """The field `continue` with this continuation token."""
    uri = f"{replica.config.issuer}/continue"
    return {"continue": {"access_token": {"value": value}, "uri": uri}}


def one_use(
    replica: Replica,
    kind: str,
    negotiation: Negotiation,
    value: str,
    until_s: float,
    same: str = "",
) -> Use:
    """One use of a continuation or management token; `same` tells a request from another."""
    return replica.one_use(kind, negotiation.client_id, value, until_s, same)


def _register(
    replica: Replica, kind: str, negotiation: Negotiation, value: str, until_s: float
) -> Flow[None]:
    yield from replica.one_time.register(one_use(replica, kind, negotiation, value, until_s))
    said = {"kind": kind, "value": value, "token": value}
    yield Note("issue", said | {"claims": {}, "with_refresh_token": False})
