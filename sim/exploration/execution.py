"""One run under chosen order: the world of the timed runs, on a tape instead of draws."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from oauth_model.jose import Keys
from sim.checker import Checker
from sim.exploration.bounds import Bounds
from sim.exploration.chosen import Chosen
from sim.exploration.listening import listen
from sim.exploration.schedule import Schedule
from sim.exploration.tape import Tape
from sim.scenario import Scenario
from sim.trace import Row
from sim.world.recorder import Recorder
from sim.world.simulation import Builder, dissolve
from sim.world.world import World


@dataclass(frozen=True, slots=True)
class Execution:
    """A run that was executed: what happened, what could have been chosen, and what is wrong."""

    schedule: Schedule
    env: Chosen
    violated: tuple[str, ...]
    rows: list[Row]

    @property
    def taken(self) -> Schedule:
        """The deviations that it really took, whoever chose them."""
        return self.schedule or Schedule(self.env.tape.departed)

    @property
    def needed(self) -> set[int]:
        """The numbers of the steps without which the run would not have ended as it did."""
        return self.env.history.past(len(self.env.history.steps))


class Executor:
    """A scenario that is run again and again, each time by another schedule.

    Raises ValueError for a property that there is not.
    """

    def __init__(self, scenario: Scenario, properties: Iterable[str], bounds: Bounds) -> None:
        self.scenario, self.properties, self.bounds = scenario, tuple(properties), bounds
        self.keys = Keys(scenario.crypto, scenario.seed)

    def run(
        self,
        schedule: Schedule,
        *,
        watch: Callable[[Chosen], bool] | None = None,
        tape: Tape | None = None,
        beyond: bool = False,
    ) -> Execution:
        """Run by a schedule; stops where `watch` says so, and at a violation unless `beyond` it."""
        checker, rows = Checker(self.properties), list[Row]()
        tape = tape or Tape(schedule.by_point(), self.bounds.faults)
        env = Chosen(tape, self.bounds)

        def sink(row: Row) -> None:
            rows.append(row)
            checker(row)

        def go_on() -> bool:
            return (beyond or not checker.violated()) and (watch is None or watch(env))

        world = World(self.scenario, env, tape, Recorder(env, sink, full=False))
        workload = Builder(world, self.keys).everything()
        listen(world, env)
        env.watch = go_on
        env.run()
        del env.watch  # which refers to env
        dissolve(world, workload)
        self.keys.forget_all()
        return Execution(schedule, env, checker.violated(), rows)
