"""Who lives in the house: clients, resource servers and their configurations, as plain data."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NamedTuple

from oauth_model.grants import GRANTS
from oauth_model.grants.openid import USERINFO_SCOPES
from oauth_model.grants.records import RegisteredClient
from oauth_model.issuance import ProtectedResource
from oauth_model.permission import SignIn
from oauth_model.rar import Need
from oauth_model.rar.types import TYPES
from oauth_model.resource_config import Introspection, ResourceServerConfig
from tests.oauth_model.parties import CALLBACK, ISSUER, basic


class Settings(NamedTuple):
    """What differs from house to house."""

    design: str = "fat"
    algorithm: str = "symbolic"
    strategy: str = "shared_atomic"
    nonces: bool = False


#: The servers: name → what it wants of its tokens. `voip` asks about every token.
WANTS: dict[str, dict[str, Any]] = {
    "email": {"secret": "email-secret"},
    "webdav": {"encrypted": True},
    "voip": {"token_format": "opaque", "secret": "voip-secret"},
    "payments": {},
    "calendar": {"token_format": "swt"},
    "contacts": {"token_format": "saml"},
}
SCOPES = tuple(WANTS)
SERVERS = tuple(
    ProtectedResource(name, f"https://{name}.example.com", (name,), f"as:{name}")._replace(**wants)
    for name, wants in WANTS.items()
)
#: Server → the call that it answers; `payments` needs authorization details, `email` has a second
#: operation that needs a stronger sign-in.
CALLS = {name: f"GET /{name}" for name in SCOPES} | {"payments": "POST /payments"}
STRONG = "GET /vault"
ACTIONS_URL = "https://account.example.com"
ACCOUNTS = {"robin@example.com": "robin", "alice@example.com": "alice"}
PASSWORDS = (("resource-owner", "correct horse"),)

_EVERYTHING = (*SCOPES, *USERINFO_SCOPES)
OWN = RegisteredClient(
    *("s6BhdRkqt3", "gX1fBat3bV", (CALLBACK,), tuple(GRANTS), _EVERYTHING),
    details_types=tuple(TYPES),
)
OTHER = replace(OWN, client_id="other", secret="7Fjfp0ZBr1KtDRbnfVdmIw")
PUBLIC = replace(OWN, client_id="app", secret="")
KEYED = replace(PUBLIC, client_id="keyed", assertion_key="client:keyed")
BOUND = replace(PUBLIC, client_id="bound", dpop_bound=True)
CERTIFIED = replace(OWN, client_id="certified", secret="c3rt", certificate_bound=True)
LIMITED = replace(OWN, client_id="limited", secret="l1mited", grant_types=(), scopes=())
CLIENTS = (OWN, OTHER, PUBLIC, KEYED, BOUND, CERTIFIED, LIMITED)
CERTIFICATE = "A4DtL2JmUMhAsvJj5tKyn64SqzmuXbMrJa0n761y5v0"


def server_config(server: ProtectedResource) -> ResourceServerConfig:
    """The configuration of one resource server."""
    name, asks = server.name, None
    if server.token_format == "opaque":
        asks = Introspection(f"{ISSUER}/introspect", (basic(name, server.secret),))
    operations = {CALLS[name]: name} | ({STRONG: name} if name == "email" else {})
    return ResourceServerConfig(
        name=name,
        identifier=server.identifier,
        issuer=ISSUER,
        operations=operations,
        needs={CALLS[name]: Need("payment")} if name == "payments" else {},
        sign_ins={STRONG: SignIn("phr", 300)} if name == "email" else {},
        rar_challenge="insufficient_authorization",
        introspection=asks,
        advertised=name in ("email", "webdav"),
    )
