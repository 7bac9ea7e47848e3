"""The scenario: a frozen, validated tree; everything that a run depends on, the seed included.

Rule: nothing here runs anything. A name that does not exist, an unknown key or an impossible value
is one line that names file, field, value and what is allowed (`ScenarioError`).
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from oauth_model.issuance import DESIGNS
from oauth_model.jose import ALGORITHMS
from oauth_model.stories import STORIES
from oauth_model.strategies import STRATEGIES
from sim.distributions import Constant, Distribution

Probability = Annotated[float, Field(ge=0, le=1)]
Seconds = Annotated[float, Field(ge=0, le=1e9, allow_inf_nan=False)]
Milliseconds = Annotated[float, Field(gt=0, le=1e12, allow_inf_nan=False)]
Count = Annotated[int, Field(ge=0, le=10_000_000)]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=20)]
NOTHING = Constant(distribution="constant", value_ms=0.0)


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class About(_Part):
    """The header of a scenario: what it covers, its story, what to look for, where it comes from."""

    title: str
    covers: tuple[str, ...] = ()
    story: str = ""
    look_for: str = ""
    source: str = ""


class Workload(_Part):
    """How many intentions there are (things the user wants once), and the gap between two."""

    intentions: Annotated[int, Field(ge=1, le=10_000_000)] = 1
    gap: Distribution = NOTHING


class ClientPart(_Part):
    """The honest client: where it is, how long it waits, and how it tries again.

    `signed_in`: whether it starts with tokens from an earlier consent. `retry_with`: what a retry carries after an unknown outcome. `use_aware`: whether it knows the
    `use` member of a token response. `clicks`, `spread_ms`: for the burst story, how many times
    the user presents, uniformly within how long.
    """

    region: Name = "eu"
    signed_in: bool = True
    timeout_ms: Milliseconds = 1000.0
    retry: Literal["none", "immediate", "backoff", "hedged"] = "immediate"
    retries: Annotated[int, Field(ge=0, le=20)] = 1
    backoff_base_ms: Milliseconds = 100.0
    backoff_cap_ms: Milliseconds = 5000.0
    hedge_after_ms: Milliseconds = 200.0
    retry_with: Literal["same_token", "fresh_token", "fresh_token_same_idempotency_key"] = (
        "same_token"
    )
    use_aware: bool = True
    clicks: Annotated[int, Field(ge=1, le=100)] = 2
    spread_ms: Annotated[float, Field(ge=0)] = 100.0


class Server(_Part):
    """A resource server: its name, the regions its replicas stand in, and what it offers."""

    name: Name
    replicas: tuple[Name, ...] = Field(default=("eu",), min_length=1, max_length=64)
    operations: dict[str, str]  #: "METHOD /path" → the scope it needs
    leeway_s: Seconds = 0.0
    consume: Literal["before_scope", "before_effect", "with_effect", "after_effect"] = (
        "before_effect"
    )
    use_aware: bool = True

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


class AuthorizationServerPart(_Part):
    """The AS: where its replicas stand, how long what it issues lives, how it guards its codes."""

    replicas: tuple[Name, ...] = Field(default=("eu",), min_length=1, max_length=64)
    access_token_lifetime_s: Seconds = 3600.0
    single_use_lifetime_s: Seconds = 30.0
    code_lifetime_s: Seconds = 60.0
    strategy: str = "shared_atomic"

    @field_validator("strategy")
    @classmethod
    def _strategy_exists(cls, name: str) -> str:
        return _known(name, STRATEGIES, "strategy")


class Stores(_Part):
    """Where the shared store stands, and how long a server waits for any store.

    A region of its own store exists wherever a strategy asks for one.
    """

    region: Name = "eu"
    timeout_ms: Milliseconds = 200.0


class StrategySettings(_Part):
    """The dials that strategies share (`oauth_model.strategies.Settings`)."""

    retention_margin_s: float = 60.0
    lease_s: Seconds = 10.0
    on_outage: Literal["fail_closed", "fail_open"] = "fail_closed"
    resend_s: Annotated[float, Field(gt=0)] = 1.0


class LinkPart(_Part):
    """One class of links; loss of requests and of responses apart, each copy delayed by itself.

    A reordered message is held back by `reorder_extra`, so that later ones overtake it.
    """

    latency: Distribution = NOTHING
    request_loss_probability: Probability = 0.0
    response_loss_probability: Probability = 0.0
    duplicate_probability: Probability = 0.0
    reorder_probability: Probability = 0.0
    reorder_extra: Distribution = NOTHING


class Between(_Part):
    """What a message gains, one way, by crossing from one region to another (either way)."""

    regions: tuple[Name, Name]
    latency: Distribution = NOTHING
    loss_probability: Probability = 0.0


class Network(_Part):
    """`access`: clients, thieves and whoever presents, to servers and back. `internal`: servers to
    stores and to each other. `between`: added where a message crosses regions."""

    access: LinkPart = LinkPart()
    internal: LinkPart = LinkPart()
    between: tuple[Between, ...] = ()


class Balancer(_Part):
    """Which replica gets a request.

    round_robin: each attempt of an intention goes to the next replica in turn. sticky: all requests
    with one token (or of one client) go to the replica it hashes to, with probability `stickiness`.
    """

    policy: Literal["random", "round_robin", "sticky"] = "random"
    sticky_by: Literal["token", "client"] = "token"
    stickiness: Probability = 1.0


class Partition(_Part):
    """A cut link, from an instant until another. One way: only `between[0]` → `between[1]` is cut.

    Each side is a region or a node name. Messages are dropped when they would arrive.
    """

    from_s: Seconds
    until_s: Seconds
    between: tuple[str, str]
    one_way: bool = False

    @model_validator(mode="after")
    def _ordered(self) -> Partition:
        if self.until_s <= self.from_s:
            raise ValueError(f"until_s {self.until_s:g} is not after from_s {self.from_s:g}")
        return self


class NodeClock(_Part):
    """How a node's clock differs from simulation time: ahead by `offset_ms`, and drifting."""

    node: str
    offset_ms: Annotated[float, Field(allow_inf_nan=False)] = 0.0
    drift_ppm: Annotated[float, Field(ge=-100_000, le=100_000)] = 0.0


