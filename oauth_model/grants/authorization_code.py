"""The authorization code grant (RFC 6749 4.1.3) with PKCE (RFC 7636 4.6)."""

from __future__ import annotations

from oauth_model.errors import InvalidGrant, InvalidRequest
from oauth_model.flows import Flow
from oauth_model.grants.binding import check_code_key
from oauth_model.grants.minting import Terms, scopes_asked, token_response
from oauth_model.grants.once import redeem
from oauth_model.grants.records import Code
from oauth_model.grants.replica import Replica
from oauth_model.grants.token_request import TokenRequest
from oauth_model.messages import Response
from oauth_model.parameters import Parameters
from oauth_model.pkce import check_verifier
from oauth_model.single_use import TOKEN_USE, requested_use


def authorization_code(replica: Replica, asked: TokenRequest) -> Flow[Response]:
    """Redeem a code for all that was granted, or for what the design lets the request choose.

    This request has no `scope` (RFC 6749 4.1.3), and what is not defined is ignored (3.2), unless
    the design defines it.
    """
    if not replica.design.scope_with_code:
        asked = asked._replace(parameters=asked.parameters.without("scope"))
    return redeem_code(replica, asked)


def authorization_code_advanced(replica: Replica, asked: TokenRequest) -> Flow[Response]:
    """Redeem a code for the access token of one `scope` and the refresh token of all.

    draft-lodderstedt-oauth-multiple-access-tokens-00.
    """
    return redeem_code(replica, asked)


def redeem_code(replica: Replica, asked: TokenRequest) -> Flow[Response]:
    """Redeem a code; raises InvalidRequest, InvalidGrant, InvalidScope, InvalidTarget.

    Everything is checked before the code is consumed.
    """
    client, parameters = asked.client, asked.parameters
    code, value = _find(replica, asked)
    _check_binding(replica, code, parameters)
    check_code_key(code.dpop_jkt, asked.confirmation)
    grant = code.grant
    if requested_use(parameters) not in ("", grant.use):
        raise InvalidRequest(f"{TOKEN_USE} belongs to the authorization request")
    answer = token_response(
        replica,
        grant,
        replica.select(grant, parameters),
        scopes_asked(grant, parameters),
        Terms(grant.use, asked.confirmation),
        refreshable=replica.may_refresh(client),
        identify=True,
    )
    use = replica.one_use("code", client.client_id, value, code.expires_at_s, asked.fingerprint())
    return (yield from redeem(replica, use, grant, answer))


def _find(replica: Replica, asked: TokenRequest) -> tuple[Code, str]:
    value = asked.parameters.get("code")
    if value is None:
        raise InvalidRequest("code is missing")
    code = replica.database.codes.get(value)
    if code is None or code.grant.client_id != asked.client.client_id:
        raise InvalidGrant("the code is unknown")
    return code, value


def _check_binding(replica: Replica, code: Code, parameters: Parameters) -> None:
    redirect_uri = parameters.get("redirect_uri")
    missing = redirect_uri is None and code.redirect_uri_sent
    if missing or redirect_uri not in (None, code.redirect_uri):
        raise InvalidGrant("the redirect URI is not that of the authorization request")
    if replica.clock() >= code.expires_at_s:
        raise InvalidGrant("the code expired")
    verifier = parameters.get("code_verifier")
    check_verifier(code.code_challenge, code.code_challenge_method, verifier)
