"""Passages and tilts: densities against SciPy's, and weights whose mean is what it must be."""

from math import exp, inf
from random import Random
from zlib import crc32

import pytest
from pydantic import TypeAdapter
from scipy import stats
from scipy.integrate import quad

from sim.choices import LOST, Cause, Copy, Law, Seeded
from sim.distributions import Distribution
from sim.passages import Passage, Tilt, Tilted, tilted

CAUSE = Cause(0, "client", 0, 0)


def distribution(name: str, **values: object) -> Distribution:
    return TypeAdapter(Distribution).validate_python({"distribution": name} | values)


NOTHING = distribution("constant", value_ms=0.0)
EXPONENTIAL = distribution("exponential", mean_ms=20.0, least_ms=3.0)
LOGNORMAL = distribution("lognormal", median_ms=80.0, sigma=0.8)
PARETO = distribution("pareto", least_ms=1.05, alpha=1.51)
WARS = distribution(
    "mixture",
    parts=[
        {"weight": 38, "of": PARETO.model_dump()},
        {"weight": 62, "of": EXPONENTIAL.model_dump()},
    ],
)
STRETCHABLE = {"exponential": EXPONENTIAL, "lognormal": LOGNORMAL, "pareto": PARETO, "wars": WARS}
FIXED = {
    "constant": distribution("constant", value_ms=5.0),
    "uniform": distribution("uniform", high_ms=5.0),
    "empirical": distribution("empirical", values_ms=[1.0, 2.0]),
    "flat lognormal": distribution("lognormal", median_ms=80.0, sigma=0.0),
    "partly constant": distribution(
        "mixture",
        parts=[{"weight": 1, "of": EXPONENTIAL.model_dump()}, {"weight": 1, "of": NOTHING}],
    ),
}


@pytest.mark.parametrize(
    ("ours", "scipys"),
    [
        (EXPONENTIAL, stats.expon(loc=3, scale=20)),
        (LOGNORMAL, stats.lognorm(0.8, scale=80)),
        (PARETO, stats.pareto(1.51, scale=1.05)),
    ],
    ids=["exponential", "lognormal", "pareto"],
)
def test_a_log_density_is_scipys(ours, scipys):
    for ms in (-1.0, 0.0, 1.0, 3.0, 3.5, 77.0, 4000.0):
        assert ours.log_density(ms) == pytest.approx(scipys.logpdf(ms))


def test_the_density_of_a_mixture_is_that_of_the_weighted_sum():
    at_4 = 0.38 * exp(PARETO.log_density(4)) + 0.62 * exp(EXPONENTIAL.log_density(4))
    assert exp(WARS.log_density(4)) == pytest.approx(at_4)
    assert WARS.log_density(0.5) == -inf


@pytest.mark.parametrize("name", STRETCHABLE)
def test_a_density_is_that_of_the_draws(name):
    """P(X <= the median) by integration is what the sampler gives, to 5 standard errors."""
    law, random, n = STRETCHABLE[name], Random(crc32(name.encode())), 4000
    sample, bound = law.sampler(), 12.0 if name != "lognormal" else 90.0
    below, _ = quad(lambda ms: exp(law.log_density(ms)), 0, bound, points=[1.05, 3.0])
    drawn = sum(sample(random) <= bound for _ in range(n)) / n
    assert abs(drawn - below) < 5 * (below * (1 - below) / n) ** 0.5


@pytest.mark.parametrize("name", STRETCHABLE)
def test_a_stretched_distribution_has_the_longer_tail_and_no_less_support(name):
    plain = STRETCHABLE[name]
    heavy = plain.stretched(4.0)
    assert heavy.log_density(5_000) > plain.log_density(5_000)
    possible = [ms for ms in (0.5, 1.1, 2.0, 4.0, 100.0) if plain.log_density(ms) > -inf]
    assert possible
    assert all(heavy.log_density(ms) > -inf for ms in possible)


@pytest.mark.parametrize("name", STRETCHABLE)
@pytest.mark.parametrize("factor", [1.5, 4.0, 30.0])
def test_no_stretched_draw_weighs_more_than_the_factor(name, factor):
    plain, heavy = STRETCHABLE[name], STRETCHABLE[name].stretched(factor)
    instants = [1.06 * 1.01**step for step in range(1500)]
    weights = [
        exp(plain.log_density(ms) - heavy.log_density(ms))
        for ms in instants
        if plain.log_density(ms) > -700
    ]
    assert max(weights) <= factor * (1 + 1e-9)
    assert min(weights) < 1


@pytest.mark.parametrize("name", FIXED)
def test_what_has_no_density_or_no_tail_is_left_as_it_is(name):
    assert FIXED[name].stretched(4.0) == FIXED[name]


def test_a_density_that_is_not_there_is_not_made_up():
    with pytest.raises(TypeError, match="Constant has no density"):
        NOTHING.log_density(0.0)


