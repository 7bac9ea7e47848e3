"""What exploration costs: a smallest counterexample, and a whole space exhausted."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from time import process_time

from sim.benchmark.measures import Effort, Measure, Reach, best_in_turns, plain, timed_us
from sim.exploration.bounds import Bounds
from sim.exploration.execution import Executor
from sim.exploration.explore import USUAL, explore, prepared
from sim.exploration.proof import Proof
from sim.exploration.search import Search
from sim.scenario import Scenario
from sim.scenario_files import load

#: One payment, two replicas, one retry, one lost response; what expires later is not waited for.
BOUNDS = Bounds(landmarks=0)
WRONG, RIGHT = "per_replica", "shared_atomic"
#: So many schedules without reduction say how fast they are; nobody would wait for all of them.
SAMPLE = Bounds(landmarks=0, schedules=300)


def exploration(effort: Effort) -> list[Measure]:
    """Milliseconds and seconds of processor time, and schedules per second."""
    wrong, right = (load("one-payment", {"strategy": name}) for name in (WRONG, RIGHT))
    turn = partial(timed_us, partial(explore, wrong, USUAL, BOUNDS))
    ms = best_in_turns({WRONG: turn}, effort.turns)[WRONG] / 1000
    reduced, reduced_s = _timed(partial(_reduced, right))
    plainly, plainly_s = _timed(partial(_plainly, right))
    return [
        plain(f"smallest counterexample of {WRONG}", ms, "ms", Reach(50)),
        plain(f"{RIGHT} exhausted, {reduced} schedules", reduced_s, "s", Reach(1)),
        plain("schedules per second", reduced / reduced_s, ""),
        plain(f"the same without reduction (first {plainly})", plainly / plainly_s, ""),
    ]


def _reduced(scenario: Scenario) -> int:
    executor = Executor(prepared(scenario, BOUNDS), USUAL, BOUNDS)
    return sum(1 for _ in Proof(executor).runs())


def _plainly(scenario: Scenario) -> int:
    search = Search(Executor(prepared(scenario, SAMPLE), USUAL, SAMPLE), reduce=False)
    for _ in search.levels():
        pass
    return search.tally.schedules


def _timed(work: Callable[[], int]) -> tuple[int, float]:
    began = process_time()
    count = work()
    return count, process_time() - began
