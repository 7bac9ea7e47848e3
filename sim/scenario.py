"""The scenario: a frozen, validated tree; everything that a run depends on, the seed included.

Rule: nothing here runs anything. A name that does not exist, an unknown key or an impossible value
is one line that names file, field, value and what is allowed (`ScenarioError`).
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from oauth_model.action_stories import ACTION_STORIES
from oauth_model.issuance import DESIGNS
from oauth_model.jose import ALGORITHMS
from oauth_model.stories import STORIES
from oauth_model.strategies import STRATEGIES
from sim.distributions import Distribution
from sim.scenario_world import (
    NOTHING,
    Action,
    Balancer,
    Flag,
    Malicious,
    Milliseconds,
    Name,
    Network,
    NodeClock,
    Part,
    Partition,
    Seconds,
    Thief,
)

#: Lifetimes of tokens: `exp` and `iat` are whole seconds here.
WholeSeconds = Annotated[int, Field(strict=True, ge=1, le=1_000_000_000)]
#: Parties that every run has; a resource server needs another name.
RESERVED = ("as", "client", "mail", "scanner", "store", "thief")


class About(Part):
    """The header: what a scenario covers, its story, what to look for, where it comes from."""

    title: str
    covers: tuple[str, ...] = ()
    story: str = ""
    look_for: str = ""
    source: str = ""


class Workload(Part):
    """How many intentions there are (things the user wants once), and the gap between two."""

    intentions: Annotated[int, Field(strict=True, ge=1, le=10_000_000)] = 1
    gap: Distribution = NOTHING


class ClientPart(Part):
    """The honest client: where it is, how long it waits, and how it tries again.

    `signed_in`: whether it starts with tokens from an earlier consent. `retry_with`: what a retry
    carries after an unknown outcome. `use_aware`: whether it knows the `use` member of a token
    response. `clicks`, `spread_ms`: for the burst story, how many times the user presents, and
    uniformly within how long.
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
    clicks: Annotated[int, Field(strict=True, ge=1, le=100)] = 2
    spread_ms: Annotated[float, Field(strict=True, ge=0, le=1e12, allow_inf_nan=False)] = 100.0


class Server(Part):
    """A resource server: its name, the regions its replicas stand in, and what it offers."""

    name: Name
    replicas: tuple[Name, ...] = Field(default=("eu",), min_length=1, max_length=64)
    operations: dict[str, str]  #: "METHOD /path" → the scope it needs
    leeway_s: Seconds = 0.0
    consume: Literal["before_scope", "before_effect", "with_effect", "after_effect"] = (
        "before_effect"
    )
    use_aware: Flag = True

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


class AuthorizationServerPart(Part):
    """The AS: where its replicas stand, how long what it issues lives, how it guards its codes."""

    replicas: tuple[Name, ...] = Field(default=("eu",), min_length=1, max_length=64)
    access_token_lifetime_s: WholeSeconds = 3600
    single_use_lifetime_s: WholeSeconds = 30
    code_lifetime_s: WholeSeconds = 60
    strategy: str = "shared_atomic"

    @field_validator("strategy")
    @classmethod
    def _strategy_exists(cls, name: str) -> str:
        return _known(name, STRATEGIES, "strategy")


class Stores(Part):
    """Where the shared store stands, and how long a server waits for any store.

    A region of its own store exists wherever a strategy asks for one.
    """

    region: Name = "eu"
    timeout_ms: Milliseconds = 200.0


class StrategySettings(Part):
    """The dials that strategies share (`oauth_model.strategies.Settings`)."""

    retention_margin_s: Annotated[float, Field(strict=True, ge=-1e9, le=1e9)] = 60.0
    lease_s: Seconds = 10.0
    on_outage: Literal["fail_closed", "fail_open"] = "fail_closed"
    resend_s: Annotated[float, Field(strict=True, gt=0, le=1e9)] = 1.0


