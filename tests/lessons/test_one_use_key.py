"""Keys for one use at each server and one in all are accepted; a wrong key is told by its aim."""

from __future__ import annotations

import pytest

from oauth_model.strategies import STRATEGIES
from sim.lessons.one_use_key import check_keys


def at_each(issuer, server, region, jti):
    return issuer, server, jti


def in_all(issuer, server, region, jti):
    return issuer, jti


def with_region(issuer, server, region, jti):
    return issuer, server, region, jti


WRONG = {
    "each is all": (in_all, in_all, "at each: honest clients are served"),
    "all is each": (at_each, at_each, "in all: one use and no more"),
    "replicas apart": (with_region, in_all, "at each: no server accepts twice"),
    "replicas apart in all": (at_each, lambda i, s, r, j: (i, r, j), "in all: one use and no more"),
    "without jti": (lambda i, s, r, j: (i, s), in_all, "at each: honest clients are served"),
    "bare jti": (at_each, lambda i, s, r, j: j, "in all: a second issuer"),
    "server and jti": (lambda i, s, r, j: (s, j), in_all, "at each: a second issuer"),
}


def test_the_right_answer_is_done():
    assert check_keys(at_each, in_all).done


@pytest.mark.parametrize(("each", "everywhere", "aim"), WRONG.values(), ids=WRONG)
def test_a_wrong_key_is_told_by_its_aim(each, everywhere, aim):
    assert [a.name for a in check_keys(each, everywhere).aims if not a.met] == [aim]


def test_three_dots_are_not_attempted():
    assert not check_keys(lambda i, s, r, j: ..., in_all).aims


def test_the_registry_is_as_before():
    before = dict(STRATEGIES)
    check_keys(at_each, in_all)
    assert before == STRATEGIES
