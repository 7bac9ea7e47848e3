"""Precision: when replications are enough, judged as they come in.

Rule: enough is when the 95 % interval reaches no further than the asked share of its value to
either side, and still does so some replications later: what is narrow by luck widens again (Hoad,
Robinson and Davies 2010). Of what never happened, or always, no share can be taken; the rule of
three decides, over intentions and over runs: many intentions of few runs have met few faults.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sim.metrics import QUANTILES, Tally
from sim.rates import RATES
from sim.statistics import Estimate, percent_below, rule_of_three

COMMON = "double_accept_rate"
LEAST, MOST = 10, 1000
#: For so many further replications the precision must hold; from 100 replications on, so many %.
LOOK_AHEAD = 5
#: A rate of which nothing was seen is known well enough when it is below this.
BELOW = 0.001
#: And when what would show any of it (a fault) strikes a smaller share of runs than this: 30 runs.
BELOW_OF_RUNS = 0.1
DURATIONS = tuple(f"{name}.{q}" for name in Tally().durations() for q in ("mean", *QUANTILES))
#: What has an interval, and so a precision.
MEASURED = (*RATES, *DURATIONS)


@dataclass(frozen=True)
class Precision:
    """What is asked: `relative` half-width of the interval of the measure `of`.

    Raises ValueError, naming what is allowed, for a share, a measure or bounds that cannot be.
    """

    relative: float
    of: str = COMMON
    least: int = LEAST
    most: int = MOST

    def __post_init__(self) -> None:
        if not 0 < self.relative < 1:
            raise ValueError(f"precision: {self.relative:g}; allowed: more than 0 and less than 1")
        if self.of not in MEASURED:
            raise ValueError(f"measure: {self.of!r} has no interval; one of {', '.join(MEASURED)}")
        if self.least < 2:
            raise ValueError(f"least: {self.least} replications; allowed: 2 or more")
        if self.most < self.least:
            raise ValueError(f"replications: {self.most}; allowed: {self.least} or more")

    def reached_by(self, estimate: Estimate, runs: int) -> bool:
        """Whether the interval is narrow enough, or what was not seen in so many runs rare enough.

        Where all or nothing was seen, only more runs say that there are no others.
        """
        if self.of in RATES and estimate.value in (0, 1) and rule_of_three(runs) > BELOW_OF_RUNS:
            return False
        if self.of in RATES and estimate.value == 0:
            return rule_of_three(estimate.n) <= BELOW
        half = relative_half_width(estimate)
        return half is not None and half <= self.relative


class Watch:
    """How far one scenario is on its way to a precision: look once after each replication."""

    def __init__(self, asked: Precision) -> None:
        self.asked, self.replications, self.runs = asked, 0, 0
        self.estimate = Estimate(None, None, None, 0)
        self.since: int | None = None  #: the replication at which it was reached, to stay so

    def look(self, tally: Tally) -> None:
        """Judge what all replications so far have come to."""
        if self.replications + 1 < self.asked.least:
            self.replications += 1
            return
        runs = tally.clusters()[self.asked.of].runs if self.asked.of in RATES else 0
        self.judge(estimate_of(tally, self.asked.of), runs)

    def judge(self, estimate: Estimate, runs: int) -> None:
        """One more replication has led to this estimate, from `runs` that had anything to count."""
        self.replications += 1
        self.estimate, self.runs = estimate, runs
        if self.replications < self.asked.least or not self.asked.reached_by(estimate, runs):
            self.since = None
        elif self.since is None:
            self.since = self.replications

    @property
    def settled(self) -> bool:
        """Whether it was reached and has held for as long as it must."""
        if self.since is None:
            return False
        return self.replications - self.since >= LOOK_AHEAD * max(self.since, 100) // 100

    def sentence(self) -> str:
        """What came of it, for a reader."""
        estimate, asked = self.estimate, f"{100 * self.asked.relative:g} %"
        told = f"{self.asked.of}, {self.replications} replications: "
        if estimate.value == 0 and self.asked.of in RATES:
            told += (
                f"none in {estimate.n}, so below {percent_below(estimate.n)} % under the "
                f"faults of these runs; in none of {self.runs} runs, so in fewer than "
                f"{percent_below(self.runs)} % of runs; each with 95 % confidence (rule "
                f"of three; asked in place of a relative precision: below {100 * BELOW:g} % and in "
                f"fewer than {100 * BELOW_OF_RUNS:g} % of runs)"
            )
        else:
            half = relative_half_width(estimate)
            told += "no interval" if half is None else f"± {100 * half:.2g} % of its value"
            told += f" (asked: ± {asked})"
        return told + ("." if self.settled else ". Not reached.")

    def to_json(self) -> dict[str, Any]:
        """What was asked and what came of it; when nothing was seen, `below` what the rate is.

        And `runs_below`, what the share of runs is that show any.
        """
        nothing = self.estimate.value == 0 and self.asked.of in RATES
        return {
            "measure": self.asked.of,
            "asked": self.asked.relative,
            "reached": self.settled,
            "relative_half_width": None if nothing else relative_half_width(self.estimate),
            "below": rule_of_three(self.estimate.n) if nothing else None,
            "runs_below": rule_of_three(self.runs) if nothing else None,
        }


def relative_half_width(estimate: Estimate) -> float | None:
    """Half the interval over the value; None where either is missing."""
    value, low, high, _ = estimate
    if value is None or low is None or high is None:
        return None
    half = (high - low) / 2
    return half / abs(value) if value else None if half else 0.0


def estimate_of(tally: Tally, measure: str) -> Estimate:
    """The estimate of one of `MEASURED`; durations in ms."""
    if measure in RATES:
        return tally.clusters()[measure].estimate()
    name, _, which = measure.partition(".")
    durations = tally.durations()[name]
    found = durations.mean() if which == "mean" else durations.quantile(QUANTILES[which])
    return found.scaled(1e-3)
