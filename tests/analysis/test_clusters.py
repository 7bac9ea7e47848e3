"""Intervals over runs. Coverage: fixed seeds; each fails by chance with probability < 4e-5."""

from itertools import pairwise
from random import Random
from zlib import crc32

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm, t

from sim.clusters import Clusters, Durations
from sim.statistics import (
    Estimate,
    mean_with_interval,
    quantile_with_interval,
    score_interval,
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


@pytest.mark.parametrize(("k", "n"), [(81, 263), (0, 20), (29, 29), (1, 7)])
def test_the_score_interval_of_whole_counts_is_scipys(k, n):
    assert score_interval(k / n, n) == pytest.approx(wilson(k, n)[1:3], abs=1e-12)


def test_one_run_is_wilson_and_says_nothing_of_runs():
    one = clusters((3, 10))
    assert one.estimate() == wilson(3, 10)
    assert set(one.to_json()) == {"value", "ci95", "n"}
    assert clusters((3, 10), (4, 10)).to_json()["runs"] == 2


def test_without_a_hit_runs_bound_how_many_runs_have_any():
    """A store crash in 5 % of runs: 5 runs without one leave it unbounded, whatever they count."""
    none = clusters(*[(0, 300)] * 5).to_json()
    assert none["runs_with_any"] == {"value": 0, "below": 3 / 5}
    assert none["ci95"] == clusters((0, 1500)).to_json()["ci95"]
    assert "runs_with_any" not in clusters((0, 300)).to_json()
    assert "runs_with_any" not in clusters((0, 300), (1, 300)).to_json()
    assert "runs_with_any" not in Clusters().to_json()


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
    assert Clusters().estimate() == wilson(0, 0)


def test_runs_that_are_all_or_nothing_count_as_one_trial_each():
    """Cochran 1977, 11.2: with n trials of one fate in each of m runs, the variance is p(1-p)/m.

    Estimated from the sample, with m − 1 for m, and Student's quantile for the normal one.
    """
    value, low, high, n = clusters(*[(20, 20)] * 3, *[(0, 20)] * 7).estimate()
    apart = 9 * (norm.ppf(0.975) / t.ppf(0.975, 9)) ** 2
    assert (low, high) == pytest.approx(score_interval(0.3, apart))
    assert (value, n) == (0.3, 200)


def test_runs_of_unlike_size_have_the_variance_of_a_ratio():
    """By the formula written out over the runs: sum (k - p n)^2 m / (m - 1) / (sum n)^2."""
    runs = [(1, 10), (9, 30), (0, 5), (20, 40)]
    p = 30 / 85
    variance = sum((k - p * n) ** 2 for k, n in runs) * 4 / 3 / 85**2
    effect = variance / (p * (1 - p) / 85) * (t.ppf(0.975, 3) / norm.ppf(0.975)) ** 2
    assert clusters(*runs).shrinkage() == pytest.approx(effect)


@pytest.mark.parametrize("runs", [[(0, 10)] * 5, [(10, 10)] * 5, [(5, 10)] * 5])
def test_where_nothing_varies_trials_are_taken_as_independent(runs):
    assert clusters(*runs).estimate() == wilson(sum(k for k, _ in runs), 50)


@given(COUNTS)
def test_it_is_never_narrower_than_wilson_on_the_pooled_counts(runs):
    pooled = wilson(sum(k for k, _ in runs), sum(n for _, n in runs))
    found = clusters(*runs).estimate()
    assert (found.value, found.n) == (pooled.value, pooled.n)
    assert holds(found, pooled)


@given(COUNTS, COUNTS)
def test_merging_is_folding_both_in_whatever_order(first, second):
    merged = clusters(*first).merged(clusters(*second))
    assert merged == clusters(*second, *first) == clusters(*first, *second)


def one_run(random: Random, trials: int, share: float, likeness: float) -> tuple[int, int]:
    """A run of a beta-binomial law: `likeness` is the correlation of two trials of one run."""
    of = (1 - likeness) / likeness
    p = random.betavariate(share * of, (1 - share) * of)
    return sum(random.random() < p for _ in range(trials)), trials


@pytest.mark.parametrize(("runs", "likeness"), [(10, 0.1), (30, 0.02), (5, 0.3)])
def test_over_runs_the_truth_is_covered_as_often_as_said_and_pooled_it_is_not(runs, likeness):
    random, repeats = seeded(f"clusters {runs} {likeness}"), 500
    over = pooled = 0
    for _ in range(repeats):
        found = clusters(*(one_run(random, 60, 0.3, likeness) for _ in range(runs)))
        over += covers(found.estimate(), 0.3)
        pooled += covers(wilson(found.hits, found.trials), 0.3)
    assert over / repeats > 0.95 - 4 * (0.95 * 0.05 / repeats) ** 0.5
    assert pooled < over - 25


def test_durations_of_one_run_have_the_interval_of_independent_values():
    one = durations(list(range(1, 101)))
    assert one.quantile(0.5) == quantile_with_interval(range(1, 101), 0.5)
    assert "runs" not in one.to_json({"p50": 0.5})["p50"]
    assert durations([1, 2], [3]).to_json({"p50": 0.5})["p50"]["runs"] == 2


def test_the_mean_of_one_run_has_students_interval():
    assert durations([1, 2, 6]).mean() == mean_with_interval([1, 2, 6])
    assert Durations().mean() == Estimate(None, None, None, 0)
    assert Durations().mean_ms() is None
    assert durations([1000, 2000], [6000]).mean_ms() == 3.0


def test_the_mean_of_runs_that_are_all_alike_inside_is_that_of_one_value_each():
    """Runs of one size: the ratio estimator is the mean of the runs' means, with its interval."""
    found, means = (
        durations([10] * 30, [20] * 30, [60] * 30).mean(),
        mean_with_interval([10, 20, 60]),
    )
    assert found[:3] == pytest.approx(means[:3])
    assert found.n == 90


@given(st.lists(st.lists(st.integers(0, 10**6), min_size=1, max_size=9), min_size=2, max_size=6))
def test_the_interval_of_a_mean_is_never_narrower_than_that_of_independent_values(runs):
    apart = mean_with_interval([value for run in runs for value in run])
    assert holds(durations(*runs).mean(), apart)


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
