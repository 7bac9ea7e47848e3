"""The scenario: a frozen, validated tree; everything that a run depends on, the seed included.

Rule: nothing here runs anything. A name that does not exist, an unknown key or an impossible value
is one line that names file, field, value and what is allowed (`ScenarioError`).
"""

from __future__ import annotations

from functools import cached_property
from typing import Annotated, Literal

from pydantic import Field, model_validator

from oauth_model.action_stories import ACTION_STORIES
from oauth_model.issuance import DESIGNS
from oauth_model.jose import ALGORITHMS
from oauth_model.stories import STORIES
from oauth_model.strategies import STRATEGIES, Settings
from sim.distributions import NOTHING, Distribution
from sim.scenario_faults import AnyFault, check_names, newcomers
from sim.scenario_parties import AuthorizationServerPart, ClientPart, Server, SingleUse
from sim.scenario_world import (
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
    Workers,
    known,
    once_each,
)

#: How many members of the replicated store.
Members = Annotated[int, Field(strict=True, ge=0, le=64)]


class About(Part):
    """The header: what a scenario covers, its story, what to look for, where it comes from."""

    title: str
    covers: tuple[str, ...] = ()
    story: str = ""
    look_for: str = ""
    source: str = ""


class Workload(Part):
    """How many intentions there are (things the user wants once), and the gap between two.

    Rates and durations leave out the intentions that begin before `warm_up_s`.
    """

    intentions: Annotated[int, Field(strict=True, ge=1, le=10_000_000)] = 1
    gap: Distribution = NOTHING
    warm_up_s: Seconds = 0.0


class Legs(Part):
    """The four one-way delays of a replicated store, in place of what its links would take.

    The WARS of PBS (Bailis et al. 2012): a write on its way to a member, its acknowledgement, a
    read on its way, and the answer. What crossing regions adds comes on top (`network.between`).
    """

    write: Distribution = NOTHING
    ack: Distribution = NOTHING
    read: Distribution = NOTHING
    response: Distribution = NOTHING


class Stores(Part):
    """Where the shared store stands, and how long a server waits for any store.

    A region of its own store exists wherever a strategy asks for one. `members`: the regions that
    the members of the replicated store stand in, the first of them in charge; when empty, one in
    each region of the servers. `workers`: who answers at each store.

    A member in charge that no majority of members could talk to for `election_s` is replaced by the
    next one that a majority can talk to (0: only a fault `failover` does that). One that has not
    heard `min_replicas` others for `max_lag_s` refuses to write (Redis' min-replicas-to-write).
    """

    region: Name = "eu"
    timeout_ms: Milliseconds = 200.0
    members: tuple[Name, ...] = Field(default=(), max_length=64)
    workers: Workers = Workers()
    legs: Legs | None = None
    election_s: Seconds = 0.0
    min_replicas: Members = 0
    max_lag_s: Seconds = 10.0


class StrategySettings(Part):
    """The dials that strategies share (`oauth_model.strategies.Settings`)."""

    retention_margin_s: Annotated[float, Field(strict=True, ge=-1e9, le=1e9)] = 60.0
    lease_s: Seconds = 10.0
    on_outage: Literal["fail_closed", "fail_open"] = "fail_closed"
    resend_s: Annotated[float, Field(strict=True, gt=0, le=1e9)] = 1.0
    copy_after_s: Seconds = 0.0
    reads: Members = 0
    writes: Members = 0
    acks: Members = 0
    quarantine_s: Seconds = 0.0
    grace_s: Seconds = 0.0
    grace_uses: Annotated[int, Field(strict=True, ge=0, le=1_000_000)] = 0
    capacity: Annotated[int, Field(strict=True, ge=1, le=1_000_000_000)] = 1000
    when_full: Literal["evict", "refuse"] = "evict"
    filter_keys_per_s: Annotated[float, Field(strict=True, gt=0, le=1e6)] = 1000.0
    filter_window_s: Annotated[float, Field(strict=True, gt=0, le=1e6)] = 60.0
    false_positive_rate: Annotated[float, Field(strict=True, gt=0, lt=1)] = 0.001
    on_false_positive: Literal["reject", "challenge"] = "reject"
    window_bits: Annotated[int, Field(strict=True, ge=1, le=65_536)] = 64
    survivor: Annotated[int, Field(strict=True, ge=0, le=2)] = 0
    owners: Annotated[int, Field(strict=True, ge=1, le=64)] = 1
    forward: Flag = True

    @cached_property
    def dials(self) -> Settings:
        """The same as strategies read them."""
        return Settings(**self.model_dump())