class Thief(_Part):
    """Somebody who reads a server's request log and replays what it finds.

    A request that reached a server is found with `probability`, after `delay`, and presented
    `presentations` times, each after a delay of its own.
    """

    probability: Probability = 0.0
    delay: Distribution = NOTHING
    presentations: Annotated[int, Field(ge=1, le=100)] = 1
    region: Name = "eu"


class Malicious(_Part):
    """A resource server that tries every token it receives at all the others."""

    server: Name | None = None


class Scenario(_Part):
    """Everything a run depends on.

    `one_use_per`: whether a single-use token for several servers is good once at each of them, or
    for one use in all.
    """

    about: About
    seed: Annotated[int, Field(ge=0)] = 1
    story: str = "single_use_payment"
    strategy: str = "shared_atomic"
    issuance: str = "fat"
    crypto: str = "symbolic"
    one_use_per: Literal["server", "token"] = "server"
    duration_s: Annotated[float, Field(gt=0, le=1e7)] = 60.0
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

    @model_validator(mode="after")
    def _names_exist(self) -> Scenario:
        _known(self.strategy, STRATEGIES, "strategy")
        _known(self.issuance, DESIGNS, "issuance")
        _known(self.story, STORIES, "story")
        _known(self.crypto, ALGORITHMS, "crypto")
        names = [server.name for server in self.servers]
        if len(set(names)) < len(names):
            raise ValueError(f"servers: two have one name among {', '.join(names)}")
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


def _known(name: str, allowed: object, field: str) -> str:
    options = list(allowed)  # type: ignore[call-overload]
    if name not in options:
        raise ValueError(f"{field}: {name!r} does not exist; one of {', '.join(options)}")
    return name
