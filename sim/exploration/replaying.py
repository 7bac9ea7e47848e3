"""replay: a schedule in, the same run out, under chosen order and again in the timed world.

Rule: a schedule is followed to the letter; one that names what the run never comes to is an error
that says so, not another run.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from typing import Any

from sim.checker import Verdict, check
from sim.exploration.bounds import USUAL_BOUNDS, Bounds
from sim.exploration.execution import Execution, Executor
from sim.exploration.explore import explored, prepared
from sim.exploration.needed import only_needed, upto
from sim.exploration.retiming import Retimed, confirm, repeated
from sim.exploration.schedule import Schedule
from sim.scenario import Scenario
from sim.scenario_files import load
from sim.trace import Trace


@dataclass(frozen=True, repr=False)
class Replay:
    """A run by a schedule.

    `violated`: what it violates under chosen order, where it ends; `verdicts`: what the timed world
    says of the same run up to there; `steps`: how many things happen, of a run that violates
    something only those that it needs; `trace`: the timed run up to its end, and `needed` likewise.
    """

    strategy: str
    schedule: Schedule
    violated: tuple[str, ...]
    verdicts: Mapping[str, Verdict]
    steps: int
    trace: Trace = field(repr=False)
    needed: Trace = field(repr=False)

    @property
    def confirmed(self) -> bool:
        """Whether the timed world violates what the run under chosen order does."""
        return all(self.verdicts[name].holds is False for name in self.violated)

    @property
    def holds(self) -> tuple[bool | None, ...]:
        """What became of each property: what is violated in either world does not hold."""
        asked = self.verdicts.items()
        return tuple(False if name in self.violated else found.holds for name, found in asked)

    def __str__(self) -> str:
        """What came of it, in a sentence."""
        if not self.violated:
            return f"violates nothing under chosen order, in {self.steps} steps"
        agrees = "and so it does" if self.confirmed else "but does not"
        return (
            f"violates {', '.join(self.violated)} under chosen order, {agrees} in the timed world"
        )

    def __repr__(self) -> str:
        return f"{self.strategy}: {self}"

    def _repr_html_(self) -> str:
        from sim.exploration.shown import replay_html

        return replay_html(self)

    def to_json(self) -> dict[str, Any]:
        """One document with what came of it."""
        return {
            "strategy": self.strategy,
            "schedule": str(self.schedule),
            "answer": str(self),
            "violated": list(self.violated),
            "confirmed": self.confirmed,
            "verdicts": {name: verdict.to_json() for name, verdict in self.verdicts.items()},
            "events": self.steps,
        }


def replay(
    scenario: Scenario | str,
    schedule: Schedule | str,
    properties: Iterable[str] | None = None,
    bounds: Bounds = USUAL_BOUNDS,
) -> Replay:
    """Repeat the run of a schedule: of a scenario, or of a preset or file by name.

    Of the bounds, `intentions` and `steps` count: as many as there were when it was found. Raises
    ValueError for a schedule that is none, that names what the run never comes to or what cannot be
    chosen there, or whose order no clock allows, and for a property as `explore` does.
    """
    told = load(scenario) if isinstance(scenario, str) else scenario
    asked = None if properties is None else tuple(properties)
    read = Schedule.parse(schedule) if isinstance(schedule, str) else schedule
    enough = max(len(read), 1)
    wide = replace(bounds, faults=enough, landmarks=enough)
    ready = prepared(told, wide)
    run = _followed(ready, explored(told, asked), wide, read)
    timed = _timed(ready, run)
    trace = upto(timed)
    judged = [*(asked or told.properties), *run.violated]
    return Replay(
        strategy=told.strategy,
        schedule=read,
        violated=run.violated,
        verdicts=check(trace, dict.fromkeys(judged)),
        steps=len(run.needed if run.violated else run.env.history.steps),
        trace=trace,
        needed=only_needed(run, timed, trace) if run.violated else trace,
    )


def _followed(
    scenario: Scenario, properties: tuple[str, ...], bounds: Bounds, schedule: Schedule
) -> Execution:
    """The run by the whole schedule: what is violated before that is not what it is about."""
    run = Executor(scenario, properties, bounds).run(schedule)
    while run.env.tape.left and run.violated:
        properties = tuple(name for name in properties if name not in run.violated)
        run = Executor(scenario, properties, bounds).run(schedule)
    for point, option in run.env.tape.left.items():
        raise ValueError(_never(run, point, option))
    return run


def _never(run: Execution, point: str, option: str) -> str:
    """Why a deviation was not made."""
    for choice in run.env.tape.log:
        if choice.point == point:
            allowed = ", ".join((choice.chosen, *choice.others))
            return f"schedule: {point!r} has no option {option!r}; allowed: {allowed}"
    near = get_close_matches(point, [choice.point for choice in run.env.tape.log], 1)
    meant = f"; did you mean {near[0]!r}?" if near else ""
    return f"schedule: the run never comes to {point!r}{meant}"


def _timed(scenario: Scenario, run: Execution) -> Retimed:
    for name in run.violated:
        if (timed := confirm(scenario, run, name)) is not None:
            return timed
    timed = repeated(scenario, run)
    if timed is None:
        raise ValueError("schedule: no clock allows this order of what happens")
    return timed
