"""The search: every schedule within bounds, by how far it departs from the undisturbed run.

Rule: level by level, so the first violation has the fewest deviations; of a level's violations the
one with the fewest steps that are needed. A run is given up when it comes to a state in which
another has been, with the same default for what comes next: whatever could follow is, or will be,
looked at from there, with no more deviations.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from sim.exploration.chosen import Chosen, Standing
from sim.exploration.execution import Execution, Executor
from sim.exploration.schedule import Deviation, Schedule

#: A schedule, and from which point of choice on its runs are new.
Work = tuple[Schedule, int]
#: Told of each run.
Look = Callable[[Execution], None]
#: Told after each run how many there have been.
Progress = Callable[[int], None]


@dataclass
class Tally:
    """What a search has seen so far: runs, runs of each level, and states."""

    schedules: int = 0
    levels: list[int] = field(default_factory=list)
    states: set[Standing] = field(default_factory=set)


class Search:
    """Looks for violations; without `reduce`, also where it has been before."""

    def __init__(self, executor: Executor, *, reduce: bool = True) -> None:
        self.executor, self.reduce, self.tally = executor, reduce, Tally()
        self.most = executor.bounds.schedules  #: so many runs, and no more
        self.done = False  #: nothing is left to be looked at
        self.whole = True  #: no level was cut off by the number of runs
        self.found: list[Execution] = []

    def levels(self, look: Look = lambda run: None) -> Iterator[list[Execution]]:
        """The violations among the runs with 0, 1, 2, … deviations, each level when it is done.

        Who asks for the next level has seen that none of these is real; what departs from them may
        be.
        """
        level: list[Work] = [(Schedule(), 0)]
        while level and not self.spent():
            self.found = []
            deeper: list[Work] = []
            self.tally.levels.append(0)
            for schedule, first in level:
                if self.spent():
                    self.whole = False
                    break
                run = self._run(schedule)
                look(run)
                deeper += _departures(run, first)
                if run.violated:
                    self.found.append(run)
            level = deeper
            self.done = self.whole and not level
            yield self.violations()

    def violations(self) -> list[Execution]:
        """Those of the level that it is at, what reads best first."""
        return sorted(self.found, key=_size)

    def spent(self) -> bool:
        """Whether as many schedules were run as the bounds allow."""
        return self.tally.schedules >= self.most

    def _run(self, schedule: Schedule) -> Execution:
        tally, states, fresh = self.tally, self.tally.states, False

        def new(env: Chosen) -> bool:
            nonlocal fresh
            if env.tape.left:
                return True
            if (here := env.standing()) in states:
                return not self.reduce
            states.add(here)
            return True

        run = self.executor.run(schedule, watch=new)
        tally.schedules += 1
        tally.levels[-1] += 1
        return run


def _size(run: Execution) -> tuple[int, int, str]:
    """Fewest steps first; of equals, rather a message that is lost than one that comes late."""
    orders = sum(deviation.point.startswith("after ") for deviation in run.schedule)
    return len(run.needed), orders, str(run.schedule)


def _departures(run: Execution, first: int) -> Iterator[Work]:
    """The schedules with one deviation more, at points that this run came to first."""
    for index, choice in enumerate(run.env.tape.log[first:], first + 1):
        for option in choice.others:
            yield Schedule((*run.schedule, Deviation(choice.point, option))), index
