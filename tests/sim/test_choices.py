"""Draws are keyed by their cause: the same whenever, however often and by whichever process asked.

The statistical tests have fixed seeds (a hash of the case) and LEVEL, so that all of this file's
together fail by chance with probability below 0.001.
"""

import os
import subprocess
import sys
from collections import Counter
from hashlib import blake2b
from itertools import pairwise, product
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from sim.choices import BLOCK, LOST, Cause, Copy, Fate, Law, Seeded

#: Familywise 0.001 over this file's statistical tests (Bonferroni); there are fewer than 10.
LEVEL = 0.001 / 10


def draw(random: Random) -> Fate:
    """A link that loses one in five and delays the others."""
    lost, copy = random.random() < 0.2, Copy(random.randrange(10**6), random.getrandbits(16))
    return LOST if lost else (copy,)


def law(name: str) -> Law:
    return Law(name, draw)


OUT, BACK = law("client eu > payments us"), law("client eu < payments us")
#: Causes of one small run, on both sides of a block's end.
ASKED = [
    (link, Cause(*cause))
    for link in (OUT, BACK)
    for cause in product((0, 1, BLOCK - 1, BLOCK), ("client", "thief"), (0, 1), (0,))
]


def seed_of(case: str) -> int:
    return int.from_bytes(blake2b(case.encode(), digest_size=6).digest(), "big")


@settings(derandomize=True, deadline=None)
@given(st.permutations(ASKED))
def test_a_fate_is_the_same_in_whatever_order_it_is_asked_for(order):
    choices = Seeded(7)
    fates = {asked: choices.fate(*asked) for asked in order}
    assert fates == {asked: Seeded(7).fate(*asked) for asked in ASKED}


@settings(derandomize=True, deadline=None)
@given(st.lists(st.sampled_from(ASKED), max_size=20), st.sampled_from(ASKED))
def test_what_else_is_asked_before_changes_no_fate(others, wanted):
    choices = Seeded(7)
    for other in others:
        choices.fate(*other)
        choices.pick("route payments", "abc", other[1])
    assert choices.fate(*wanted) == Seeded(7).fate(*wanted)


def test_a_fate_is_the_same_however_often_it_is_asked_for():
    choices = Seeded(7)
    assert len({choices.fate(OUT, Cause(3, "client", 0, 0)) for _ in range(10)}) == 1


def test_what_was_forgotten_is_drawn_again_as_it_was():
    """Only so many blocks are remembered; one that fell out is made again from its cause."""
    choices, cause = Seeded(7), Cause(0, "client", 0, 0)
    first = choices.fate(OUT, cause)
    for attempt in range(2000):
        choices.fate(OUT, Cause(0, "client", attempt, 1))
    assert choices.fate(OUT, cause) == first


@pytest.mark.parametrize("intention", [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 10 * BLOCK, 999_999, -1])
def test_every_intention_has_a_fate_of_its_own_also_beyond_a_block(intention: int):
    cause, choices = Cause(intention, "client", 0, 0), Seeded(7)
    early = choices.fate(OUT, cause)
    for other in range(3 * BLOCK):
        choices.fate(OUT, cause._replace(intention=other))
    assert choices.fate(OUT, cause) == early


def test_fates_beyond_a_block_are_not_those_of_the_block_before():
    choices = Seeded(7)
    fates = [choices.fate(OUT, Cause(n, "client", 0, 0)) for n in range(4 * BLOCK)]
    arrived = [fate for fate in fates if fate is not LOST]
    assert len(set(arrived)) > 0.99 * len(arrived)
    blocks = [fates[start : start + BLOCK] for start in range(0, 4 * BLOCK, BLOCK)]
    assert all(one != other for one, other in pairwise(blocks))


def fates(seed: int, link: Law, actor: str, attempt: int, ordinal: int) -> tuple[Fate, ...]:
    choices = Seeded(seed)
    return tuple(choices.fate(link, Cause(n, actor, attempt, ordinal)) for n in range(20))


def test_seed_link_actor_attempt_and_ordinal_each_make_another_series():
    here = (7, OUT, "client", 1, 1)
    others = [(8, BACK, "thief", 0, 0), (9, law("else"), "", 11, 11)]
    cases = {here} | {
        (*here[:n], other[n], *here[n + 1 :]) for other in others for n in range(len(here))
    }
    assert len({fates(*case) for case in cases}) == len(cases) == 11


