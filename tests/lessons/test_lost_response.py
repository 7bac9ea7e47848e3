"""The closed form of the lost response is accepted, and each way to get it wrong is told apart."""

from __future__ import annotations

import pytest

from sim.lessons.lost_response import check_rate


def right(p, q, n):
    return (1 - p ** (n + 1)) * q


WRONG = {
    "retries that help": lambda p, q, n: ((1 - p) * q) ** (n + 1),
    "one attempt": lambda p, q, n: (1 - p) * q,
    "never": lambda p, q, n: 0.0,
    "only answers": lambda p, q, n: q,
}


def test_the_right_answer_is_done():
    assert check_rate(right).done


def test_what_is_no_number_is_told_so():
    [told] = check_rate(lambda p, q, n: None).aims
    assert told.because.startswith("TypeError: float()")
    assert "NoneType" in told.because


@pytest.mark.parametrize("answer", WRONG.values(), ids=WRONG)
def test_a_wrong_answer_is_told_where(answer):
    checked = check_rate(answer)
    assert not checked.done
    assert "the simulation" in next(aim.because for aim in checked.aims if not aim.met)
