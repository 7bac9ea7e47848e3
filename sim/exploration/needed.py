"""Needed: of a run that went wrong, only what led to it."""

from __future__ import annotations

from sim.exploration.execution import Execution
from sim.exploration.retiming import Retimed
from sim.trace import Trace

#: Rows about a message, which belongs to two moments.
SENT, LOST = "send", "drop"


def upto(timed: Retimed) -> Trace:
    """The timed run up to its last step, in which it goes wrong."""
    last_us = timed.instants_us[-1]
    return Trace(timed.trace.header, [row for row in timed.trace if row.t_us <= last_us])


def only_needed(run: Execution, timed: Retimed, trace: Trace) -> Trace:
    """Of a trace `upto` its end, the rows of the steps that are needed, and of their messages.

    What was lost is shown: a schedule names it because it had to be. The sign-in before is not.
    """
    instants_us = {timed.instants_us[number - 1] for number in run.needed}
    arrived = {row.message for row in trace.of("deliver") if row.t_us in instants_us}
    lost = {row.message for row in trace.of(LOST)}
    rows = [
        row
        for row in trace
        if (row.message in arrived | lost if row.kind == SENT else row.t_us in instants_us)
    ]
    return Trace(trace.header, rows)
