"""Numbers with their uncertainty: intervals for rates, quantiles, means and paired differences.

Rule: whatever was counted or sampled is handed on as an `Estimate`, with its interval and its n.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from math import ceil, floor, log10, sqrt
from statistics import median
from typing import Any, NamedTuple

ROUNDING = 1e-12
CONFIDENCE = 0.95
#: What an interval leaves out on either side.
TAIL = (1 - CONFIDENCE) / 2
#: Pairs whose difference is worth fewer than so many equal ones bound nothing: one makes it.
LEAST_PAIRS = 1.5
#: What differs from run to run rests on few of them: on fewer than so many, and this share of all.
FEW_PAIRS, FEW_OF_ALL = 5, 0.25


class Estimate(NamedTuple):
    """A value and its 95 % interval from `n` observations.

    `value` is None when there were none; a bound is None when so few cannot bound that side.
    """

    value: float | None
    low: float | None
    high: float | None
    n: int

    def to_json(self) -> dict[str, Any]:
        """The shape every estimate has in JSON: `{"value", "ci95": [low, high], "n"}`."""
        return {"value": self.value, "ci95": [self.low, self.high], "n": self.n}

    def scaled(self, factor: float) -> Estimate:
        """The same in another unit."""
        value, low, high = (None if x is None else x * factor for x in self[:3])
        return Estimate(value, low, high, self.n)

    def at_least_zero(self) -> Estimate:
        """The same of what cannot be negative, such as a duration: what lies below 0 is cut off.

        The truth is never there, so it is covered exactly as often as before.
        """
        low, high = (None if bound is None else max(0.0, bound) for bound in self[1:3])
        return self._replace(low=low, high=high)


def wilson(k: int, n: int) -> Estimate:
    """The rate k / n with Wilson's score interval, which stays inside [0, 1] and works at k = 0.

    Wilson 1927; Brown, Cai and DasGupta 2001. Raises ValueError unless 0 <= k <= n.
    """
    if not 0 <= k <= n:
        raise ValueError(f"{k} hits in {n} trials")
    if n == 0:
        return Estimate(None, 0.0, 1.0, 0)
    from scipy.stats import binomtest

    interval = binomtest(k, n).proportion_ci(CONFIDENCE, method="wilson")
    return Estimate(k / n, float(interval.low), float(interval.high), n)


def exact_interval(share: float, n: float) -> tuple[float, float]:
    """Clopper and Pearson's interval around a share of n trials, n whole or not (an effective n).

    Korn and Graubard 1998 put effective counts into the quantiles of the beta law that bound whole
    ones. The smaller n, the wider. It covers at least as often as it says.
    """
    from scipy.special import betaincinv

    hits, misses = share * n, (1 - share) * n
    low = float(betaincinv(hits, misses + 1, TAIL)) if share > 0 else 0.0
    return low, float(betaincinv(hits + 1, misses, 1 - TAIL)) if share < 1 else 1.0


def effective_number(total: float, squares: float) -> float:
    """Of how many equal parts a sum is worth, by its parts' sum and sum of squares (Kish 1965).

    k parts that are alike are worth k; one that outweighs the others is worth one.
    """
    return total * total / squares


def quantile_with_interval(values: Sequence[float], q: float) -> Estimate:
    """The q-quantile (nearest rank) between two order statistics chosen by the binomial law.

    No shape of the distribution is assumed (Conover 1999, 3.2). A bound for which there are too few
    values is None: 99 values cannot say how far the 99th percentile may lie beyond the largest.
    """
    n = len(values)
    if n == 0:
        return Estimate(None, None, None, 0)
    import numpy as np
    from scipy.stats import binom

    ordered = np.sort(np.asarray(values))
    low, high = int(binom.ppf(TAIL, n, q)), int(binom.ppf(1 - TAIL, n, q)) + 1
    return Estimate(
        float(ordered[nearest_rank(n, q) - 1]),
        float(ordered[low - 1]) if low >= 1 else None,
        float(ordered[high - 1]) if high <= n else None,
        n,
    )


def nearest_rank(n: int, q: float) -> int:
    """Which of n values in order is the q-quantile, from 1."""
    return max(1, ceil(n * q - 1e-9))  # n · q may miss a whole number by a rounding error


def rule_of_three(n: int) -> float:
    """What a rate is below, with 95 % confidence, when it showed itself in none of n trials.

    Or what it lacks of 1 at most, when it showed itself in all. It takes trials that are
    independent. Those of one run share its faults: with n intentions it bounds the rate under the
    faults that were met, with n runs how many runs show any at all.
    """
    return 1.0 if n < 3 else 3 / n


def ends_shown(found: Mapping[str, Any]) -> tuple[float | None, float | None]:
    """The ends of a figure as tables show them, from its JSON.

    Its interval; but where none of several runs showed anything, or all nothing else, the rule of
    three, for the interval then is over the few runs and no picture of the many cases in them.
    """
    if "runs_with_any" in found:
        return 0.0, rule_of_three(found["n"])
    if "runs_with_all" in found:
        return 1 - rule_of_three(found["n"]), 1.0
    low, high = found["ci95"]
    return low, high


def percent_below(n: int) -> str:
    """`rule_of_three` in percent as it is written: 0 of 960 leaves less than 0.32 %."""
    return rounded_up(100 * rule_of_three(n))


def rounded_up(value: float) -> str:
    """Two figures of a bound, so that what is below the one is below the other; no exponent."""
    places = 1 - floor(log10(value))
    return f"{Decimal(ceil(round(value * 10.0**places, 6))).scaleb(-places).normalize():f}"


def mean_with_interval(values: Sequence[float]) -> Estimate:
    """The mean with Student's t interval; without one for a single value."""
    n = len(values)
    if n == 0:
        return Estimate(None, None, None, 0)
    mean = sum(values) / n
    if n == 1:
        return Estimate(mean, None, None, 1)
    if _all_the_same(values):  # SciPy would warn of values that do not differ
        return Estimate(values[0], values[0], values[0], n)
    from scipy.stats import ttest_1samp

    interval = ttest_1samp(values, 0.0).confidence_interval(CONFIDENCE)
    return Estimate(mean, float(interval.low), float(interval.high), n)


