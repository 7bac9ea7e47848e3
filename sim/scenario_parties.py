"""The parties of a scenario: the client, the servers, the AS, and what single use means to them.

Part of the scenario tree (`sim.scenario`); the same rules hold here.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from oauth_model.faults import FAULTS
from oauth_model.identities import SUBJECT_TYPES
from oauth_model.rar import TYPES
from oauth_model.rar_challenges import RAR_CHALLENGES
from oauth_model.step_up import ACR_LEVELS
from oauth_model.strategies import STRATEGIES
from oauth_model.token_formats import FORMATS
from sim.scenario_world import Flag, Milliseconds, Name, Part, Seconds, Workers, known

#: Lifetimes of tokens: `exp` and `iat` are whole seconds here.
WholeSeconds = Annotated[int, Field(strict=True, ge=1, le=1_000_000_000)]
#: Parties that every run has; a resource server needs another name.
RESERVED = (
    *("as", "client", "mailbox", "member", "newcomer", "scanner", "store", "thief", "userinfo"),
)


class ClientPart(Part):
    """The honest client: where it is, how long it waits, and how it tries again.

    `signed_in`: whether it starts with tokens from an earlier consent. `retry_with`: what a retry
    carries after an unknown outcome. `use_aware`: whether it knows the `use` member of a token
    response. `proof`: whether its tokens are bound to its key, and how it proves that it holds it.
    `public`: whether it has no credentials at the AS; then its refresh tokens are rotated.
    `clicks`, `spread_ms`: for the stories of several at once (bursts, `concurrent_refresh`), how
    many times the user presents, or how many refresh, and uniformly within how long.
    `architecture`: where an application of several tabs or processes keeps its tokens
    (`oauth_model.architectures`). `knows_details`: whether it knows, before it is told, which
    authorization details its calls need. `refresh_tokens`: whether it is registered for any.
    `on_refused`: what one does whose refresh failed: give up, wipe what all share, adopt what the
    winner has stored, or have the user sign in. `interrupted_after_ms`, `sleep_s`: for the stories
    `interrupted_…`, how long the client listens after sending, and how long it sleeps before it
    presents again; `concurrent_refresh` sleeps before its last refresh.
    Below the client, without its knowledge: `hidden_retries` is how often an HTTP library or a
    proxy sends the very same bytes again, each time after `hidden_retry_after_ms` without an
    answer, as long as the client waits (`timeout_ms`); with `rotation_result_discarded` a proxy
    drops the new refresh token of every answer to a refresh.
    """

    region: Name = "eu"
    signed_in: Flag = True
    timeout_ms: Milliseconds = 1000.0
    retry: Literal["none", "immediate", "backoff", "hedged"] = "immediate"
    retries: Annotated[int, Field(strict=True, ge=0, le=20)] = 1
    backoff_base_ms: Milliseconds = 100.0
    backoff_cap_ms: Milliseconds = 5000.0
    hedge_after_ms: Milliseconds = 200.0
    retry_with: Literal["same_token", "fresh_token", "fresh_token_same_idempotency_key"] = (
        "same_token"
    )
    use_aware: Flag = True
    proof: Literal["none", "dpop", "mtls"] = "none"
    public: Flag = False
    first_party: Flag = True
    knows_details: Flag = True
    refresh_tokens: Flag = True
    architecture: Literal["bff", "service_worker", "tabs", "processes"] = "bff"
    clicks: Annotated[int, Field(strict=True, ge=1, le=100)] = 2
    spread_ms: Annotated[float, Field(strict=True, ge=0, le=1e12, allow_inf_nan=False)] = 100.0
    on_refused: Literal["give_up", "wipe", "adopt", "sign_in"] = "give_up"
    interrupted_after_ms: Milliseconds = 50.0
    sleep_s: Seconds = 0.0
    hidden_retries: Annotated[int, Field(strict=True, ge=0, le=20)] = 0
    hidden_retry_after_ms: Milliseconds = 300.0
    rotation_result_discarded: Flag = False


class Server(Part):
    """A resource server: its name, the regions its replicas stand in, and what it offers.

    `workers`: who does the work at each replica.
    What it wants of tokens: `token_format`, `encrypted` to it alone, `subject_type` and `claims` of
    the user. `details`: operation → the type of authorization details it needs; `rar_challenge`:
    what it says when they are not enough. `sign_in`: operation → how strongly the user must have
    signed in, at most `sign_in_age_s` ago (0: ever). With `introspects` it asks the AS about every
    token (as for a handle it must) and believes the answer for `introspection_cache_s`.
    `proof_strategy`: what guards the `jti` of DPoP proofs, none when empty; `dpop_nonces`: whether
    they must carry a nonce of the server's.
    `hears_revocations`: whether the AS can tell it that a token was revoked; `advertised`: whether
    its challenges say where its metadata is. `gateway`: what stands in front of each replica: one
    that counts calls by `gateway_strategy`, one for each token, or one that has each token revoked
    `gateway_delay_s` after its use.
    """

    name: Name
    replicas: tuple[Name, ...] = Field(default=("eu",), min_length=1, max_length=64)
    operations: dict[str, str]  #: "METHOD /path" → the scope it needs
    workers: Workers = Workers()
    leeway_s: Seconds = 0.0
    consume: Literal["before_scope", "before_effect", "with_effect", "after_effect"] = (
        "before_effect"
    )
    use_aware: Flag = True
    token_format: str = "jwt"
    encrypted: Flag = False
    subject_type: str = "public"
    claims: tuple[str, ...] = ()
    details: dict[str, str] = Field(default_factory=dict)
    rar_challenge: str = "off"
    sign_in: dict[str, str] = Field(default_factory=dict)
    sign_in_age_s: Annotated[int, Field(strict=True, ge=0, le=1_000_000_000)] = 0
    introspects: Flag = False
    introspection_cache_s: Seconds = 0.0
    proof_strategy: str = ""
    dpop_nonces: Flag = False
    hears_revocations: Flag = False
    advertised: Flag = False
    gateway: Literal["none", "quota", "revoke"] = "none"
    gateway_strategy: str = "shared_atomic"
    gateway_delay_s: Seconds = 0.0

    @field_validator("name")
    @classmethod
    def _name_is_free(cls, name: str) -> str:
        if name in RESERVED:
            raise ValueError(f"{name!r} is taken; any name but {', '.join(RESERVED)} is allowed")
        return name

    @field_validator("operations")
    @classmethod
    def _operations_named(cls, operations: dict[str, str]) -> dict[str, str]:
        for operation in operations:
            method, _, path = operation.partition(" ")
            if not (method.isupper() and path.startswith("/")):
                raise ValueError(f"{operation!r} is no operation; write it as 'POST /payments'")
        if not operations:
            raise ValueError("a server offers at least one operation, such as 'GET /mail'")
        return operations

    @model_validator(mode="after")
    def _names_exist(self) -> Server:
        known(self.token_format, FORMATS, "token_format")
        known(self.subject_type, SUBJECT_TYPES, "subject_type")
        known(self.rar_challenge, RAR_CHALLENGES, "rar_challenge")
        known(self.proof_strategy, ("", *STRATEGIES), "proof_strategy")
        known(self.gateway_strategy, STRATEGIES, "gateway_strategy")
        for field, allowed in (("details", TYPES), ("sign_in", ACR_LEVELS)):
            for operation, name in getattr(self, field).items():
                known(operation, self.operations, field)
                known(name, allowed, f"{field}.{operation}")
        return self


class SingleUse(Part):
    """The open questions of the single-use proposal, answered (`oauth_model.single_use`).

    `audiences`: for how many servers one token may be; `one_use_per`: whether it is then good for
    one use at each of them or for one in all; `at_userinfo`, `at_introspection`: what these
    endpoints of the AS make of it; `first_party_only`: whether other clients get none.
    """

    audiences: Literal["one", "several"] = "one"
    one_use_per: Literal["server", "token"] = "server"
    at_userinfo: Literal["ignore", "reject", "consume"] = "reject"
    at_introspection: Literal["ignore", "reject", "consume"] = "ignore"
    first_party_only: Flag = False


class AuthorizationServerPart(Part):
    """The AS: where its replicas stand, how long what it issues lives, how it guards its codes.

    `userinfo`: whether it offers the userinfo endpoint, which the client then calls after all
    servers. `exchange_by`: who may exchange a token (RFC 8693): nobody, its owner, or also whoever
    is in its audience; in the last case the servers are registered as clients. `revocation_events`:
    whether it tells servers which tokens it revoked. `assertion_audience`: what has to stand for it
    in client assertions (`oauth_model.client_assertion`). `faults`: mistakes of real servers that
    it makes (`oauth_model.faults`). `rotation_grace`, with `grace_s`, `grace_reuses` (0: no limit)
    and `grace_generations`: whether a rotated refresh token that comes again is excused, and which
    (`oauth_model.grants.grace`).
    """

    replicas: tuple[Name, ...] = Field(default=("eu",), min_length=1, max_length=64)
    workers: Workers = Workers()
    access_token_lifetime_s: WholeSeconds = 3600
    single_use_lifetime_s: WholeSeconds = 30
    code_lifetime_s: WholeSeconds = 60
    strategy: str = "shared_atomic"
    userinfo: Flag = False
    exchange_by: Literal["nobody", "owner", "audience"] = "nobody"
    revocation_events: Flag = False
    assertion_audience: Literal["issuer", "token_endpoint"] = "issuer"
    faults: tuple[str, ...] = ()
    rotation_grace: Literal["none", "mint_new", "same_successor", "until_successor_used"] = "none"
    grace_s: Seconds = 0.0
    grace_reuses: Annotated[int, Field(strict=True, ge=0, le=1_000_000)] = 0
    grace_generations: Literal["one", "any"] = "one"

    @field_validator("strategy")
    @classmethod
    def _strategy_exists(cls, name: str) -> str:
        return known(name, STRATEGIES, "strategy")

    @field_validator("faults")
    @classmethod
    def _faults_exist(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(known(name, FAULTS, "faults") for name in names)
