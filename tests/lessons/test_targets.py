"""A strategy that meets all targets is accepted; each that misses one is told which."""

from __future__ import annotations

import pytest

from oauth_model.flows import UNKNOWN
from oauth_model.replay import State
from oauth_model.strategies import STRATEGIES, First, Replay, Strategy, regional
from sim.lessons.targets import check_strategy

SOUND, NEAR = "accepted twice: never, in any order", "added latency, p99"
CHEAP, SERVED, CLOSED = "messages", "served, cut and all", "no payment without a store"


class Right(Strategy):
    name = "mine"
    store = regional("eu")

    def begin(self, use):
        return self.decide((yield self.ask(self.store, "insert", use)))


class FailsOpen(Right):
    def begin(self, use):
        answer = yield self.ask(self.store, "insert", use)
        return First() if answer is UNKNOWN else self.decide(answer)


class LooksFirst(Right):
    def begin(self, use):
        seen = yield self.ask(self.store, "look", use)
        if seen is UNKNOWN or seen.before is State.USED:
            return Replay()
        yield self.ask(self.store, "insert", use)
        return First()


class NearestStore(Right):
    def begin(self, use):
        return self.decide((yield self.ask(regional(self.place.region), "insert", use)))


class AsksAnother(Right):
    def begin(self, use):
        return self.decide((yield from self.first_answer((self.store, "shared"), "insert", use)))


class RefusesAll(Right):
    def begin(self, use):
        yield from ()
        return Replay()


WRONG = {
    FailsOpen: [SOUND, CLOSED],
    LooksFirst: [SOUND, NEAR, CHEAP],
    NearestStore: [SOUND],
    AsksAnother: [SOUND],
    RefusesAll: [SOUND, SERVED],
    "per_replica": [SOUND, CLOSED],
}


def test_the_right_answer_is_done():
    assert check_strategy(Right).done


@pytest.mark.parametrize(("answer", "unmet"), WRONG.items(), ids=str)
def test_a_wrong_answer_is_told_its_targets(answer, unmet):
    assert [aim.name for aim in check_strategy(answer).aims if not aim.met] == unmet


def test_a_name_that_no_strategy_has_is_told():
    assert "no strategy is called 'atomic'" in check_strategy("atomic").aims[-1].because


def test_a_yield_that_was_forgotten_is_told():
    hasty = type("Hasty", (Right,), {"begin": lambda self, use: Replay()})
    assert [aim.name for aim in check_strategy(hasty).aims] == ["it asks"]


def test_three_dots_are_not_attempted():
    stub = type("Stub", (Strategy,), {"name": "mine", "begin": lambda self, use: ...})
    assert not check_strategy(stub).aims


def test_a_begin_that_returns_nothing_is_told_so():
    empty = type("Empty", (Right,), {"begin": lambda self, use: iter(())})
    assert not check_strategy(empty).done


def test_the_strategies_are_as_before():
    before = dict(STRATEGIES)
    check_strategy(NearestStore)
    assert before == STRATEGIES