def _all_the_same(values: Sequence[float]) -> bool:
    """Whether values differ by no more than what rounding leaves of a difference of shares."""
    return max(values) - min(values) <= ROUNDING * max(1.0, *map(abs, values))


def paired_difference(first: Sequence[float], second: Sequence[float]) -> Estimate:
    """The mean of first − second over pairs that shared their random numbers, with its interval.

    Under common random numbers the two members of a pair vary together, so their difference varies
    less than either (Law 2015, 11.2). Pairs that all differ by the same (mostly by nothing) leave
    no interval: one of no width would be a certainty. Nor do pairs of which one makes nearly all of
    the difference (`LEAST_PAIRS`). Raises ValueError when the lengths differ.
    """
    found = [a - b for a, b in zip(first, second, strict=True)]
    value, n = mean_with_interval(found).value, len(found)
    squares = sum(each * each for each in found)
    if value is None or _all_the_same(found):
        return Estimate(value, None, None, n)
    worth = effective_number(sum(map(abs, found)), squares)
    if worth < LEAST_PAIRS:
        return Estimate(value, None, None, n)
    half = _half_width(found, value, worth)
    return Estimate(value, value - half, value + half, n)


def _half_width(found: Sequence[float], mean: float, worth: float) -> float:
    """Half of the interval of a mean to which few pairs may contribute.

    Student's t with as many degrees as pairs are of worth, and a score interval as Wilson's is: the
    variance is that under the bound, which grows with the mean as that of rare hits does, by as
    much as all pairs differ to one side. So δ² = t² v (1 + δ |mean| / spread²), solved for δ.
    """
    from scipy.special import stdtrit

    n = len(found)
    variance = sum((each - mean) ** 2 for each in found) / (n - 1) / n
    spread = sum(map(abs, found)) / n
    reach = float(stdtrit(min(n - 1, worth), TAIL)) ** 2 * variance
    more = reach * abs(mean) / spread**2 / 2
    return more + sqrt(more * more + reach)


def scatter_of_few(first: Sequence[float], second: Sequence[float]) -> bool:
    """Whether most pairs differ by much the same, which is not nothing, and few by anything else.

    Those few say alone how pairs differ, and that there are not more of them may be luck: then
    `paired_difference` covers the truth in 80 to 90 % of cases. Where most do not differ at all it
    allows for that. By Kish's effective number of what lies beside the median.
    """
    found = [a - b for a, b in zip(first, second, strict=True)]
    if not found or not (usual := median(found)):
        return False
    beside = [abs(each - usual) for each in found]
    squares = sum(each * each for each in beside)
    few = min(FEW_PAIRS, FEW_OF_ALL * len(found))
    return squares > 0 and effective_number(sum(beside), squares) < few


def agrees(k: int, n: int, p: float, level: float = 0.001) -> bool:
    """Whether k hits in n trials are compatible with a rate of p: exact two-sided binomial test.

    A true p is denied with probability at most `level`.
    """
    from scipy.stats import binomtest

    return float(binomtest(k, n, p).pvalue) >= level
