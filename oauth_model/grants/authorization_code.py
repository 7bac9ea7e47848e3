"""The authorization code grant (RFC 6749 4.1.3) with PKCE (RFC 7636 4.6)."""

from __future__ import annotations

from oauth_model.errors import InvalidGrant, InvalidRequest
from oauth_model.flows import Flow
from oauth_model.grants.issuer import Issuer, scopes_asked
from oauth_model.grants.once import redeem
from oauth_model.grants.records import Code, RegisteredClient
from oauth_model.issuance.base import Parameters
from oauth_model.jose import fingerprint
from oauth_model.messages import Response
from oauth_model.pkce import check_verifier
from oauth_model.single_use import TOKEN_USE, requested_use


def authorization_code(
    issuer: Issuer, client: RegisteredClient, parameters: Parameters
) -> Flow[Response]:
    """Redeem a code for all that was granted.

    This request has no `scope` (RFC 6749 4.1.3), and what is not defined is ignored (3.2).
    """
    return redeem_code(issuer, client, {**parameters, "scope": ""})


def redeem_code(issuer: Issuer, client: RegisteredClient, parameters: Parameters) -> Flow[Response]:
    """Redeem a code; raises InvalidRequest, InvalidGrant, InvalidScope.

    Everything is checked before the code is consumed.
    """
    code, value = _find(issuer, client, parameters)
    _check_binding(issuer, code, parameters)
    grant = code.grant
    if requested_use(parameters) not in ("", grant.use):
        raise InvalidRequest(f"{TOKEN_USE} belongs to the authorization request")
    selection = issuer.select(grant, parameters)
    answer = issuer.tokens(
        grant,
        selection,
        scopes_asked(grant, parameters),
        use=grant.use,
        refreshable=issuer.may_refresh(client),
    )
    same = fingerprint(client.client_id, *(f"{k}={v}" for k, v in sorted(parameters.items())))
    use = issuer.one_use("code", grant, value, code.expires_at_s, same)
    return (yield from redeem(issuer, use, grant, answer))


def _find(issuer: Issuer, client: RegisteredClient, parameters: Parameters) -> tuple[Code, str]:
    value = parameters.get("code")
    if value is None:
        raise InvalidRequest("code is missing")
    code = issuer.database.codes.get(value)
    if code is None or code.grant.client_id != client.client_id:
        raise InvalidGrant("the code is unknown")
    return code, value


def _check_binding(issuer: Issuer, code: Code, parameters: Parameters) -> None:
    redirect_uri = parameters.get("redirect_uri")
    missing = redirect_uri is None and code.redirect_uri_sent
    if missing or redirect_uri not in (None, code.redirect_uri):
        raise InvalidGrant("the redirect URI is not that of the authorization request")
    if issuer.clock() >= code.expires_at_s:
        raise InvalidGrant("the code expired")
    verifier = parameters.get("code_verifier")
    check_verifier(code.code_challenge, code.code_challenge_method, verifier)
