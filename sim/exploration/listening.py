"""Listening: what flows ask for tells which state they touch, and which instants will matter.

Rule: nothing is changed on the way; each effect goes on to the handler that it would have had.
"""

from __future__ import annotations

from typing import Any

from oauth_model.flows import Gather, Note, Perform, StoreCall
from oauth_model.strategies import LOCAL, STRATEGIES
from sim.clocks import EPOCH_S, microseconds
from sim.exploration.chosen import Chosen
from sim.world.jobs import Job
from sim.world.world import World

#: A comparison with an instant has changed its answer so long after it, whatever its direction.
AFTER_US = 1


def listen(world: World, env: Chosen) -> None:
    """Have an environment hear what the flows of a world touch and wait for."""
    heard = Heard(world, env)
    world.handlers |= {
        Perform: heard.perform,
        StoreCall: heard.ask,
        Gather: heard.gather,
        Note: heard.note,
    }


class Heard:
    """Hears the effects of a world's flows, and passes them on."""

    def __init__(self, world: World, env: Chosen) -> None:
        self.env, self.handlers = env, dict(world.handlers)
        scenario = world.scenario
        dials = scenario.strategy_settings
        self.leeways_s = {0.0} | {server.leeway_s for server in scenario.servers}
        self.offsets_us = {0} | {round(clock.offset_ms * 1000) for clock in scenario.clocks}
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
