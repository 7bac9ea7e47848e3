"""explore: a scenario in, a proof within bounds or the smallest counterexample out.

First the runs with few deviations, where most counterexamples are; then one run for each order that
makes a difference; and if that finds a violation, level by level until the smallest is found.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from sim.checker import PROPERTIES
from sim.exploration.answers import (
    AGAIN,
    SERVED,
    SOMETIMES,
    TWICE,
    Counterexample,
    Exploration,
    Interrupted,
)
from sim.exploration.bounds import USUAL_BOUNDS, Bounds
from sim.exploration.execution import Execution, Executor
from sim.exploration.judging import Judge
from sim.exploration.proof import Proof
from sim.exploration.search import Progress, Search
from sim.scenario import Scenario
from sim.scenario_files import vary
from sim.trace import Row

#: Looked at before the proof: the undisturbed run, and those with one and two deviations.
FIRST_LEVELS = 3
#: Judged by instants, which runs under chosen order do not have.
TIMED = ("single_use_linearizable",)
#: What is explored when a scenario names nothing that can be.
USUAL = ("at_most_one_effect_per_token",)
#: Kinds of what is presented to the AS alone.
REDEEMED = ("code", "refresh_token")
#: Violated by every lost message: asked for by name, or not at all.
LIVENESS = ("every_intention_served",)


def explore(
    scenario: Scenario,
    properties: Iterable[str] | None = None,
    bounds: Bounds = USUAL_BOUNDS,
    progress: Progress = lambda count: None,
) -> Exploration:
    """Look at every schedule of a scenario within bounds.

    Raises ValueError for a property that there is not, or that is judged by instants, and
    Interrupted, with what was found until then, when it is stopped by Ctrl-C.
    """
    asked = explored(scenario, properties)
    explorer = _Explorer(prepared(scenario, bounds), asked, bounds, progress)
    try:
        return explorer.answer()
    except KeyboardInterrupt as stopped:
        raise Interrupted(explorer.so_far()) from stopped


def explored(scenario: Scenario, properties: Iterable[str] | None = None) -> tuple[str, ...]:
    """The properties that are looked at: those asked for, or the scenario's that say "never"."""
    if properties is None:
        named = [name for name in scenario.properties if name not in (*TIMED, *LIVENESS)]
        return tuple(named) or USUAL
    asked = tuple(properties)
    for name in asked:
        if name in TIMED or name not in PROPERTIES:
            allowed = ", ".join(each for each in PROPERTIES if each not in TIMED)
            raise ValueError(f"property {name!r} cannot be explored; allowed: {allowed}")
    return asked


def prepared(scenario: Scenario, bounds: Bounds) -> Scenario:
    """The scenario with as many intentions as the bounds say, all of which count."""
    return vary(scenario, workload__intentions=bounds.intentions, workload__warm_up_s=0.0)


class _Explorer:
    def __init__(
        self, scenario: Scenario, properties: tuple[str, ...], bounds: Bounds, progress: Progress
    ) -> None:
        self.scenario, self.properties, self.bounds = scenario, properties, bounds
        self.executor, self.progress = Executor(scenario, properties, bounds), progress
        self.search, self.proof = Search(self.executor), Proof(self.executor)
        self.judge = Judge(self.executor)
        self.proved = self.cut = 0
        self.seen: set[str] = set()
        self.candidate: Counterexample | None = None  #: a violation that need not be the smallest

    def answer(self) -> Exploration:
        """The whole search."""
        levels = self.search.levels(self._look)
        for _, violations in zip(range(FIRST_LEVELS), levels, strict=False):
            if (found := self._smallest(violations)) is not None:
                return self._told(found)
        if self._searched or self.search.spent():
            return self._told(None)
        self.candidate = self._prove()
        if self.candidate is None and self.proof.exhausted:
            return self._told(None)
        self.search.most -= self.proved
        for violations in levels:
            if (found := self._smallest(violations)) is not None:
                return self._told(found)
        return self._told(self.candidate)

    def so_far(self) -> Exploration:
        """What can be said before the search has ended."""
        self.search.whole = False
        found = self._smallest(self.search.violations()) or self.candidate
        return replace(self._told(found), interrupted=True)

    @property
    def _searched(self) -> bool:
        """Whether the search looked at everything: it goes no further than a violation.

        What no clock allows up to there, none allows any further.
        """
        return self.search.done and not self.judge.unconfirmed

    def _prove(self) -> Counterexample | None:
        """A violation that the proof comes to; half of the schedules are left for the levels."""
        most = (self.bounds.schedules - self.search.tally.schedules) // 2
        for run in self.proof.runs():
            self.proved += 1
            self._look(run)
            if run.violated:
                again = self.executor.run(run.taken)
                self.judge.unconfirmed += not again.violated
                if (found := self.judge.shrunk(again)) is not None:
                    return found
            if self.proved >= most:
                return None
        return None

    def _look(self, run: Execution) -> None:
        self.progress(self.proved + self.search.tally.schedules)
        self.cut += run.env.cut
        if len(self.seen) < len(SOMETIMES):
            self.seen.update(sometimes(run.rows))

    def _smallest(self, violations: Iterable[Execution]) -> Counterexample | None:
        """The first of a level that is real."""
        for run in violations:
            if (found := self.judge.as_it_is(run, smallest=self.search.whole)) is not None:
                return found
        return None

    def _told(self, found: Counterexample | None) -> Exploration:
        exhausted = self.proof.exhausted or self._searched
        return Exploration(
            strategy=self.scenario.strategy,
            properties=self.properties,
            bounds=self.bounds,
            counterexample=found,
            levels=tuple(self.search.tally.levels),
            proof=self.proved,
            unrealisable=self.judge.unrealisable,
            cut=self.cut,
            exhausted=exhausted and not self.cut,
            seen=frozenset(self.seen),
            unconfirmed=self.judge.unconfirmed,
        )


def sometimes(rows: Iterable[Row]) -> Iterator[str]:
    """Which of `SOMETIMES` happened in a run."""
    presented, asked = set[str](), set[tuple[int, str]]()
    for row in rows:
        if row.kind == "outcome" and row.detail["kind"] == "served":
            yield SERVED
        if row.token and (row.kind == "respond" or _redeemed(row)):
            if row.token in presented:
                yield TWICE
            presented.add(row.token)
        if row.kind == "respond":
            if (what := (row.intention, row.detail["operation"])) in asked:
                yield AGAIN
            asked.add(what)


def _redeemed(row: Row) -> bool:
    """Whether it is about what only the AS is shown, whose answers are no rows."""
    return row.kind == "decide" and row.detail["key"][0] in REDEEMED
