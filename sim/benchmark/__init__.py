"""The benchmark: what things cost, each beside a peer in the same run, and what is to be reached.

To add a line: a function from `Effort` to measures, entered in `GROUPS`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sim.benchmark.alone import imports, room
from sim.benchmark.exploring import exploration
from sim.benchmark.measures import Effort, Measure
from sim.benchmark.presenting import SCRIPTS, presentations
from sim.benchmark.shared_out import processes

__all__ = ["COUNTED", "GROUPS", "SCRIPTS", "Effort", "Measure", "measure"]

COUNTED = (
    "Counted for a presentation: processor time of the simulation of 4 messages (client → server → "
    "store → server → client), 2 timers and all checks, trace rows folded into all measures. Not "
    "counted: issuing the token, setting up. The best of turns, in which each comes after the "
    "other; the garbage collector is on in all of them, and what was there before a turn is exempt "
    "(gc.freeze)."
)
#: What can be measured apart.
GROUPS: dict[str, Callable[[Effort], list[Measure]]] = {
    "presentations": presentations,
    "exploration": exploration,
    "imports": imports,
    "processes": processes,
    "room": room,
}


USUAL = Effort()


def measure(effort: Effort = USUAL, groups: Sequence[str] = tuple(GROUPS)) -> list[Measure]:
    """The measures of these groups; `SCRIPTS` must exist. Raises KeyError for an unknown group."""
    return [each for group in groups for each in GROUPS[group](effort)]
