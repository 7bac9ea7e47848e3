"""Intervals over runs.

Coverage is demanded of 93 % at least where 95 % is said, or of 95 %; four standard deviations of
chance are allowed for: with fixed seeds, each test fails by chance with probability < 4e-5.
"""

from itertools import pairwise
from random import Random
from typing import NamedTuple
from zlib import crc32

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest, norm, t

from sim.clusters import Clusters, Durations
from sim.statistics import (
    Estimate,
    exact_interval,
    mean_with_interval,
    quantile_with_interval,
    wilson,
)

COUNTS = st.lists(st.integers(1, 50).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))


def seeded(name: str) -> Random:
    return Random(crc32(name.encode()))


def clusters(*runs: tuple[int, int]) -> Clusters:
    found = Clusters()
    for hits, trials in runs:
        found = found.and_run(hits, trials)
    return found


def durations(*runs: list[int]) -> Durations:
    found = Durations()
    for run in runs:
        found.values_us.extend(run)
        found.end_run()
    return found


def covers(estimate: Estimate, truth: float) -> bool:
    above = estimate.low is None or estimate.low <= truth
    return above and (estimate.high is None or truth <= estimate.high)


def holds(wide: Estimate, narrow: Estimate) -> bool:
    """Whether the one interval has all of the other; a missing bound is infinitely far."""
    low = wide.low is None or (narrow.low is not None and wide.low <= narrow.low + 1e-12)
    return low and (
        wide.high is None or (narrow.high is not None and wide.high >= narrow.high - 1e-12)
    )


def exact(k: int, n: int) -> Estimate:
    """SciPy's interval of Clopper and Pearson."""
    return Estimate(k / n, *binomtest(k, n).proportion_ci(0.95, method="exact"), n)


@pytest.mark.parametrize(("k", "n"), [(81, 263), (0, 20), (29, 29), (1, 7)])
def test_the_exact_interval_of_whole_counts_is_scipys(k, n):
    assert exact_interval(k / n, n) == pytest.approx(exact(k, n)[1:3], abs=1e-12)


@given(st.floats(0, 1), st.floats(1, 1e4), st.floats(1, 10))
def test_the_fewer_trials_a_share_is_of_the_wider_is_its_interval(share, n, times):
    low, high = exact_interval(share, n)
    less, more = exact_interval(share, n * times)
    assert low <= less + 1e-9
    assert more <= high + 1e-9


def test_one_run_is_exact_and_says_nothing_of_runs():
    one = clusters((3, 10))
    assert one.estimate() == pytest.approx(exact(3, 10))
    assert set(one.to_json()) == {"value", "ci95", "n"}
    assert clusters((3, 10), (4, 10)).to_json()["runs"] == 2


def test_without_a_hit_runs_bound_how_many_runs_have_any():
    """A store crash in 5 % of runs: 5 runs without one leave it unbounded, whatever they count."""
    none = clusters(*[(0, 300)] * 5).to_json()
    assert none["runs_with_any"] == {"value": 0, "below": 3 / 5}
    assert none["ci95"] == pytest.approx([0, 1 - 0.025 ** (1 / 5)])
    assert "runs_with_any" not in clusters((0, 300)).to_json()
    assert "runs_with_any" not in clusters((0, 300), (1, 300)).to_json()
    assert "runs_with_any" not in Clusters().to_json()


def test_what_was_seen_in_all_is_bounded_as_what_was_seen_in_none():
    """A link that is cut in one run of 20 leaves 5 runs in which everybody was served."""
    none, all_ = clusters(*[(0, 300)] * 5).to_json(), clusters(*[(300, 300)] * 5).to_json()
    assert all_["runs_with_all"] == {"value": 1, "above": 1 - none["runs_with_any"]["below"]}
    assert all_["ci95"] == pytest.approx([1 - end for end in reversed(none["ci95"])])
    assert "runs_with_any" not in all_
    assert "runs_with_all" not in none
    assert "runs_with_all" not in clusters((300, 300), (299, 300)).to_json()
    assert "runs_with_all" not in clusters((300, 300)).to_json()


