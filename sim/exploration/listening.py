"""Listening: what flows ask for tells which state they touch, and which instants will matter.

Rule: nothing is changed on the way; each effect goes on to the handler that it would have had.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any

from oauth_model.flows import Gather, Note, Perform, StoreCall
from oauth_model.strategies import LOCAL, STRATEGIES
from sim.clocks import EPOCH_S, microseconds
from sim.exploration.chosen import Chosen
from sim.exploration.events import PRESENTERS
from sim.scenario import Scenario
from sim.scenario_faults import ClockStep
from sim.world.jobs import Job
from sim.world.world import World

#: Who uses a token up, in strategies by which a server believes what it was told of it.
AUTHORIZATION_SERVER = "authorization_server"
#: A comparison with an instant has changed its answer so long after it, whatever its direction.
AFTER_US = 1


def listen(world: World, env: Chosen) -> None:
    """Have an environment hear what the flows of a world touch and wait for."""
    heard = Heard(world, env)
    env.remembers = dict(remembering(world))
    world.handlers |= {
        Perform: heard.perform,
        StoreCall: heard.ask,
        Gather: heard.gather,
        Note: heard.note,
    }


def remembering(world: World) -> Iterator[tuple[str, str]]:
    """Nodes that remember more than their flows ask for, and what that is called.

    The answers and revocations that a server believes, who waits in line, a client's nonces.
    """
    scenario = world.scenario
    for server in scenario.servers:
        hears = server.introspects or server.hears_revocations
        believes = hears or STRATEGIES[scenario.strategy].consumes_at == AUTHORIZATION_SERVER
        for node in world.parties[server.name]:
            if believes or node.desk is not None:
                yield node.name, server.name if server.hears_revocations else node.name
    for name, node in world.nodes.items():
        if node.role in PRESENTERS and scenario.client.proof == "dpop":
            yield name, name


class Heard:
    """Hears the effects of a world's flows, and passes them on."""

    def __init__(self, world: World, env: Chosen) -> None:
        self.env, self.handlers = env, dict(world.handlers)
        scenario = world.scenario
        dials = scenario.strategy_settings
        self.leeways_s = {0.0} | {server.leeway_s for server in scenario.servers}
        self.offsets_us = set(_offsets_us(scenario))
        believes_s = STRATEGIES[scenario.strategy].believes_s
        self.lasting_s = {dials.grace_s, dials.quarantine_s, believes_s} - {0.0}

    def perform(self, job: Job, effect: Perform) -> Any:
        """The replicas of a server share a ledger, which also forgets."""
        self.env.history.touch(f"ledger {job.node.party}")
        if effect.consume is not None:
            self._until(effect.keep_until_s)
        return self.handlers[Perform](job, effect)

    def ask(self, job: Job, call: StoreCall) -> Any:
        """A replica's own memory is shared by all that it serves; every record is forgotten."""
        if call.store == LOCAL:
            self.env.history.touch(f"{job.node.name} memory")
        self._kept(job, call)
        return self.handlers[StoreCall](job, call)

    def gather(self, job: Job, effect: Gather) -> Any:
        """Several calls at once."""
        for call in effect.calls:
            self._kept(job, call)
        return self.handlers[Gather](job, effect)

    def note(self, job: Job, note: Note) -> Any:
        """What is issued expires, by everybody's leeway."""
        expires_s = note.detail.get("claims", {}).get("exp") if note.kind == "issue" else None
        if expires_s is not None:
            for leeway_s in self.leeways_s:
                self._until(expires_s + leeway_s)
        return self.handlers[Note](job, note)

    def _kept(self, job: Job, call: StoreCall) -> None:
        self._until(call.keep_until_s)
        for lasting_s in self.lasting_s | ({call.lease_s} - {0.0}):
            self._until(job.node.now_s() + lasting_s)

    def _until(self, until_s: float) -> None:
        for offset_us in self.offsets_us:
            self.env.expect(microseconds(until_s - EPOCH_S) + AFTER_US - offset_us)


def _offsets_us(scenario: Scenario) -> Iterator[int]:
    """How far a clock can be off: from the start, by a jump, or by both."""
    steady = [0.0, *(clock.offset_ms for clock in scenario.clocks)]
    jumps = [0.0, *(part.offset_ms for part in scenario.faults if isinstance(part, ClockStep))]
    for offset_ms, jump_ms in product(steady, jumps):
        yield round((offset_ms + jump_ms) * 1000)
