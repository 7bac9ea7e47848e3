"""A fresh token under the payment's own key is accepted; each other way to retry is told apart."""

from __future__ import annotations

import pytest

from oauth_model.stories import STORIES
from sim.lessons.fresh_token import check_carries

LEARNS = "the client learns that it has paid"
PAID = "served means paid"
ONCE = "nobody pays twice"
ORDERS = "nor in any order"
WRONG = {
    "same token": (lambda p, a: (p, p), [LEARNS]),
    "no key": (lambda p, a: ((p, a), None), [ONCE, ORDERS]),
    "a key for each attempt": (lambda p, a: ((p, a), f"{p}-{a}"), [ONCE, ORDERS]),
    "one key for all payments": (lambda p, a: ((p, a), "mine"), [PAID]),
    "a key from the second retry on": (lambda p, a: (a, p if a < 2 else f"{p}-{a}"), [ONCE]),
}


def right(payment, attempt):
    return (payment, attempt), payment


def test_the_right_answer_is_done():
    assert check_carries(right).done


def test_tokens_need_no_name_of_the_payment():
    assert check_carries(lambda payment, attempt: (attempt, payment)).done


@pytest.mark.parametrize(("answer", "unmet"), WRONG.values(), ids=WRONG)
def test_a_wrong_answer_is_told_by_its_aims(answer, unmet):
    assert [aim.name for aim in check_carries(answer).aims if not aim.met] == unmet


def test_an_answer_that_is_no_pair_is_told_so():
    assert "it runs" in {aim.name for aim in check_carries(lambda p, a: p).aims}


def test_three_dots_are_not_attempted():
    assert not check_carries(lambda payment, attempt: ...).aims


def test_the_stories_are_as_before():
    before = dict(STORIES)
    check_carries(right)
    assert before == STORIES
