"""What the replicas of one resource server share: plain data, checked once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from oauth_model.allowed import check_allowed
from oauth_model.messages import Headers
from oauth_model.one_use import CONSUME
from oauth_model.permission import SignIn
from oauth_model.rar import Need
from oauth_model.rar_challenges import RAR_CHALLENGES
from oauth_model.single_use import ONE_USE_PER


@dataclass(frozen=True, slots=True)
class Introspection:
    """How a resource server asks about tokens (RFC 7662 2.1).

    `headers` authenticate it. An answer that says active is believed for `cache_s` seconds, and
    never beyond `exp`: for so long a revoked or used token goes on working here (RFC 7662 4).
    `is_the_use`: whether the AS takes the question for the one use of a token; then this server
    must not count it once more.
    """

    endpoint: str
    headers: Headers
    cache_s: float = 0.0
    timeout_s: float = 1.0
    is_the_use: bool = False


@dataclass(frozen=True, slots=True)
class ResourceServerConfig:
    """What the replicas of one resource server share. Raises ValueError for an unknown setting.

    `identifier` is the URI that must stand in `aud` (RFC 8707 2); `operations` maps
    `"METHOD /path"`, a path below that of the identifier, to the scope it needs; `needs` to the
    authorization details it needs besides or instead (RFC 9396 9), `sign_ins` to how the user must
    have signed in (RFC 9470 3). A server that is not `use_aware` knows no claim `use` and ignores
    it (RFC 7519 4). With `introspection` it asks about every token. `rar_challenge` as in
    `rar_challenges.RAR_CHALLENGES`. With `advertised` its challenges say where its metadata is
    (RFC 9728 5.1).
    """

    name: str
    identifier: str
    issuer: str
    operations: Mapping[str, str]
    leeway_s: float = 0.0
    consume: str = "before_effect"
    one_use_per: str = "server"
    use_aware: bool = True
    realm: str = "example"
    needs: Mapping[str, Need] = field(default_factory=dict)
    sign_ins: Mapping[str, SignIn] = field(default_factory=dict)
    rar_challenge: str = "off"
    introspection: Introspection | None = None
    advertised: bool = False

    def __post_init__(self) -> None:
        check_allowed(
            self,
            {"consume": CONSUME, "one_use_per": ONE_USE_PER, "rar_challenge": RAR_CHALLENGES},
        )
