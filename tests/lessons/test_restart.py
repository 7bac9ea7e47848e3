"""A restart that asks again for long enough is safe; each other way is told apart by its aim."""

from __future__ import annotations

from functools import cache

import pytest

from oauth_model.strategies import STRATEGIES
from sim.lessons.restart import NAME, check_restart


def asks_for(young):
    """An answer that asks again while a memory is so young, by its age and by the limit."""

    def answer(used, memory_age_s, acceptable_s):
        if used:
            return "refuse"
        return "ask again" if young(memory_age_s, acceptable_s) else "accept"

    return answer


#: a wrong answer → the aims that it misses, in their order.
WRONG = {
    "believes at once": (asks_for(lambda age, limit: False), ["of 5 s", "of leeway", "of 10 s"]),
    "half as long": (asks_for(lambda age, limit: age < limit / 2), ["of 10 s"]),
    "knows one lifetime": (asks_for(lambda age, limit: age < 10), ["of leeway"]),
    "ten minutes": (asks_for(lambda age, limit: age < 600), ["enough are served"]),
    "fails closed": (
        lambda used, age, limit: "refuse" if used or age < limit else "accept",
        ["a first use is no replay"],
    ),
    "always": (asks_for(lambda age, limit: True), ["nothing crashes", "a memory that lasts"]),
    "says something else": (lambda used, age, limit: "yes", ["words"]),
}


@cache
def right():
    return check_restart(asks_for(lambda age, limit: age < limit))


def missed(checked):
    return [aim.name for aim in checked.aims if not aim.met]


def test_the_right_answer_is_done():
    assert right().done, right()


def test_every_moment_of_a_crash_was_looked_at():
    last = right().aims[-1]
    assert last.name == "a crash at any moment"
    assert "space exhausted" in last.because


@pytest.mark.parametrize(("answer", "aims"), WRONG.values(), ids=WRONG)
def test_a_wrong_answer_misses_the_aim_that_is_meant_for_it(answer, aims):
    names = missed(check_restart(answer))
    assert all(any(name.endswith(aim) for name in names) for aim in aims), names


def test_the_dots_are_not_an_attempt():
    def untouched(used, memory_age_s, acceptable_s):
        return ...

    assert "not attempted yet" in repr(check_restart(untouched))


def test_the_answer_is_gone_when_it_was_judged():
    right()
    assert NAME not in STRATEGIES