def test_below_what_runs_say_a_fault_is_as_often_as_told_and_below_what_trials_say_it_is_not():
    """Faults in 5 % of runs, with them 19 % of intentions; groups of 5 and of 60 runs without."""
    random, share = seeded("faults"), 0.05
    told = rates = 0
    for _ in range(300):
        runs = [(60 if random.random() < share else 0, 300) for _ in range(5)]
        found = clusters(*runs).to_json()
        if found["value"] == 0:
            told += share < found["runs_with_any"]["below"]
            rates += share * 60 / 300 < 3 / found["n"]
    assert told > 200
    assert rates == 0


def test_a_run_without_a_trial_is_no_cluster():
    assert clusters((3, 10), (0, 0)) == clusters((3, 10))
    assert Clusters().estimate() == (None, 0.0, 1.0, 0)


def test_runs_that_are_all_or_nothing_count_as_one_trial_each():
    """Cochran 1977, 11.2: with n trials of one fate in each of m runs, the variance is p(1-p)/m.

    No run can be worth less than one trial: Student's quantile does not come on top of that.
    """
    value, low, high, n = clusters(*[(20, 20)] * 3, *[(0, 20)] * 7).estimate()
    assert (low, high) == pytest.approx(exact(3, 10)[1:3])
    assert (value, n) == (0.3, 200)


def test_runs_of_unlike_size_have_the_variance_of_a_ratio():
    """By the formula written out over the runs: sum (k - p n)^2 m / (m - 1) / (sum n)^2."""
    runs = [(1, 10), (9, 30), (0, 5), (20, 40)]
    p = 30 / 85
    variance = sum((k - p * n) ** 2 for k, n in runs) * 4 / 3 / 85**2
    degrees = 30**2 / (1 + 81 + 400)
    effect = variance / (p * (1 - p) / 85) * (t.ppf(0.975, degrees) / norm.ppf(0.975)) ** 2
    assert clusters(*runs).degrees() == pytest.approx(degrees)
    assert clusters(*runs).shrinkage() == pytest.approx(min(effect, (100 + 900 + 25 + 1600) / 85))


@pytest.mark.parametrize(
    ("runs", "degrees"),
    [
        ([(7, 9), (0, 9), (0, 9), (0, 9)], 1),
        ([(4, 9), (4, 9), (0, 9), (0, 9)], 2),
        ([(2, 9), (9, 9), (9, 9), (9, 9)], 1),
        ([(5, 10), (4, 10), (5, 10), (6, 10)], 3),
    ],
)
def test_runs_without_a_hit_or_without_a_miss_do_not_say_how_runs_differ(runs, degrees):
    assert clusters(*runs).degrees() == pytest.approx(degrees)


def test_where_runs_with_hits_do_not_differ_trials_are_taken_as_independent():
    assert clusters(*[(5, 10)] * 5).estimate() == pytest.approx(exact(25, 50))


