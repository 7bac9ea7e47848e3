"""Token revocation (RFC 7009): a client says that it needs a token no more.

Rule: after a 200 the token is dead at the AS, whatever it was. Where nobody asks the AS it dies
when it expires, or when the servers are told (`grants/revocation.py`).
"""

from __future__ import annotations

from oauth_model.endpoints.answers import token_error
from oauth_model.errors import InvalidGrant, InvalidRequest, OAuthError, UnsupportedTokenType
from oauth_model.flows import Flow
from oauth_model.grants import Replica
from oauth_model.grants.client_authentication import authenticate_client
from oauth_model.grants.records import RegisteredClient
from oauth_model.grants.revocation import revoke_grant, revoke_token
from oauth_model.messages import NO_STORE, Request, Response
from oauth_model.parameters import form_of

REVOKED = Response(200, NO_STORE)


def revoke(replica: Replica, request: Request) -> Flow[Response]:
    """Answer a revocation request; `token_type_hint` decides nothing and is not looked at."""
    try:
        parameters = form_of(request)
        client = yield from authenticate_client(replica, request, parameters)
        value = parameters.get("token")
        if value is None:
            raise InvalidRequest("token is missing")
        yield from _revoke(replica, client, value)
        return REVOKED
    except OAuthError as error:
        return token_error(error)


def _revoke(replica: Replica, client: RegisteredClient, value: str) -> Flow[None]:
    """A refresh token takes its grant with it, and so all access tokens (RFC 7009 2.1).

    An unknown token is as dead as it should be (2.2). A code is known and no token: it dies by
    being redeemed, or within a minute.
    """
    database = replica.database
    refresh, issued = database.refresh_tokens.get(value), database.access_tokens.get(value)
    if refresh is not None:
        _check_own(client, refresh.grant.client_id)
        yield from revoke_grant(replica, refresh.grant)
    elif issued is not None:
        _check_own(client, issued.claims["client_id"])
        yield from revoke_token(replica, issued)
    elif value in database.codes:
        raise UnsupportedTokenType("a code cannot be revoked")


def _check_own(client: RegisteredClient, issued_to: str) -> None:
    """RFC 7009 2.1 refuses another client's token and names no code; RFC 6749 5.2 has this one."""
    if issued_to != client.client_id and not client.revokes_any:
        raise InvalidGrant("the token was issued to another client")
