"""The refresh token grant (RFC 6749 6), with rotation for public clients (RFC 9700 4.14.2)."""

from __future__ import annotations

from oauth_model.errors import InvalidGrant, InvalidRequest
from oauth_model.flows import Flow
from oauth_model.grants.issuer import Issuer, scopes_asked
from oauth_model.grants.once import redeem
from oauth_model.grants.records import RefreshToken, RegisteredClient
from oauth_model.issuance.base import Parameters
from oauth_model.jose import fingerprint
from oauth_model.messages import Response
from oauth_model.single_use import requested_use


def refresh_token(
    issuer: Issuer, client: RegisteredClient, parameters: Parameters
) -> Flow[Response]:
    """A new access token for all or part of the grant.

    Raises InvalidRequest, InvalidGrant, InvalidScope. A narrower `scope` narrows this access token
    only: the refresh token keeps the whole grant. A request for a single-use token consumes and
    rotates nothing, for its answer cannot bring a successor. Confidential clients keep their
    refresh token, which is bound to their credentials.
    """
    refresh, value = _find(issuer, client, parameters)
    grant, use = refresh.grant, requested_use(parameters)
    selection = issuer.select(grant, parameters, use)
    if use and refresh.rotated:  # as dead here as elsewhere, though this request consumes nothing
        grant.revoked = True
        raise InvalidGrant("used before")
    rotates = client.public and not use
    asked = scopes_asked(grant, parameters)
    answer = issuer.tokens(grant, selection, asked, use=use, refreshable=rotates)
    if not rotates:
        return (yield from answer)
    same = fingerprint(client.client_id, value, parameters.get("scope", ""))
    once = issuer.one_use("refresh_token", grant, value, refresh.expires_at_s, same)
    return (yield from redeem(issuer, once, grant, _rotate(refresh, answer)))


def _find(
    issuer: Issuer, client: RegisteredClient, parameters: Parameters
) -> tuple[RefreshToken, str]:
    value = parameters.get("refresh_token")
    if value is None:
        raise InvalidRequest("refresh_token is missing")
    refresh = issuer.database.refresh_tokens.get(value)
    if refresh is None or refresh.grant.client_id != client.client_id:
        raise InvalidGrant("the refresh token is unknown")
    if refresh.grant.revoked or issuer.clock() >= refresh.expires_at_s:
        raise InvalidGrant("the refresh token expired or was revoked")
    return refresh, value


def _rotate(refresh: RefreshToken, answer: Flow[Response]) -> Flow[Response]:
    refresh.rotated = True
    return (yield from answer)