def test_no_two_causes_run_into_one_another():
    """What distinguishes them is kept apart: attempt 1, ordinal 11 is not attempt 11, ordinal 1."""
    causes = [("client", 1, 11), ("client", 11, 1), ("client/1", 1, 1), ("client", 1, 1)]
    assert len({fates(7, OUT, *cause) for cause in causes}) == len(causes)


def test_a_law_is_known_by_its_name_and_its_draw():
    """Two links of one class draw alike and apart; renaming a region renames its luck."""
    assert fates(7, law("a"), "client", 0, 0) == fates(7, law("a"), "client", 0, 0)
    assert fates(7, law("a"), "client", 0, 0) != fates(7, law("b"), "client", 0, 0)


IN_ANOTHER_PROCESS = """
from sim.choices import Cause, Copy, Law, Seeded
law = Law("link", lambda random: (Copy(random.randrange(10**6), random.getrandbits(16)),))
choices = Seeded(7)
for n in range(300):
    cause = Cause(n, "client", 0, 0)
    print(choices.fate(law, cause), choices.pick("route", ["eu", "us", "asia"], cause))
"""


def said_under(hash_seed: str) -> str:
    command, environment = (
        [sys.executable, "-c", IN_ANOTHER_PROCESS],
        os.environ | {"PYTHONHASHSEED": hash_seed},
    )
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return done.stdout


def test_processes_with_other_hash_seeds_draw_the_same():
    assert said_under("1") == said_under("2") != ""


# --- picks ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("options", [2, 3, 7, 10])
@pytest.mark.parametrize("over", ["intentions", "attempts", "seeds"])
def test_a_pick_is_uniform_over_intentions_attempts_and_seeds(options: int, over: str):
    seed, n = seed_of(f"pick {options} {over}"), 5000
    choices = Seeded(seed)
    causes = {
        "intentions": lambda i: choices.pick("route", range(options), Cause(i, "client", 0, 0)),
        "attempts": lambda i: choices.pick("route", range(options), Cause(0, "client", i, 0)),
        "seeds": lambda i: Seeded(seed + i).pick("route", range(options), Cause(0, "client", 0, 0)),
    }
    times = Counter(causes[over](i) for i in range(n))
    assert stats.chisquare([times[option] for option in range(options)]).pvalue > LEVEL / 12


@pytest.mark.parametrize("second", [Cause(0, "client", 1, 0), Cause(0, "thief", 0, 0)])
def test_the_picks_of_two_causes_are_independent(second: Cause):
    choices, table = Seeded(seed_of(f"independent {second}")), [[0, 0], [0, 0]]
    for intention in range(4000):
        one = choices.pick("route", (0, 1), Cause(intention, "client", 0, 0))
        other = choices.pick("route", (0, 1), second._replace(intention=intention))
        table[one][other] += 1
    assert stats.chi2_contingency(table).pvalue > LEVEL


def test_delays_are_distributed_as_the_law_says_across_intentions():
    uniform = Law("uniform", lambda random: (Copy(random.randrange(10**6), 0),))
    choices = Seeded(seed_of("delays"))
    delays = [choices.fate(uniform, Cause(n, "client", 0, 0))[0].delay_us for n in range(5000)]
    assert stats.kstest(delays, stats.uniform(0, 10**6).cdf).pvalue > LEVEL


def test_a_pick_depends_on_its_point_and_its_cause_only():
    choices = Seeded(7)
    route = [choices.pick("route", "abcdefgh", Cause(n, "client", 0, 0)) for n in range(50)]
    again = [Seeded(7).pick("route", "abcdefgh", Cause(n, "client", 0, 0)) for n in range(50)]
    other = [choices.pick("sticky", "abcdefgh", Cause(n, "client", 0, 0)) for n in range(50)]
    assert route == again != other


def test_one_more_option_moves_few_picks_to_another_place():
    """A pick is a share of the whole: with another replica most requests go where they went."""
    choices, causes = Seeded(7), [Cause(n, "client", 0, 0) for n in range(1000)]
    same = sum(
        choices.pick("route", range(20), cause) in (place, place + 1)
        for cause in causes
        for place in [choices.pick("route", range(19), cause)]
    )
    assert same == len(causes)


def test_of_one_option_that_one_is_picked():
    assert Seeded(7).pick("route", ["eu"], Cause(0, "client", 0, 0)) == "eu"
