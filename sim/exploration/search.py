"""The search: every schedule within bounds, by how far it departs from the undisturbed run.

Rule: level by level, so the first violation has the fewest deviations; of a level's violations the
one with the fewest steps that are needed. A run is given up when it comes to a state in which
another has been: whatever could follow is, or will be, looked at from there, with no more
deviations. That is why independent steps are never swapped in vain.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from sim.exploration.chosen import Chosen
from sim.exploration.execution import Execution, Executor
from sim.exploration.schedule import Deviation, Schedule

#: A schedule, and from which point of choice on its runs are new.
Work = tuple[Schedule, int]
#: Told after each run how many there have been.
Progress = Callable[[int], None]


@dataclass
class Tally:
    """What a search has seen so far: runs, states, runs that were cut off, and what happened."""

    schedules: int = 0
    redundant: int = 0
    cut: int = 0
    levels: list[int] = field(default_factory=list)
    states: set[int] = field(default_factory=set)


class Search:
    """Looks for violations; without `reduce`, also where it has been before."""

    def __init__(self, executor: Executor, *, reduce: bool = True) -> None:
        self.executor, self.reduce, self.tally = executor, reduce, Tally()

    def levels(self, progress: Progress = lambda count: None) -> Iterator[list[Execution]]:
        """The violations among the runs with 0, 1, 2, … deviations, each level when it is done."""
        bounds, level = self.executor.bounds, [(Schedule(), 0)]
        while level and not self.spent:
            if bounds.deviations is not None and len(self.tally.levels) > bounds.deviations:
                return
            found: list[Execution] = []
            deeper: list[Work] = []
            self.tally.levels.append(0)
            for schedule, first in level:
                if self.spent:
                    break
                run = self._run(schedule)
                progress(self.tally.schedules)
                if run.violated:
                    found.append(run)
                else:
                    deeper += _departures(run, first)
            level = deeper
            yield sorted(found, key=lambda run: (len(run.needed), str(run.schedule)))

    @property
    def spent(self) -> bool:
        """Whether as many schedules were run as the bounds allow."""
        return self.tally.schedules >= self.executor.bounds.schedules

    def _run(self, schedule: Schedule) -> Execution:
        tally, states, fresh = self.tally, self.tally.states, False

        def new(env: Chosen) -> bool:
            nonlocal fresh
            if env.tape.left:
                return True
            if env.history.state in states:
                return not self.reduce
            states.add(env.history.state)
            return True

        run = self.executor.run(schedule, watch=new)
        tally.schedules += 1
        tally.levels[-1] += 1
        return run


def _departures(run: Execution, first: int) -> Iterator[Work]:
    """The schedules with one deviation more, at points that this run came to first."""
    for index, choice in enumerate(run.env.tape.log[first:], first + 1):
        for option in choice.others:
            yield Schedule((*run.schedule, Deviation(choice.point, option))), index