@pytest.mark.parametrize("k", [0, 10])
def test_where_all_or_nothing_was_seen_a_run_is_one_trial(k):
    assert clusters(*[(k, 10)] * 5).estimate()[1:3] == pytest.approx(exact(k // 2, 5)[1:3])


@given(COUNTS.filter(len))
def test_it_is_never_narrower_than_that_of_independent_trials_nor_wider_than_that_of_runs(runs):
    hits, trials = sum(k for k, _ in runs), sum(n for _, n in runs)
    found, pooled = clusters(*runs).estimate(), exact(hits, trials)
    assert (found.value, found.n) == (pooled.value, trials)
    assert holds(found, pooled)
    widest = exact_interval(hits / trials, trials**2 / sum(n * n for _, n in runs))
    assert holds(Estimate(found.value, *widest, trials), found)


@given(COUNTS, COUNTS)
def test_merging_is_folding_both_in_whatever_order(first, second):
    merged = clusters(*first).merged(clusters(*second))
    assert merged == clusters(*second, *first) == clusters(*first, *second)


def one_run(random: Random, trials: int, share: float, likeness: float) -> tuple[int, int]:
    """A run of a beta-binomial law: `likeness` is the correlation of two trials of one run."""
    of = (1 - likeness) / likeness
    p = random.betavariate(share * of, (1 - share) * of)
    return sum(random.random() < p for _ in range(trials)), trials


class Law(NamedTuple):
    """Runs of so many intentions; of a beta-binomial law with this rate and this likeness."""

    runs: int
    trials: int
    rate: float
    likeness: float

    def drawn(self, repeats: int) -> list[Clusters]:
        """So many results, with a seed that is the law's."""
        random, shape = np.random.default_rng(crc32(repr(self).encode())), (repeats, self.runs)
        shares = np.full(shape, self.rate)
        if self.likeness:
            of = (1 - self.likeness) / self.likeness
            shares = random.beta(self.rate * of, (1 - self.rate) * of, shape)
        hits = random.binomial(self.trials, shares)
        return [clusters(*((int(k), self.trials) for k in row)) for row in hits]

    def width_of_who_knows_it(self) -> float:
        """Of Wilson's interval around the rate, for the number of trials that they are worth."""
        worth = self.runs * self.trials / (1 + (self.trials - 1) * self.likeness)
        z2: float = norm.ppf(0.975) ** 2 / worth
        return float(2 * (self.rate * (1 - self.rate) * z2 + z2 * z2 / 4) ** 0.5 / (1 + z2))


#: Where few runs have a hit: with the runs less one as degrees of freedom, and intentions apart
#: where there was none, 33 to 84 % were covered.
FEW = [
    *(Law(5, 200, 0.01, 0.1), Law(5, 200, 0.01, 0.3), Law(5, 50, 0.02, 0.2), Law(5, 50, 0.05, 0.3)),
    *(Law(10, 50, 0.02, 0.3), Law(10, 200, 0.02, 0.2), Law(10, 100, 0.05, 0.3)),
    *(Law(20, 50, 0.01, 0.1), Law(20, 200, 0.02, 0.3), Law(20, 200, 0.01, 0.2)),
]
MIRRORED = [law._replace(rate=1 - law.rate) for law in FEW[::3]]
#: Where intentions are independent, or nothing or everything happens.
PLAIN = [Law(runs, 100, rate, 0.0) for runs in (5, 20) for rate in (0.0, 0.01, 0.05, 1.0)]


@pytest.mark.parametrize("law", [*FEW, *MIRRORED, *PLAIN])
def test_a_rare_hit_of_few_runs_is_covered_where_95_percent_is_said_with_93_at_least(law):
    repeats = 250
    covered = sum(covers(found.estimate(), law.rate) for found in law.drawn(repeats))
    assert covered / repeats > 0.93 - 4 * (0.93 * 0.07 / repeats) ** 0.5


@pytest.mark.parametrize("law", [*FEW, *PLAIN[1:3]])
def test_its_mean_width_is_a_few_times_that_of_who_knows_how_alike_runs_are(law):
    found = [each.estimate() for each in law.drawn(60)]
    width = sum(high - low for _, low, high, _ in found if None not in {low, high}) / len(found)
    assert law.width_of_who_knows_it() < width < 5 * law.width_of_who_knows_it()


@pytest.mark.parametrize(("runs", "likeness"), [(10, 0.1), (30, 0.02), (5, 0.3)])
def test_over_runs_the_truth_is_covered_as_often_as_said_and_pooled_it_is_not(runs, likeness):
    random, repeats = seeded(f"clusters {runs} {likeness}"), 500
    over = pooled = 0
    for _ in range(repeats):
        found = clusters(*(one_run(random, 60, 0.3, likeness) for _ in range(runs)))
        over += covers(found.estimate(), 0.3)
        pooled += covers(wilson(int(found.hits), int(found.trials)), 0.3)
    assert over / repeats > 0.95 - 4 * (0.95 * 0.05 / repeats) ** 0.5
    assert pooled < over - 25


def test_durations_of_one_run_have_the_interval_of_independent_values():
    one = durations(list(range(1, 101)))
    assert one.quantile(0.5) == quantile_with_interval(range(1, 101), 0.5)
    assert "runs" not in one.to_json({"p50": 0.5})["p50"]
    assert durations([1, 2], [3]).to_json({"p50": 0.5})["p50"]["runs"] == 2


def test_the_mean_of_one_run_has_students_interval():
    assert durations([3, 4, 5]).mean() == mean_with_interval([3, 4, 5])
    assert Durations().mean() == Estimate(None, None, None, 0)
    assert Durations().mean_ms() is None
    assert durations([1000, 2000], [6000]).mean_ms() == 3.0


def test_the_mean_of_runs_that_are_all_alike_inside_is_that_of_one_value_each():
    """Runs of one size: the ratio estimator is the mean of the runs' means, with its interval."""
    found, means = (
        durations([10] * 30, [20] * 30, [30] * 30).mean(),
        mean_with_interval([10, 20, 30]).at_least_zero(),
    )
    assert found[:3] == pytest.approx(means[:3])
    assert found.n == 90


@given(st.lists(st.lists(st.integers(0, 10**6), min_size=1, max_size=9), min_size=2, max_size=6))
def test_the_interval_of_a_mean_is_never_narrower_than_that_of_independent_values(runs):
    apart = mean_with_interval([value for run in runs for value in run])
    assert holds(durations(*runs).mean(), apart.at_least_zero())


@given(st.lists(st.lists(st.integers(0, 10**6), min_size=1, max_size=9), min_size=1, max_size=6))
def test_the_interval_of_a_mean_duration_is_not_below_zero(runs):
    found = durations(*runs).mean()
    value, low, high = found[:3]
    if value is not None and low is not None and high is not None:
        assert 0 <= low <= value <= high


def test_what_is_cut_off_below_zero_changes_nothing_else():
    """Two runs whose means lie far apart: t has one degree, 12.7."""
    assert durations([10] * 9, [100] * 9).mean()[:3] == pytest.approx((55, 0, 55 + 12.7062 * 45))


def test_a_quantile_in_ms_is_the_nearest_rank_and_of_nothing_unknown():
    assert durations([4000, 1000], [3000, 2000]).value_ms(0.5) == 2.0
    assert Durations().value_ms(0.5) is None


def test_what_the_present_run_brought_can_be_dropped():
    found = durations([1, 2])
    found.values_us.extend([3, 4])
    found.drop_run()
    assert (list(found.values_us), found.ended()) == ([1, 2], [0, 2])


def test_merged_runs_stand_before_the_present_one():
    mine, other = durations([1, 2]), durations([5], [6, 7])
    mine.values_us.append(3)
    other.values_us.append(8)
    mine.merge(other)
    assert (list(mine.values_us), mine.ended()) == ([1, 2, 5, 6, 7, 8, 3], [0, 2, 3, 5, 6, 7])


@given(st.lists(st.lists(st.integers(0, 40), min_size=1, max_size=30), min_size=1, max_size=8))
def test_the_interval_of_a_quantile_is_never_narrower_than_that_of_independent_values(runs):
    for q in (0.1, 0.5, 0.95):
        apart = quantile_with_interval([x for run in runs for x in run], q)
        found = durations(*runs).quantile(q)
        assert found.value == apart.value
        assert holds(found, apart)


def test_a_quantile_that_many_values_share_is_not_bounded_by_what_few_runs_had_beyond_it():
    """A time limit: a fifth of all answers take 400 ms, one takes longer."""
    runs = [[*range(1, 81), *[400] * 20] for _ in range(5)]
    found = durations(*runs[:-1], [*runs[-1][:-1], 500]).quantile(0.95)
    assert found[:3] == (400, 400, 400)


@pytest.mark.parametrize("q", [0.5, 0.9])
def test_a_quantile_over_runs_is_covered_as_often_as_said_and_pooled_it_is_not(q):
    """Each run is shifted by something of its own as large as what scatters inside a run."""
    random, repeats, over, pooled = seeded(f"quantile over runs {q}"), 300, 0, 0
    truth = norm.ppf(q, scale=2**0.5) * 1e6
    for _ in range(repeats):
        shifts = [random.gauss(0, 1) for _ in range(20)]
        found = durations(*[[int(1e6 * random.gauss(s, 1)) for _ in range(40)] for s in shifts])
        over += covers(found.quantile(q), truth)
        pooled += covers(quantile_with_interval(found.values_us, q), truth)
    assert over / repeats > 0.95 - 4 * (0.95 * 0.05 / repeats) ** 0.5
    assert pooled < over - 60


def test_the_ends_of_runs_are_in_order():
    ends = durations([1], [], [2, 3]).ended()
    assert ends == [0, 1, 3]
    assert all(a < b for a, b in pairwise(ends))
