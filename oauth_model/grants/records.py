"""What an authorization server is told and what it remembers: plain data, no behaviour.

All replicas of one authorization server share one `Database`. Whether a one-time object was used is
not in it: that is asked through the seam (`once.py`), so that every strategy can be tried on it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from oauth_model.issuance import DESIGNS
from oauth_model.issuance.base import ProtectedResource, Scopes
from oauth_model.single_use import AUDIENCES, ONE_USE_PER


@dataclass(frozen=True, slots=True)
class RegisteredClient:
    """A client as registered (RFC 6749 2): public when it has no secret."""

    client_id: str
    secret: str = ""
    redirect_uris: tuple[str, ...] = ()
    grant_types: tuple[str, ...] = ()
    scopes: Scopes = ()

    @property
    def public(self) -> bool:
        """Whether the client cannot keep a secret (RFC 6749 2.1)."""
        return not self.secret


@dataclass(frozen=True, slots=True)
class AuthorizationServerConfig:
    """What the replicas of one AS share. Raises ValueError for an unknown setting.

    Lifetimes in seconds; those of access tokens are cut to whole seconds, as `exp` is. `leeway_s`
    is the largest that a resource server applies to `exp`: so long may a single-use token still be
    presented. `single_use_audiences`, `one_use_per`: see `single_use.AUDIENCES`, `ONE_USE_PER`.
    """

    resource_servers: tuple[ProtectedResource, ...]
    clients: tuple[RegisteredClient, ...]
    issuer: str = "https://as.example.com"
    design: str = "fat"
    access_token_lifetime_s: float = 3600.0
    single_use_lifetime_s: float = 30.0
    code_lifetime_s: float = 60.0
    refresh_token_lifetime_s: float = 30 * 86_400.0
    leeway_s: float = 0.0
    single_use_audiences: str = "one"
    one_use_per: str = "server"

    def __post_init__(self) -> None:
        for name, allowed in (
            ("design", tuple(DESIGNS)),
            ("single_use_audiences", AUDIENCES),
            ("one_use_per", ONE_USE_PER),
        ):
            value = getattr(self, name)
            if value not in allowed:
                raise ValueError(f"{name} is {value!r}; allowed: {', '.join(allowed)}")
        known = {scope for server in self.resource_servers for scope in server.scopes}
        for client in self.clients:
            if not known.issuperset(client.scopes):
                raise ValueError(f"{client.client_id} has scopes that no resource server knows")


@dataclass(slots=True)
class Grant:
    """What a resource owner consented to, and the head of the family of tokens that came of it.

    `values`: the scope values granted (`issuance.base`); `asked`: the scopes of the authorization
    request, empty when it named none; `use`: "single" when it asked for a single-use token.
    """

    client_id: str
    subject: str
    values: tuple[Scopes, ...]
    asked: Scopes = ()
    use: str = ""
    revoked: bool = False


@dataclass(frozen=True, slots=True)
class Code:
    """An authorization code: bound to client, redirect URI and code challenge (RFC 6749 4.1.2)."""

    grant: Grant
    redirect_uri: str
    redirect_uri_sent: bool
    code_challenge: str | None
    code_challenge_method: str | None
    expires_at_s: float


@dataclass(slots=True)
class RefreshToken:
    """A refresh token: stands for the whole grant (RFC 6749 6), until it expires or is rotated."""

    grant: Grant
    expires_at_s: float
    rotated: bool = False


@dataclass(slots=True)
class Database:
    """What was issued, by its value on the wire; and who has a session at the AS."""

    codes: dict[str, Code] = field(default_factory=dict)
    refresh_tokens: dict[str, RefreshToken] = field(default_factory=dict)
    sessions: set[str] = field(default_factory=set)
