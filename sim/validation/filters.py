"""Filters: how often a first use is taken for a replay, by a server whose memory is a filter.

Every payment is an honest first use, and they come as fast as the filter was sized for: what it
takes for used it does not keep, so there are more payments than keys kept. How wrong a filter is
depends on the keys that happen to be in it, so windows are compared and not payments. An error of
15 % is noticed.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from math import log2
from typing import Any

from oauth_model.filters import SLOTS, TIME_BUCKETS
from sim import theory
from sim.scenario_files import vary
from sim.trace import Row
from sim.validation.checks import Expected, Experiment
from sim.validation.evidence import Evidence, batches
from sim.validation.worlds import constant, race
from sim.world.simulation import run_into

Found = Mapping[str, Evidence]
#: How long each filter remembers; of these windows the batches are made, of two each.
WINDOW_S, BATCHES = 11.0, 20


def _refused(kept_per_s: float, wrong: float, n: int, seed: int, more: dict[str, Any]) -> Found:
    """`wrong`: what the theory says; it sets how many payments there are for a key that is kept."""
    gap_ms = 1000 * (1 - wrong) / kept_per_s
    scenario = vary(
        race("filters", seed, n, ["home"], {}, **more),
        workload__gap=constant(gap_ms),
        duration_s=n * gap_ms / 1000 + 1000,
    )
    refused: list[float] = []

    def sink(row: Row) -> None:
        if row.kind == "respond":
            refused.append(row.detail["outcome"] != "first")

    run_into(scenario, sink)
    return {"refused": batches(refused, BATCHES)}
