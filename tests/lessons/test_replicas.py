"""The closed form of the replay window is accepted, and each way to get it wrong is told apart."""

from __future__ import annotations

from math import exp, inf

import pytest

from sim.lessons.replicas import check_window, seen


def right(lag, gap, replicas):
    return (1 - 1 / replicas) * exp(-gap / lag)


WRONG = {
    "any other replica": lambda lag, gap, replicas: exp(-gap / lag),
    "two replicas": lambda lag, gap, replicas: exp(-gap / lag) / 2,
    "an exponential gap": lambda lag, gap, replicas: (1 - 1 / replicas) * lag / (lag + gap),
    "no replication": lambda lag, gap, replicas: 1 - 1 / replicas,
    "in time": lambda lag, gap, replicas: (1 - 1 / replicas) * (1 - exp(-gap / lag)),
    "never": lambda lag, gap, replicas: 0.0,
}


def unmet(answer):
    return [aim for aim in check_window(answer).aims if not aim.met]


def test_the_right_answer_is_done():
    assert check_window(right).done


@pytest.mark.parametrize("answer", WRONG.values(), ids=WRONG)
def test_a_wrong_answer_is_told_where(answer):
    wrong = [aim for aim in unmet(answer) if aim.name.startswith("lag")]
    assert wrong
    assert all("the simulation" in aim.because for aim in wrong)


def test_the_ends_are_asked_for():
    assert {aim.name for aim in unmet(WRONG["any other replica"])} >= {"one replica"}
    assert {aim.name for aim in unmet(WRONG["in time"])} >= {"the link cut: an infinite lag"}


def test_a_formula_that_says_never_is_not_told_apart_from_a_shared_store():
    assert "told apart from one shared store" in {aim.name for aim in unmet(WRONG["never"])}


def test_a_cut_link_is_an_infinite_lag_and_a_shared_store_has_none():
    assert seen(inf, 100.0, 2).twice > seen(50.0, 100.0, 2).twice
    assert seen(50.0, 10.0, 2, "shared_atomic").twice == 0


def test_what_was_not_touched_is_not_attempted():
    def untouched(lag, gap, replicas):
        return ...

    assert "not attempted yet" in repr(check_window(untouched))
