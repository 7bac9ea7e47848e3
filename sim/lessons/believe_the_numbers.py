"""Believe the numbers: a procedure that compares two designs, run two hundred times over.

Law: the truth is a closed form that no run is asked about. How often an interval covers it takes
more runs than a reader has time for, so they come from a twin of the world, made of coin tosses.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, NamedTuple

from sim.experiments import replication_seed
from sim.lessons.exercise import Aim, exercise
from sim.scenario import Scenario
from sim.scenario_files import load, vary
from sim.theory import lost_response
from sim.world.simulation import simulate

#: design → how often a token is good again after its first use.
DESIGNS = {"strict": 0, "graceful": 1}
#: The share of answers that is lost on a good day, and on a bad one; half of the days are bad.
DAYS = (0.05, 0.35)
INTENTIONS, RETRIES = 25, 2
BUDGET, HALF_WIDTH = 100, 0.04
REPETITIONS, COVERED, AWAKE = 200, 0.9, 0.9
#: One run: a design's name and a seed → the share of intentions served.
Run = Callable[[str, int], float]
#: What a learner writes: the ends of an interval of strict − graceful.
Procedure = Callable[[Run, int], tuple[float, float]]


def day(seed: int) -> float:
    """The share of answers that is lost on the day of this seed."""
    return DAYS[replication_seed(seed, 1) % 2]


def world(design: str, seed: int) -> Scenario:
    """One day: a client in Europe pays 25 times; it comes again, twice, with the same token."""
    return vary(
        load("two-regions-payment"),
        strategy="grace_window",
        strategy_settings__grace_uses=DESIGNS[design],
        strategy_settings__grace_s=0,
        stores__region="eu",
        servers__payments__replicas=("eu",),
        partitions=(),
        thief__probability=0.0,
        client__retry="immediate",
        client__retries=RETRIES,
        network__access__request_loss_probability=0.0,
        network__access__response_loss_probability=day(seed),
        workload__intentions=INTENTIONS,
        seed=seed,
    )


@cache
def served(design: str, seed: int) -> float:
    """The simulation: of those that got their token, the share that was served."""
    trace = simulate(world(design, seed), full=False)
    held = {row.intention for row in trace.of("wallet") if row.intention >= 0}
    told = {row.intention for row in trace.of("outcome") if row.detail["kind"] == "served"}
    return len(told & held) / len(held)


@cache
def tossed(design: str, seed: int, *, apart: bool = False) -> float:
    """The twin: the same by coins. `apart`: the designs share nothing, and are the same one."""
    import numpy as np

    stream = 1 + (apart and design == "strict")
    coins = np.random.default_rng([seed, stream]).random((INTENTIONS, RETRIES + 1))
    accepted = 1 if apart else 1 + DESIGNS[design]
    lost = (coins[:, :accepted] < day(seed * stream)).all(axis=1)
    return float(1 - lost.mean())


def truth() -> float:
    """strict − graceful, over good and bad days."""
    both = ([lost_response(0, q, RETRIES, g).served for q in DAYS] for g in DESIGNS.values())
    strict, graceful = (sum(each) / len(DAYS) for each in both)
    return strict - graceful
