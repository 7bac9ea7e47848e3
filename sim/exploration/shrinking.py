"""Shrinking: a counterexample from which no deviation can be taken alone."""

from __future__ import annotations

from sim.exploration.execution import Execution, Executor
from sim.exploration.retiming import Retimed, confirm
from sim.exploration.schedule import Schedule


def shrunk(
    executor: Executor, run: Execution, timed: Retimed, violated: str
) -> tuple[Execution, Retimed]:
    """The run without whatever deviation can go while the timed world still violates the property.

    Of the run that is left, none can go alone. Changes of order are tried before lost messages.
    """
    again = True
    while again:
        again = False
        for deviation in sorted(run.taken, key=lambda each: not each.point.startswith("after ")):
            smaller = _by(executor, run.taken.without(deviation))
            if deviation in run.taken and violated in smaller.violated:
                confirmed = confirm(executor.scenario, smaller, violated)
                if confirmed is not None:
                    run, timed, again = smaller, confirmed, True
    return run, timed


def _by(executor: Executor, schedule: Schedule) -> Execution:
    """The run by a schedule, of which only those deviations are left that it came to."""
    run = executor.run(schedule)
    return executor.run(Schedule(run.env.tape.departed)) if run.env.tape.left else run
