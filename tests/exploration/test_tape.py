"""The tape: choices that take their defaults, but for the deviations of a schedule."""

from __future__ import annotations

from random import Random

import pytest

from sim.choices import Cause, Law
from sim.exploration.events import Event
from sim.exploration.history import History
from sim.exploration.schedule import Deviation
from sim.exploration.tape import Tape


def nothing(random: Random) -> tuple:
    raise AssertionError("a tape draws nothing")


LOSSY = Law("a > b", nothing, (1, 0))
SURE = Law("a > c", nothing)
TWICE = Law("mishap a > b", nothing, (1, 2))
THIEF = Law("log b > thief", nothing, (0, 1))
FIRST, SECOND = Cause(0, "client", 0, 0), Cause(0, "client", 1, 0)


def test_a_message_arrives_once_unless_the_schedule_says_otherwise():
    assert len(Tape({}, 1).fate(LOSSY, FIRST)) == 1


def test_a_schedule_loses_the_message_that_it_names_and_no_other():
    tape = Tape({"a > b 0.client.0": "lost"}, 1)
    assert [len(tape.fate(LOSSY, cause)) for cause in (FIRST, SECOND)] == [0, 1]


def test_a_schedule_doubles_a_message():
    assert len(Tape({"mishap a > b 0.client.1": "twice"}, 1).fate(TWICE, SECOND)) == 2


def test_no_more_messages_are_lost_than_faults_are_allowed():
    tape = Tape({"a > b 0.client.0": "lost", "a > b 0.client.1": "lost"}, 1)
    assert [len(tape.fate(LOSSY, cause)) for cause in (FIRST, SECOND)] == [0, 1]
    assert list(tape.left) == ["a > b 0.client.1"]


def test_without_faults_there_is_nothing_to_choose():
    tape = Tape({"a > b 0.client.0": "lost"}, 0)
    assert len(tape.fate(LOSSY, FIRST)) == 1
    assert tape.log == []


def test_what_a_thief_finds_is_no_fault_of_the_network():
    tape = Tape({"log b > thief 0.client.0": "once"}, 0)
    assert len(tape.fate(THIEF, FIRST)) == 1
    assert len(tape.fate(THIEF, SECOND)) == 0


def test_what_cannot_fare_otherwise_is_no_choice():
    tape = Tape({}, 1)
    assert len(tape.fate(SURE, FIRST)) == 1
    assert (tape.log, tape.fates) == ([], [])


def test_each_choice_is_written_down_with_what_else_there_was():
    tape = Tape({"a > b 0.client.0": "lost"}, 2)
    tape.fate(LOSSY, FIRST)
    tape.fate(LOSSY, SECOND)
    assert [(c.chosen, c.others) for c in tape.log] == [("lost", ("once",)), ("once", ("lost",))]
    assert tape.departed == [Deviation("a > b 0.client.0", "lost")]


@pytest.mark.parametrize(("option", "picked"), [("0", 0), ("9999", 9999), ("17", 0)])
def test_of_a_range_only_its_ends_are_tried(option, picked):
    assert Tape({"sticky 0.client.0": option}, 0).pick("sticky", range(10_000), FIRST) == picked


def test_a_pick_is_by_name():
    nodes = [Event("eu", "", lambda: None), Event("us", "", lambda: None)]
    assert Tape({"route 0.client.0": "two"}, 0).pick("route", ["one", "two"], FIRST) == "two"
    assert Tape({}, 0).pick("route", nodes, FIRST) is nodes[0]


def test_asked_again_it_says_the_same():
    tape = Tape({"route 0.client.0": "two"}, 0)
    assert [tape.pick("route", ["one", "two"], FIRST) for _ in range(3)] == ["two"] * 3
    assert len(tape.log) == 1


def test_one_option_is_no_choice():
    tape = Tape({}, 0)
    assert tape.pick("route", ["one"], FIRST) == "one"
    assert tape.log == []


def test_what_happens_next_is_the_oldest_unless_the_schedule_says_otherwise():
    one, two = Event("one", "", lambda: None), Event("two", "", lambda: None)
    assert Tape({}, 0).next("start", [one, two], History()) is one
    assert Tape({"after start": "two"}, 0).next("start", [one, two], History()) is two


def test_drawn_choices_are_the_same_for_one_seed_and_are_told_as_deviations():
    def drawn(seed: int) -> Tape:
        tape = Tape({}, 9, Random(seed))
        for attempt in range(9):
            tape.fate(LOSSY, FIRST._replace(attempt=attempt))
        return tape

    assert drawn(1).made == drawn(1).made != drawn(2).made
    assert {d.point for d in drawn(1).departed} == {
        c.point for c in drawn(1).log if c.others[0] == "once"
    }
