"""Whom a strategy asks about a use, and what it takes for the answer of a majority."""

from __future__ import annotations

import pytest

from oauth_model.flows import UNKNOWN, Effect, Gather, OneTimeKey, StoreCall, Unknown, run
from oauth_model.replay import State, StoreAnswer
from oauth_model.strategies import LOCAL, SHARED, STRATEGIES, Place, Use, member
from oauth_model.strategies.rounds import Heard, answered, majority
from tests.oauth_model.stores import Stores, made

USE = Use(OneTimeKey("access_token", "https://as.example.com", "payments", "t1"), 30.0, "f")
CALL = StoreCall("primary", "insert", USE.key, 90.0, strategy="consensus")
MEMBERS = tuple(member("eu", n) for n in range(1, 6))
MINE, THEIRS = StoreAnswer(True, State.ABSENT, uses=1), StoreAnswer(False, State.USED, uses=2)
#: placement, as a strategy says it → the one store that is asked.
ONE_STORE = {"each replica's own memory": LOCAL, "one shared store": SHARED, "at the AS": SHARED}
PLACED = [name for name, cls in STRATEGIES.items() if cls.placement in ONE_STORE]


def among(*answers: StoreAnswer | Unknown) -> tuple[Heard, list[Effect]]:
    """What the first member makes of these answers of as many others, and what it asked."""
    asked: list[Effect] = []

    def answer(effect: Effect) -> object:
        asked.append(effect)
        return MINE if isinstance(effect, StoreCall) else answers

    place = Place("eu", ("eu",), MEMBERS[: len(answers) + 1], MEMBERS[0])
    return run(majority(place, CALL), answer), asked


@pytest.mark.parametrize("name", PLACED)
def test_a_strategy_asks_the_store_that_its_placement_names(name):
    stores = Stores()
    stores.present(made(name), USE)
    assert {call.store for call in stores.calls} == {ONE_STORE[STRATEGIES[name].placement]}


def test_there_are_strategies_of_each_of_these_placements():
    assert {STRATEGIES[name].placement for name in PLACED} == set(ONE_STORE)


@pytest.mark.parametrize("name", ["multi_master", "lightweight_transaction"])
@pytest.mark.parametrize("region", ["here", "there"])
def test_a_strategy_that_any_member_serves_asks_the_nearest(name, region):
    stores = Stores()
    stores.present(made(name, region), USE)
    assert stores.calls[0].store == member(region)


@pytest.mark.parametrize(
    ("silent", "others", "enough"),
    [(0, 1, True), (1, 1, False), (1, 2, True), (2, 2, False), (1, 3, True), (2, 3, False)],
)
def test_a_majority_is_more_than_half_of_the_members_this_one_included(silent, others, enough):
    answers = [THEIRS] * (others - silent) + [UNKNOWN] * silent
    (heard, said), _ = among(*answers)
    assert (heard, said) == ([MINE] + [THEIRS] * (others - silent), enough)


@pytest.mark.parametrize(("others", "need"), [(1, 1), (2, 1), (3, 2), (4, 2)])
def test_a_member_applies_first_and_waits_for_no_more_than_it_needs(others, need):
    _, (first, rest) = among(*[THEIRS] * others)
    assert first == CALL._replace(store=LOCAL, strategy="")
    assert rest == Gather(
        tuple(CALL._replace(store=name, strategy="") for name in MEMBERS[1 : others + 1]), need
    )


def test_a_member_that_is_alone_is_a_majority_and_asks_nobody():
    assert among() == (([MINE], True), [CALL._replace(store=LOCAL, strategy="")])


def test_of_a_round_what_never_came_is_left_out():
    flow = answered((CALL, CALL, CALL), 2)
    assert run(flow, lambda effect: (UNKNOWN, THEIRS, UNKNOWN)) == ([THEIRS], False)
