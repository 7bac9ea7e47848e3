"""Worlds that refute claims are accepted; those that show nothing, or beg the question, are not."""

from __future__ import annotations

from functools import cache

import pytest

from sim.lessons.claims import CLAIMS, check_evidence

LOSS = {"network.access.response_loss_probability": 0.2}
#: The store is asked in vain, and whoever asks goes on.
OPEN = {"stores.timeout_ms": 1, "strategy_settings.on_outage": "fail_open"}
STOLEN = {"thief.probability": 1.0}
RIGHT = {
    "strict": "holds",
    "told": LOSS,
    "cache": STOLEN,
    "fresh": LOSS,
    "thief": STOLEN | {"thief.place": "path"},
    "introspection": {"servers.payments.introspects": True},
}
#: claim, what is given for it → words of what is said.
WRONG = {
    "believes what is refuted": ("told", "holds", "there is a world"),
    "refutes what holds": ("strict", LOSS, "not refuted by this world"),
    "a quiet world": ("cache", {}, "not refuted by this world"),
    "a world of another claim": ("introspection", STOLEN, "not refuted by this world"),
    "begs the question": ("fresh", {"client.retry_with": "same_token"}, "leave it so"),
    "blames the world": ("cache", STOLEN | OPEN, "but also in the same"),
    "only words": ("thief", "they may be fast", "neither"),
    "no such field": ("told", {"network.luck": 0.0}, "network"),
}


@cache
def right():
    return check_evidence(RIGHT)


def said_of(name, given):
    """What is said of one claim; the others are left out, which costs no run."""
    aims = {aim.name: aim for aim in check_evidence({name: given}).aims}
    return aims.get(name) or aims["it runs"]


def test_the_right_answer_is_done():
    assert right().done, right()
    assert [aim.name for aim in right().aims] == list(CLAIMS)


def test_what_holds_was_explored_to_the_end():
    assert "space exhausted" in right().aims[0].because


@pytest.mark.parametrize(("name", "given", "words"), WRONG.values(), ids=WRONG)
def test_wrong_evidence_is_told_apart(name, given, words):
    aim = said_of(name, given)
    assert not aim.met
    assert words in aim.because


def test_one_case_in_a_hundred_refutes_and_its_interval_does_not_read_as_from_0():
    aim = said_of("told", {"network.access.response_loss_probability": 0.02, "seed": 1})
    assert aim.met
    assert "1 % (95 % interval 0.025 to 5.4)" in aim.because


def test_the_dots_are_not_an_attempt():
    assert "not attempted yet" in repr(check_evidence(dict.fromkeys(CLAIMS, ...)))
