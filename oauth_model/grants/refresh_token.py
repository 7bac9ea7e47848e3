"""The refresh token grant (RFC 6749 6), with rotation for public clients (RFC 9700 4.14.2)."""

from __future__ import annotations

from oauth_model.errors import InvalidGrant, InvalidRequest
from oauth_model.flows import Flow
from oauth_model.grants.grace import come_again, excused, rotate
from oauth_model.grants.minting import Terms, scopes_asked, token_response
from oauth_model.grants.once import redeem
from oauth_model.grants.records import RefreshToken
from oauth_model.grants.replica import Replica
from oauth_model.grants.revocation import revoke_grant
from oauth_model.grants.token_request import TokenRequest
from oauth_model.messages import Response
from oauth_model.single_use import requested_use


def refresh_token(replica: Replica, asked: TokenRequest) -> Flow[Response]:
    """A new access token for all or part of the grant.

    Raises InvalidRequest, InvalidGrant, InvalidScope, InvalidTarget. A narrower request narrows
    this access token only: the refresh token keeps the whole grant. A request for a single-use
    token consumes and rotates nothing, for its answer cannot bring a successor. Confidential
    clients keep their refresh token, which is bound to their credentials. A rotated one that comes
    again may be excused (`grants.grace`).
    """
    client, parameters = asked.client, asked.parameters
    refresh, value = _find(replica, asked)
    grant, use = refresh.grant, requested_use(parameters)
    selection = replica.select(grant, parameters, use)
    if use and refresh.rotated and not excused(replica, refresh):  # dead here as elsewhere
        yield from revoke_grant(replica, grant)
        raise InvalidGrant("used before")
    terms = Terms(use, asked.confirmation)

    def mint(refreshable: bool) -> Flow[Response]:
        named = scopes_asked(grant, parameters)
        return token_response(replica, grant, selection, named, terms, refreshable=refreshable)

    if use or not client.public:
        return (yield from mint(False))
    expires_at_s, same = refresh.expires_at_s, asked.fingerprint()
    once = replica.one_use("refresh_token", client.client_id, value, expires_at_s, same)
    answer, again = rotate(replica, refresh, mint), come_again(replica, refresh, mint)
    return (yield from redeem(replica, once, grant, answer, again=again))


def _find(replica: Replica, asked: TokenRequest) -> tuple[RefreshToken, str]:
    value = asked.parameters.get("refresh_token")
    if value is None:
        raise InvalidRequest("refresh_token is missing")
    refresh = replica.database.refresh_tokens.get(value)
    if refresh is None or refresh.grant.client_id != asked.client.client_id:
        raise InvalidGrant("the refresh token is unknown")
    if refresh.confirmation not in ((), asked.confirmation):  # RFC 9449 5
        raise InvalidGrant("the refresh token is bound to another key")
    if refresh.grant.revoked or replica.clock() >= refresh.expires_at_s:
        raise InvalidGrant("the refresh token expired or was revoked")
    return refresh, value
