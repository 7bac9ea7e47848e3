"""Judging: a violation under chosen order counts only when the timed world repeats it."""

from __future__ import annotations

from sim.checker import check
from sim.exploration.answers import Counterexample
from sim.exploration.execution import Execution, Executor
from sim.exploration.needed import only_needed, upto
from sim.exploration.retiming import Retimed, confirm, possible
from sim.exploration.shrinking import shrunk


class Judge:
    """Confirms violations, and counts those that it cannot.

    `unrealisable`: that no clock allows; `unconfirmed`: that one would, and the timed world did not
    repeat.
    """

    def __init__(self, executor: Executor) -> None:
        self.executor = executor
        self.unrealisable = self.unconfirmed = 0

    def as_it_is(self, run: Execution, *, smallest: bool) -> Counterexample | None:
        """What a run shows, if it is real; `smallest`: so far as who found it knows."""
        if (real := self._real(run)) is None:
            return None
        name, timed = real
        return counterexample(name, run, timed, smallest=smallest and not self.unconfirmed)

    def shrunk(self, run: Execution) -> Counterexample | None:
        """What a run shows, if it is real, without whatever deviation can go."""
        if (real := self._real(run)) is None:
            return None
        name, timed = real
        least, timed = shrunk(self.executor, run, timed, name)
        return counterexample(name, least, timed, smallest=False)

    def _real(self, run: Execution) -> tuple[str, Retimed] | None:
        for name in run.violated:
            timed = confirm(self.executor.scenario, run, name)
            if timed is not None:
                return name, timed
        if run.violated:
            allowed = possible(run)
            self.unconfirmed += allowed
            self.unrealisable += not allowed
        return None


def counterexample(name: str, run: Execution, timed: Retimed, *, smallest: bool) -> Counterexample:
    """What a confirmed run shows of a property."""
    trace = upto(timed)
    return Counterexample(
        property=name,
        schedule=run.taken,
        verdict=check(trace, [name])[name],
        steps=len(run.needed),
        smallest=smallest,
        trace=trace,
        needed=only_needed(run, timed, trace),
    )
