"""Evidence: what a simulation showed, as an estimate, and whether a theory is compatible with it.

Rule: a true theory is denied with probability at most `level`, whatever the numbers of the sample.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from math import log, sqrt
from typing import Protocol

from sim.statistics import CONFIDENCE, Estimate, agrees, quantile_with_interval, wilson


class Evidence(Protocol):
    """What a check makes of a simulation."""

    def estimate(self) -> Estimate:
        """The value with its 95 % interval."""

    def allows(self, theory: float, level: float) -> bool | None:
        """Whether the theory may be true; None when the sample says nothing of it."""


@dataclass(frozen=True)
class Share:
    """So many of n independent trials."""

    hits: int
    n: int

    def estimate(self) -> Estimate:
        """The share, with Wilson's interval."""
        return wilson(self.hits, self.n)

    def allows(self, theory: float, level: float) -> bool:
        """By the exact two-sided binomial test; a theory of 0 or 1 allows no exception."""
        return agrees(self.hits, self.n, theory, level)


@dataclass(frozen=True)
class Mean:
    """Independent values of which the mean counts; means of long batches, where they are not."""

    values: Sequence[float]

    def estimate(self) -> Estimate:
        """The mean with Student's interval."""
        (mean, _), half = self._moments(), self.half_width()
        return Estimate(mean, mean - half, mean + half, len(self.values))

    def half_width(self) -> float:
        """How far the interval reaches to either side."""
        return self._student((1 + CONFIDENCE) / 2) * self._moments()[1]

    def allows(self, theory: float, level: float) -> bool:
        """By Student's test."""
        mean, error = self._moments()
        return abs(mean - theory) <= self._student(1 - level / 2) * error + 1e-12 * abs(theory)

    def _moments(self) -> tuple[float, float]:
        n = len(self.values)
        mean = sum(self.values) / n
        return mean, sqrt(sum((v - mean) ** 2 for v in self.values) / (n - 1) / n)

    def _student(self, q: float) -> float:
        from scipy.stats import t

        return float(t.ppf(q, len(self.values) - 1))


@dataclass(frozen=True)
class Count:
    """So many events at random instants in so many units: Poisson's law, the mean of one unit."""

    happened: int
    units: float = 1.0

    def estimate(self) -> Estimate:
        """The count, between the means for which it would be remarkable (Garwood 1936)."""
        from scipy.stats import chi2

        tail, n = (1 - CONFIDENCE) / 2, self.happened
        low = float(chi2.ppf(tail, 2 * n)) / 2 if n else 0.0
        high = float(chi2.ppf(1 - tail, 2 * n + 2)) / 2
        return Estimate(n, low, high, n).scaled(1 / self.units)

    def allows(self, theory: float, level: float) -> bool:
        """By the exact test: neither as few nor as many are too improbable."""
        from scipy.stats import poisson

        mean = theory * self.units
        fewer, more = poisson.cdf(self.happened, mean), poisson.sf(self.happened - 1, mean)
        return bool(min(fewer, more) >= level / 2)


@dataclass(frozen=True)
class Quantile:
    """Independent values of a continuous law of which the q-quantile counts."""

    values: Sequence[float]
    q: float

    def estimate(self) -> Estimate:
        """The quantile between two order statistics."""
        return quantile_with_interval(self.values, self.q)

    def allows(self, theory: float, level: float) -> bool:
        """By how many values are below the theory's: a binomial test."""
        below = sum(value <= theory for value in self.values)
        return agrees(below, len(self.values), self.q, level)


@dataclass(frozen=True)
class Given:
    """What was seen under a condition of known probability: for the share without it."""

    share: Share
    probability: float

    def estimate(self) -> Estimate:
        """The share and its interval, times the probability."""
        return self.share.estimate().scaled(self.probability)

    def allows(self, theory: float, level: float) -> bool | None:
        """By the exact test under the condition, which is at least as likely as what it is for."""
        return theory <= self.probability and self.share.allows(theory / self.probability, level)


@dataclass(frozen=True)
class Crossing:
    """Where a falling share meets `target`; `hits[i]` of n were counted at `at[i]`, ascending.

    The places are chosen without the theory that is tested.
    """

    at: Sequence[float]
    hits: Sequence[int]
    n: int
    target: float

    def estimate(self) -> Estimate:
        """Where the curve of the shares meets it, and where their intervals' bounds do."""
        shares = [wilson(hits, self.n) for hits in self.hits]
        value, low, high = (
            self._meets([each[which] or 0.0 for each in shares]) for which in range(3)
        )
        return Estimate(value, low, high, self.n)

    def allows(self, theory: float, level: float) -> bool | None:
        """By the shares at the places around the theory's: not too few before, nor too many after.

        None where it is outside of the places, and what was counted there does not deny it.
        """
        from scipy.stats import binom

        before, after = bisect_right(self.at, theory) - 1, bisect_left(self.at, theory)
        level /= 2
        if before >= 0 and binom.cdf(self.hits[before], self.n, self.target) < level:
            return False
        if after < len(self.at) and binom.sf(self.hits[after] - 1, self.n, self.target) < level:
            return False
        return True if before >= 0 and after < len(self.at) else None

    def _meets(self, shares: Sequence[float]) -> float | None:
        """Between the first two places around the target; the logarithm of a share is straight."""
        for i in range(1, len(shares)):
            before, after = shares[i - 1], shares[i]
            if before >= self.target > after:
                least = 0.1 / self.n  # in place of 0, which has no logarithm
                drop = log(before / max(after, least))
                return (
                    self.at[i - 1]
                    + (self.at[i] - self.at[i - 1]) * log(before / self.target) / drop
                )
        return None


@dataclass(frozen=True)
class SeriesQuantile:
    """A series whose neighbours are alike, of which the q-quantile counts."""

    values: Sequence[float]
    q: float

    def estimate(self) -> Estimate:
        """The quantile, between those beyond which the share's interval around q reaches."""
        value = quantile_with_interval(self.values, self.q).value
        assert value is not None, "a series has values"
        half, ordered = self._up_to(value).half_width(), sorted(self.values)
        last = len(ordered) - 1
        low, high = (ordered[min(last, int((self.q + side) * last))] for side in (-half, half))
        return Estimate(value, low, high, len(ordered))

    def allows(self, theory: float, level: float) -> bool:
        """By the share of values below the theory's, batch by batch."""
        return self._up_to(theory).allows(self.q, level)

    def _up_to(self, bound: float) -> Mean:
        return batches([float(value <= bound) for value in self.values])


def batches(values: Sequence[float], count: int = 50) -> Mean:
    """The means of so many batches of a series whose neighbours are alike, the first one left out.

    Each batch is to be much longer than neighbours are alike (Law 2015, 9.5.3).
    """
    size = len(values) // (count + 1)
    starts = range(size, size * (count + 1), size)
    return Mean([sum(values[start : start + size]) / size for start in starts])
