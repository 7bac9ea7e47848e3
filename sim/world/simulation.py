"""simulate: a scenario in, a trace out. The only place that wires a scenario into a world."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from oauth_model.action_endpoint import ActionConfig, ActionEndpoint, used_by
from oauth_model.action_stories import ACTION_STORIES, ADDRESS, EARLIER_SESSION
from oauth_model.client import Client
from oauth_model.clients import client_for
from oauth_model.grants.records import Database
from oauth_model.issuance import ProtectedResource
from oauth_model.jose import Keys
from oauth_model.ledger import Ledger
from oauth_model.provers import BEARER, Certificate, DPoP, Prover
from oauth_model.strategies import PRIMARY, SHARED, regional
from sim import enforcers, parties, replicas
from sim.choices import Choices, Seeded
from sim.clocks import Clock, microseconds
from sim.parties import ISSUER
from sim.scenario import Scenario, replica_names
from sim.scenario_faults import ClockStep, newcomer, newcomers
from sim.scenario_parties import Server
from sim.scenario_world import Workers
from sim.trace import Header, Row, Sink, Trace
from sim.world import attackers, faults, thieves
from sim.world.desk import Desk
from sim.world.instant import drive
from sim.world.mail import Mailbox
from sim.world.network import MEMBER
from sim.world.node import Node
from sim.world.past import Past, keep_us, somebody_comes_late
from sim.world.processes import Handle
from sim.world.recorder import Recorder
from sim.world.timed import Timed, rarely_collected
from sim.world.workload import Workload
from sim.world.world import World

#: Whom `grant_registered` signs in.
SUBJECT = "resource-owner"


def simulate(
    scenario: Scenario,
    *,
    seed: int | None = None,
    full: bool = True,
    choices: Choices | None = None,
    env: Timed | None = None,
) -> Trace:
    """Run a scenario and keep its rows; `seed` replaces the scenario's own.

    `full` also records every message, store operation and decision, which pictures need. `choices`
    replaces the draws from the seed, and `env` the environment, where faults come from elsewhere.
    """
    rows: list[Row] = []
    header = run_into(scenario, rows.append, seed=seed, full=full, choices=choices, env=env)
    return Trace(header, rows)


def run_into(
    scenario: Scenario,
    sink: Sink,
    *,
    seed: int | None = None,
    full: bool = False,
    choices: Choices | None = None,
    env: Timed | None = None,
) -> Header:
    """Run a scenario and hand each row to `sink` as it happens; nothing is kept."""
    seed = scenario.seed if seed is None else seed
    env = env or Timed()
    recorder = Recorder(env, sink, full=full)
    world = World(scenario, env, choices or Seeded(seed), recorder)
    build = Builder(world, Keys(scenario.crypto, seed))
    workload = build.everything()
    nodes = tuple(node.info() for node in world.nodes.values())  # clocks as they begin
    with rarely_collected():
        env.run(until=microseconds(scenario.duration_s))
    workload.close()
    world.close(workload.begun)
    dissolve(world, workload)
    return Header(
        scenario=scenario.about.title,
        title=scenario.about.title,
        seed=seed,
        strategy=scenario.strategy,
        issuance=scenario.issuance,
        duration_us=microseconds(scenario.duration_s),
        nodes=nodes,
        level="full" if full else "outcomes",
    )


def dissolve(world: World, workload: Workload) -> None:
    """Take a world apart that has ended, so that its memory is free at once.

    All in it refer to each other, which a garbage collector finds out at a price: a tenth of an
    exploration.
    """
    for node in world.nodes.values():
        del node.env, node.receive, node.desk, node.jobs
    for part in (workload, world.wires, world):
        vars(part).clear()


class Builder:
    """Makes the nodes of a world and puts the protocol's parties on them."""

    def __init__(self, world: World, keys: Keys) -> None:
        self.world, self.scenario, self.keys = world, world.scenario, keys
        self.resources = parties.resources(self.scenario)
        self.parts = replicas.Parts(self.scenario, self.resources, keys, world.new_id)
        self.database, self.settings = Database(), enforcers.settings(self.scenario)
        self.handlers: dict[str, Handle] = {}

    def everything(self) -> Workload:
        """All nodes, parties, attackers and faults; the workload is ready to begin."""
        scenario, world = self.scenario, self.world
        client = self.node(f"client-{scenario.client.region}", "client", "client")
        if scenario.thief.probability > 0:
            thief = self.node(f"thief-{scenario.thief.region}", "thief", "thief")
            thieves.let_steal(world, thief, scenario.thief, self.keys)
        self.authorization_server()
        for server, resource in zip(scenario.servers, self.resources, strict=True):
            if scenario.story in ACTION_STORIES and server is scenario.servers[0]:
                self.action_pages(server, resource)
            else:
                self.resource_server(server, resource)
        self.stores()
        if scenario.malicious.server is not None:
            attackers.turn_malicious(world, scenario.malicious, self.resources)
        faults.schedule(world)
        workload = Workload(world, client, partial(self.session, client))
        if not (world.recorder.full or somebody_comes_late(scenario)):
            workload.past = Past(world.env, keep_us(scenario), self.forget)
        return workload

    def forget(self, intention: int) -> None:
        """Nobody knows any longer what an intention was issued."""
        for value in self.world.forget(intention):
            self.keys.forget(value)
            self.database.access_tokens.pop(value, None)

    def node(self, name: str, role: str, party: str) -> Node:
        """A node in the region that its name says, with the clock that the scenario gives it."""
        clock = Clock()
        for part in self.scenario.clocks:
            if part.node == name:
                clock = Clock(round(part.offset_ms * 1000), part.drift_ppm)
        region = name.split("-")[1] if "-" in name else self.scenario.stores.region
        node = Node(self.world.env, name, role, party, region, clock, self.settings)
        for fault in self.scenario.faults:
            if isinstance(fault, ClockStep):
                node.steps |= not {name, region, party}.isdisjoint(fault.among)
        self.world.nodes[name] = node
        return node

    def authorization_server(self) -> None:
        """The replicas of the AS."""
        registered = (parties.registration(self.scenario, self.resources),)
        replicate = replicas.authorization_server(self.parts, registered, self.database)
        for name in replica_names("as", self.scenario.authorization_server.replicas):
            node = self.node(name, "as", "as")
            self.begin(node, partial(replicate, node.region, node.fast_clock()))
            self.line_up(node, self.scenario.authorization_server.workers)

    def resource_server(self, server: Server, resource: ProtectedResource) -> None:
        """The replicas of one resource server; they share one ledger."""
        self.world.ledgers[server.name] = Ledger()
        replicate = replicas.resource_server(self.parts, server, resource)
        for name in replica_names(server.name, server.replicas):
            node = self.node(name, "rs", server.name)
            self.begin(node, partial(replicate, node.region, node.fast_clock()))
            self.line_up(node, server.workers)

    def line_up(self, node: Node, workers: Workers) -> None:
        """Have requests to a node wait for a worker, if there are only so many."""
        if workers.count:
            Desk(self.world, node, workers)

    def action_pages(self, server: Server, resource: ProtectedResource) -> None:
        """The replicas of the AS's pages behind mailed links, and the server that has the mail."""
        part, world = self.scenario.action, self.world
        config = ActionConfig(
            url=resource.identifier,
            accounts={ADDRESS: SUBJECT},
            issuer=ISSUER,
            kind=part.kind,
            confirmation=part.confirmation,
            leeway_s=server.leeway_s,
        )
        sessions = {EARLIER_SESSION: SUBJECT} if self.scenario.client.signed_in else {}
        mail = self.node(f"mailbox-{self.scenario.client.region}", "mailbox", "mailbox")
        world.handles[mail] = Mailbox(world, mail, server.name, part).handle
        self.join(mail)
        world.recorder.book.elsewhere = partial(used_by, confirmation=part.confirmation)
        world.ledgers[server.name] = Ledger()
        for name in replica_names(server.name, server.replicas):
            node = self.node(name, "rs", server.name)
            strategy = enforcers.strategy(self.scenario, self.scenario.strategy, node.region)
            parts = (config, self.keys, strategy, sessions, node.fast_clock(), world.new_id)
            self.begin(node, partial(_pages, parts))
            self.line_up(node, server.workers)

    def begin(self, node: Node, make: Callable[[], Handle]) -> None:
        """Have a server's process at a node, which begins once more after a crash."""
        self.world.handles.makers[node] = make
        self.join(node)

    def join(self, node: Node) -> None:
        """Make a node a replica of its party."""
        self.world.parties.setdefault(node.party, []).append(node)
        self.handlers.setdefault(node.party, partial(self.world.handle, node))
        self.world.serve(node)

    def stores(self) -> None:
        """The shared store, one in each region, and the members of the replicated one."""
        names = {SHARED: "store"} | {regional(r): f"store-{r}" for r in self.scenario.regions}
        for store, name in names.items():
            self.store(store, self.node(name, "store", "store"))
        named, names_of = (
            enforcers.members(self.scenario),
            replica_names(MEMBER, self.scenario.members),
        )
        ready = newcomers(self.scenario.faults, names_of)
        for store, name in zip(named, names_of, strict=True):
            self.store(store, self.node(name, "store", MEMBER))
            if newcomer(name) in ready:
                self.keep(store, self.node(newcomer(name), "store", MEMBER))
        self.world.stores[PRIMARY] = self.world.stores[named[0]]

    def store(self, name: str, node: Node) -> None:
        """Have a node be the store of this name."""
        self.world.stores[name] = node
        self.keep(name, node)

    def keep(self, name: str, node: Node) -> None:
        """Have a node answer as the store of this name."""
        self.world.keep(
            node,
            lambda guard: enforcers.strategy(self.scenario, guard, node.region, name),
        )
        self.line_up(node, self.scenario.stores.workers)

    def prover(self, node: Node) -> Prover:
        """How the client proves that its tokens are its own."""
        kind = self.scenario.client.proof
        if kind == "none":
            return BEARER
        if kind == "mtls":
            return Certificate(self.keys, parties.CLIENT_KEY)
        return DPoP(self.keys, parties.CLIENT_KEY, node.fast_clock(), self.world.new_id)

    def session(self, node: Node) -> Client:
        """The client, signed in if the scenario says so."""
        config = parties.client_config(self.scenario, self.resources)
        client = client_for(config, self.world.new_id, self.prover(node))
        if self.scenario.client.signed_in:
            names = [target.name for target in config.targets]
            drive(self.world, node, client.authorize(names), self.handlers)
            for name in names:
                drive(self.world, node, client.obtain(name), self.handlers)
        return client


def _pages(parts: tuple[Any, ...]) -> Handle:
    return ActionEndpoint(*parts).handle