class Scenario(Part):
    """Everything a run depends on.

    `crypto`: real signatures by EdDSA, ES256 or RS256, or `symbolic`: unforgeable handles in their
    place, which lead to the same decisions and the same trace at a fraction of the cost.
    `faults_end_s`: from this instant on, whatever partitions and faults there were are healed and
    none begins, so that it can be judged whether everybody is served in the end.
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
    single_use: SingleUse = SingleUse()
    stores: Stores = Stores()
    strategy_settings: StrategySettings = StrategySettings()
    network: Network = Network()
    balancer: Balancer = Balancer()
    partitions: tuple[Partition, ...] = ()
    faults: tuple[AnyFault, ...] = Field(default=(), max_length=64)
    faults_end_s: Seconds | None = None
    clocks: tuple[NodeClock, ...] = ()
    thief: Thief = Thief()
    malicious: Malicious = Malicious()
    action: Action = Action()

    @model_validator(mode="after")
    def _names_exist(self) -> Scenario:
        known(self.strategy, STRATEGIES, "strategy")
        known(self.issuance, DESIGNS, "issuance")
        known(self.story, STORIES, "story")
        known(self.crypto, ALGORITHMS, "crypto")
        names = [server.name for server in self.servers]
        once_each(names, "servers")
        once_each([clock.node for clock in self.clocks], "clocks")
        once_each(
            [" and ".join(sorted(b.regions)) for b in self.network.between], "network.between"
        )
        if self.malicious.server is not None:
            known(self.malicious.server, names, "malicious.server")
        places = set(self.regions) | set(self.node_names)
        for index, partition in enumerate(self.partitions):
            for side in partition.between:
                known(side, sorted(places), f"partitions.{index}.between")
        members = replica_names("member", self.members)
        check_names(self.faults, list(self.node_names), self.regions, members)
        for index, clock in enumerate(self.clocks):
            known(clock.node, self.node_names, f"clocks.{index}.node")
        try:
            self.network.crossings(self.regions)
        except ValueError as error:
            raise ValueError(f"network.preset: {error}") from None
        for index, between in enumerate(self.network.between):
            for region in between.regions:
                known(region, self.regions, f"network.between.{index}.regions")
        return self

    @model_validator(mode="after")
    def _enough_members(self) -> Scenario:
        dials, count = self.strategy_settings, len(self.members)
        for name, asked, most in (
            ("strategy_settings.reads", dials.reads, count),
            ("strategy_settings.writes", dials.writes, count),
            ("strategy_settings.acks", dials.acks, count - 1),
            ("stores.min_replicas", self.stores.min_replicas, count - 1),
        ):
            if asked > most:  # would be undecided for ever
                raise ValueError(
                    f"{name}: {asked}; at most {most} is allowed, one each of "
                    f"stores.members{' but the one in charge' if most < count else ''}"
                )
        return self

    @cached_property
    def server_regions(self) -> tuple[str, ...]:
        """The regions that servers stand in: where a replicating strategy keeps its records."""
        named = [region for server in self.servers for region in server.replicas]
        return tuple(dict.fromkeys([*self.authorization_server.replicas, *named]))

    @cached_property
    def members(self) -> tuple[str, ...]:
        """The regions of the replicated store's members; the first is in charge."""
        return self.stores.members or self.server_regions

    @cached_property
    def regions(self) -> tuple[str, ...]:
        """Every region somebody stands in, in order of first mention."""
        named = [self.client.region, *self.authorization_server.replicas]
        for server in self.servers:
            named.extend(server.replicas)
        named.extend([self.stores.region, *self.stores.members])
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
            names.append(f"mailbox-{self.client.region}")
        names.extend(replica_names("as", self.authorization_server.replicas))
        for server in self.servers:
            names.extend(replica_names(server.name, server.replicas))
        names.append("store")
        names.extend(f"store-{region}" for region in self.regions)
        members = replica_names("member", self.members)
        return (*names, *members, *newcomers(self.faults, members))


def replica_names(party: str, regions: tuple[str, ...]) -> list[str]:
    """The node names of a party's replicas: `payments-eu-1`, `payments-eu-2`, `payments-us-1`."""
    seen: dict[str, int] = {}
    names = []
    for region in regions:
        seen[region] = seen.get(region, 0) + 1
        names.append(f"{party}-{region}-{seen[region]}")
    return names
