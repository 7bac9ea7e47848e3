"""Believe the numbers: a procedure that compares two designs, run again and again.

Law: the truth is a closed form that no run is asked about. How often an interval covers it takes
more runs than a reader has time for, so they come from a twin of the world, made of coin tosses.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache, partial
from typing import NamedTuple

from sim.choices import Seeded
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
BUDGET, HALF_WIDTH = 80, 0.04
REPETITIONS, COVERED, AWAKE = 120, 0.9, 0.9
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
    """The twin: the same by coins. `apart`: both are the strict one, and on days of their own."""
    own = replication_seed(seed, 2) if apart and design == "graceful" else seed
    coin = Seeded(own).generator("answers").random
    kept = 1 if apart else 1 + DESIGNS[design]
    coins = [[coin() < day(own) for _ in range(2)] for _ in range(INTENTIONS)]
    return 1 - sum(all(lost[:kept]) for lost in coins) / INTENTIONS


def truth() -> float:
    """strict − graceful, over good and bad days."""
    both = ([lost_response(0, q, RETRIES, g).served for q in DAYS] for g in DESIGNS.values())
    strict, graceful = (sum(each) / len(DAYS) for each in both)
    return strict - graceful


class SpentError(RuntimeError):
    """Another run was asked for than there were."""


class Meter:
    """Runs, counted; `start` moves the seeds, so that each repetition has its own."""

    def __init__(self, run: Run, start: int = 0) -> None:
        self.run, self.start, self.used = run, start, 0

    def __call__(self, design: str, seed: int) -> float:
        """One run. Raises SpentError beyond the budget, KeyError for a design there is not."""
        if self.used == BUDGET:
            raise SpentError(f"a run more than the {BUDGET} there are")
        self.used, _ = self.used + 1, DESIGNS[design]
        return self.run(design, replication_seed(self.start, seed) if self.start else seed)


class Answers(NamedTuple):
    """Of so many repetitions in the twin: how many intervals hold the truth, how many exclude 0."""

    cover: int
    decide: int


@exercise(
    "strict against graceful",
    "Return the ends of a 95 % interval of strict - graceful, the difference in intentions served.",
    "Ask both designs about the same seed: they meet the same day and the same losses, and the "
    "difference of the two is what varies least.",
    "A day is one observation, not 25: the intentions of one day share its losses. And say "
    "before you look how many days you take: do not stop when the interval first excludes 0.",
    "pairs = budget // 2; two lists of run(design, seed) for seed in range(pairs); then "
    "paired_difference(first, second) of sim.statistics has low and high.",
)
def check_procedure(answer: Procedure) -> Iterator[Aim]:
    """In the simulation once, and in its twin again and again, with and without a difference."""
    meter = Meter(served)
    try:
        low, high = answer(meter, BUDGET)
    except SpentError as spent:
        yield Aim("within the budget", False, str(spent))
        return
    yield Aim("within the budget", True, f"{meter.used} of {BUDGET} runs")
    half = (high - low) / 2
    narrow = 0 < half <= HALF_WIDTH + 1e-9
    yield Aim("narrow", narrow, f"half-width {half:.3f}; at most {HALF_WIDTH} is asked for")
    told = f"strict - graceful from {low:.3f} to {high:.3f}"
    yield Aim("it decides", high < 0, f"{told}; {'graceful' if high < 0 else 'nobody'} serves more")
    found = repeated(answer, truth())
    holds = f"{found.cover} of {REPETITIONS} intervals hold the truth, {truth():.4f}"
    yield Aim("it covers", found.cover >= COVERED * REPETITIONS, holds)
    nothing = repeated(answer, 0.0, apart=True)
    told = f"{nothing.decide} of {REPETITIONS} see one between two that are the same"
    yield Aim("no difference, no decision", nothing.decide <= (1 - AWAKE) * REPETITIONS, told)


def repeated(answer: Procedure, true: float, *, apart: bool = False) -> Answers:
    """The procedure in the twin, again and again, each time with other days."""
    cover = decide = 0
    for number in range(REPETITIONS):
        run = Meter(partial(tossed, apart=apart), start=1 + number)
        low, high = answer(run, BUDGET)
        cover += low <= true <= high
        decide += low > 0 or high < 0
    return Answers(cover, decide)
