"""Intervals over runs: what one run's faults have in common must not pass for many observations.

Rule: intentions of one run share its partition, so a run is a cluster (Cochran 1977, 11.2). The
value stays that of all observations together; the interval is that of fewer: n / design effect.
"""

from __future__ import annotations

from array import array
from itertools import pairwise
from math import ceil, floor, sqrt
from typing import Any, NamedTuple

from sim.statistics import (
    TAIL,
    Estimate,
    effective_number,
    exact_interval,
    mean_with_interval,
    nearest_rank,
    quantile_with_interval,
    rule_of_three,
)


class Clusters(NamedTuple):
    """Hits among trials, run by run, kept as sums: exact, mergeable, whatever the number of runs.

    A run without a trial says nothing of the share and is no cluster.
    """

    runs: int = 0
    hits: float = 0
    trials: int = 0
    hits_hits: float = 0
    hits_trials: float = 0
    trials_trials: int = 0

    def and_run(self, hits: float, trials: int) -> Clusters:
        """With one more run."""
        if trials == 0:
            return self
        return self.merged(Clusters(1, hits, trials, hits * hits, hits * trials, trials * trials))

    def merged(self, other: Clusters) -> Clusters:
        """With all runs of another."""
        return Clusters._make(mine + its for mine, its in zip(self, other, strict=True))

    def value(self) -> float | None:
        """Hits / trials; None without a trial."""
        return self.hits / self.trials if self.trials else None

    def degrees(self) -> float:
        """Of how many runs' scatter is seen: no more than hits, or misses, are spread over.

        Of many runs in which few had a hit, the few say how runs differ. Their number is Kish's
        effective one: one run with all of the hits counts as one. At most the runs but one.
        """
        misses = self.trials - self.hits
        misses_misses = self.trials_trials - 2 * self.hits_trials + self.hits_hits
        return min(
            self.runs - 1,
            effective_number(self.hits, self.hits_hits),
            effective_number(misses, misses_misses),
        )

    def shrinkage(self) -> float:
        """By what n is to be divided: the design effect, and t in place of the normal quantile.

        The variance of the ratio estimator (Cochran 1977, 6.4 and 11.2) over that of as many
        independent trials (Rao and Scott 1992), times (t / z)² for having been estimated from few
        runs (Korn and Graubard 1998), with `degrees`. At least 1: luck must not make an interval
        narrower than independence would. At most what makes of each run a single trial: more alike
        than one, trials cannot be. That is also taken where all or nothing was seen, for then
        nothing says how runs differ.
        """
        p = self.value()
        if self.runs < 2 or p is None:
            return 1.0
        most = self.trials_trials / self.trials
        if p in {0, 1}:
            return most
        from scipy.special import ndtri, stdtrit

        scatter = self.hits_hits - 2 * p * self.hits_trials + p * p * self.trials_trials
        variance = scatter * self.runs / (self.runs - 1) / self.trials**2
        effect = variance / (p * (1 - p) / self.trials)
        few = float(stdtrit(self.degrees(), TAIL) / ndtri(TAIL)) ** 2
        return min(max(1.0, effect * few), most)

    def estimate(self) -> Estimate:
        """The share with the exact interval for n / `shrinkage` trials; `n` stays that of all."""
        p = self.value()
        if p is None:
            return Estimate(None, 0.0, 1.0, 0)
        return Estimate(p, *exact_interval(p, self.trials / self.shrinkage()), self.trials)

    def to_json(self) -> dict[str, Any]:
        """The estimate; `runs` says that the interval is over so many, else trials count apart.

        Where all or nothing was seen, also what the runs themselves say: none of them had a hit, so
        the share of runs that have is `below` (95 %); or all had nothing else, so the share of runs
        of which that is true is `above`.
        """
        told = self.estimate().to_json() | _over(self.runs)
        if self.runs < 2 or 0 < self.hits < self.trials:
            return told
        rare = rule_of_three(self.runs)
        if self.hits:
            return told | {"runs_with_all": {"value": 1, "above": 1 - rare}}
        return told | {"runs_with_any": {"value": 0, "below": rare}}


