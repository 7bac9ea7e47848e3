"""What a second process brings: the same replications one after the other, and by two."""

from __future__ import annotations

from functools import partial
from time import perf_counter

from sim.benchmark.measures import Effort, Measure, Reach, beside, best_in_turns
from sim.benchmark.presenting import scenario
from sim.experiments import replicate
from sim.scenario_files import vary

REPLICATIONS, PROCESSES = 16, 2
#: So many payments take longer than the 50 ms from which sharing a run out is worth it.
PAYMENTS = 100
TURNS = 2


def processes(effort: Effort) -> list[Measure]:
    """Seconds by the clock on the wall, for who waits has one; the start of the pool included."""
    payments = min(PAYMENTS, effort.presentations)
    subjects = {
        "serial": partial(_replicate_s, payments, 1),
        "shared": partial(_replicate_s, payments, PROCESSES),
    }
    s = best_in_turns(subjects, min(TURNS, effort.turns))
    name = f"{REPLICATIONS} replications, {PROCESSES} processes"
    return [beside(name, s["shared"], "one process", s["serial"], Reach(1.7, at_least=True), "s")]


def _replicate_s(payments: int, jobs: int) -> float:
    given = vary(scenario(), workload__intentions=payments)
    began = perf_counter()
    replicate(given, REPLICATIONS, jobs=jobs)
    return perf_counter() - began
