"""Listening: what flows ask for tells which state they touch, and which instants will matter.

Rule: nothing is changed on the way; each effect goes on to the handler that it would have had.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from math import ceil
from typing import Any

from oauth_model.confirmation import PROOFS_LAST
from oauth_model.dpop import PROOF_HEADER
from oauth_model.filters import TIME_BUCKETS
from oauth_model.flows import Note, Perform, Send, StoreCall
from oauth_model.replay import StoreAnswer
from oauth_model.strategies import LOCAL, STRATEGIES
from sim.clocks import EPOCH_S, Clock, microseconds
from sim.exploration.chosen import Chosen
from sim.exploration.events import PRESENTERS
from sim.scenario import Scenario
from sim.scenario_faults import ClockStep
from sim.world.jobs import Job
from sim.world.node import Node
from sim.world.world import World

#: Who uses a token up, in strategies by which a server believes what it was told of it.
AUTHORIZATION_SERVER = "authorization_server"
#: A comparison with an instant has changed its answer so long after it, whatever its direction.
AFTER_US = 1
#: For how long a server gives out a nonce, and the steps in which it is good (`dpop.Nonces`).
NONCE = (30.0, 2)


def listen(world: World, env: Chosen) -> None:
    """Have an environment hear what the flows of a world touch and wait for."""
    heard = Heard(world, env)
    env.remembers = dict(remembering(world))
    world.handlers |= {
        Perform: heard.perform,
        StoreCall: heard.ask,
        Send: heard.send,
        Note: heard.note,
    }
    world.apply = heard.apply  # type: ignore[method-assign]


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
        self.env, self.handlers, self.applied = env, dict(world.handlers), world.apply
        scenario = world.scenario
        dials = scenario.strategy_settings
        self.leeways_s = {0.0} | {server.leeway_s for server in scenario.servers}
        self.clocks = set(_clocks(scenario))
        self.code_s = float(scenario.authorization_server.code_lifetime_s)
        self.grace_s = {dials.grace_s, scenario.authorization_server.grace_s}
        self.quarantine_s = dials.quarantine_s
        strategy = STRATEGIES[scenario.strategy]
        self.believed_s = {
            node.name: server.introspection_cache_s or strategy.believes_s
            for server in scenario.servers
            for node in world.parties[server.name]
        }
        window_s = dials.filter_window_s
        self.filters = {
            "sliding_bloom": (window_s / (TIME_BUCKETS - 1), TIME_BUCKETS),
            "cuckoo": (window_s, 2),
        }
        wanted = strategy.wants_nonces
        self.challenging = {each.name for each in scenario.servers if each.dpop_nonces or wanted}

    def perform(self, job: Job, effect: Perform) -> Any:
        """The replicas of a server share a ledger, which also forgets."""
        self.env.history.touch(f"ledger {job.node.party}")
        if effect.consume is not None:
            self._until(effect.keep_until_s)
        return self.handlers[Perform](job, effect)

    def ask(self, job: Job, call: StoreCall) -> Any:
        """A replica's own memory is shared by all that it serves."""
        if call.store == LOCAL:
            self.env.history.touch(f"{job.node.name} memory")
        return self.handlers[StoreCall](job, call)

    def apply(self, node: Node, call: StoreCall, job: Job) -> StoreAnswer:
        """What a store writes down it forgets again; a lease or a grace begins with a first use."""
        answer = self.applied(node, call, job)
        if self.quarantine_s:
            self._until(node.now_s() + self.quarantine_s)
        if answer.granted:
            if call.memory in self.filters:
                self._steps_end(*self.filters[call.memory])
            else:
                self._until(call.keep_until_s)
            if answer.uses <= 1:
                for lasting_s in (self.grace_s | {call.lease_s}) - {0.0}:
                    self._until(node.now_s() + lasting_s, lasting=True)
        return answer

    def send(self, job: Job, effect: Send) -> Any:
        """A proof is good for a while, and so is what a server is told of a token."""
        now_s = job.node.now_s()
        if effect.request.header(PROOF_HEADER) is not None:
            if effect.to in self.challenging:
                self._steps_end(*NONCE)
            else:
                self._until(int(now_s) + PROOFS_LAST.age_s + PROOFS_LAST.leeway_s)
                self._until(int(now_s) - PROOFS_LAST.leeway_s)
        if believed_s := self.believed_s.get(job.node.name):
            self._until(now_s + believed_s, lasting=True)
        return self.handlers[Send](job, effect)

    def note(self, job: Job, note: Note) -> Any:
        """What is issued expires, by everybody's leeway."""
        expires_s = note.detail.get("claims", {}).get("exp") if note.kind == "issue" else None
        if expires_s is not None:
            for leeway_s in self.leeways_s:
                self._until(expires_s + leeway_s)
        elif note.kind == "issue" and note.detail["kind"] == "code":
            self._until(job.node.now_s() + self.code_s)
        return self.handlers[Note](job, note)

    def _steps_end(self, step_s: float, steps: int) -> None:
        """What is good for so many steps of a clock, the present one included, is good no more."""
        for clock in self.clocks:
            self._at(clock, (clock.read_s(self.env.now_us) // step_s + steps) * step_s)

    def _until(self, until_s: float, *, lasting: bool = False) -> None:
        for clock in self.clocks:
            self._at(clock, until_s, lasting=lasting)

    def _at(self, clock: Clock, until_s: float, *, lasting: bool = False) -> None:
        self.env.expect(when_us(clock, until_s) + AFTER_US, lasting=lasting)


def when_us(clock: Clock, reads_s: float) -> int:
    """The first instant at which a clock reads this."""
    return ceil((microseconds(reads_s - EPOCH_S) - clock.offset_us) / (1 + clock.drift_ppm / 1e6))


def _clocks(scenario: Scenario) -> Iterator[Clock]:
    """How clocks can go: right, wrong from the start, set by a jump, or both."""
    jumps = [0.0, *(part.offset_ms for part in scenario.faults if isinstance(part, ClockStep))]
    steady = [(0.0, 0.0), *((clock.offset_ms, clock.drift_ppm) for clock in scenario.clocks)]
    for (offset_ms, drift_ppm), jump_ms in product(steady, jumps):
        yield Clock(round((offset_ms + jump_ms) * 1000), drift_ppm)