class Durations:
    """Durations of one or more runs, in the order of the runs; `end_run` is where one ends."""

    def __init__(self) -> None:
        self.values_us = array("q")
        self.ends = array("q", [0])

    def end_run(self) -> None:
        """What comes now is of another run; a run without a value is none."""
        if len(self.values_us) > self.ends[-1]:
            self.ends.append(len(self.values_us))

    def drop_run(self) -> None:
        """Forget what came since a run ended."""
        del self.values_us[self.ends[-1] :]

    def ended(self) -> list[int]:
        """Where each run ends, the present one included."""
        return sorted({*self.ends, len(self.values_us)})

    def merge(self, other: Durations) -> None:
        """Put the other's runs before the present one."""
        open_run = self.values_us[self.ends[-1] :]
        self.drop_run()
        start = self.ends[-1]
        self.values_us.extend(other.values_us)
        self.ends.extend(start + end for end in other.ended()[1:])
        self.values_us.extend(open_run)

    def value_ms(self, q: float) -> float | None:
        """The q-quantile of all in ms; None without a value."""
        ordered = sorted(self.values_us)
        return ordered[nearest_rank(len(ordered), q) - 1] / 1e3 if ordered else None

    def mean_ms(self) -> float | None:
        """The mean of all in ms; None without a value."""
        return sum(self.values_us) / len(self.values_us) / 1e3 if self.values_us else None

    def mean(self) -> Estimate:
        """The mean of all, its interval over runs where there are several.

        The ratio estimator with runs as clusters (Cochran 1977, 6.4 and 11.2) and Student's t; as
        for a share, never a narrower interval than independence would give. It ends at 0, for no
        duration is negative.
        """
        apart = mean_with_interval(self.values_us).at_least_zero()
        runs = self.ended()
        if len(runs) <= 2 or apart.value is None or apart.low is None or apart.high is None:
            return apart
        from scipy.stats import t

        mean, clusters, scatter = apart.value, len(runs) - 1, 0.0
        for start, end in pairwise(runs):
            scatter += (sum(self.values_us[start:end]) - mean * (end - start)) ** 2
        deviation = sqrt(scatter * clusters / (clusters - 1)) / apart.n
        half = float(t.ppf(1 - TAIL, clusters - 1)) * deviation
        low, high = min(mean - half, apart.low), max(mean + half, apart.high)
        return Estimate(mean, low, high, apart.n).at_least_zero()

    def quantile(self, q: float) -> Estimate:
        """The q-quantile of all, its interval over runs where there are several.

        Woodruff 1952: the share of values up to the quantile has a design effect, and the ranks
        that bound the quantile are those that the binomial law gives for n / design effect values.
        Of values equal to the quantile each run's are split alike, so that the share is q.
        """
        apart = quantile_with_interval(self.values_us, q)
        runs = self.ended()
        if len(runs) <= 2 or apart.value is None:
            return apart
        import numpy as np

        values = np.asarray(self.values_us)
        below, equal = (
            np.add.reduceat(which, runs[:-1], dtype=np.int64)
            for which in (values < apart.value, values == apart.value)
        )
        up_to = below + equal * ((q * apart.n - below.sum()) / equal.sum())
        shares = Clusters()
        for hits, (start, end) in zip(up_to, pairwise(runs), strict=True):
            shares = shares.and_run(float(hits), end - start)
        shrinkage = shares.shrinkage()
        return apart if shrinkage == 1 else _between_ranks(np.sort(values), q, apart, shrinkage)

    def to_json(self, quantiles: dict[str, float]) -> dict[str, Any]:
        """`mean` and the name of each quantile → it in ms."""
        over = _over(len(self.ended()) - 1)
        found = {"mean": self.mean()} | {n: self.quantile(q) for n, q in quantiles.items()}
        return {name: each.scaled(1e-3).to_json() | over for name, each in found.items()}


def _over(runs: int) -> dict[str, int]:
    return {"runs": runs} if runs > 1 else {}


def _between_ranks(ordered: Any, q: float, apart: Estimate, shrinkage: float) -> Estimate:
    """The interval between the ranks for `shrinkage` times fewer values, never a narrower one."""
    from scipy.stats import binom

    fewer = max(1, floor(apart.n / shrinkage))
    scale = apart.n / fewer
    low = floor(int(binom.ppf(TAIL, fewer, q)) * scale)
    high = ceil((int(binom.ppf(1 - TAIL, fewer, q)) + 1) * scale)
    bounds = (
        min(float(ordered[low - 1]), apart.low) if low >= 1 and apart.low is not None else None,
        max(float(ordered[high - 1]), apart.high)
        if high <= apart.n and apart.high is not None
        else None,
    )
    return Estimate(apart.value, *bounds, apart.n)
