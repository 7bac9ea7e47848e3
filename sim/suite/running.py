"""A test module in a world: the scenario's own parties, and a client that tests them.

Rule: the scenario is taken as it is; whoever wants no misfortune takes it out before.
"""

from __future__ import annotations

from collections.abc import Callable
from inspect import ismethod
from typing import Any

from oauth_model.authorization_server import AuthorizationServer
from oauth_model.grants.records import RegisteredClient
from oauth_model.grants.replica import Decision, grant_registered
from oauth_model.issuance.base import Rights
from oauth_model.jose import Keys
from oauth_model.provers import DPoP, Prover
from sim.choices import Seeded
from sim.clocks import microseconds
from sim.parties import CLIENT_KEY
from sim.scenario import Scenario
from sim.scenario_files import vary
from sim.suite.tester import NOTHING, Seen, Tester, Try
from sim.trace import Row
from sim.world.instant import Handle
from sim.world.jobs import Job
from sim.world.node import Node
from sim.world.recorder import Recorder
from sim.world.simulation import Builder
from sim.world.timed import Timed
from sim.world.world import World

#: Long after every test: the scenario's own story never begins.
NEVER_MS = 1e11
#: How long a test may take, in seconds.
DURATION_S = 120.0


class Bench(Builder):
    """A world whose resource owner may be away, and then grants nothing."""

    def __init__(self, world: World, keys: Keys) -> None:
        super().__init__(world, keys)
        self._there = True

    def attend(self, there: bool) -> None:
        """Whether the resource owner is there from now on."""
        self._there = there

    def begin(self, node: Node, make: Callable[[], Handle]) -> None:
        """Have a server's process at a node; one of the AS asks this resource owner."""
        super().begin(node, lambda: self._asking(make()))

    def _asking(self, handle: Handle) -> Handle:
        if ismethod(handle) and isinstance(handle.__self__, AuthorizationServer):
            handle.__self__.replica.consent = self._decide
        return handle

    def _decide(self, client: RegisteredClient, rights: Rights) -> Decision:
        decision = grant_registered(client, rights)
        return decision if self._there else decision._replace(scopes=(), details=())


def observe(scenario: Scenario, attempt: Try) -> Seen:
    """What the test sees in this scenario; nothing, if it did not come to its end in time."""
    env = Timed()
    world = World(_waiting(scenario), env, Seeded(scenario.seed), Recorder(env, _drop, full=False))
    keys = Keys(scenario.crypto, scenario.seed)
    build = Bench(world, keys)
    build.everything()
    node = world.nodes[f"client-{scenario.client.region}"]

    def prover(off_s: float) -> Prover:
        def clock() -> float:
            return node.now_s() + off_s

        return DPoP(keys, CLIENT_KEY, clock, world.new_id)

    found: list[Seen] = []

    def ended(job: Job, result: Any) -> None:
        found.append(result)

    tester = Tester(build.session(node), prover, build.attend, _replicas(scenario))
    Job(world, node, attempt(tester), ended, 0, "client").resume(None)
    env.run(until=microseconds(DURATION_S))
    return found[0] if found else NOTHING


def _waiting(scenario: Scenario) -> Scenario:
    """The scenario, in which nobody begins anything and each replica has its turn."""
    return vary(
        scenario,
        workload={"gap": {"distribution": "constant", "value_ms": NEVER_MS}},
        client__signed_in=False,
        balancer__policy="round_robin",
        duration_s=DURATION_S,
    )


def _replicas(scenario: Scenario) -> int:
    servers = [server.replicas for server in scenario.servers]
    return max(map(len, [scenario.authorization_server.replicas, *servers]))


def _drop(row: Row) -> None:
    """A sink that keeps nothing: the tester's answers are all there is to know."""
