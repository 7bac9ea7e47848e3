"""A mutant is its strategy with one thing broken, for as long as it is asked for."""

import pytest

from oauth_model.strategies import STRATEGIES
from sim.guarantees.mistakes import (
    ALONE,
    ASKS,
    BELIEVED,
    ONE_MORE,
    RELEASED,
    SILENCE,
    TWO_STEPS,
)
from sim.guarantees.models import FOR_NOTHING, ONCE
from sim.guarantees.mutants import MUTANTS, broken, mutants
from sim.guarantees.promises import ALWAYS_ROOM
from sim.guarantees.table import Question, found_out

EVERY_ONE = [
    (name, mutant)
    for name in MUTANTS
    for mutant in (*mutants(name, ONCE), *mutants(name, FOR_NOTHING))
]


def test_every_strategy_has_a_mutant_unless_it_accepts_twice_whatever_happens():
    assert set(MUTANTS) == set(STRATEGIES)
    without = {name for name, broken_by in MUTANTS.items() if not broken_by}
    assert without <= set(ALWAYS_ROOM)


@pytest.mark.parametrize(("strategy", "mutant"), EVERY_ONE)
def test_a_mutant_stands_in_for_its_strategy_and_goes_again(strategy, mutant):
    whole = STRATEGIES[strategy]
    with broken(strategy, mutant):
        other = STRATEGIES[strategy]
    assert (other.name, other.__bases__) == (strategy, (whole,))
    assert STRATEGIES[strategy] is whole


@pytest.mark.parametrize(("strategy", "mutant"), EVERY_ONE)
def test_a_mutant_differs_in_what_its_strategy_has(strategy, mutant):
    whole = STRATEGIES[strategy]
    for name, member in mutant.members(whole).items():
        assert hasattr(whole, name)
        assert getattr(whole, name) != member


def test_the_strategy_is_back_when_something_went_wrong():
    whole = STRATEGIES["consensus"]
    with pytest.raises(ZeroDivisionError), broken("consensus", ALONE):
        raise ZeroDivisionError
    assert STRATEGIES["consensus"] is whole


@pytest.mark.parametrize("strategy", MUTANTS)
def test_mutants_of_a_strategy_have_names_and_sentences_of_their_own(strategy):
    mutants = MUTANTS[strategy]
    assert len({mutant.name for mutant in mutants}) == len(mutants)
    assert len({mutant.says for mutant in mutants}) == len(mutants)


@pytest.mark.parametrize(
    ("strategy", "mutant", "model"),
    [
        ("shared_atomic", TWO_STEPS, "none"),
        ("shared_atomic", SILENCE, "none"),
        ("shared_allow_list", TWO_STEPS, "none"),
        ("grace_window", ONE_MORE, "loss"),
        ("reserve_commit", RELEASED, "loss"),
        ("introspect_and_consume", TWO_STEPS, "none"),
    ],
)
def test_exploration_finds_it_out(strategy, mutant, model):
    assert found_out(strategy, mutant, model, 300)


@pytest.mark.parametrize("strategy", ["no_check", "per_replica", "in_transaction"])
def test_who_asks_a_store_before_the_work_refuses_for_nothing(strategy):
    assert found_out(strategy, ASKS, "none", 100, FOR_NOTHING)


def test_too_short_a_look_finds_nothing_out():
    assert found_out("shared_atomic", TWO_STEPS, "none", 1) == ""


def test_a_mutant_is_asked_what_its_strategy_was():
    asked = Question.of("introspect_and_consume", "none", 100)
    with broken("introspect_and_consume", BELIEVED):
        assert asked.scenario.balancer.policy == "round_robin"
        assert asked.bounds.landmarks == 0
