"""Token introspection (RFC 7662): a resource server asks what a token stands for; a client, too.

Rule: who asks gets to know about its own tokens only. Whatever is not good here and now gets one
answer, so that it says nothing about why.
"""

from __future__ import annotations

from hmac import compare_digest
from typing import Any

from oauth_model.endpoints.answers import token_error
from oauth_model.errors import InvalidClient, InvalidRequest, OAuthError
from oauth_model.flows import Flow
from oauth_model.grants import Replica
from oauth_model.grants.client_authentication import (
    CREDENTIALS,
    authenticate_client,
    basic_credentials,
)
from oauth_model.grants.minting import token_type
from oauth_model.grants.records import IssuedToken, RefreshToken, RegisteredClient
from oauth_model.grants.revocation import is_active, is_for
from oauth_model.grants.shown_once import use_up_access_token
from oauth_model.issuance.base import ProtectedResource
from oauth_model.messages import NO_STORE, Request, Response, json_response
from oauth_model.parameters import Parameters, form_of
from oauth_model.single_use import USE

Members = dict[str, Any]
#: What a client may know of its token. The user's identity and claims are for the server that the
#: token may be encrypted to (RFC 7662 2.2: answers may differ; RFC 9068 6).
FOR_CLIENTS = (
    *("scope", "client_id", "aud", "iss", "iat", "exp", "jti", "cnf", USE),
    *("authorization_details", "acr", "auth_time"),
)
#: RFC 7662 2.2: nothing more.
INACTIVE: Members = {"active": False}


def introspect(replica: Replica, request: Request) -> Flow[Response]:
    """Answer an introspection request; `token_type_hint` decides nothing and is not looked at."""
    try:
        parameters = form_of(request)
        asker = yield from who_introspects(replica, request, parameters)
        value = parameters.get("token")
        if value is None:
            raise InvalidRequest("token is missing")
        issued = replica.database.access_tokens.get(value)
        if issued is not None:
            members = yield from _access_token(replica, asker, issued)
        else:
            members = _refresh_token(replica, asker, replica.database.refresh_tokens.get(value))
        return json_response(200, members, NO_STORE)
    except OAuthError as error:
        return token_error(error)


def who_introspects(
    replica: Replica, request: Request, parameters: Parameters
) -> Flow[ProtectedResource | RegisteredClient]:
    """A resource server that authenticates by HTTP Basic with its name and secret, or a client.

    Raises InvalidClient, InvalidRequest, Undecidable. A public client authenticates nothing, and so
    could scan for tokens (RFC 7662 4).
    """
    named, secret = basic_credentials(request) or ("", "")
    for server in replica.config.resource_servers:
        if server.secret and server.name == named:
            if not compare_digest(server.secret.encode(), secret.encode()):
                raise InvalidClient("the credentials of the resource server are wrong")
            if parameters.keys() & {*CREDENTIALS}:  # RFC 6749 2.3
                raise InvalidRequest("the resource server authenticates in two ways")
            return server
    client = yield from authenticate_client(replica, request, parameters)
    if client.public:
        raise InvalidClient("a public client may not introspect")
    return client


def _access_token(
    replica: Replica, asker: ProtectedResource | RegisteredClient, issued: IssuedToken
) -> Flow[Members]:
    if not (_concerns(asker, issued) and is_active(replica, issued)):
        return INACTIVE
    policy = replica.config.single_use_at_introspection
    if issued.claims.get(USE) and policy == "reject":
        return INACTIVE
    if issued.claims.get(USE) and policy == "consume" and isinstance(asker, ProtectedResource):
        first = yield from use_up_access_token(replica, asker.identifier, issued.claims)
        if not (first and is_active(replica, issued)):  # to ask took time
            return INACTIVE
    how = {"active": True, "token_type": token_type(issued.claims.get("cnf", {}))}
    if isinstance(asker, ProtectedResource):
        return how | issued.claims
    return how | {name: issued.claims[name] for name in FOR_CLIENTS if name in issued.claims}


def _concerns(asker: ProtectedResource | RegisteredClient, issued: IssuedToken) -> bool:
    if isinstance(asker, ProtectedResource):
        return is_for(issued, asker)
    return bool(issued.claims["client_id"] == asker.client_id)


def _refresh_token(
    replica: Replica,
    asker: ProtectedResource | RegisteredClient,
    refresh: RefreshToken | None,
) -> Members:
    """A refresh token concerns the client alone that it was issued to."""
    if refresh is None or isinstance(asker, ProtectedResource):
        return INACTIVE
    grant, now_s = refresh.grant, replica.clock()
    dead = refresh.rotated or grant.revoked or now_s >= refresh.expires_at_s
    if dead or grant.client_id != asker.client_id:
        return INACTIVE
    return {
        "active": True,
        "iss": replica.config.issuer,
        "sub": grant.subject,
        "client_id": grant.client_id,
        "scope": " ".join(grant.rights.scopes),
        "exp": int(refresh.expires_at_s),
    }
