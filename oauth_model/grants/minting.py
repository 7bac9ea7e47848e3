"""Minting: what a successful request to the authorization server brings into the world.

Rule: everything that was issued is in the database or can be verified, and the trace is told of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from oauth_model.claim_values import LARGEST
from oauth_model.errors import InvalidGrant
from oauth_model.flows import Flow, Note
from oauth_model.grants.openid import OPENID, id_token
from oauth_model.grants.records import Code, Confirmation, Grant, IssuedToken, RefreshToken
from oauth_model.grants.replica import Replica
from oauth_model.identities import claims_for, subject_for
from oauth_model.issuance.base import Scopes, Selection, split
from oauth_model.issuance.writing import write_token
from oauth_model.messages import NO_STORE, Response, json_response
from oauth_model.parameters import Parameters
from oauth_model.single_use import USE, one_time_keys
from oauth_model.strategies import Use


class Minted(NamedTuple):
    """An access token, and the members of the token response that go with it."""

    value: str
    members: dict[str, Any]


class Terms(NamedTuple):
    """On which terms an access token is issued.

    `use`: "single" or empty; `confirmation`: the key it is bound to; `client_id`: who gets it, when
    that is not the grant's client; `not_after_s`: when it expires at the latest, since 1970.
    """

    use: str = ""
    confirmation: Confirmation = ()
    client_id: str = ""
    not_after_s: int = LARGEST


ORDINARY = Terms()


def token_response(
    replica: Replica,
    grant: Grant,
    selection: Selection,
    asked: Scopes,
    terms: Terms = ORDINARY,
    *,
    refreshable: bool = False,
    identify: bool = False,
) -> Flow[Response]:
    """The successful token response (RFC 6749 5.1), with all that is in it.

    `asked` are the scopes of the request: when others were given, the response says which. A
    single-use token never comes with a refresh token. With `identify` an ID token comes along, if
    the grant is one of OpenID (OpenID Connect Core 3.1.3.3) and more than a single use: that starts
    no session, and so none at the client either.
    """
    use, both = terms.use, refreshable and not terms.use
    minted = yield from access_token(replica, grant, selection, terms, with_refresh_token=both)
    members = minted.members
    if both:
        members["refresh_token"] = yield from refresh_token(replica, grant, terms.confirmation)
    if identify and not use and OPENID in grant.rights.scopes:
        members["id_token"] = yield from id_token(replica, grant)
    if set(asked) != set(selection.scopes):
        members["scope"] = " ".join(selection.scopes)
    if use:
        members[USE] = use
    members |= replica.design.members(selection)
    return json_response(200, members, NO_STORE)


def access_token(
    replica: Replica,
    grant: Grant,
    selection: Selection,
    terms: Terms = ORDINARY,
    *,
    with_refresh_token: bool = False,
) -> Flow[Minted]:
    """An access token for this selection: its value and the members that say how it is used.

    Raises InvalidGrant when the grant was revoked meanwhile.
    """
    claims = _claims(replica, grant, selection, terms)
    claims = replica.statement("access_token", grant, claims)
    lifetime_s = claims["exp"] - claims["iat"]
    token = write_token(replica.keys, replica.design, selection.servers, claims)
    replica.database.access_tokens[token] = IssuedToken(grant, claims)
    if terms.use:
        yield from _register(replica, selection, claims)
        if grant.revoked:  # to register took time, and a revocation tells of what was known
            raise InvalidGrant("the grant was revoked")
    said = {"claims": claims, "with_refresh_token": with_refresh_token}
    if terms.use and len(selection.servers) > 1:
        said["one_use_per"] = replica.config.one_use_per
    yield _issued("access_token", token, claims["jti"], **said)
    how = token_type(dict(terms.confirmation))
    members = {"access_token": token, "token_type": how, "expires_in": lifetime_s}
    return Minted(token, members)


def token_type(confirmation: Mapping[str, str]) -> str:
    """How an access token that is bound so is presented (RFC 9449 5, RFC 8705 3)."""
    return "DPoP" if "jkt" in confirmation else "Bearer"


def _claims(replica: Replica, grant: Grant, selection: Selection, terms: Terms) -> dict[str, Any]:
    """What an access token says (RFC 9068 2.2); one for no server is for the AS itself."""
    config, issued_at_s = replica.config, int(replica.clock())
    ordinary_s = replica.clients[grant.client_id].token_lifetime_s or config.access_token_lifetime_s
    lifetime_s = config.single_use_lifetime_s if terms.use else ordinary_s
    identifiers = tuple(s.identifier for s in selection.servers) or (config.issuer,)
    user = replica.users.get(grant.subject)
    claims: dict[str, Any] = {
        "iss": config.issuer,
        "sub": grant.subject,
        "aud": identifiers[0] if len(identifiers) == 1 else list(identifiers),
        "client_id": terms.client_id or grant.client_id,
        "scope": " ".join(selection.scopes),
        "iat": issued_at_s,
        "exp": min(issued_at_s + int(lifetime_s), terms.not_after_s),
        "jti": replica.new_id("at"),
    }
    if user is not None:
        claims["sub"] = subject_for(user, selection.servers, replica.pairwise_secret)
        claims |= claims_for(user, selection.servers)
    if selection.details:  # RFC 9396 9.1
        claims["authorization_details"] = [detail.members for detail in selection.details]
    if grant.acr:  # RFC 9470 5
        claims |= {"acr": grant.acr, "auth_time": grant.auth_time_s}
    if terms.confirmation:
        claims["cnf"] = dict(terms.confirmation)
    return claims | ({USE: terms.use} if terms.use else {})


def authorization_code(replica: Replica, code: Code) -> Flow[str]:
    """An authorization code; it starts a session, unless it is for a single-use token."""
    value, grant = replica.new_id("code"), code.grant
    use = replica.one_use("code", grant.client_id, value, code.expires_at_s)
    yield from replica.one_time.register(use)
    replica.database.codes[value] = code
    if not grant.use:
        replica.database.sessions.add(grant.subject)
    rights = {"scope": " ".join(grant.rights.scopes), "resources": list(grant.rights.resources)}
    yield _issued("code", value, value, with_session=not grant.use, rights=rights)
    return value


def refresh_token(replica: Replica, grant: Grant, confirmation: Confirmation = ()) -> Flow[str]:
    """A refresh token: for the whole grant, whatever the access token beside it is for."""
    value = replica.new_id("rt")
    expires_at_s = replica.clock() + replica.config.refresh_token_lifetime_s
    public = replica.clients[grant.client_id].public
    if public:  # only these are rotated, so used once
        use = replica.one_use("refresh_token", grant.client_id, value, expires_at_s)
        yield from replica.one_time.register(use)
    bound = confirmation if public else ()  # RFC 9449 5: those of public clients
    replica.database.refresh_tokens[value] = RefreshToken(grant, expires_at_s, confirmation=bound)
    yield _issued("refresh_token", value, value, with_refresh_token=True)
    return value


def scopes_asked(grant: Grant, parameters: Parameters) -> Scopes:
    """The scopes a token response is compared with: its request's, else the authorization's."""
    return split(parameters.get("scope", "")) or grant.asked


def _register(replica: Replica, selection: Selection, claims: dict[str, Any]) -> Flow[None]:
    config = replica.config
    until_s = claims["exp"] + config.leeway_s
    identifiers = tuple(server.identifier for server in selection.servers)
    for key in one_time_keys(config.issuer, identifiers, claims["jti"], config.one_use_per):
        yield from replica.registrar.register(Use(key, until_s))


def _issued(kind: str, value: str, token: str, **more: Any) -> Note:
    detail = {"kind": kind, "value": value, "token": token}
    return Note("issue", detail | {"claims": {}, "with_refresh_token": False} | more)
