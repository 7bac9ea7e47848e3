"""Rare events: the probability that a run shows what plain runs would not show in a lifetime.

Rule: runs are tilted towards the event (`sim.passages`), and each counts with its likelihood ratio;
the mean of what was weighed is unbiased whatever the tilt, but only a good tilt makes it precise,
so the number of runs that really carry the estimate is told with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from math import exp
from typing import Any, NamedTuple

from sim.checker import PROPERTIES, Checker
from sim.experiments import Progress, replication_seed
from sim.metrics import Tally
from sim.passages import Tilt, Tilted
from sim.processes import in_order
from sim.rates import RATES
from sim.scenario import Scenario
from sim.statistics import Estimate, mean_with_interval
from sim.trace import Row
from sim.world.simulation import run_into

#: With fewer runs than this behind it, neither an estimate nor its interval is to be trusted.
ENOUGH = 50


class WeighedRun(NamedTuple):
    """What is kept of a tilted run: whether the event was there, and its likelihood ratio."""

    seen: bool
    weight: float
    tilted_draws: int
    links: frozenset[str]


@dataclass(frozen=True)
class RareEvent:
    """The probability per run that `event` happens.

    `seen`: in how many tilted runs it did. `effective`: how many equally weighed ones would say as
    much (Kish), over the runs that showed it. `mean_weight` is 1 in truth; an interval far from 1
    means that runs which matter were not drawn.
    """

    event: str
    probability: Estimate
    seen: int
    effective: float
    mean_weight: Estimate

    @property
    def warning(self) -> str:
        """Why not to trust the estimate; "" when there is no reason."""
        if self.seen == 0:
            return f"{self.event}: in none of {self.probability.n} tilted runs; tilt further"
        if self.effective >= ENOUGH:
            return ""
        return (
            f"{self.event}: the runs that showed it count as {self.effective:.1f} of equal weight; "
            f"{ENOUGH} are needed: ask for more runs, or tilt other or fewer draws"
        )

    def to_json(self) -> dict[str, Any]:
        """The estimate's members and what it rests on."""
        return self.probability.to_json() | {
            "event": self.event,
            "seen": self.seen,
            "effective": self.effective,
            "mean_weight": self.mean_weight.to_json(),
            "warning": self.warning,
        }


def estimate_rare(
    scenario: Scenario,
    event: str,
    tilts: Sequence[Tilt],
    replications: int,
    *,
    jobs: int = 1,
    progress: Progress | None = None,
) -> RareEvent:
    """How likely a run violates a property, or shows at least one case of what a rate counts.

    Make the run small (`workload.intentions=1`): every tilted draw makes the weights more unequal.
    Raises ValueError for an event that does not exist, or when the tilts concern no draw, and
    KeyboardInterrupt only when not even one run was finished.
    """
    known = (*PROPERTIES, *RATES)
    if event not in known:
        raise ValueError(f"event: {event!r} does not exist; one of {', '.join(known)}")
    seeds = (replication_seed(scenario.seed, index) for index in range(replications))
    tasks = [(scenario, seed, event, tuple(tilts)) for seed in seeds]
    runs: list[WeighedRun] = []
    try:
        with closing(in_order(run_tilted, tasks, jobs)) as answers:
            for run in answers:
                runs.append(run)
                if progress is not None:
                    progress(len(runs), replications)
    except KeyboardInterrupt:
        if not runs:
            raise
    if tilts and not any(run.tilted_draws for run in runs):
        links = sorted({name for run in runs for name in run.links})
        raise ValueError(f"tilts: no draw is tilted; links that were used: {', '.join(links)}")
    return weigh(event, runs)


def weigh(event: str, runs: Sequence[WeighedRun]) -> RareEvent:
    """The estimate from runs with their weights."""
    weighed = [run.weight * run.seen for run in runs]
    squares = sum(each * each for each in weighed)
    value, low, high, n = mean_with_interval(weighed)
    bounds = (None if low is None else max(0.0, low), high) if any(weighed) else (0.0, None)
    return RareEvent(
        event,
        Estimate(value, *bounds, n),
        sum(run.seen for run in runs),
        sum(weighed) ** 2 / squares if squares else 0.0,
        mean_with_interval([run.weight for run in runs]),
    )


def run_tilted(scenario: Scenario, seed: int, event: str, tilts: tuple[Tilt, ...]) -> WeighedRun:
    """One tilted run, folded into whether it showed the event."""
    choices = Tilted(seed, tilts)
    tally, checker = Tally(), Checker([event] if event in PROPERTIES else [])

    def sink(row: Row) -> None:
        tally(row)
        checker(row)

    run_into(scenario, sink, seed=seed, choices=choices)
    if event in PROPERTIES:
        seen = checker.verdicts()[event].holds is False
    else:
        seen = tally.clusters()[event].hits > 0
    weight = exp(choices.log_weight)
    return WeighedRun(seen, weight, choices.tilted_draws, frozenset(choices.links))
