"""Worlds for checks: scenarios in which one thing happens, and what is counted in their traces."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

from sim.scenario import Scenario
from sim.scenario_files import build
from sim.trace import Row
from sim.validation.evidence import Mean, Share
from sim.world.simulation import run_into

#: Between two intentions; what belongs to one is over long before the next but hundred begins.
APART_MS = 100.0


def race(
    title: str, seed: int, n: int, replicas: list[str], thief: dict[str, Any], **more: Any
) -> Scenario:
    """n payments; whoever copies each one is as near to every replica as the client is."""
    tree = {
        "about": {"title": title},
        "seed": seed,
        "duration_s": n * APART_MS / 1000 + 1000,
        "workload": {"intentions": n, "gap": constant(APART_MS)},
        "client": {"region": "home", "retry": "none"},
        "authorization_server": {"replicas": ["home"]},
        "servers": [
            {"name": "payments", "replicas": replicas, "operations": {"POST /payments": "payment"}}
        ],
        "stores": {"region": "home", "timeout_ms": 1e9},
        "thief": {"region": "home", "probability": 1.0 if thief else 0.0} | thief,
    }
    return build(tree | more, title)


def count(scenario: Scenario, kind: str, wanted: Callable[[Row], bool]) -> Counter[str]:
    """Token → how many rows of a kind are wanted."""
    found: Counter[str] = Counter()

    def sink(row: Row) -> None:
        if row.kind == kind and wanted(row):
            found[row.token] += 1

    run_into(scenario, sink)
    return found


def accepted(scenario: Scenario) -> Counter[str]:
    """Token → how many presentations a strategy took for the first."""
    return count(scenario, "respond", lambda row: row.detail["outcome"] == "first")


def doubly(accepts: Counter[str]) -> Share:
    """How many of the tokens that were accepted were so more than once."""
    return Share(sum(times >= 2 for times in accepts.values()), len(accepts))


def times(accepts: Counter[str]) -> Mean:
    """How often a token that was accepted was."""
    return Mean(list(accepts.values()))


def constant(value_ms: float) -> dict[str, Any]:
    """Always the same duration."""
    return {"distribution": "constant", "value_ms": value_ms}


def uniform(high_ms: float) -> dict[str, Any]:
    """Anywhere up to a duration."""
    return {"distribution": "uniform", "high_ms": high_ms}


def exponential(mean_ms: float) -> dict[str, Any]:
    """Memoryless, with this mean."""
    return {"distribution": "exponential", "mean_ms": mean_ms}


def lognormal(median_ms: float, sigma: float) -> dict[str, Any]:
    """With this median, and this sigma of the logarithm."""
    return {"distribution": "lognormal", "median_ms": median_ms, "sigma": sigma}
