"""The benchmark counts what it says it counts; how fast anything is, is not tested."""

import gc

import jwt
import pytest

from bench import signatures
from bench.floor import GIVEN_UP, Floor, Presentation
from sim.benchmark import measure, prepared, scenario, time_floor, time_presentations
from sim.scenario_files import vary
from sim.trace import Row

COUNT = 40


@pytest.fixture
def rows():
    """The rows of a prepared run, from the instant at which the clock would be started."""
    world, workload = prepared(vary(scenario(), workload__intentions=COUNT))
    found: list[Row] = []
    world.recorder.sink = found.append
    world.env.run(until=30_000_000)
    workload.close()
    world.close(0)
    return found


def test_every_presentation_is_first_and_has_its_effect(rows):
    answers = [row.detail["outcome"] for row in rows if row.kind == "respond"]
    effects = {row.token for row in rows if row.kind == "effect" and row.detail["executed"]}
    assert answers == ["first"] * COUNT
    assert len(effects) == COUNT


def test_no_token_is_issued_while_the_clock_runs(rows):
    assert not [row for row in rows if row.kind in ("issue", "wallet")]


def test_a_presentation_is_four_messages(rows):
    [total] = [row for row in rows if row.kind == "total"]
    messages = {link: n for link, n in total.detail["messages"].items() if n}
    links = ("client > rs", "rs > store", "store > rs", "rs > client")
    assert messages == dict.fromkeys(links, COUNT)


def floor(**settings: int) -> Floor:
    """A floor whose messages take 10 ms to the server and 1 ms to the store."""
    return Floor(
        1,
        gap=lambda random: 1.0,
        access=lambda random: 10.0,
        internal=lambda random: 1.0,
        **({"client_timeout_us": 1_000_000, "store_timeout_us": 200_000} | settings),
    )


def test_the_floor_answers_every_presentation_after_four_messages():
    bare = floor()
    assert bare.run(COUNT) == COUNT
    last_answer_us = COUNT * 1000 + 22_000
    assert bare.env.now >= last_answer_us


@pytest.mark.parametrize("timer", ["client_timeout_us", "store_timeout_us"])
def test_the_timers_of_the_floor_give_up(timer):
    assert floor(**{timer: 1_500}).run(COUNT) == 0
    assert floor(**{timer: 30_000}).run(COUNT) == COUNT


def test_a_presentation_that_was_given_up_sends_nothing_more():
    bare = floor()
    presentation = Presentation(bare, 0)
    presentation.arrived = GIVEN_UP
    presentation.arrive(None)
    bare.env.run()
    assert (bare.answered, bare.env.now) == (0, 0)


def test_the_garbage_collector_is_left_as_it_was():
    before = gc.isenabled(), gc.get_freeze_count()
    assert time_floor(10) > 0
    assert time_presentations("symbolic", 10) > 0
    assert (gc.isenabled(), gc.get_freeze_count()) == before


def test_the_bare_signatures_are_signatures():
    tokens = signatures.sign(3)
    assert len(set(tokens)) == signatures.verify(tokens) == 3
    with pytest.raises(jwt.InvalidSignatureError):
        signatures.verify([tokens[0].rsplit(".", 1)[0] + "." + tokens[1].rsplit(".", 1)[1]])


@pytest.mark.slow
def test_the_measures_have_the_keys_of_the_design():
    measures = [each.to_json() for each in measure(presentations=20, repetitions=1)]
    assert len(measures) == 4
    for each in measures:
        assert {"name", "value", "unit", "peer", "ratio"} <= set(each)
        assert each["unit"] == "us"
        assert each["peer"] is None or each["ratio"] == each["value"] / each["peer"]
