"""One replica of an authorization server: the parts that its endpoints and grants work with."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

from oauth_model.errors import UnauthorizedClient
from oauth_model.flows import OneTimeKey
from oauth_model.grants.records import (
    AuthorizationServerConfig,
    Database,
    Grant,
    RegisteredClient,
)
from oauth_model.issuance import DESIGNS
from oauth_model.issuance.base import Rights, Scopes, Selection
from oauth_model.issuance.rar_locations import permitted
from oauth_model.jose import Keys
from oauth_model.parameters import Parameters
from oauth_model.rar import Details
from oauth_model.single_use import check_down_scoped, names_rights
from oauth_model.strategies import Strategy, Use


class Decision(NamedTuple):
    """What a resource owner said: who they are, and what they grant (nothing: denied)."""

    subject: str
    scopes: Scopes
    details: Details = ()


#: The resource owner: asked for these rights by this client.
Consent = Callable[[RegisteredClient, Rights], Decision]


def grant_registered(client: RegisteredClient, rights: Rights) -> Decision:
    """A resource owner who grants everything the client is registered for."""
    scopes = tuple(s for s in rights.scopes if s in client.scopes)
    return Decision("resource-owner", scopes, permitted(rights.details, client.scopes))


Claims = dict[str, Any]
#: Who has the last word on what is signed: kind of token, grant, claims → claims.
Statement = Callable[[str, Grant, Claims], Claims]


def as_they_are(kind: str, grant: Grant, claims: Claims) -> Claims:
    """The claims, as the specification of this kind of token gives them."""
    return claims


class Replica:
    """What one replica of an AS works with.

    `one_time` guards what is used once at the AS (codes, rotated refresh tokens, assertions,
    proofs, pushed requests); `registrar`, the resource servers' strategy, is told of every
    single-use access token; `clock` gives the seconds of this replica's clock, `new_id(kind)` a
    fresh name; `consent` stands for the resource owner.
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
        consent: Consent = grant_registered,
    ) -> None:
        self.config = config
        self.database = database
        self.keys = keys
        self.one_time = one_time
        self.registrar = registrar
        self.clock = clock
        self.new_id = new_id
        self.consent = consent
        self.statement: Statement = as_they_are
        self.design = DESIGNS[config.design]
        self.clients = {client.client_id: client for client in config.clients}
        self.users = {user.name: user for user in config.users}
        self.pairwise_secret = keys.secret(f"{config.issuer}/pairwise")
        self.scopes = frozenset(s for server in config.resource_servers for s in server.scopes)

    def select(self, grant: Grant, parameters: Parameters, use: str = "") -> Selection:
        """What a token request gets out of a grant, also for a single use.

        Raises InvalidScope, InvalidTarget, InvalidAuthorizationDetails or UnauthorizedClient.
        """
        servers, client = self.config.resource_servers, self.clients[grant.client_id]
        rights = self.design.merge(grant.rights, partial(client.policy, servers))
        selection = self.design.select(rights, parameters, servers)
        if use:
            self.check_single_use(client, selection, named=names_rights(parameters, selection))
        return selection

    def check_single_use(
        self, client: RegisteredClient, selection: Selection, *, named: bool
    ) -> None:
        """May this client have a single-use token for this, which it has `named` or not?

        Raises UnauthorizedClient for a third party where policy wants none, and InvalidScope.
        """
        if self.config.first_party_only and not client.first_party:
            raise UnauthorizedClient("single-use tokens are for first-party clients")
        check_down_scoped(named, selection, self.config.single_use_audiences)

    def one_use(
        self, kind: str, client_id: str, value: str, expires_at_s: float, fingerprint: str = ""
    ) -> Use:
        """One use of what a client presents; its key is the same at issuance and redemption."""
        key = OneTimeKey(kind, self.config.issuer, client_id, value)
        return Use(key, expires_at_s, fingerprint)

    def may_refresh(self, client: RegisteredClient) -> bool:
        """Whether the client is registered for refresh tokens (RFC 6749 1.5: at our discretion)."""
        return "refresh_token" in client.grant_types