class Scenario(Part):
    """Everything a run depends on.

    `crypto`: real signatures by EdDSA, ES256 or RS256, or `symbolic`: unforgeable handles in their
    place, which lead to the same decisions and the same trace at a fraction of the cost.
    """

    about: About
    seed: Annotated[int, Field(strict=True, ge=0)] = 1
    story: str = "single_use_payment"
    strategy: str = "shared_atomic"
    issuance: str = "fat"
    crypto: str = "symbolic"
    duration_s: Annotated[float, Field(strict=True, ge=0.001, le=1e7)] = 60.0
    properties: tuple[str, ...] = ()
    workload: Workload = Workload()
    client: ClientPart = ClientPart()
    authorization_server: AuthorizationServerPart = AuthorizationServerPart()
    servers: tuple[Server, ...] = Field(min_length=1)
    stores: Stores = Stores()
    strategy_settings: StrategySettings = StrategySettings()
    network: Network = Network()
    balancer: Balancer = Balancer()
    partitions: tuple[Partition, ...] = ()
    clocks: tuple[NodeClock, ...] = ()
    thief: Thief = Thief()
    malicious: Malicious = Malicious()
    action: Action = Action()

    @model_validator(mode="after")
    def _names_exist(self) -> Scenario:
        _known(self.strategy, STRATEGIES, "strategy")
        _known(self.issuance, DESIGNS, "issuance")
        _known(self.story, STORIES, "story")
        _known(self.crypto, ALGORITHMS, "crypto")
        names = [server.name for server in self.servers]
        _once_each(names, "servers")
        _once_each([clock.node for clock in self.clocks], "clocks")
        _once_each(
            [" and ".join(sorted(b.regions)) for b in self.network.between], "network.between"
        )
        if self.malicious.server is not None:
            _known(self.malicious.server, names, "malicious.server")
        places = set(self.regions) | set(self.node_names)
        for index, partition in enumerate(self.partitions):
            for side in partition.between:
                _known(side, sorted(places), f"partitions.{index}.between")
        for index, clock in enumerate(self.clocks):
            _known(clock.node, self.node_names, f"clocks.{index}.node")
        for index, between in enumerate(self.network.between):
            for region in between.regions:
                _known(region, self.regions, f"network.between.{index}.regions")
        return self

    @property
    def server_regions(self) -> tuple[str, ...]:
        """The regions that servers stand in: where a replicating strategy keeps its records."""
        named = [region for server in self.servers for region in server.replicas]
        return tuple(dict.fromkeys([*self.authorization_server.replicas, *named]))

    @property
    def regions(self) -> tuple[str, ...]:
        """Every region somebody stands in, in order of first mention."""
        named = [self.client.region, *self.authorization_server.replicas]
        for server in self.servers:
            named.extend(server.replicas)
        named.append(self.stores.region)
        if self.thief.probability > 0:
            named.append(self.thief.region)
        return tuple(dict.fromkeys(named))

    @property
    def node_names(self) -> tuple[str, ...]:
        """The name of every node a run has, in the order of their making."""
        names = [f"client-{self.client.region}"]
        if self.thief.probability > 0:
            names.append(f"thief-{self.thief.region}")
        if self.story in ACTION_STORIES:
            names.append(f"mail-{self.client.region}")
        names.extend(replica_names("as", self.authorization_server.replicas))
        for server in self.servers:
            names.extend(replica_names(server.name, server.replicas))
        names.append("store")
        names.extend(f"store-{region}" for region in self.regions)
        return tuple(names)


def replica_names(party: str, regions: tuple[str, ...]) -> list[str]:
    """The node names of a party's replicas: `payments-eu-1`, `payments-eu-2`, `payments-us-1`."""
    seen: dict[str, int] = {}
    names = []
    for region in regions:
        seen[region] = seen.get(region, 0) + 1
        names.append(f"{party}-{region}-{seen[region]}")
    return names


def _once_each(names: list[str], field: str) -> None:
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"{field}: {name!r} stands there twice; once is allowed")


def _known(name: str, allowed: object, field: str) -> str:
    options = list(allowed)  # type: ignore[call-overload]
    if name not in options:
        raise ValueError(f"{field}: {name!r} does not exist; one of {', '.join(options)}")
    return name
