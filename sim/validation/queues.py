"""Queues at a server: payments arrive at random, and its workers take their time.

What is measured is how long a server takes for a request, from arrival to answer; the strategy asks
no store, so that is waiting and service. Neighbours in a queue are alike: batches of them are
compared. An error of 10 % in a mean is noticed at a load of 0.5; at 0.8, where few see most of the
waiting, one of 25 %; in a 99th percentile one of 15 % at 0.5, at 0.8 one of a factor of two.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from sim import theory
from sim.scenario_files import vary
from sim.trace import Row
from sim.validation.checks import Expected, Experiment
from sim.validation.evidence import Evidence, SeriesQuantile, batches
from sim.validation.worlds import constant, exponential, race
from sim.world.simulation import run_into

Found = Mapping[str, Evidence]
SERVICE_MS, P99 = 10.0, 0.99


def _responses(
    workers: int, load: float, service: dict[str, Any], n: int, seed: int
) -> list[float]:
    """Times from arrival to answer, in units of the mean service."""
    gap_ms = SERVICE_MS / load / workers
    scenario = vary(
        race("queue", seed, n, ["home"], {}, strategy="no_check", story="ordinary_payment"),
        workload__gap=exponential(gap_ms),
        client__timeout_ms=1e9,
        servers__payments__workers={"count": workers, "service": service},
        duration_s=n * gap_ms / 1000 + 1000,
    )
    taken: list[float] = []

    def sink(row: Row) -> None:
        if row.kind == "respond":
            taken.append(row.detail["handling_us"] / 1000 / SERVICE_MS)

    run_into(scenario, sink)
    return taken


def _exponential(workers: int, load: float, late: float, n: int, seed: int) -> Found:
    taken = _responses(workers, load, exponential(SERVICE_MS), n, seed)
    return {
        "mean": batches(taken),
        "late": batches([float(each > late) for each in taken]),
        "p99": SeriesQuantile(taken, P99),
    }


def mm1(load: float, n: int) -> Experiment:
    """One worker, exponential service."""
    late = theory.mm1_response_quantile(load, 0.9)
    expected = {
        "mean": Expected(theory.mm1_response(load), "time at the server", "services"),
        "late": Expected(0.1, "requests beyond the 90th percentile"),
        "p99": Expected(theory.mm1_response_quantile(load, P99), "the same, 99 %", "services"),
    }
    return Experiment(
        f"mm1_{100 * load:.0f}", lambda: expected, n, partial(_exponential, 1, load, late)
    )


def mmc(workers: int, load: float, n: int) -> Experiment:
    """Several workers, exponential service."""
    mean = theory.mmc_response(workers, load)
    expected = {"mean": Expected(mean, "time at the server", "services")}
    name = f"mm{workers}_{100 * load:.0f}"
    return Experiment(name, lambda: expected, n, partial(_exponential, workers, load, 0.0))


def _constant(load: float, n: int, seed: int) -> Found:
    taken = _responses(1, load, constant(SERVICE_MS), n, seed)
    return {"mean": batches(taken)}


def md1(load: float, n: int) -> Experiment:
    """One worker, constant service."""
    expected = {"mean": Expected(1 + theory.md1_wait(load), "time at the server", "services")}
    return Experiment(f"md1_{100 * load:.0f}", lambda: expected, n, partial(_constant, load))


EXPERIMENTS = (
    mm1(0.5, 80_000),
    mm1(0.8, 80_000),
    mmc(2, 0.8, 80_000),
    mmc(4, 0.8, 60_000),
    mmc(8, 0.8, 40_000),
    md1(0.8, 40_000),
)
