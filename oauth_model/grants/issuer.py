"""The issuer: makes codes and tokens, tells the registrar and the trace, writes the token response.

Rule: whatever leaves the authorization server as a credential is made here, and that a single-use
token comes without a refresh token is decided here once, for every grant type.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from oauth_model.flows import Flow, Note, OneTimeKey
from oauth_model.grants.records import (
    AuthorizationServerConfig,
    Code,
    Database,
    Grant,
    RefreshToken,
    RegisteredClient,
)
from oauth_model.issuance import DESIGNS
from oauth_model.issuance.base import Parameters, Scopes, Selection, split
from oauth_model.jose import Keys
from oauth_model.messages import NO_STORE, Response, json_response
from oauth_model.single_use import USE, check_down_scoped, one_time_keys
from oauth_model.strategies import Strategy, Use

#: RFC 9068 2.1.
ACCESS_TOKEN_TYPE = "at+jwt"


class Issuer:
    """What one replica of an AS issues with.

    `one_time` guards codes and rotated refresh tokens; `registrar`, the resource servers' strategy,
    is told of every single-use access token; `clock` gives the seconds of this replica's clock,
    `new_id(kind)` a fresh name.
    """

    def __init__(
        self,
        config: AuthorizationServerConfig,
        database: Database,
        keys: Keys,
        one_time: Strategy,
        registrar: Strategy,
        clock: Callable[[], float],
        new_id: Callable[[str], str],
    ) -> None:
        self.config = config
        self.database = database
        self.keys = keys
        self.one_time = one_time
        self.registrar = registrar
        self.clock = clock
        self.new_id = new_id
        self.design = DESIGNS[config.design]
        self.clients = {client.client_id: client for client in config.clients}

    def select(self, grant: Grant, parameters: Parameters, use: str = "") -> Selection:
        """What a token request gets out of a grant, also for a single use; raises InvalidScope."""
        config = self.config
        selection = self.design.select(grant.values, parameters, config.resource_servers)
        if use:
            check_down_scoped("scope" in parameters, selection, config.single_use_audiences)
        return selection

    def one_use(
        self, kind: str, grant: Grant, value: str, expires_at_s: float, fingerprint: str = ""
    ) -> Use:
        """One use of a code or refresh token; its key is the same at issuance and redemption."""
        key = OneTimeKey(kind, self.config.issuer, grant.client_id, value)
        return Use(key, expires_at_s, fingerprint)

    def may_refresh(self, client: RegisteredClient) -> bool:
        """Whether the client is registered for refresh tokens (RFC 6749 1.5: at our discretion)."""
        return "refresh_token" in client.grant_types

    def tokens(
        self, grant: Grant, selection: Selection, asked: Scopes, *, use: str, refreshable: bool
    ) -> Flow[Response]:
        """The successful token response (RFC 6749 5.1), with all that is in it.

        `asked` are the scopes of the request: when others were given, the response says which.
        """
        lifetime_s = self._lifetime_s(use)
        with_refresh_token = refreshable and not use
        token = yield from self._access_token(grant, selection, use, with_refresh_token)
        members: dict[str, Any] = {
            "access_token": token,
            "token_type": "Bearer",
            "expires_in": lifetime_s,
        }
        if with_refresh_token:
            members["refresh_token"] = yield from self._refresh_token(grant)
        if set(asked) != set(selection.scopes):
            members["scope"] = " ".join(selection.scopes)
        if use:
            members[USE] = use
        return json_response(200, members, NO_STORE)

    def code(self, code: Code) -> Flow[str]:
        """An authorization code; it starts a session, unless it is for a single-use token."""
        value, grant = self.new_id("code"), code.grant
        yield from self.one_time.register(self.one_use("code", grant, value, code.expires_at_s))
        self.database.codes[value] = code
        if not grant.use:
            self.database.sessions.add(grant.subject)
        yield _issued("code", value, value, with_session=not grant.use)
        return value

    def _lifetime_s(self, use: str) -> int:
        config = self.config
        return int(config.single_use_lifetime_s if use else config.access_token_lifetime_s)

    def _access_token(
        self, grant: Grant, selection: Selection, use: str, with_refresh_token: bool
    ) -> Flow[str]:
        config = self.config
        identifiers = tuple(server.identifier for server in selection.servers)
        issued_at_s = int(self.clock())
        expires_at_s = issued_at_s + self._lifetime_s(use)
        claims: dict[str, Any] = {  # RFC 9068 2.2
            "iss": config.issuer,
            "sub": grant.subject,
            "aud": identifiers[0] if len(identifiers) == 1 else list(identifiers),
            "client_id": grant.client_id,
            "scope": " ".join(selection.scopes),
            "iat": issued_at_s,
            "exp": expires_at_s,
            "jti": self.new_id("at"),
        }
        if use:
            claims[USE] = use
            yield from self._register(identifiers, claims["jti"], expires_at_s)
        key_name = self.design.signing_key(selection.servers)
        token = self.keys.sign(claims, key=key_name, typ=ACCESS_TOKEN_TYPE)
        said = {"claims": claims, "with_refresh_token": with_refresh_token}
        yield _issued("access_token", token, claims["jti"], **said)
        return token

    def _register(self, identifiers: tuple[str, ...], jti: str, expires_at_s: int) -> Flow[None]:
        config = self.config
        until_s = expires_at_s + config.leeway_s
        for key in one_time_keys(config.issuer, identifiers, jti, config.one_use_per):
            yield from self.registrar.register(Use(key, until_s))

    def _refresh_token(self, grant: Grant) -> Flow[str]:
        value = self.new_id("rt")
        expires_at_s = self.clock() + self.config.refresh_token_lifetime_s
        if self.clients[grant.client_id].public:  # only these are rotated, so used once
            yield from self.one_time.register(
                self.one_use("refresh_token", grant, value, expires_at_s)
            )
        self.database.refresh_tokens[value] = RefreshToken(grant, expires_at_s)
        yield _issued("refresh_token", value, value, with_refresh_token=True)
        return value


def scopes_asked(grant: Grant, parameters: Parameters) -> Scopes:
    """The scopes a token response is compared with: its request's, else the authorization's."""
    return split(parameters.get("scope", "")) or grant.asked


def _issued(kind: str, value: str, token: str, **more: Any) -> Note:
    detail = {"kind": kind, "value": value, "token": token}
    return Note("issue", detail | {"claims": {}, "with_refresh_token": False} | more)
