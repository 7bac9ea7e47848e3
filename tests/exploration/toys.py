"""Toy graphs: a few events that touch what a test says, in place of a world."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sim.exploration.bounds import Bounds
from sim.exploration.chosen import Chosen
from sim.exploration.events import EVERYTHING, Event
from sim.exploration.execution import Execution
from sim.exploration.schedule import Schedule
from sim.exploration.tape import Tape


class Toy:
    """Stands in for an executor. `graph`: event → what it touches, and the events it brings.

    `timers`: event → its duration in µs; `faults` may strike at any moment.
    """

    def __init__(
        self, graph: dict[str, tuple[str, list[str]]], timers: Any = None, faults: Any = ()
    ) -> None:
        self.graph, self.timers, self.faults = graph, timers or {}, faults
        self.bounds = Bounds(steps=40)

    def run(self, schedule: Schedule, *, tape: Any = None, **more: Any) -> Execution:
        """As `Executor.run`."""
        env = Chosen(tape or Tape(schedule.by_point(), 0), self.bounds)
        env.watch = lambda: more.get("watch") is None or more["watch"](env)
        env._enter(Event("start", EVERYTHING, self.bring(env, self.graph["start"][1])), env.flying)
        for name in self.faults:
            env._enter(Event(name, EVERYTHING, lambda: None), env.strikes)
        env.run()
        return Execution(schedule, env, (), [])

    def bring(self, env: Chosen, names: list[str]) -> Callable[[], None]:
        """What happens when an event does: these are there."""

        def happen() -> None:
            for name in names:
                where, brings = self.graph[name]
                event = Event(name, where, self.bring(env, brings))
                if name in self.timers:
                    env._arm(event, self.timers[name], self.timers[name])
                else:
                    env._enter(event, env.flying)

        return happen
