"""Each distribution's sampler against its own theory, and what no sampler may ever return.

The statistical tests have fixed seeds (a hash of the case) and LEVEL, so that all of this file's
together fail by chance with probability below 0.001; N samples notice a parameter that is 10 % off.
"""

from collections import Counter
from collections.abc import Callable
from hashlib import blake2b
from math import isfinite
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError
from scipy import stats

from sim.distributions import DISTRIBUTIONS, NOTHING, Distribution, Sampler, sum_of

#: Familywise 0.001 over this file's statistical tests (Bonferroni); there are fewer than 20.
LEVEL = 0.001 / 20
N = 40_000
READ = TypeAdapter(Distribution)


def sampler(**members: object) -> Sampler:
    return READ.validate_python(members).sampler()


def drawn(case: str, draw: Sampler, n: int = N) -> list[float]:
    random = Random(blake2b(case.encode()).hexdigest())
    return [draw(random) for _ in range(n)]


def differs(values: list[float], theory: object) -> bool:
    """Whether a Kolmogorov–Smirnov test tells the values from the distribution."""
    return bool(stats.kstest(values, theory.cdf).pvalue < LEVEL)  # type: ignore[attr-defined]


#: what stands in the scenario, and scipy's distribution for it with a factor on one parameter.
CONTINUOUS: dict[str, tuple[dict[str, float], Callable[[float], object]]] = {
    "uniform": (
        {"low_ms": 5, "high_ms": 25},
        lambda off: stats.uniform(5, 20 * off),
    ),
    "exponential": (
        {"mean_ms": 300},
        lambda off: stats.expon(scale=300 * off),
    ),
    "exponential on a least duration": (
        {"mean_ms": 40, "least_ms": 15},
        lambda off: stats.expon(loc=15, scale=40 * off),
    ),
    "lognormal": (
        {"median_ms": 45, "sigma": 0.4},
        lambda off: stats.lognorm(s=0.4 * off, scale=45),
    ),
    "lognormal's median": (
        {"median_ms": 45, "sigma": 0.4},
        lambda off: stats.lognorm(s=0.4, scale=45 * off),
    ),
    "pareto": (
        {"least_ms": 2, "alpha": 1.66},
        lambda off: stats.pareto(b=1.66 * off, scale=2),
    ),
}


@pytest.mark.parametrize("case", CONTINUOUS)
def test_a_sampler_draws_from_its_distribution(case: str):
    members, theory = CONTINUOUS[case]
    values = drawn(case, sampler(distribution=case.partition(" ")[0].removesuffix("'s"), **members))
    assert not differs(values, theory(1))
    assert differs(values, theory(1.1))


def test_constant_is_constant():
    assert set(drawn("constant", sampler(distribution="constant", value_ms=7.5), 100)) == {7.5}


def test_the_median_of_a_lognormal_is_its_median_and_without_a_spread_nothing_else():
    draw = sampler(distribution="lognormal", median_ms=45, sigma=0)
    assert drawn("no spread", draw, 10) == pytest.approx([45] * 10)


def test_empirical_picks_each_given_value_as_often_and_nothing_else():
    values = drawn("empirical", sampler(distribution="empirical", values_ms=[3, 1, 4, 1, 5]))
    times = Counter(values)
    assert set(times) == {1, 3, 4, 5}
    expected = [N * share / 5 for share in (2, 1, 1, 1)]
    assert stats.chisquare([times[value] for value in (1, 3, 4, 5)], expected).pvalue > LEVEL


def constants(*weights: float) -> list[dict[str, object]]:
    of = [{"distribution": "constant", "value_ms": place} for place in range(len(weights))]
    return [{"weight": weight, "of": part} for weight, part in zip(weights, of, strict=True)]


def test_a_mixture_picks_its_parts_by_weight_whatever_the_weights_sum_to():
    values = drawn("mixture", sampler(distribution="mixture", parts=constants(1, 5, 14)))
    times = Counter(values)
    expected = [N * weight / 20 for weight in (1, 5, 14)]
    assert stats.chisquare([times[place] for place in range(3)], expected).pvalue > LEVEL


def test_a_mixture_of_two_is_distributed_as_the_two_by_weight():
    fast, slow = stats.expon(scale=10), stats.pareto(b=1.5, scale=200)
    parts = [
        {"weight": 9, "of": {"distribution": "exponential", "mean_ms": 10}},
        {"weight": 1, "of": {"distribution": "pareto", "least_ms": 200, "alpha": 1.5}},
    ]
    values = drawn("compound", sampler(distribution="mixture", parts=parts))
    found = stats.kstest(values, lambda x: 0.9 * fast.cdf(x) + 0.1 * slow.cdf(x))
    assert found.pvalue > LEVEL


# --- what no sampler may return -------------------------------------------------------------------

