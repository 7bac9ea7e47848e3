"""What an authorization server is told and what it remembers: plain data, no behaviour.

All replicas of one authorization server share one `Database`. Whether a one-time object was used is
not in it: that is asked through the seam (`once.py`), so that every strategy can be tried on it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from oauth_model.allowed import check_allowed
from oauth_model.client_assertion import ASSERTION_AUDIENCE
from oauth_model.faults import FAULTS
from oauth_model.gnap.records import Negotiations
from oauth_model.identities import RESOURCE_OWNER, User, check_known
from oauth_model.issuance import DESIGNS
from oauth_model.issuance.base import Policy, ProtectedResource, Rights, Scopes
from oauth_model.single_use import AUDIENCES, ONE_USE_PER, WHAT_OF_A_SINGLE_USE

#: Who may exchange a token for another (`grants.token_exchange`).
EXCHANGE_BY = ("nobody", "owner", "audience")
#: What becomes of a rotated refresh token that comes again, and of which ones (`grants.grace`).
ROTATION_GRACE = ("none", "mint_new", "same_successor", "until_successor_used")
GRACE_GENERATIONS = ("one", "any")
#: The claim `cnf` (RFC 7800 3.1) as pairs: what the holder of a token has to prove; empty for none.
Confirmation = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class RegisteredClient:
    """A client as registered (RFC 6749 2): public when it has neither secret nor key.

    `assertion_key`: the name of the key that it authenticates with (`private_key_jwt`).
    `first_party`: whether it belongs to whoever runs the AS. `details_types`: the types of
    authorization details that it may ask for (RFC 9396 10); `audiences`: what its refresh token may
    be used for, and with which scopes (the policy of `mrrt`), all when empty. `dpop_bound`: whether
    a token request without a DPoP proof is refused (RFC 9449 5.2); `certificate_bound`: whether its
    tokens are bound to the certificate of its connection (RFC 8705 3.4). `token_lifetime_s`: of its
    access tokens, that of the AS when 0. `revokes_any`: whether it may revoke what was issued to
    others, as a gateway does.
    """

    client_id: str
    secret: str = ""
    redirect_uris: tuple[str, ...] = ()
    grant_types: tuple[str, ...] = ()
    scopes: Scopes = ()
    assertion_key: str = ""
    first_party: bool = True
    details_types: tuple[str, ...] = ()
    audiences: tuple[tuple[str, Scopes], ...] = ()
    dpop_bound: bool = False
    certificate_bound: bool = False
    token_lifetime_s: float = 0.0
    revokes_any: bool = False

    @property
    def public(self) -> bool:
        """Whether the client cannot keep a secret (RFC 6749 2.1)."""
        return not (self.secret or self.assertion_key)

    def policy(self, servers: Sequence[ProtectedResource]) -> Policy:
        """What its refresh tokens may be used for at these servers, whoever consented to what.

        Only for a first party, and what does not exist is left out (Auth0's documentation).
        """
        listed = self.audiences or tuple((s.identifier, self.scopes) for s in servers)
        known = {server.identifier: server.scopes for server in servers if self.first_party}
        pairs = ((a, tuple(s for s in scopes if s in known.get(a, ()))) for a, scopes in listed)
        return tuple((audience, scopes) for audience, scopes in pairs if scopes)


@dataclass(frozen=True, slots=True)
class AuthorizationServerConfig:
    """What the replicas of one AS share.

    Raises ValueError for an unknown setting, for a user whom a server has no way to know
    (`identities.check_known`), and for a client that is named as a user is.

    Lifetimes in seconds; those of access tokens are cut to whole seconds, as `exp` is. `leeway_s`
    is the largest that a resource server applies to `exp`: so long may a single-use token still be
    presented. From `single_use_audiences` to `first_party_only`: the open questions of the
    single-use proposal (`single_use`). `pushed_only`: whether an authorization request must have
    been pushed (RFC 9126 5). `exchange_by`: one of `EXCHANGE_BY`; `passwords`: user names and
    passwords for `grants.password_advanced`, which is not offered without. `assertion_audience`: a
    policy of `client_assertion`. `dpop_nonces`: whether a proof at the token endpoint needs a nonce
    (RFC 9449 8). `revocation_events`: whether resource servers are told what was revoked
    (`revocation_events`). `faults`: names of `faults.FAULTS`, mistakes of real servers that this
    one makes. `rotation_grace` to `grace_generations`: what becomes of a rotated refresh token that
    comes again (`grants.grace`).
    """

    resource_servers: tuple[ProtectedResource, ...]
    clients: tuple[RegisteredClient, ...]
    issuer: str = "https://as.example.com"
    users: tuple[User, ...] = (RESOURCE_OWNER,)
    design: str = "fat"
    access_token_lifetime_s: float = 3600.0
    single_use_lifetime_s: float = 30.0
    code_lifetime_s: float = 60.0
    refresh_token_lifetime_s: float = 30 * 86_400.0
    pushed_request_lifetime_s: float = 60.0
    leeway_s: float = 0.0
    single_use_audiences: str = "one"
    one_use_per: str = "server"
    single_use_at_userinfo: str = "reject"
    single_use_at_introspection: str = "ignore"
    first_party_only: bool = False
    exchange_by: str = "nobody"
    passwords: tuple[tuple[str, str], ...] = ()
    pushed_only: bool = False
    assertion_audience: str = "issuer"
    dpop_nonces: bool = False
    revocation_events: bool = False
    faults: tuple[str, ...] = ()
    rotation_grace: str = "none"
    grace_s: float = 0.0
    grace_reuses: int = 0
    grace_generations: str = "one"

    def __post_init__(self) -> None:
        check_allowed(
            self,
            {
                "design": DESIGNS,
                "single_use_audiences": AUDIENCES,
                "one_use_per": ONE_USE_PER,
                "exchange_by": EXCHANGE_BY,
                "single_use_at_userinfo": WHAT_OF_A_SINGLE_USE,
                "single_use_at_introspection": WHAT_OF_A_SINGLE_USE,
                "assertion_audience": ASSERTION_AUDIENCE,
                "rotation_grace": ROTATION_GRACE,
                "grace_generations": GRACE_GENERATIONS,
            },
        )
        for fault in self.faults:
            if fault not in FAULTS:
                raise ValueError(f"faults has {fault!r}; allowed: {', '.join(FAULTS)}")
        known = {scope for server in self.resource_servers for scope in server.scopes}
        check_known(self.users, self.resource_servers)
        people = {user.name for user in self.users} | dict(self.passwords).keys()
        for client in self.clients:
            if client.client_id in people:  # RFC 9700 4.15: both would be the same `sub`
                raise ValueError(f"{client.client_id} is the name of a client and of a user")
            if not known.issuperset(client.scopes):
                raise ValueError(f"{client.client_id} has scopes that no resource server knows")


@dataclass(slots=True)
class Grant:
    """What a resource owner consented to, and the head of the family of tokens that came of it.

    `asked`: the scopes of the authorization request, empty when it named none; `use`: "single" when
    it asked for a single-use token. A revoked grant is a tombstone: whatever still comes of it,
    also for the winner of a race, is dead. `acr`, `auth_time_s`: how and when the user signed in
    (RFC 9470 5). `nonce`: that of an OpenID authentication request (OpenID Connect Core 3.1.2.1).
    """

    client_id: str
    subject: str
    rights: Rights
    asked: Scopes = ()
    use: str = ""
    revoked: bool = False
    acr: str = ""
    auth_time_s: int = 0
    nonce: str = ""


@dataclass(frozen=True, slots=True)
class Code:
    """An authorization code: bound to client, redirect URI and code challenge (RFC 6749 4.1.2).

    `dpop_jkt`: the thumbprint of the key that redeems it (RFC 9449 10), empty for any or none.
    """

    grant: Grant
    redirect_uri: str
    redirect_uri_sent: bool
    code_challenge: str | None
    code_challenge_method: str | None
    dpop_jkt: str
    expires_at_s: float


@dataclass(slots=True)
class RefreshToken:
    """A refresh token: stands for the whole grant (RFC 6749 6), until it expires or is rotated.

    `confirmation` binds it to a key (RFC 9449 5: those of public clients), empty for none. Once it
    is rotated: when that was (the replica's clock), the values that it was rotated to, and how
    often it was good again since.
    """

    grant: Grant
    expires_at_s: float
    rotated: bool = False
    confirmation: Confirmation = ()
    rotated_at_s: float = 0.0
    successors: list[str] = field(default_factory=list)
    reuses: int = 0


@dataclass(frozen=True, slots=True)
class PushedRequest:
    """An authorization request that was pushed (RFC 9126 2), until it expires."""

    client_id: str
    pairs: tuple[tuple[str, str], ...]
    expires_at_s: float


@dataclass(slots=True)
class IssuedToken:
    """An access token as the AS remembers it: what introspection and revocation need."""

    grant: Grant
    claims: dict[str, Any]
    revoked: bool = False


@dataclass(slots=True)
class Database:
    """What was issued, by its value on the wire; and who has a session at the AS.

    `pushed`: authorization requests by `request_uri` (RFC 9126); `gnap`: those of RFC 9635.
    """

    codes: dict[str, Code] = field(default_factory=dict)
    refresh_tokens: dict[str, RefreshToken] = field(default_factory=dict)
    access_tokens: dict[str, IssuedToken] = field(default_factory=dict)
    pushed: dict[str, PushedRequest] = field(default_factory=dict)
    gnap: Negotiations = field(default_factory=Negotiations)
    sessions: set[str] = field(default_factory=set)
