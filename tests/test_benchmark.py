"""The benchmark counts what it says it counts; how fast anything is, is not tested."""

import gc
from functools import partial

import jwt
import pytest

from bench import signatures
from bench.floor import GIVEN_UP, Floor, Presentation
from sim.benchmark import GROUPS, Effort, alone, measure, presenting
from sim.benchmark.alone import room
from sim.benchmark.measures import Measure, Reach, beside, best_in_turns, missing, plain
from sim.benchmark.presenting import prepared, scenario, time_floor, time_presentations
from sim.commands.bench import show
from sim.metrics import Tally
from sim.scenario_files import vary
from sim.trace import Row
from sim.world.timed import Timed
from tests.cli.command import tokenrace

COUNT = 40


@pytest.fixture
def rows():
    """The rows of a prepared run, from the instant at which the clock would be started."""
    env, found = Timed(), list[Row]()
    world, workload = prepared(vary(scenario(), workload__intentions=COUNT), env, found.append)
    found.clear()
    env.run(until=30_000_000)
    workload.close()
    world.close(0)
    return found


def test_the_measures_know_that_each_token_is_for_one_use():
    env, tally = Timed(), Tally()
    prepared(vary(scenario(), workload__intentions=COUNT), env, tally)
    env.run(until=30_000_000)
    rate = tally.clusters()["first_use_reject_rate"]
    assert (rate.hits, rate.trials) == (0, COUNT)


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


def test_the_garbage_collector_is_left_on_with_nothing_frozen():
    assert time_floor(10) > 0
    assert time_presentations("symbolic", 10) > 0
    assert (gc.isenabled(), gc.get_freeze_count()) == (True, 0)


def test_the_bare_signatures_are_signatures():
    tokens = signatures.sign(3)
    assert len(set(tokens)) == signatures.verify(tokens) == 3
    with pytest.raises(jwt.InvalidSignatureError):
        signatures.verify([tokens[0].rsplit(".", 1)[0] + "." + tokens[1].rsplit(".", 1)[1]])


@pytest.mark.slow
def test_the_measures_have_the_keys_of_the_design():
    measures = [each.to_json() for each in measure(Effort(20, 1), ["presentations"])]
    assert len(measures) == 5
    for each in measures:
        assert {"name", "value", "unit", "peer", "ratio", "reach", "verdict"} <= set(each)
        assert each["unit"] == "us"
        assert each["peer"] is None or each["ratio"] == each["value"] / each["peer"]


@pytest.mark.slow
def test_where_ciw_is_not_installed_the_line_says_how_to_get_it(monkeypatch):
    monkeypatch.setattr(presenting, "has_ciw", lambda: False)
    [line] = [each for each in measure(Effort(20, 1), ["presentations"]) if "Ciw" in each.peer_name]
    assert (line.value, line.verdict) == (None, "")
    assert "pip install 'tokenrace[bench]'" in line.note


LONG_NAMES = [
    beside("16 replications, 2 processes", 1.25, "one", 2.5, Reach(1.7, at_least=True), "s"),
    beside("presentation, EdDSA, token signed", 312.5, "PyJWT sign + verify", 250.0, Reach(1.25)),
    plain("shared_atomic exhausted, 296 schedules", 1.1, "s", Reach(1)),
    missing("presentation", "M/M/1 customer in Ciw", "pip install 'tokenrace[bench]'"),
]


def test_a_table_of_80_columns_has_a_line_for_a_measure_and_one_for_its_peer(capsys):
    show(LONG_NAMES)
    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert lines[4:11] == [
        "16 replications, 2 processes 1.25 s 2.00 ≥ 1.7 reached",
        "one 2.50 s",
        "presentation, EdDSA, token signed 312.5 µs 1.25 ≤ 1.25 reached",
        "PyJWT sign + verify 250.0 µs",
        "shared_atomic exhausted, 296 schedules 1.10 s ≤ 1 missed",
        "presentation",
        "M/M/1 customer in Ciw",
    ]


def test_what_is_to_be_installed_is_told_to_its_last_bracket(capsys):
    show(LONG_NAMES)
    said = capsys.readouterr().out.splitlines()[-1]
    assert said == "presentation beside M/M/1 customer in Ciw: pip install 'tokenrace[bench]'"


@pytest.mark.parametrize(
    ("value", "reach", "ratio", "verdict"),
    [
        (25.0, Reach(2.5), 2.5, "reached"),
        (26.0, Reach(2.5), 2.6, "missed"),
        (5.0, Reach(1.7, at_least=True), 2.0, "reached"),
        (8.0, Reach(1.7, at_least=True), 1.25, "missed"),
        (30.0, None, 3.0, ""),
    ],
)
def test_a_verdict_is_about_the_ratio(value, reach, ratio, verdict):
    found = beside("a", value, "b", 10.0, reach)
    assert (found.ratio, found.verdict) == (ratio, verdict)


def test_without_a_peer_the_verdict_is_about_the_figure():
    assert plain("a", 300.0, "MiB", Reach(300)).verdict == "reached"
    assert plain("a", 301.0, "MiB", Reach(300)) == Measure(
        "a", 301.0, "MiB", reach="≤ 300", verdict="missed"
    )


def test_of_several_turns_the_best_counts_and_each_comes_after_the_other():
    figures, order = {"a": [3.0, 1.0, 2.0], "b": [4.0, 6.0, 5.0]}, []

    def turn(name: str) -> float:
        order.append(name)
        return figures[name].pop(0)

    best = best_in_turns({name: partial(turn, name) for name in figures}, 3)
    assert (best, order) == ({"a": 1.0, "b": 4.0}, ["a", "b"] * 3)


@pytest.mark.slow
def test_imports_are_measured_and_nothing_heavy_is_loaded():
    *both, heavy = measure(Effort(turns=1), ["imports"])
    assert all(each.value and each.peer and each.ratio for each in both)
    assert (heavy.value, heavy.verdict) == (0, "reached")


@pytest.mark.slow
def test_a_long_run_is_measured_in_a_process_of_its_own(monkeypatch):
    assert room(Effort()) == []
    monkeypatch.setattr(alone, "SHORT", 10)
    monkeypatch.setattr(alone, "LONG", 20)
    each, peak = room(Effort(long=True))
    assert each.value
    assert each.peer
    assert each.ratio == each.value / each.peer
    assert peak.value is not None
    assert 10 < peak.value < 300


def test_every_group_is_listed_in_the_help():
    said = tokenrace("bench", "--help").out
    assert all(group in said for group in GROUPS)


def test_an_unknown_group_is_a_mistake():
    answer = tokenrace("bench", "speed")
    assert answer.status == 2
    assert "GROUP: 'speed' does not exist; one of presentations" in answer.err
