"""simulate: a scenario in, a trace out. The only place that wires a scenario into a world."""

from __future__ import annotations

from functools import partial

from oauth_model.action_endpoint import ActionConfig, ActionEndpoint, used_by
from oauth_model.action_stories import ACTION_STORIES, ADDRESS, EARLIER_SESSION
from oauth_model.authorization_server import AuthorizationServer
from oauth_model.client import Client, ClientConfig
from oauth_model.grants import Replica
from oauth_model.grants.records import AuthorizationServerConfig, Database, RegisteredClient
from oauth_model.issuance import DESIGNS, ProtectedResource, Target
from oauth_model.issuance.writing import token_reader
from oauth_model.jose import Keys
from oauth_model.resource_server import ResourceServer, ResourceServerConfig
from oauth_model.retry import RetryPolicy
from oauth_model.strategies import SHARED, STRATEGIES, Place, Settings, Strategy, regional
from sim.choices import Choices, Seeded
from sim.clocks import Clock, microseconds
from sim.scenario import Scenario, Server, replica_names
from sim.trace import Header, Row, Sink, Trace
from sim.world import attackers, faults
from sim.world.instant import Handle, drive
from sim.world.ledger import Ledger
from sim.world.mail import MailServer
from sim.world.node import Node
from sim.world.recorder import Recorder
from sim.world.timed import Timed
from sim.world.workload import Workload
from sim.world.world import World

ISSUER = "https://as.example.com"
#: Who the client is in the drafts' and RFCs' figures.
CLIENT_ID, CLIENT_SECRET = "s6BhdRkqt3", "gX1fBat3bV"  # printed in RFC 6749 2.3.1
REDIRECT_URI = "https://client.example.com/cb"
#: Whom `grant_registered` signs in.
SUBJECT = "resource-owner"


def simulate(
    scenario: Scenario,
    *,
    seed: int | None = None,
    full: bool = True,
    choices: Choices | None = None,
) -> Trace:
    """Run a scenario and keep its rows; `seed` replaces the scenario's own.

    `full` also records every message, store operation and decision, which pictures need. `choices`
    replaces the draws from the seed.
    """
    rows: list[Row] = []
    return Trace(run_into(scenario, rows.append, seed=seed, full=full, choices=choices), rows)


def run_into(
    scenario: Scenario,
    sink: Sink,
    *,
    seed: int | None = None,
    full: bool = False,
    choices: Choices | None = None,
) -> Header:
    """Run a scenario and hand each row to `sink` as it happens; nothing is kept."""
    seed = scenario.seed if seed is None else seed
    env = Timed()
    recorder = Recorder(env, sink, full=full)
    world = World(scenario, env, choices or Seeded(seed), recorder)
    build = Builder(world, Keys(scenario.crypto, seed))
    workload = build.everything()
    env.run(until=microseconds(scenario.duration_s))
    workload.close()
    world.close(workload.begun)
    return Header(
        scenario=scenario.about.title,
        title=scenario.about.title,
        seed=seed,
        strategy=scenario.strategy,
        issuance=scenario.issuance,
        duration_us=microseconds(scenario.duration_s),
        nodes=tuple(node.info() for node in world.nodes.values()),
        level="full" if full else "outcomes",
    )


