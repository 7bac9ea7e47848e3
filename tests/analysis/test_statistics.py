from random import Random
from zlib import crc32

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.statistics import (
    Estimate,
    agrees,
    mean_with_interval,
    nearest_rank,
    paired_difference,
    percent_below,
    quantile_with_interval,
    rounded_up,
    rule_of_three,
    scatter_of_few,
    wilson,
)


def seeded(name: str) -> Random:
    return Random(crc32(name.encode()))


def covered(estimate: Estimate, truth: float) -> bool:
    """Whether an interval holds the truth; a missing bound excludes nothing."""
    above = estimate.low is None or estimate.low <= truth
    return above and (estimate.high is None or truth <= estimate.high)


def width(estimate: Estimate) -> float:
    assert estimate.low is not None
    assert estimate.high is not None
    return estimate.high - estimate.low


# wilson


@pytest.mark.parametrize(
    ("k", "n", "low", "high"),
    [  # Newcombe 1998, table I, score method without continuity correction
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_gives_newcombes_published_intervals(k, n, low, high):
    estimate = wilson(k, n)
    assert (round(estimate.low or 0, 4), round(estimate.high or 0, 4)) == (low, high)
    assert estimate.value == k / n


def test_a_rate_of_nothing_is_unknown():
    assert wilson(0, 0) == (None, 0.0, 1.0, 0)


@pytest.mark.parametrize(("k", "n"), [(2, 1), (-1, 5), (1, 0)])
def test_more_hits_than_trials_are_refused(k, n):
    with pytest.raises(ValueError, match=r"k|n"):
        wilson(k, n)


@given(st.integers(1, 10_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_holds_its_value_inside_zero_and_one(counts):
    value, low, high, _ = wilson(*counts)
    assert value is not None
    assert low is not None
    assert high is not None
    assert 0 <= low <= value + 1e-12
    assert value - 1e-12 <= high <= 1


def test_an_estimate_has_one_shape_in_json():
    assert wilson(0, 0).to_json() == {"value": None, "ci95": [0.0, 1.0], "n": 0}
    assert Estimate(2.0, 1.0, None, 9).scaled(0.5).to_json() == {
        "value": 1.0,
        "ci95": [0.5, None],
        "n": 9,
    }


# quantiles


def test_a_quantile_is_the_nearest_rank():
    values = list(range(1, 101))[::-1]
    at = {q: quantile_with_interval(values, q).value for q in (0.01, 0.5, 0.95, 0.99, 1.0)}
    assert at == {0.01: 1, 0.5: 50, 0.95: 95, 0.99: 99, 1.0: 100}


def test_the_medians_interval_is_that_of_the_sign_test():
    """n = 20: ranks 6 and 15 (Conover 1999, table A3)."""
    assert quantile_with_interval(range(1, 21), 0.5)[1:] == (6.0, 15.0, 20)


def test_six_values_are_the_fewest_that_bound_a_median():
    assert quantile_with_interval(range(1, 7), 0.5)[1:3] == (1.0, 6.0)
    assert quantile_with_interval(range(1, 6), 0.5)[1:3] == (None, None)


def test_too_few_values_do_not_bound_a_tail():
    p99 = quantile_with_interval(range(99), 0.99)
    assert p99.high is None
    assert p99.low is not None
    assert quantile_with_interval(range(2), 0.5)[:3] == (0.0, None, None)


def test_a_quantile_of_nothing_is_unknown():
    assert quantile_with_interval([], 0.5) == (None, None, None, 0)


@pytest.mark.parametrize(("q", "n"), [(0.5, 41), (0.95, 200), (0.99, 800)])
def test_a_quantiles_interval_covers_the_truth_as_often_as_it_says(q, n):
    random, repeats = seeded(f"quantile {q} {n}"), 600
    hits = sum(
        covered(quantile_with_interval([random.random() for _ in range(n)], q), q)
        for _ in range(repeats)
    )
    assert hits / repeats > 0.95 - 4 * (0.95 * 0.05 / repeats) ** 0.5


# rule of three


@pytest.mark.parametrize(("n", "bound"), [(0, 1.0), (2, 1.0), (30, 0.1), (3000, 0.001)])
def test_rule_of_three(n, bound):
    assert rule_of_three(n) == bound


def test_the_rule_of_three_is_what_zero_of_n_leaves_with_probability_five_percent():
    assert (1 - rule_of_three(1000)) ** 1000 == pytest.approx(0.05, rel=0.01)


# means and paired differences


def test_a_mean_has_students_interval():
    """Ten observations with mean 5.5 and s = 3.0277; t(9, 0.975) = 2.2622."""
    half = 2.2622 * 3.0277 / 10**0.5
    bounds = pytest.approx((5.5, 5.5 - half, 5.5 + half), abs=1e-3)
    assert mean_with_interval(range(1, 11))[:3] == bounds


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([], (None, None, None, 0)),
        ([4.0], (4.0, None, None, 1)),
        ([0.1] * 7, (0.1, 0.1, 0.1, 7)),
    ],
)
def test_a_mean_of_none_one_or_equal_values(values, expected):
    assert mean_with_interval(values) == expected


@pytest.mark.parametrize(("n", "q", "rank"), [(1, 0.5, 1), (10, 0.3, 3), (100, 0.07, 7)])
def test_a_rank_is_met_in_spite_of_rounding(n, q, rank):
    assert nearest_rank(n, q) == rank


SLEEP = (
    [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0],
    [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4],
)


def test_a_paired_difference_of_pairs_that_all_contribute_is_little_wider_than_students():
    """Student 1908: hours of sleep gained by ten patients, -1.58 with interval -2.46 to -0.70."""
    found = paired_difference(*SLEEP)
    assert found.value == pytest.approx(-1.58)
    assert covered(found, -2.46)
    assert covered(found, -0.70)
    assert width(found) < 1.5 * (2.46 - 0.70)


def test_pairs_that_differ_by_much_the_same_have_students_interval():
    """Then a difference has no weight of its own: nothing about it is rare."""
    second = [1000.0 + x for x in SLEEP[1]]
    student = mean_with_interval([a - b for a, b in zip(SLEEP[0], second, strict=True)])
    assert width(paired_difference(SLEEP[0], second)) == pytest.approx(width(student), rel=0.01)


@pytest.mark.parametrize("pairs", [[0.01, 0, 0, 0, 0], [0.01, 0.001, 0, 0], [-5, 0.5, 0.5, 0]])
def test_pairs_of_which_one_makes_nearly_all_of_the_difference_leave_no_interval(pairs):
    found = paired_difference(pairs, [0.0] * len(pairs))
    assert found.value == pytest.approx(sum(pairs) / len(pairs))
    assert found[1:] == (None, None, len(pairs))


@pytest.mark.parametrize(("more", "n"), [(0.0, 2), (0.0, 30), (0.25, 30)])
def test_pairs_that_all_differ_by_the_same_leave_no_interval(more, n):
    """Two runs without an event are no proof that there is no difference."""
    base = [float(value) for value in range(n)]
    found = paired_difference([value + more for value in base], base)
    assert found.to_json() == {"value": more, "ci95": [None, None], "n": n}


def test_one_pair_has_no_interval_and_none_no_value():
    assert paired_difference([3.0], [1.0]) == (2.0, None, None, 1)
    assert paired_difference([], []) == (None, None, None, 0)


def test_pairs_must_be_pairs():
    with pytest.raises(ValueError, match="zip"):
        paired_difference([1.0, 2.0], [1.0])


def test_pairs_that_do_not_differ_do_not_say_how_pairs_differ():
    """Two of six differ, so t has two degrees; written out: d² = t² v (1 + d mean / spread²)."""
    found = paired_difference([1.0, 1.0, 0.0, 0.0, 0.0, 0.0], [0.0] * 6)
    half = width(found) / 2
    variance = (2 * (2 / 3) ** 2 + 4 * (1 / 3) ** 2) / 5 / 6
    assert half**2 == pytest.approx(4.302653**2 * variance * (1 + half * (1 / 3) / (1 / 3) ** 2))


def test_a_paired_interval_covers_the_truth_as_often_as_it_says():
    random, repeats, hits = seeded("paired coverage"), 1000, 0
    for _ in range(repeats):
        base = [random.gauss(100, 20) for _ in range(12)]
        hits += covered(paired_difference([x + random.gauss(1, 3) for x in base], base), 1.0)
    assert hits / repeats > 0.95 - 4 * (0.95 * 0.05 / repeats) ** 0.5


@pytest.mark.parametrize("runs", [5, 10, 20])
@pytest.mark.parametrize(("rate", "of", "likeness"), [(0.01, 200, 0.1), (0.05, 50, 0.3)])
def test_a_paired_difference_of_rare_hits_is_covered_as_often_as_it_says(runs, rate, of, likeness):
    """A run's rate is beta; the one strategy lets half of its hits happen, the other all.

    Student's interval covers 69 to 90 %. No interval excludes nothing. Level: as above, 4e-5.
    """
    draw, repeats, a = np.random.default_rng(20_250_120), 600, rate * (1 - likeness) / likeness
    shares = draw.beta(a, a * (1 - rate) / rate, (repeats, runs))
    all_ = draw.binomial(of, shares)
    half = draw.binomial(all_, 0.5)
    found = [paired_difference(x / of, y / of) for x, y in zip(all_, half, strict=True)]
    hits = sum(covered(each, rate / 2) for each in found)
    assert hits / repeats > 0.95 - 4 * (0.95 * 0.05 / repeats) ** 0.5


FLAT = [0.25] * 18


@pytest.mark.parametrize(
    ("pairs", "few"),
    [
        ([*FLAT, 0.5, 0.75], True),  # two of twenty, upon what is the same everywhere
        ([*FLAT, *([0.5] * 4)], True),
        ([*FLAT, *([0.5] * 6)], False),
        ([*[0.0] * 18, 0.5, 0.75], False),  # rare hits upon nothing: Kish's degrees allow for that
        ([float(n) for n in range(1, 21)], False),
        (FLAT, False),  # no interval, so none that is too narrow
        ([0.25, 0.5], False),
        ([], False),
    ],
)
def test_pairs_that_differ_by_much_the_same_but_for_few_are_told(pairs, few):
    assert scatter_of_few(pairs, [0.0] * len(pairs)) is few


def test_the_interval_of_pairs_that_are_told_so_covers_too_little_and_of_the_others_enough():
    """Fifty runs, of which few have a beta share upon half; level as above, 4e-5, either way."""
    draw = np.random.default_rng(20_250_120)
    covers: dict[bool, list[bool]] = {True: [], False: []}
    for p in np.tile([0.03, 0.06, 0.2, 0.4], 150):
        struck = np.where(draw.random(50) < p, draw.beta(2, 6, 50), 0)
        pairs = (list(0.5 + struck), [0.0] * 50)
        if (found := paired_difference(*pairs)).low is not None:
            covers[scatter_of_few(*pairs)].append(covered(found, 0.5 + p / 4))
    few, others = (covers[each] for each in (True, False))
    assert 0.75 < np.mean(few) < 0.95 - 4 * (0.95 * 0.05 / len(few)) ** 0.5
    assert np.mean(others) > 0.95 - 4 * (0.95 * 0.05 / len(others)) ** 0.5


def test_common_random_numbers_narrow_the_interval():
    random = seeded("common random numbers")
    base = [random.gauss(100, 20) for _ in range(50)]
    paired = paired_difference([x + random.gauss(1, 0.1) for x in base], base)
    apart = paired_difference([random.gauss(101, 20) for _ in range(50)], base)
    assert 50 * width(paired) < width(apart)


# how a bound is written


@given(st.floats(1e-6, 100))
def test_a_bound_has_two_figures_and_is_rounded_up(value):
    text = rounded_up(value)
    assert value * (1 - 1e-5) <= float(text) <= value * 1.11
    assert "e" not in text.lower()
    assert len(text.replace(".", "").strip("0")) <= 2


@pytest.mark.parametrize(("n", "text"), [(960, "0.32"), (4000, "0.075"), (30, "10"), (2, "100")])
def test_what_n_without_any_leave_is_written_in_percent(n, text):
    assert percent_below(n) == text
    assert float(text) >= 100 * rule_of_three(n)


# agreement with a theory


def test_a_true_rate_agrees_and_one_ten_percent_off_does_not():
    assert agrees(50_000, 100_000, 0.5)
    assert not agrees(55_000, 100_000, 0.5)


@pytest.mark.parametrize(("k", "p", "expected"), [(0, 0.0, True), (1, 0.0, False), (10, 1.0, True)])
def test_certainties_are_held_exactly(k, p, expected):
    assert agrees(k, 10, p) is expected


def test_the_level_is_the_share_of_truths_denied():
    """Two-sided exact: 0 or 5 heads of 5 have p = 1/16."""
    assert agrees(5, 5, 0.5, level=0.0625)
    assert not agrees(5, 5, 0.5, level=0.063)


def test_differences_that_are_equal_but_for_rounding_leave_no_interval():
    found = paired_difference([0.96, 0.92], [1.0, 0.96])
    assert found.value == pytest.approx(-0.04)
    assert (found.low, found.high) == (None, None)
