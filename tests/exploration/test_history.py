"""History: which steps matter to which, and when two runs are the same but for order."""

from __future__ import annotations

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.exploration.events import EVERYTHING, Event, independent
from sim.exploration.history import History


def told(*steps: str, chosen: dict | None = None) -> History:
    """The history of steps written as NAME:WHAT,WHAT."""
    history = History()
    for text in steps:
        name, _, touched = text.partition(":")
        where, *more = touched.split(",")
        history.begin(Event(name, where, lambda: None))
        for what in more:
            history.touch(what)
        history.end((chosen or {}).get(name, ()))
    return history


def test_swapping_steps_that_touch_nothing_in_common_changes_no_state():
    orders = permutations(["one:a", "two:b", "three:c"])
    assert len({told(*order).state for order in orders}) == 1


def test_swapping_steps_that_touch_the_same_changes_the_state():
    assert told("one:a", "two:a").state != told("two:a", "one:a").state


def test_what_a_step_touches_besides_counts_too():
    assert told("one:a,shared", "two:b,shared").state != told("two:b,shared", "one:a,shared").state


def test_whatever_touches_everything_is_swapped_with_nothing():
    fault = f"fault:{EVERYTHING}"
    assert told("one:a", fault).state != told(fault, "one:a").state


def test_how_a_message_fared_is_part_of_the_state():
    lost, once = ({"one": (("a > b", copies),)} for copies in (0, 1))
    assert told("one:a", chosen=lost).state != told("one:a", chosen=once).state


STEPS = st.lists(st.tuples(st.sampled_from("abc"), st.booleans()), max_size=7)


@given(STEPS, st.data())
def test_equal_states_mean_equal_orders_of_what_touches_the_same(drawn, data):
    steps = [f"{n}:{where}{',d' * both}" for n, (where, both) in enumerate(drawn)]
    other = data.draw(st.permutations(steps))
    same = all(_orders(steps, what) == _orders(other, what) for what in "abcd")
    assert (told(*steps).state == told(*other).state) == same


def _orders(steps: list[str], what: str) -> list[str]:
    return [step for step in steps if what in step.partition(":")[2].split(",")]


def test_a_step_follows_upon_the_last_that_touched_the_same():
    history = told("one:a", "two:b", "three:a", "four:a,b")
    assert [step.follows for step in history.steps] == [set(), set(), {1}, {2, 3}]


def test_it_follows_upon_what_it_came_from():
    history = told("one:a")
    event = Event("two", "b", lambda: None)
    event.created = 1
    history.begin(event)
    history.end(())
    assert history.steps[1].follows == {1}
    assert history.steps[1].races == set()


def test_after_whatever_touches_everything_all_follow_upon_it():
    history = told("one:a", "two:b", f"fault:{EVERYTHING}", "three:a", "four:c")
    assert [step.follows for step in history.steps[2:]] == [{1, 2}, {3}, {3}]


def test_a_race_is_with_the_last_of_those_it_follows_upon():
    assert told("one:a", "two:a,b", "three:a,b").steps[2].races == {2}
    assert told("one:a", "two:b", "three:a,b").steps[2].races == {1, 2}


def test_what_leads_to_a_step_is_all_that_it_could_not_be_without():
    history = told("one:a", "two:b", "three:a", "four:c", "five:a,c")
    assert history.past(5) == {1, 3, 4, 5}
    assert history.past(0) == set()


def test_what_is_left_without_a_step_is_all_that_does_not_follow_upon_it():
    assert told("one:a", "two:b", "three:a", "four:c").without(1, 5) == [2, 4]


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [("a", "b", True), ("a", "a", False), ("a", EVERYTHING, False), (EVERYTHING, "b", False)],
)
def test_independent_is_what_touches_nothing_in_common(one, other, expected):
    assert independent(frozenset([one]), frozenset([other])) is expected