class Builder:
    """Makes the nodes of a world and puts the protocol's parties on them."""

    def __init__(self, world: World, keys: Keys) -> None:
        self.world, self.scenario, self.keys = world, world.scenario, keys
        self.design = DESIGNS[self.scenario.issuance]
        self.settings = Settings(**self.scenario.strategy_settings.model_dump())
        self.resources = tuple(_resource(server) for server in self.scenario.servers)
        self.handlers: dict[str, Handle] = {}

    def everything(self) -> Workload:
        """All nodes, parties, attackers and faults; the workload is ready to begin."""
        scenario, world = self.scenario, self.world
        client = self.node(f"client-{scenario.client.region}", "client", "client")
        if scenario.thief.probability > 0:
            thief = self.node(f"thief-{scenario.thief.region}", "thief", "thief")
            attackers.watch_log(world, thief, scenario.thief)
        self.authorization_server()
        for server, resource in zip(scenario.servers, self.resources, strict=True):
            if scenario.story in ACTION_STORIES and server is scenario.servers[0]:
                self.action_pages(server, resource)
            else:
                self.resource_server(server, resource)
        self.stores()
        if scenario.malicious.server is not None:
            attackers.turn_malicious(world, scenario.malicious.server, scenario.servers)
        faults.schedule(world, scenario.partitions)
        return Workload(world, client, self.session(client))

    def node(self, name: str, role: str, party: str) -> Node:
        """A node in the region that its name says, with the clock that the scenario gives it."""
        clocks = {clock.node: clock for clock in self.scenario.clocks}
        clock = Clock()
        if name in clocks:
            offset_us = round(clocks[name].offset_ms * 1000)
            clock = Clock(offset_us, clocks[name].drift_ppm)
        region = name.split("-")[1] if "-" in name else self.scenario.stores.region
        node = Node(self.world.env, name, role, party, region, clock)
        self.world.nodes[name] = node
        return node

    def strategy(self, name: str, node: Node) -> Strategy:
        """An instance of a strategy for one replica."""
        return STRATEGIES[name](Place(node.region, self.scenario.server_regions), self.settings)

    def authorization_server(self) -> None:
        """The replicas of the AS; they share one database."""
        scenario, world = self.scenario, self.world
        part = scenario.authorization_server
        config = AuthorizationServerConfig(
            resource_servers=self.resources,
            clients=(self.registration(),),
            issuer=ISSUER,
            design=scenario.issuance,
            access_token_lifetime_s=part.access_token_lifetime_s,
            single_use_lifetime_s=part.single_use_lifetime_s,
            code_lifetime_s=part.code_lifetime_s,
            leeway_s=max(server.leeway_s for server in scenario.servers),
        )
        database = Database()
        for name in replica_names("as", part.replicas):
            node = self.node(name, "as", "as")
            replica = Replica(
                config,
                database,
                self.keys,
                one_time=self.strategy(part.strategy, node),
                registrar=self.strategy(scenario.strategy, node),
                clock=node.fast_clock(),
                new_id=world.new_id,
            )
            self.join(node, AuthorizationServer(replica).handle)

    def resource_server(self, server: Server, resource: ProtectedResource) -> None:
        """The replicas of one resource server; they share one ledger."""
        config = ResourceServerConfig(
            name=server.name,
            identifier=resource.identifier,
            issuer=ISSUER,
            operations=server.operations,
            leeway_s=server.leeway_s,
            consume=server.consume,
            use_aware=server.use_aware,
            realm=server.name,
        )
        self.world.ledgers[server.name] = Ledger()
        read = token_reader(self.keys, self.design, resource)
        for name in replica_names(server.name, server.replicas):
            node = self.node(name, "rs", server.name)
            strategy = self.strategy(self.scenario.strategy, node)
            self.join(node, ResourceServer(config, read, strategy, node.fast_clock()).handle)

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
        mail = self.node(f"mail-{self.scenario.client.region}", "mail", "mail")
        self.join(mail, MailServer(world, mail, server.name, part).handle)
        world.recorder.book.elsewhere = partial(used_by, confirmation=part.confirmation)
        world.ledgers[server.name] = Ledger()
        for name in replica_names(server.name, server.replicas):
            node = self.node(name, "rs", server.name)
            strategy = self.strategy(self.scenario.strategy, node)
            parts = (config, self.keys, strategy, sessions, node.fast_clock(), world.new_id)
            self.join(node, ActionEndpoint(*parts).handle)

    def join(self, node: Node, handle: Handle) -> None:
        """Make a node a replica of its party."""
        self.world.parties.setdefault(node.party, []).append(node)
        self.handlers.setdefault(node.party, handle)
        self.world.serve(node, handle)

    def stores(self) -> None:
        """The shared store, and one in each region."""
        names = {SHARED: "store"} | {regional(r): f"store-{r}" for r in self.scenario.regions}
        for store, name in names.items():
            node = self.node(name, "store", "store")
            self.world.stores[store] = node
            self.world.keep(node)

    def registration(self) -> RegisteredClient:
        """The one client, as the AS knows it."""
        grant_types = ("authorization_code", self.design.code_grant_type, "refresh_token")
        scopes = tuple(scope for resource in self.resources for scope in resource.scopes)
        return RegisteredClient(CLIENT_ID, CLIENT_SECRET, (REDIRECT_URI,), grant_types, scopes)

    def session(self, node: Node) -> Client:
        """The client, signed in if the scenario says so."""
        part = self.scenario.client
        retry = RetryPolicy(
            policy=part.retry,
            retries=part.retries,
            timeout_s=part.timeout_ms / 1000,
            base_s=part.backoff_base_ms / 1000,
            cap_s=part.backoff_cap_ms / 1000,
            hedge_after_s=part.hedge_after_ms / 1000,
            retry_with=part.retry_with,
        )
        targets = tuple(
            _target(server, r)
            for server, r in zip(self.scenario.servers, self.resources, strict=True)
        )
        config = ClientConfig(
            CLIENT_ID,
            REDIRECT_URI,
            targets,
            CLIENT_SECRET,
            ISSUER,
            self.scenario.issuance,
            part.use_aware,
            retry,
            part.clicks,
            part.spread_ms / 1000,
        )
        client = Client(config, self.world.new_id)
        if part.signed_in:
            names = [target.name for target in targets]
            drive(self.world, node, client.authorize(names), self.handlers)
            for name in names:
                drive(self.world, node, client.obtain(name), self.handlers)
        return client


def _resource(server: Server) -> ProtectedResource:
    scopes = tuple(dict.fromkeys(server.operations.values()))
    identifier = f"https://{server.name}.example.com"
    return ProtectedResource(server.name, identifier, scopes, f"as-{server.name}")


def _target(server: Server, resource: ProtectedResource) -> Target:
    operation, scope = next(iter(server.operations.items()))
    return Target(server.name, resource.identifier, scope, operation)
