"""Late writes: what is drawn under the condition, how likely it is, and that it changes no theory.

Comparisons deny what is true with probability 1e-5 each.
"""

import pytest

from sim.choices import Cause, Law, Seeded
from sim.distributions import Lognormal, Mixture, Part
from sim.passages import Passage
from sim.statistics import agrees
from sim.theory.pbs_paper import STORES
from sim.validation.bare import Presentations
from sim.validation.late import AT_ONCE, Late, beyond, conditioned
from sim.validation.pbs import mixture, scenario_of, theory_of

LEVEL = 1e-5
LEG = Mixture.model_validate(mixture(STORES["LNKD-DISK"].write))
LINK = "writer eu > member eu write"
KEYS = 4000


def late(after_ms, least, seed=7):
    return Late(seed, LINK, LEG, after_ms, 3, least)


def writes_ms(choices, key):
    """How long the three writes of a key take."""
    law = Law(LINK, Passage(0.0, LEG, AT_ONCE))
    causes = (Cause(key, "writer", 0, ordinal) for ordinal in (3, 4, 5))
    return [choices.fate(law, cause)[0].delay_us / 1000 for cause in causes]


@pytest.mark.parametrize(("after_ms", "least"), [(5.0, 1), (20.0, 2), (1000.0, 1), (500.0, 3)])
def test_so_many_writes_at_least_are_late(after_ms, least):
    choices = late(after_ms, least)
    for key in range(300):
        assert sum(ms >= after_ms for ms in writes_ms(choices, key)) >= least


def test_every_member_is_late_as_often_as_another():
    choices = late(50.0, 1)
    drawn = [writes_ms(choices, key) for key in range(KEYS)]
    for member in range(3):
        p = beyond(LEG, 50.0) / choices.probability
        assert agrees(sum(each[member] >= 50 for each in drawn), KEYS, p, LEVEL)


def test_the_condition_is_as_likely_as_it_is_in_plain_draws():
    plain, law = Seeded(3), Law("plain", Passage(0.0, LEG, AT_ONCE))
    seen = 0
    for key in range(KEYS):
        fates = (plain.fate(law, Cause(key, "writer", 0, ordinal)) for ordinal in range(3))
        seen += sum(fate[0].delay_us >= 4000 for fate in fates) >= 2
    assert agrees(seen, KEYS, late(4.0, 2).probability, LEVEL)


def test_given_that_it_is_late_it_is_as_late_as_the_leg_says():
    after = conditioned(LEG, 10.0)
    for ms in (12.0, 30.0, 500.0):
        assert beyond(after, ms) == pytest.approx(beyond(LEG, ms) / beyond(LEG, 10.0))


def test_after_no_time_everything_is_late_and_nothing_is_changed():
    choices = late(0.0, 1)
    assert choices.probability == pytest.approx(1)
    assert beyond(conditioned(LEG, 0.0), 3.0) == pytest.approx(beyond(LEG, 3.0))


def test_the_same_cause_has_the_same_fate_and_other_links_have_their_own():
    assert writes_ms(late(5.0, 1), 9) == writes_ms(late(5.0, 1), 9)
    law, cause = Law("another link", Passage(0.0, LEG, AT_ONCE)), Cause(1, "reader", 0, 0)
    assert late(5.0, 1, seed=4).fate(law, cause) == Seeded(4).fate(law, cause)


def test_what_is_late_of_another_kind_of_delay_is_not_known():
    of = Lognormal(distribution="lognormal", median_ms=5.0, sigma=1.0)
    leg = Mixture(distribution="mixture", parts=(Part(weight=1.0, of=of),))
    with pytest.raises(TypeError, match="lognormal"):
        beyond(leg, 1.0)


@pytest.mark.parametrize(("sizes", "gap_ms"), [((1, 1), 10.0), ((2, 1), 5.0)])
def test_under_the_condition_a_world_shows_the_same_share_as_without(sizes, gap_ms):
    """Both in the world; the plain one needs a hundred times the keys for a rarer gap."""
    scenario, n = scenario_of("LNKD-DISK", sizes, 11), 800
    choices = Late(12, LINK, LEG, gap_ms, 3, sizes[0])
    given = Presentations(scenario, (gap_ms,), choices=choices).run(n).again[0]
    plain = Presentations(scenario, (gap_ms,)).run(n).again[0]
    p = theory_of("LNKD-DISK", sizes).stale(gap_ms)
    assert agrees(plain, n, p, LEVEL)
    assert agrees(given, n, p / choices.probability, LEVEL)
    assert given > 2 * plain
