"""What a learner is told: nothing of an answer not touched, each aim of one that was."""

from __future__ import annotations

import pytest

from sim.lessons.exercise import Aim, exercise, untouched


@exercise("halves", "Give half of a number.", "Divide.", "Divide by two.")
def check_half(half):
    yield Aim("of four", half(4) == 2, f"half(4) is {half(4)}")
    yield Aim("of one", half(1) == 0.5, f"half(1) is {half(1)}")


def stub(number):
    return ...


class Stub:
    name = "mine"

    def begin(self, use):
        return ...


@pytest.mark.parametrize(
    "answer",
    [..., (1, ...), {"a": ...}, [[...]], stub, Stub, lambda a, b: ...],
    ids=["dots", "tuple", "dict", "nested", "function", "class", "lambda"],
)
def test_three_dots_left_are_an_answer_not_attempted(answer):
    assert untouched(answer)


@pytest.mark.parametrize(
    "answer",
    [None, 0, (), {}, len, lambda: None, int],
    ids=["none", "zero", "tuple", "dict", "builtin", "lambda", "class"],
)
def test_whatever_else_was_handed_in_is_an_attempt(answer):
    assert not untouched(answer)


def test_an_untouched_exercise_says_so_with_its_task():
    assert repr(check_half(stub)) == "halves: not attempted yet. Give half of a number."
    assert not check_half(stub).done


def test_each_aim_is_a_line_with_what_was_seen():
    assert repr(check_half(lambda n: n // 2)).splitlines() == [
        "halves: not yet, 1 of 2",
        "  [x] of four: half(4) is 2",
        "  [ ] of one: half(1) is 0",
    ]


def test_an_answer_that_meets_all_is_done():
    assert check_half(lambda n: n / 2).done
    assert repr(check_half(lambda n: n / 2)).startswith("halves: done, 2 of 2")


def test_an_answer_that_raises_is_told_what():
    checked = check_half(lambda n: n / 0)
    assert checked.aims == (Aim("it runs", False, "ZeroDivisionError: division by zero"),)


def test_hints_come_in_steps(capsys):
    check_half.hint(2)
    assert capsys.readouterr().out == "Hint 2 of 2: Divide by two.\n"
    with pytest.raises(ValueError, match="hint: 3 is not one of 1 to 2"):
        check_half.hint(3)


def test_the_same_answer_gets_the_same_words():
    assert repr(check_half(lambda n: n / 2)) == repr(check_half(lambda n: n / 2))
