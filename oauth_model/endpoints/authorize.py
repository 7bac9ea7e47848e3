"""The authorization endpoint (RFC 6749 3.1), consent included.

Shown to the user when client or redirect URI is bad (4.1.2.1), else a redirect, also with `error`.
"""

from __future__ import annotations

from oauth_model.errors import (
    AccessDenied,
    InvalidRequest,
    InvalidScope,
    OAuthError,
    UnauthorizedClient,
    UnsupportedResponseType,
)
from oauth_model.flows import Flow
from oauth_model.grants import Replica
from oauth_model.grants.minting import authorization_code
from oauth_model.grants.records import Code, Grant, RegisteredClient
from oauth_model.issuance.base import named
from oauth_model.messages import Request, Response, with_query
from oauth_model.parameters import Pairs, Parameters, once_each
from oauth_model.pkce import check_challenge
from oauth_model.single_use import check_down_scoped, requested_use


def authorize(replica: Replica, request: Request) -> Flow[Response]:
    """Answer an authorization request."""
    pairs = request.query()
    try:
        client, redirect_uri = who_asks(replica, pairs)
    except InvalidRequest as error:  # RFC 6749 4.1.2.1: tell the user, do not redirect
        return Response(400, (("Content-Type", "text/plain"),), error.description)
    try:
        parameters = once_each(pairs)
        code = check_request(replica, client, redirect_uri, parameters)
        value = yield from authorization_code(replica, code)
        answer = [("code", value)]
    except OAuthError as error:
        answer = [("error", error.error)]
        if error.description:
            answer.append(("error_description", error.description))
    state = [(name, value) for name, value in pairs if name == "state"][:1]
    issuer = ("iss", replica.config.issuer)  # RFC 9207 2
    return Response(302, (("Location", with_query(redirect_uri, [*answer, *state, issuer])),))


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
    _check_response_type(replica, client, parameters)
    challenge = parameters.get("code_challenge")
    method = parameters.get("code_challenge_method")
    if challenge or method or client.public:  # RFC 9700 2.1.1: MUST for public clients
        check_challenge(challenge, method)
    return Code(
        grant=granted(replica, client, parameters),
        redirect_uri=redirect_uri,
        redirect_uri_sent="redirect_uri" in parameters,
        code_challenge=challenge,
        code_challenge_method=method,
        expires_at_s=replica.clock() + replica.config.code_lifetime_s,
    )


def _check_response_type(
    replica: Replica, client: RegisteredClient, parameters: Parameters
) -> None:
    design = replica.design
    response_type = parameters.get("response_type")
    if response_type is None:
        raise InvalidRequest("response_type is missing")
    if response_type != design.response_type:
        raise UnsupportedResponseType
    if design.code_grant_type not in client.grant_types:
        raise UnauthorizedClient("the client is not registered for this response type")


def granted(replica: Replica, client: RegisteredClient, parameters: Parameters) -> Grant:
    """What the resource owner grants of what was asked; raises an OAuthError.

    Also for grants that know their user without the authorization endpoint.
    """
    design, config = replica.design, replica.config
    servers, use = config.resource_servers, requested_use(parameters)
    asked = design.rights(parameters, servers)
    said = bool(asked.values or asked.details)
    rights = asked if said else design.policy(client.scopes, named(asked.resources, servers))
    if not replica.scopes.issuperset(rights.scopes):
        raise InvalidScope("the scope is unknown")
    if use:
        selection = design.select(rights, Parameters(), servers)
        check_down_scoped(said, selection, config.single_use_audiences)
    decision = replica.consent(client, rights.scopes)
    kept = (tuple(s for s in value if s in decision.scopes) for value in rights.values)
    rights = rights._replace(values=tuple(value for value in kept if value))
    if not (rights.values or rights.details):
        raise AccessDenied("nothing was granted")
    return Grant(client.client_id, decision.subject, rights, asked.scopes, use)
