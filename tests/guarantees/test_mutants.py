"""A mutant is its strategy with one thing broken, for as long as it is asked for."""

import pytest

from oauth_model.strategies import STRATEGIES
from sim.guarantees.mutants import (
    ALONE,
    BELIEVED,
    FORGETFUL,
    LENIENT,
    MUTANTS,
    SILENCE,
    TWO_STEPS,
    broken,
)
from sim.guarantees.table import Question, found_out

EVERY_ONE = [(name, mutant) for name, mutants in MUTANTS.items() for mutant in mutants]


def test_every_strategy_has_a_mutant_but_the_one_with_nothing_to_break():
    assert set(MUTANTS) == set(STRATEGIES)
    assert [name for name, mutants in MUTANTS.items() if not mutants] == ["no_check"]


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
        ("shared_atomic", FORGETFUL, "none"),
        ("shared_allow_list", TWO_STEPS, "none"),
        ("home_owner", LENIENT, "loss"),
        ("introspect_and_consume", TWO_STEPS, "none"),
    ],
)
def test_exploration_finds_it_out(strategy, mutant, model):
    assert found_out(strategy, mutant, model, 100)


def test_too_short_a_look_finds_nothing_out():
    assert found_out("shared_atomic", TWO_STEPS, "none", 1) == ""


def test_a_mutant_is_asked_what_its_strategy_was():
    asked = Question.of("introspect_and_consume", "none", 100)
    with broken("introspect_and_consume", BELIEVED):
        assert asked.scenario.balancer.policy == "round_robin"
        assert asked.bounds.landmarks == 0
