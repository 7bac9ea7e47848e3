"""What sharing out brings: the same sweep by one process, by two, and by two workers of Dask.

Seconds by the clock on the wall, for who waits has one. Processes and workers are warm, as they are
for who sweeps twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from importlib.util import find_spec
from time import perf_counter
from typing import Any

from sim.benchmark.measures import Effort, Measure, Reach, Turn, beside, best_in_turns, missing
from sim.benchmark.presenting import scenario
from sim.scenario_files import vary
from sim.sweeps import sweep
from sim.sweeps.executors import connected

REPLICATIONS, PROCESSES = 16, 2
#: So many payments take well over the 50 ms from which sharing a run out is worth it.
PAYMENTS = 240
HOW_TO_DASK = "not installed: pip install 'tokenrace[dask]'"


def processes(effort: Effort) -> list[Measure]:
    """The same replications one after the other, by a pool, and by a cluster on this machine."""
    payments = min(PAYMENTS, effort.presentations)
    subjects: dict[str, Turn] = {
        "serial": partial(_sweep_s, payments),
        "shared": partial(_sweep_s, payments, jobs=PROCESSES),
    }
    best_in_turns(subjects, 1)  # the pool is forked before there are the threads of a client
    pool, workers = f"{PROCESSES} processes", f"{PROCESSES} workers of Dask"
    with _cluster() as client:
        if client is not None:
            subjects["dask"] = partial(_sweep_s, payments, client=client)
            subjects["dask"]()
        s = best_in_turns(subjects, effort.turns)
    gain, near = Reach(1.7, at_least=True), Reach(0.8, at_least=True)
    return [
        beside(f"{REPLICATIONS} replications, {pool}", s["shared"], "one", s["serial"], gain, "s"),
        beside(f"the same, {workers}", s["dask"], pool, s["shared"], near, "s")
        if "dask" in s
        else missing(f"the same, {workers}", pool, HOW_TO_DASK),
    ]


@contextmanager
def _cluster() -> Iterator[Any]:
    """A client of a cluster of worker processes over TCP; None where Dask is not installed."""
    if find_spec("distributed") is None:
        yield None
        return
    from distributed import LocalCluster

    with (
        LocalCluster(  # type: ignore[no-untyped-call]  # distributed tells some of its types
            n_workers=PROCESSES, threads_per_worker=1, protocol="tcp", dashboard_address=None
        ) as cluster,
        connected(cluster.scheduler_address) as client,
    ):
        yield client


def _sweep_s(payments: int, **by: Any) -> float:
    given = vary(scenario(), workload__intentions=payments)
    began = perf_counter()
    sweep(given, {}, replications=REPLICATIONS, cache=False, progress=False, **by)
    return perf_counter() - began
