"""Evidence: what a sample says of a theory, for samples whose answer is known."""

import numpy as np
import pytest

from sim.validation.evidence import Crossing, Given, Mean, Quantile, Share, batches

LEVEL = 1e-5


def bounds(evidence) -> tuple[float, float]:
    low, high = evidence.estimate()[1:3]
    assert low is not None
    assert high is not None
    return low, high


@pytest.fixture
def random():
    return np.random.default_rng(20250120)


def test_a_share_denies_what_is_far_and_any_exception_to_a_certainty():
    assert Share(300, 1000).estimate().value == 0.3
    assert Share(300, 1000).allows(0.3, LEVEL)
    assert not Share(300, 1000).allows(0.4, LEVEL)
    assert Share(1000, 1000).allows(1.0, LEVEL)
    assert not Share(999, 1000).allows(1.0, LEVEL)
    assert not Share(1, 1000).allows(0.0, LEVEL)


def test_a_mean_covers_its_theory_and_denies_another(random):
    mean = Mean(list(random.exponential(5, 10_000)))
    low, high = bounds(mean)
    assert low < 5 < high
    assert mean.allows(5, LEVEL)
    assert not mean.allows(5.5, LEVEL)


def test_a_mean_is_denied_at_the_level_asked_for(random):
    denied = [not Mean(list(random.normal(0, 1, 20))).allows(0.0, 0.05) for _ in range(2000)]
    assert 0.035 < sum(denied) / 2000 < 0.065


def test_a_quantile_is_tested_by_what_lies_below_it(random):
    quantile = Quantile(list(random.exponential(1, 20_000)), 0.99)
    theory = float(np.log(100))
    low, high = bounds(quantile)
    assert low < theory < high
    assert quantile.allows(theory, LEVEL)
    assert not quantile.allows(1.2 * theory, LEVEL)


def test_batches_of_a_series_have_the_error_that_its_values_hide(random):
    series = np.zeros(50_000)
    for i in range(1, len(series)):
        series[i] = 0.95 * series[i - 1] + random.normal()
    (low, high), naive = bounds(batches(list(series))), bounds(Mean(list(series)))
    assert low < 0 < high
    assert high - low > 3 * (naive[1] - naive[0])


def test_the_first_batch_is_the_warm_up():
    assert batches([100.0] * 10 + [1.0] * 500).estimate()[:3] == (1.0, 1.0, 1.0)


def test_a_crossing_is_found_between_its_places_and_bounded_by_the_intervals():
    n, at = 1_000_000, (1.0, 2.0, 3.0, 4.0)
    hits = [round(n * np.exp(-3 * t)) for t in at]
    crossing = Crossing(at, hits, n, float(np.exp(-7.5)))
    low, high = bounds(crossing)
    assert crossing.estimate().value == pytest.approx(2.5, abs=0.01)
    assert 2.4 < low < 2.5 < high < 2.6


def test_a_crossing_tests_the_shares_around_the_theory():
    crossing = Crossing((1.0, 2.0, 3.0, 4.0), (500, 200, 50, 10), 10_000, 0.01)
    assert [crossing.allows(at, LEVEL) for at in (1.5, 2.0, 2.5, 3.0, 3.5)] == [
        *(False, False, True),  # at 2 there are twice as many as at the crossing
        *(False, False),  # at 3 half as many
    ]


def test_a_crossing_says_nothing_of_what_is_outside_of_its_places():
    crossing = Crossing((1.0, 2.0), (120, 90), 10_000, 0.01)
    assert crossing.allows(0.5, LEVEL) is None
    assert crossing.allows(2.5, LEVEL) is None
    assert crossing.allows(1.5, LEVEL) is True
    far = Crossing((1.0, 2.0), (20, 10), 10_000, 0.01)
    assert far.allows(2.5, LEVEL) is False  # long before, too few are left


def test_what_is_seen_under_a_condition_counts_for_as_much_as_the_condition():
    given = Given(Share(300, 1000), 1e-4)
    low, high = bounds(given)
    assert given.estimate().value == pytest.approx(3e-5)
    assert low < 3e-5 < high
    assert given.allows(3e-5, LEVEL)
    assert not given.allows(4e-5, LEVEL)
    assert not given.allows(2e-4, LEVEL)  # likelier than the condition


def test_a_crossing_outside_the_places_is_not_made_up():
    assert Crossing((1.0, 2.0), (50, 40), 1000, 0.001).estimate().value is None
    assert Crossing((1.0, 2.0), (0, 0), 1000, 0.5).estimate().value is None
    assert Crossing((1.0, 2.0), (50, 0), 1000, 0.02).estimate().value is not None
