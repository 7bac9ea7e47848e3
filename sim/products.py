"""Products and what their documentation and source say of things that are good once, as settings.

Rule: facts, each with its source, in the words of a scenario; nothing here runs. A product stands
in several rows where its documentation offers several settings. What our authorization server has
no dial for is left out: the window of a proof, how records are laid out, how many there may be;
where it is not said how far back a grace reaches, it is one generation.
Refresh tokens are rotated for public clients here, so a product that rotates them is asked by one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

Settings = Mapping[str, Any]


class Product(NamedTuple):
    """A product in one of its settings.

    `settings`: kind of thing ("code", "proof", "request_uri", "refresh_token") → what to set in a
    scenario (dotted fields); a kind that is missing is not known of this product. `source`: where
    that is read.
    """

    name: str
    says: str
    source: str
    settings: Mapping[str, Settings]


def _code(strategy: str, lifetime_s: int, *, opaque: bool = False) -> dict[str, Settings]:
    """Codes under this strategy; access tokens that servers ask about, if they are `opaque`."""
    asks = {"servers.0.introspects": True} if opaque else {}
    guarded = {"authorization_server.strategy": strategy}
    return {"code": guarded | {"authorization_server.code_lifetime_s": lifetime_s} | asks}


def _proof(strategy: str) -> dict[str, Settings]:
    """Proofs whose `jti` is under this strategy at a resource server; under none when empty."""
    return {"proof": {"client.proof": "dpop", "servers.0.proof_strategy": strategy}}


def _pushed(strategy: str) -> dict[str, Settings]:
    return {"request_uri": {"authorization_server.strategy": strategy}}


def _rotated(
    grace: str = "none", strategy: str = "shared_atomic", **more: Any
) -> dict[str, Settings]:
    """Refresh tokens that are rotated, with this grace."""
    part = {"strategy": strategy, "rotation_grace": grace} | more
    fields = {f"authorization_server.{name}": value for name, value in part.items()}
    return {"refresh_token": {"client.public": True} | fields}


#: Refresh tokens that are not rotated.
_KEPT: dict[str, Settings] = {"refresh_token": {"client.public": False}}
_RACY = "shared_check_then_act"

_LIST = (
    Product(
        "keycloak",
        "Codes are removed when they are redeemed, a jti is put if it is absent; refresh tokens "
        "are not rotated unless a realm wants it.",
        "keycloak: InfinispanSingleUseObjectProvider, OAuth2CodeParser, DPoPUtil",
        _code("shared_allow_list", 60) | _proof("shared_atomic") | _KEPT,
    ),
    Product(
        "keycloak_rotating",
        "`revokeRefreshToken` with no reuse, as it was before PR 46054: the count is read first "
        "and written later.",
        "keycloak#46054, #45647",
        _rotated(strategy=_RACY),
    ),
    Product(
        "oidc_provider",
        "Codes and proofs are found first and saved later; the refresh tokens of confidential "
        "clients are kept.",
        "panva/node-oidc-provider: grant_common.js, replay_detection.js",
        _code(_RACY, 60, opaque=True) | _proof(_RACY) | _KEPT,
    ),
    Product(
        "oidc_provider_public",
        "The same for a public client without sender-constraint: rotated, and reuse revokes.",
        "panva/node-oidc-provider: lib/actions/grants",
        _rotated(strategy=_RACY),
    ),
    Product(
        "spring",
        "Codes are loaded and updated without a condition; proofs are remembered in each "
        "instance's memory; refresh tokens are reused.",
        "spring-security: JdbcOAuth2AuthorizationService, DPoPProofReplayValidator, TokenSettings",
        _code(_RACY, 300) | _proof("per_replica") | _KEPT,
    ),
    Product(
        "hydra",
        "Codes are selected and then deactivated without a condition; rotation is strict.",
        "ory/hydra: persister_oauth2.go, flow_authorize_code_token.go",
        _code(_RACY, 600, opaque=True) | _rotated(),
    ),
    Product(
        "hydra_graceful",
        "`rotation_grace_period` 60 s: each use of the old token mints new ones, whatever became "
        "of the first.",
        "ory/docs: graceful-token-refresh; hydra#3860",
        _rotated("mint_new", grace_s=60.0, grace_generations="any"),
    ),
    Product(
        "supabase",
        "The parent of the active token is good until that one is used, and any older one for "
        "10 s; both bring the active one.",
        "supabase/auth: internal/tokens/service.go",
        _rotated("until_successor_used", grace_s=10.0, grace_generations="any"),
    ),
    Product(
        "atproto",
        "A jti is set if it is absent, codes and pushed requests are consumed in one step; refresh "
        "tokens are read, compared and written later.",
        "bluesky-social/atproto: oauth-provider/src/replay, token-manager.ts",
        _code("shared_allow_list", 60)
        | _proof("shared_atomic")
        | _pushed("shared_allow_list")
        | _rotated(strategy=_RACY),
    ),
    Product(
        "duende",
        "A jti is looked for first and added later.",
        "DuendeSoftware/products: DefaultReplayCache.cs, DefaultDPoPProofValidator.cs",
        _proof(_RACY),
    ),
    Product(
        "auth0_resource_server",
        "A jti has to be there and is not remembered.",
        "auth0/node-oauth2-jwt-bearer#215",
        _proof("no_check"),
    ),
    Product(
        "okta",
        "A leeway of 30 s, the default.",
        "Okta SDK documentation, refresh token rotation",
        _rotated("mint_new", grace_s=30.0),
    ),
    Product(
        "auth0",
        "No leeway, the default.",
        "Auth0 documentation, refresh token rotation",
        _rotated(),
    ),
    Product(
        "auth0_leeway",
        "A leeway of 60 s, for the token just before only.",
        "Auth0 documentation, refresh token rotation",
        _rotated("mint_new", grace_s=60.0),
    ),
    Product(
        "cognito",
        "`RetryGracePeriodSeconds` 60, the most there is.",
        "Amazon Cognito documentation, refresh token rotation",
        _rotated("mint_new", grace_s=60.0),
    ),
    Product(
        "curity",
        "`grace-period` 0, the default.",
        "Curity documentation, refresh tokens",
        _rotated(),
    ),
    Product(
        "connect2id",
        "A grace of 5 s, the default.",
        "Connect2id server 14.2",
        _rotated("mint_new", grace_s=5.0),
    ),
    Product(
        "airlock",
        "The token of before is good until the tokens that it brought are used.",
        "Airlock IAM documentation, refresh token rotation",
        _rotated("until_successor_used"),
    ),
    Product(
        "drupal",
        "For a buffer of 60 s, the most there is, the old token brings the same new one.",
        "Drupal simple_oauth, refresh token buffer",
        _rotated("same_successor", grace_s=60.0),
    ),
    Product(
        "django_oauth_toolkit",
        "`REFRESH_TOKEN_GRACE_PERIOD_SECONDS` 120: several generations back are good again.",
        "django-oauth-toolkit#1617",
        _rotated("mint_new", grace_s=120.0, grace_generations="any"),
    ),
)

PRODUCTS: dict[str, Product] = {product.name: product for product in _LIST}