def test_a_passage_is_lost_or_delayed_by_the_sum():
    passage = Passage(0.25, FIXED["constant"], distribution("constant", value_ms=7.0))
    fates = [passage(random) for random in map(Random, range(400))]
    assert {fate[0].delay_us for fate in fates if fate} == {12_000}
    assert 60 < fates.count(LOST) < 140


@pytest.mark.parametrize("name", STRETCHABLE)
def test_weighed_tilted_draws_give_the_plain_tail_and_weights_have_mean_one(name):
    """Both to 5 standard errors: level below 1e-6 each."""
    law, n, random = STRETCHABLE[name], 4000, Random(crc32(f"tilt {name}".encode()))
    draw = tilted(Passage(0.1, law, NOTHING), Tilt("*", 0.2, stretch=1.8))
    assert draw is not None
    sample = law.sampler()
    plain = sorted(sample(Random(f"plain {i}")) for i in range(n))
    bound_us = plain[int(0.9 * n)] * 1000
    runs = [(fate, exp(log_weight)) for fate, log_weight in (draw(random) for _ in range(n))]
    for wanted, truth in (
        (lambda fate: True, 1.0),
        (lambda fate: fate == LOST, 0.1),
        (lambda fate: fate != LOST and fate[0].delay_us > bound_us, 0.9 * 0.1),
    ):
        values = [weight * wanted(fate) for fate, weight in runs]
        mean = sum(values) / n
        error = (sum((v - mean) ** 2 for v in values) / n / n) ** 0.5
        slack = 0.9 * (0.09 / n) ** 0.5  # the bound itself is an estimate
        assert abs(mean - truth) < 5 * (error + slack)


def test_a_lost_message_weighs_by_its_loss_alone():
    draw = tilted(Passage(0.1, EXPONENTIAL, NOTHING), Tilt("*", 0.5, stretch=9))
    weighed = [draw(random) for random in map(Random, range(50))] if draw else []
    lost = {round(exp(w), 9) for fate, w in weighed if fate == LOST}
    assert lost == {0.2}


@pytest.mark.parametrize(
    "passage", [Passage(0.0, NOTHING, NOTHING), Passage(1.0, FIXED["uniform"], NOTHING)]
)
def test_what_is_certain_stays_so(passage):
    assert tilted(passage, Tilt("*", 0.5, stretch=9)) is None


LAW = Law("payments eu > store us", Passage(0.5, EXPONENTIAL, NOTHING))


def test_untilted_draws_are_those_of_the_seed():
    plain, other = Seeded(3), Tilted(3, (Tilt("elsewhere *", 0.9), Tilt("*", 0.9, actor="thief")))
    causes = [CAUSE._replace(intention=i) for i in range(20)]
    assert [plain.fate(LAW, c) for c in causes] == [other.fate(LAW, c) for c in causes]
    assert (other.log_weight, other.tilted_draws) == (0.0, 0)
    assert other.links == {LAW.name}


def test_a_draw_is_weighed_once_however_often_it_is_asked_for():
    choices = Tilted(3, (Tilt("payments * > store *", 0.9),))
    first, weight = choices.fate(LAW, CAUSE), choices.log_weight
    assert weight
    assert (choices.fate(LAW, CAUSE), choices.log_weight) == (first, weight)
    choices.fate(LAW, CAUSE._replace(attempt=1))
    assert choices.log_weight != weight
    assert choices.tilted_draws == 2


def test_tilted_draws_are_the_same_in_whatever_order_they_are_asked_for():
    causes = [CAUSE._replace(attempt=i) for i in range(9)]
    one, other = (Tilted(3, (Tilt("*", 0.5, stretch=5),)) for _ in range(2))
    forward = [one.fate(LAW, cause) for cause in causes]
    assert forward == [other.fate(LAW, cause) for cause in causes[::-1]][::-1]
    assert one.log_weight == pytest.approx(other.log_weight)


def test_picks_and_other_laws_are_not_tilted():
    gap = Law("gap", lambda random: (Copy(random.getrandbits(9), 0),))
    choices = Tilted(3, (Tilt("*", 0.5),))
    assert choices.fate(gap, CAUSE) == Seeded(3).fate(gap, CAUSE)
    assert choices.pick("route", "abc", CAUSE) == Seeded(3).pick("route", "abc", CAUSE)
    assert choices.log_weight == 0


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"loss_probability": 0.0}, "loss_probability: 0; allowed: more than 0 and less than 1"),
        ({"loss_probability": 1.0}, "loss_probability: 1; allowed"),
        ({"stretch": 0.5}, "stretch: 0.5; allowed: at least 1 and at most 1000000"),
        ({"stretch": inf}, "stretch: inf; allowed"),
    ],
)
def test_a_tilt_that_cannot_be_is_refused(values, said):
    with pytest.raises(ValueError, match=said):
        Tilt("*", **values)
