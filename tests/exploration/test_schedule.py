"""Schedules: short texts that say how a run departs from the undisturbed one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.exploration.schedule import Deviation, Schedule

#: What points and options are made of; signs that separate them are not.
WORDS = st.text("abz019 .<>'-#", min_size=1).map(lambda text: " ".join(text.split())).filter(bool)
SCHEDULES = st.lists(st.builds(Deviation, WORDS, WORDS), unique_by=lambda each: each.point).map(
    Schedule
)
LOST = Deviation("a > b 0.client.0", "lost")
LATE = Deviation("after a>b 0.client.0", "timer a>b 0.client.0")


@given(SCHEDULES)
def test_what_is_written_is_read_again(schedule):
    assert Schedule.parse(str(schedule)) == schedule


@given(SCHEDULES)
def test_spaces_and_line_ends_between_deviations_say_nothing(schedule):
    assert Schedule.parse(str(schedule).replace("; ", " ;\n ")) == schedule


@given(SCHEDULES)
def test_a_mail_may_wrap_a_schedule_wherever_there_is_a_space(schedule):
    assert Schedule.parse(str(schedule).replace(" ", "\n")) == schedule


def test_the_undisturbed_run_is_written_as_nothing():
    assert str(Schedule()) == ""
    assert Schedule.parse("  ; ") == Schedule()


@pytest.mark.parametrize("part", ["lost", "= lost", "a > b =", "a=b"])
def test_what_is_no_deviation_is_named(part):
    with pytest.raises(ValueError, match="is no deviation; a deviation is POINT = OPTION") as error:
        Schedule.parse(f"{LOST}; {part}")
    assert repr(part) in str(error.value)


def test_a_schedule_is_known_by_its_points():
    assert Schedule([LOST, LATE]).by_point() == {LOST.point: "lost", LATE.point: LATE.option}


def test_a_deviation_can_be_left_out():
    assert Schedule([LOST, LATE]).without(LOST) == Schedule([LATE])
    assert isinstance(Schedule([LOST, LATE]).without(LOST), Schedule)


def test_leaving_out_what_is_not_there_changes_nothing():
    assert Schedule([LOST]).without(LATE) == Schedule([LOST])


def test_schedules_are_values():
    assert Schedule([LOST]) == Schedule.parse("a > b 0.client.0 = lost")
    assert len({Schedule([LOST]), Schedule([LOST]), Schedule([LATE])}) == 2


def test_a_point_that_is_given_twice_is_an_error_that_names_it():
    with pytest.raises(ValueError, match=r"'route payments 0\.client\.1' is given 2 times"):
        Schedule.parse("route payments 0.client.1 = a; route payments 0.client.1 = b")
