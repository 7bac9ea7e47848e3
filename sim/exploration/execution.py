"""One run under chosen order: the world of the timed runs, on a tape instead of draws."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from oauth_model.flows import Gather, Perform, StoreCall
from oauth_model.jose import Keys
from oauth_model.strategies import LOCAL, STRATEGIES
from sim.checker import Checker
from sim.clocks import EPOCH_S, microseconds
from sim.exploration.bounds import Bounds
from sim.exploration.chosen import Chosen
from sim.exploration.schedule import Schedule
from sim.exploration.tape import Tape
from sim.scenario import Scenario
from sim.trace import Row
from sim.world.jobs import Job
from sim.world.recorder import Recorder
from sim.world.simulation import Builder
from sim.world.world import World

#: A comparison with an instant has changed its answer so long after it, whatever its direction.
AFTER_US = 1


@dataclass(frozen=True, slots=True)
class Execution:
    """A run that was executed: what happened, what could have been chosen, and what is wrong."""

    schedule: Schedule
    env: Chosen
    violated: tuple[str, ...]
    rows: list[Row]
    heard: Heard

    @property
    def needed(self) -> set[int]:
        """The numbers of the steps without which the run would not have ended as it did."""
        return self.env.history.leading_to(len(self.env.history.steps))


class Executor:
    """A scenario that is run again and again, each time by another schedule.

    `landmarks_us`: the instants at which clocks may change what happens. Raises ValueError for a
    property that there is not.
    """

    def __init__(self, scenario: Scenario, properties: Iterable[str], bounds: Bounds) -> None:
        self.scenario, self.properties, self.bounds = scenario, tuple(properties), bounds
        self.keys = Keys(scenario.crypto, scenario.seed)
        self.landmarks_us: tuple[int, ...] = ()
        self.landmarks_us = _landmarks(scenario, self.run(Schedule()).heard)

    def run(
        self,
        schedule: Schedule,
        *,
        watch: Callable[[Chosen], bool] | None = None,
        tape: Tape | None = None,
    ) -> Execution:
        """Run by a schedule; stops where a property is violated, or where `watch` says so."""
        checker, rows = Checker(self.properties), list[Row]()
        tape = tape or Tape(schedule.by_point(), self.bounds.faults)
        env = Chosen(tape, self.landmarks_us, self.bounds.steps)

        def sink(row: Row) -> None:
            rows.append(row)
            checker(row)

        def go_on() -> bool:
            return not checker.violated() and (watch is None or watch(env))

        world = World(self.scenario, env, tape, Recorder(env, sink, full=False))
        heard = Heard(world, env)
        Builder(world, self.keys).everything()
        env.watch = go_on
        env.run()
        return Execution(schedule, env, checker.violated(), rows, heard)


class Heard:
    """Listens to what flows ask for: which state it touches, and until when it is to last."""

    def __init__(self, world: World, env: Chosen) -> None:
        self.env, self.until_s = env, set[float]()
        self._handlers = dict(world.handlers)
        world.handlers |= {Perform: self._perform, StoreCall: self._ask, Gather: self._gather}

    def _perform(self, job: Job, effect: Perform) -> Any:
        self.env.history.touch(f"ledger {job.node.party}")
        self.until_s.add(effect.keep_until_s)
        return self._handlers[Perform](job, effect)

    def _ask(self, job: Job, call: StoreCall) -> Any:
        if call.store == LOCAL:
            self.env.history.touch(f"{job.node.name} memory")
        self._note(job, call)
        return self._handlers[StoreCall](job, call)

    def _gather(self, job: Job, effect: Gather) -> Any:
        for call in effect.calls:
            self._note(job, call)
        return self._handlers[Gather](job, effect)

    def _note(self, job: Job, call: StoreCall) -> None:
        self.until_s |= {call.keep_until_s, job.node.now_s() + call.lease_s}


def _landmarks(scenario: Scenario, heard: Heard) -> tuple[int, ...]:
    """The instants after which clocks answer otherwise, in µs from the start, by every clock."""
    dials = scenario.strategy_settings
    until_s = {each - EPOCH_S for each in heard.until_s}
    until_s |= {each - dials.retention_margin_s for each in until_s}
    until_s |= {dials.grace_s, dials.quarantine_s, STRATEGIES[scenario.strategy].believes_s}
    lives_s = scenario.authorization_server.single_use_lifetime_s
    until_s |= {lives_s + server.leeway_s for server in scenario.servers}
    offsets_us = {0} | {round(clock.offset_ms * 1000) for clock in scenario.clocks}
    found = {microseconds(each) + AFTER_US - off for each in until_s for off in offsets_us}
    return tuple(sorted(each for each in found if each > AFTER_US))
