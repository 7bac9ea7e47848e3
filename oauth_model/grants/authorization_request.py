"""An authorization request (RFC 6749 4.1.1): who asks, what is wanted, what is granted of it.

Rule: nothing here is used up or written down, so that a request can be checked where it is pushed
and again where the user comes with it.
"""

from __future__ import annotations

from typing import NamedTuple

from oauth_model.errors import (
    AccessDenied,
    InvalidRequest,
    InvalidScope,
    UnauthorizedClient,
    UnsupportedResponseType,
)
from oauth_model.grants.binding import code_key
from oauth_model.grants.records import Code, Grant, RegisteredClient
from oauth_model.grants.replica import Replica
from oauth_model.issuance.base import Rights, Scopes, named
from oauth_model.issuance.rar_locations import PARAMETER
from oauth_model.parameters import Pairs, Parameters
from oauth_model.pkce import check_challenge
from oauth_model.rar import details_within, parse_details
from oauth_model.single_use import requested_use
from oauth_model.step_up import ACR_LEVELS


def who_asks(replica: Replica, pairs: Pairs) -> tuple[RegisteredClient, str]:
    """The client and a redirect URI registered for it, compared exactly (RFC 9700 2.1).

    Raises InvalidRequest, which must not become a redirect.
    """
    asked = [value for name, value in pairs if name == "client_id"]
    client = replica.clients.get(asked[0]) if len(asked) == 1 else None
    if client is None:
        raise InvalidRequest("the client is unknown")
    uris = [value for name, value in pairs if name == "redirect_uri"]
    if uris in ([], [""]) and len(client.redirect_uris) == 1:  # RFC 6749 3.1, 3.1.2.3
        return client, client.redirect_uris[0]
    if len(uris) != 1 or uris[0] not in client.redirect_uris:
        raise InvalidRequest("the redirect URI is not registered")
    return client, uris[0]


def check_request(
    replica: Replica, client: RegisteredClient, redirect_uri: str, parameters: Parameters
) -> Code:
    """What a code for this request will stand for, consent given; raises an OAuthError."""
    check_form(replica, client, parameters)
    return Code(
        grant=granted(replica, client, parameters),
        redirect_uri=redirect_uri,
        redirect_uri_sent="redirect_uri" in parameters,
        code_challenge=parameters.get("code_challenge"),
        code_challenge_method=parameters.get("code_challenge_method"),
        dpop_jkt=code_key(parameters),
        expires_at_s=replica.clock() + replica.config.code_lifetime_s,
    )


def check_form(replica: Replica, client: RegisteredClient, parameters: Parameters) -> None:
    """Response type and PKCE; raises as RFC 6749 4.1.2.1 and RFC 7636 4.4.1 say."""
    design = replica.design
    response_type = parameters.get("response_type")
    if response_type is None:
        raise InvalidRequest("response_type is missing")
    if response_type != design.response_type:
        raise UnsupportedResponseType
    if design.code_grant_type not in client.grant_types:
        raise UnauthorizedClient("the client is not registered for this response type")
    challenge = parameters.get("code_challenge")
    method = parameters.get("code_challenge_method")
    if challenge or method or client.public:  # RFC 9700 2.1.1: MUST for public clients
        check_challenge(challenge, method)


class Wanted(NamedTuple):
    """What a request asks for, or policy in its place; `asked` are the scopes that it named."""

    rights: Rights
    asked: Scopes
    use: str


def wanted(replica: Replica, client: RegisteredClient, parameters: Parameters) -> Wanted:
    """What the resource owner is to be asked for; raises an OAuthError."""
    design, servers = replica.design, replica.config.resource_servers
    use = requested_use(parameters)
    asked = design.rights(parameters, servers)
    if asked.details and PARAMETER in parameters:  # RFC 9396 10: types are registered
        parse_details(parameters[PARAMETER], client.details_types)
    said = bool(asked.values or asked.details)
    rights = asked if said else design.policy(client.scopes, named(asked.resources, servers))
    if not replica.scopes.issuperset(rights.scopes):
        raise InvalidScope("the scope is unknown")
    if use:
        selection = design.select(rights, Parameters(), servers)
        replica.check_single_use(client, selection, named=said)
    return Wanted(rights, asked.scopes, use)


def granted(replica: Replica, client: RegisteredClient, parameters: Parameters) -> Grant:
    """What the resource owner grants of what was asked; raises an OAuthError.

    Also for grants that know their user without the authorization endpoint. The user signs in now,
    in the first way of `acr_values` that is known (OpenID Connect Core 3.1.2.1, RFC 9470 5).
    """
    rights, asked, use = wanted(replica, client, parameters)
    decision = replica.consent(client, rights)
    kept = (tuple(s for s in value if s in decision.scopes) for value in rights.values)
    details = tuple(d for d in decision.details if details_within((d,), rights.details))
    rights = rights._replace(values=tuple(value for value in kept if value), details=details)
    if not (rights.values or rights.details):
        raise AccessDenied("nothing was granted")
    levels = (acr for acr in parameters.get("acr_values", "").split() if acr in ACR_LEVELS)
    return Grant(
        client.client_id,
        decision.subject,
        rights,
        asked,
        use,
        acr=next(levels, ""),
        auth_time_s=int(replica.clock()),
        nonce=parameters.get("nonce", ""),
    )
