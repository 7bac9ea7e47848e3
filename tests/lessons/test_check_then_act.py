"""A repaired check is accepted; each way to leave a gap, or to close the shop, is told apart."""

from __future__ import annotations

import pytest

from oauth_model.flows import UNKNOWN
from oauth_model.replay import State
from oauth_model.strategies import LOCAL, SHARED, STRATEGIES, First, Replay, Strategy, Undecided
from oauth_model.strategies.shared import SharedAtomic, SharedCheckThenAct
from sim.lessons import check_then_act
from sim.lessons.check_then_act import check_repair
from sim.lessons.trying import waits_for_nothing


class Right(Strategy):
    def begin(self, use):
        answer = yield self.ask(SHARED, "insert", use)
        return self.decide(answer)


class Unrepaired(SharedCheckThenAct):
    """Looks, then inserts, and does not read what the insert says."""


class Alone(Strategy):
    """Atomic, in each server's own memory."""

    def begin(self, use):
        return self.decide((yield self.ask(LOCAL, "insert", use)))


class Closed(Strategy):
    """Safe and useless."""

    def begin(self, use):
        yield from ()
        return Replay()


class Open(Strategy):
    """Takes silence for a yes."""

    def begin(self, use):
        answer = yield self.ask(SHARED, "insert", use)
        return First() if answer is UNKNOWN else self.decide(answer)


class Dear(Strategy):
    """Looks first all the same."""

    def begin(self, use):
        seen = yield self.ask(SHARED, "look", use)
        if seen is UNKNOWN or seen.before is State.USED:
            return Undecided() if seen is UNKNOWN else Replay()
        return self.decide((yield self.ask(SHARED, "insert", use)))


WRONG = {
    Unrepaired: "every order",
    Alone: "every order",
    Closed: "the goal",
    Open: "the store cut off",
    Dear: "its price",
}


@pytest.fixture(autouse=True)
def small_world(monkeypatch, request):
    """An answer that no order shows to be wrong is explored at one server only."""
    if any(name in request.node.name for name in ("Dear", "there_before")):
        scenario = check_then_act._scenario
        fields = check_then_act.ONE_SERVER
        monkeypatch.setattr(check_then_act, "_scenario", lambda s, f: scenario(s, fields | f))


def unmet(answer):
    return [aim for aim in check_repair(answer).aims if not aim.met]


def test_the_right_answer_is_done_and_every_order_was_looked_at():
    checked = check_repair(Right)
    assert checked.done
    [said] = [aim.because for aim in checked.aims if aim.name == "every order"]
    assert "space exhausted" in said
    assert int(said.split()[3]) > 300


def test_the_right_answer_without_its_lock_is_found_out():
    [mutant] = [aim for aim in check_repair(Right).aims if aim.name == "the lock removed"]
    assert "a second use must do nothing" in mutant.because


def test_a_right_answer_may_read_what_was_there_before():
    class ByTheRecord(Strategy):
        def begin(self, use):
            answer = yield self.ask(SHARED, "insert", use)
            if answer is UNKNOWN:
                return Undecided()
            return Replay() if answer.before is State.USED else First()

    assert check_repair(ByTheRecord).done


@pytest.mark.parametrize("answer", WRONG, ids=lambda each: each.__name__)
def test_a_wrong_answer_is_told_apart_by_the_aim_meant_for_it(answer):
    assert WRONG[answer] in {aim.name for aim in unmet(answer)}


def test_a_yield_that_was_forgotten_is_told():
    class Hasty(Strategy):
        def begin(self, use):
            return First()

    assert [aim.name for aim in unmet(Hasty)] == ["it asks"]


def test_an_answer_may_leave_the_question_to_another_strategy():
    class Handed(SharedAtomic):
        def begin(self, use):
            return super().begin(use)

    assert not waits_for_nothing(Handed)


def test_what_was_not_touched_is_not_attempted():
    class Untouched(Strategy):
        def begin(self, use):
            return ...

    assert "not attempted yet" in repr(check_repair(Untouched))


def test_no_strategy_is_left_behind():
    check_repair(Right)
    assert "your_answer" not in STRATEGIES
