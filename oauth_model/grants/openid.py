"""What OpenID Connect adds: the ID token, and the user's data as one more protected resource.

Rule: an ID token is for the client and says who signed in; an access token is for servers and says
what may be done there. Neither passes as the other: `typ` and `aud` differ (RFC 8725 3.11, 3.12).
"""

from __future__ import annotations

from typing import Any

from oauth_model.flows import Flow, Note
from oauth_model.grants.records import Grant
from oauth_model.grants.replica import Replica
from oauth_model.identities import User, subject_for
from oauth_model.issuance.base import SHARED_KEY, ProtectedResource, Scopes

#: The scope that makes an authorization request one of OpenID (OpenID Connect Core 3.1.2.1).
OPENID = "openid"
#: The `typ` of an ID token, which no access token has.
ID_TOKEN_TYPE = "JWT"
#: Scope → the claims about the user that it asks for, of those we know (OpenID Connect Core 5.4).
CLAIMS: dict[str, tuple[str, ...]] = {
    "profile": ("name", "birthdate"),
    "email": ("email",),
    "address": ("address",),
    "phone": ("phone_number",),
}
#: Those keys of `CLAIMS` that no other server of this AS owns: not `email`, which in the example of
#: draft-lodderstedt belongs to a mail server.
USERINFO_SCOPES = (OPENID, "profile", "address", "phone")


def userinfo_identifier(issuer: str) -> str:
    """The URI of the userinfo endpoint, as it stands in `aud`."""
    return f"{issuer.rstrip('/')}/userinfo"


def userinfo_resource(issuer: str) -> ProtectedResource:
    """The userinfo endpoint as a resource server, so that every design issues tokens for it."""
    identifier = userinfo_identifier(issuer)
    return ProtectedResource("userinfo", identifier, USERINFO_SCOPES, "as:userinfo")


def userinfo_of(replica: Replica) -> ProtectedResource | None:
    """The userinfo endpoint among the resource servers, None when this AS offers none."""
    identifier = userinfo_identifier(replica.config.issuer)
    servers = replica.config.resource_servers
    return next((server for server in servers if server.identifier == identifier), None)


def id_token(replica: Replica, grant: Grant) -> Flow[str]:
    """The ID token of this grant (OpenID Connect Core 2); it lives as long as an access token."""
    config, issued_at_s = replica.config, int(replica.clock())
    claims: dict[str, Any] = {
        "iss": config.issuer,
        "sub": subject_at_userinfo(replica, grant),
        "aud": grant.client_id,
        "exp": issued_at_s + int(config.access_token_lifetime_s),
        "iat": issued_at_s,
        "auth_time": grant.auth_time_s,
    }
    optional = {"nonce": grant.nonce, "acr": grant.acr}
    claims |= {name: value for name, value in optional.items() if value}
    claims = replica.statement("id_token", grant, claims)
    token = replica.keys.sign(claims, key=SHARED_KEY, typ=ID_TOKEN_TYPE)
    said = {"kind": "id_token", "value": token, "token": replica.new_id("id"), "claims": claims}
    yield Note("issue", said | {"with_refresh_token": False})
    return token


def subject_at_userinfo(replica: Replica, grant: Grant) -> str:
    """Who the user is to the client: in the ID token and, the same, at userinfo (5.3.2)."""
    user, server = replica.users.get(grant.subject), userinfo_of(replica)
    if user is None or server is None:
        return grant.subject
    return subject_for(user, (server,), replica.pairwise_secret)


def claims_by_scope(user: User, scopes: Scopes) -> dict[str, Any]:
    """What these scopes ask of what the AS knows about a user; the rest is left out (5.3.2)."""
    wanted = [name for scope in scopes for name in CLAIMS.get(scope, ())]
    claims: dict[str, Any] = {n: user.attributes[n] for n in wanted if n in user.attributes}
    if "address" in claims:  # an object (5.1.1)
        claims["address"] = {"formatted": claims["address"]}
    return claims