#: From the largest duration that may be written down to nearly nothing.
POSITIVE = st.floats(5e-324, 1e12)
DURATION = st.just(0.0) | POSITIVE
SIMPLE = st.one_of(
    st.fixed_dictionaries({"distribution": st.just("constant"), "value_ms": DURATION}),
    st.tuples(DURATION, DURATION).map(
        lambda pair: {"distribution": "uniform", "low_ms": min(pair), "high_ms": max(pair)}
    ),
    st.fixed_dictionaries(
        {"distribution": st.just("exponential"), "mean_ms": POSITIVE, "least_ms": DURATION}
    ),
    st.fixed_dictionaries(
        {
            "distribution": st.just("lognormal"),
            "median_ms": POSITIVE,
            "sigma": st.floats(0, 10),
        }
    ),
    st.fixed_dictionaries(
        {"distribution": st.just("pareto"), "least_ms": POSITIVE, "alpha": st.floats(0.1, 1000)}
    ),
    st.fixed_dictionaries(
        {
            "distribution": st.just("empirical"),
            "values_ms": st.lists(DURATION, min_size=1, max_size=5),
        }
    ),
)
PARTS = st.lists(st.fixed_dictionaries({"weight": POSITIVE, "of": SIMPLE}), min_size=1, max_size=4)
ANY = SIMPLE | PARTS.map(lambda parts: {"distribution": "mixture", "parts": parts})


class Extreme(Random):
    """A generator that returns the smallest and the largest number every other time."""

    def random(self) -> float:
        """0, the number just below 1, or any between."""
        return (0.0, 1.0 - 2.0**-53, super().random())[self.getrandbits(8) % 3]


@settings(derandomize=True, deadline=None, max_examples=150)
@given(ANY, st.integers(0, 2**32))
def test_no_sample_is_negative_infinite_or_no_number(members: dict[str, object], seed: int):
    draw = sampler(**members)
    for random in (Random(seed), Extreme(seed)):
        for _ in range(20):
            assert isfinite(value := draw(random))
            assert value >= 0


@settings(derandomize=True, deadline=None)
@given(st.lists(DURATION, min_size=1), st.integers(0, 2**32))
def test_empirical_returns_given_values_only(values: list[float], seed: int):
    draw = sampler(distribution="empirical", values_ms=values)
    assert {draw(random) for random in (Random(seed), Extreme(seed)) for _ in range(20)} <= {
        *values
    }


@settings(derandomize=True, deadline=None)
@given(st.lists(POSITIVE, min_size=1, max_size=6), st.integers(0, 2**32))
def test_a_mixture_has_a_part_for_every_draw(weights: list[float], seed: int):
    draw = sampler(distribution="mixture", parts=constants(*weights))
    assert {draw(random) for random in (Random(seed), Extreme(seed)) for _ in range(20)} <= {
        *range(len(weights))
    }


@settings(derandomize=True, deadline=None)
@given(st.tuples(DURATION, DURATION).map(sorted), st.integers(0, 2**32))
def test_uniform_stays_between_its_bounds(bounds: list[float], seed: int):
    draw = sampler(distribution="uniform", low_ms=bounds[0], high_ms=bounds[1])
    for random in (Random(seed), Extreme(seed)):
        assert bounds[0] <= draw(random) <= bounds[1] * (1 + 1e-15)


@pytest.mark.parametrize("name", ["exponential", "pareto"])
def test_the_least_duration_is_the_least(name: str):
    members = {"exponential": {"mean_ms": 3}, "pareto": {"alpha": 3}}[name]
    values = drawn(f"least {name}", sampler(distribution=name, least_ms=11, **members), 1000)
    assert 11 <= min(values) < 12


@settings(derandomize=True, deadline=None)
@given(ANY)
def test_a_distribution_is_frozen_and_can_be_written_down_and_read_again(members):
    distribution = READ.validate_python(members)
    assert READ.validate_json(distribution.model_dump_json()) == distribution
    with pytest.raises(ValidationError, match="frozen"):
        distribution.distribution = "constant"  # type: ignore[misc]  # mypy knows it too


def test_every_distribution_is_listed_under_the_name_it_has_in_a_scenario():
    for name, kind in DISTRIBUTIONS.items():
        assert kind.model_fields["distribution"].annotation.__args__ == (name,)  # type: ignore[union-attr]
    assert len(DISTRIBUTIONS) == len(Distribution.__origin__.__args__)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "members",
    [
        {"distribution": "constant", "value_ms": -1},
        {"distribution": "constant", "value_ms": float("nan")},
        {"distribution": "constant", "value_ms": float("inf")},
        {"distribution": "constant", "value_ms": 1e13},
        {"distribution": "exponential", "mean_ms": 0},
        {"distribution": "lognormal", "median_ms": 1, "sigma": 60},  # exp(12 sigma) overflows
        {"distribution": "pareto", "least_ms": 1, "alpha": 0.01},  # so does 2 ** (53 / alpha)
        {"distribution": "uniform", "low_ms": 2, "high_ms": 1},
        {"distribution": "empirical", "values_ms": []},
        {"distribution": "mixture", "parts": []},
        {"distribution": "mixture", "parts": constants(0)},
    ],
    ids=str,
)
def test_an_impossible_distribution_is_refused(members: dict[str, object]):
    with pytest.raises(ValidationError):
        sampler(**members)


def test_a_sum_draws_both_in_their_order_and_nothing_adds_nothing():
    one = READ.validate_python({"distribution": "exponential", "mean_ms": 3.0})
    other = READ.validate_python({"distribution": "uniform", "low_ms": 5.0, "high_ms": 9.0})
    alone, random = one.sampler(), Random(1)
    both = [alone(random) + other.sampler()(random) for _ in range(9)]
    together, random = sum_of(one, other), Random(1)
    assert [together(random) for _ in range(9)] == both
    plain, first, second = sum_of(one, NOTHING), Random(2), Random(2)
    assert [plain(first) for _ in range(9)] == [alone(second) for _ in range(9)]
