"""A cell says what exploration answered, and what else it would have found."""

import pytest

from sim.exploration.replaying import replay
from sim.guarantees import Cell, cell, guarantees
from sim.guarantees.commands import replayed_by
from sim.guarantees.models import FOR_NOTHING, MODELS, ONCE, scenario
from sim.guarantees.promises import ALWAYS_ROOM, ROOM, room_for
from sim.scenario_files import load, parse_set, toml


def test_a_violated_cell_has_the_smallest_counterexample():
    found = cell("no_check", "loss")
    assert (found.verdict, found.deviations, found.steps) == ("violated", 1, 6)
    assert found.schedule == "payments eu < client eu 0.client.0 = lost"
    assert found.because.startswith("single-use token at-0.1 had its effect at payments-eu-1")


def test_its_schedule_repeats_the_violation():
    found = cell("per_replica", "none")
    again = replay(scenario("per_replica", MODELS["none"]), found.schedule, [ONCE])
    assert again.violated == (ONCE,)
    assert again.steps == found.steps


def test_a_cell_that_holds_names_the_mutant_that_does_not():
    found = cell("in_transaction", "none")
    assert (found.verdict, found.whole) == ("holds", 0)
    assert found.caught is not None
    assert found.caught.mutant == "beside"
    assert found.schedule == ""


def test_a_space_that_is_too_large_is_said_to_be_open():
    found = cell("shared_atomic", "none", 20)
    assert (found.verdict, found.schedules) == ("open", 20)
    assert found.whole == 1  # of those with two deviations, some


def test_a_token_may_be_used_up_for_nothing():
    found = cell("shared_atomic", "loss", asked=FOR_NOTHING)
    assert found.schedule == "store us < payments eu 0.client.0 = lost"
    assert "and nothing had been done for it" in found.because


def test_who_asks_nobody_refuses_nobody_for_nothing_and_accepts_twice():
    found = cell("no_check", "none", asked=FOR_NOTHING)
    assert (found.verdict, found.asked) == ("holds", FOR_NOTHING)
    assert found.caught is not None
    assert found.caught.mutant == "asks"


def test_a_cell_that_cannot_be_has_its_reason():
    found = cell("in_transaction", "crash")
    assert found == Cell("in_transaction", "crash", "not applicable", because=found.because)
    assert "no record" in found.because


def test_the_table_is_the_same_in_two_processes():
    asked = (["no_check", "per_replica"], ["none", "loss"])
    alone, together = list(guarantees(*asked)), list(guarantees(*asked, jobs=2))
    assert alone == together
    assert [(each.strategy, each.model) for each in alone] == [
        ("no_check", "none"),
        ("no_check", "loss"),
        ("per_replica", "none"),
        ("per_replica", "loss"),
    ]


def test_a_model_that_there_is_not_is_an_error():
    with pytest.raises(KeyError, match="flood"):
        list(guarantees(["no_check"], ["flood"]))


@pytest.mark.parametrize("model", ["loss", "crash", "clock"])
def test_the_command_that_repeats_a_cell_sets_what_the_model_does(model):
    words = replayed_by(Cell("shared_atomic", model, "violated", schedule="a = b"))
    assert words.startswith("tokenrace replay one-payment 'a = b' --set ")
    given = [part.strip().strip("'") for part in words.split("--set ")[1:]]
    assert load("one-payment", dict(map(parse_set, given))) == scenario(
        "shared_atomic", MODELS[model]
    )


def test_the_command_names_the_property_if_the_preset_does_not():
    refused = Cell("shared_atomic", "loss", "violated", schedule="a = b", asked=FOR_NOTHING)
    assert " 'a = b' --property refused_only_when_done --set " in replayed_by(refused)
    assert "--property" not in replayed_by(Cell("shared_atomic", "loss", "violated"))


@pytest.mark.parametrize(
    "value", [1, 0.5, "us", ["eu", "us"], [{"fault": "crash", "among": ["store"]}]]
)
def test_a_value_is_written_as_it_is_read(value):
    assert parse_set(f"x={toml(value)}") == ("x", value)


def test_a_promise_leaves_room_in_its_own_words():
    assert room_for("per_replica", "none")
    assert room_for("shared_atomic", "crash")
    assert not room_for("shared_atomic", "none")


def test_room_is_for_models_that_there_are():
    assert {model for _, model in ROOM} <= set(MODELS)
    assert not {strategy for strategy, _ in ROOM} & set(ALWAYS_ROOM)
