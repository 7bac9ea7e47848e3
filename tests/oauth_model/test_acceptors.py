"""Acceptors: what a member of a Paxos group may promise, accept and forget."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oauth_model.acceptors import RANKS, VERBS, Acceptors
from oauth_model.flows import OneTimeKey, StoreCall
from oauth_model.memories import MEMORIES
from oauth_model.replay import BYTES_PER_ENTRY, State, StoreAnswer
from oauth_model.strategies import Settings

KEY = OneTimeKey("access_token", "https://as.example.com", "", "t1")


def call(verb: str, ballot: int = 0, value: str = "", key: OneTimeKey = KEY) -> StoreCall:
    return StoreCall("", verb, key, 90.0, value, ballot)


class Member:
    """One member's acceptors at time 0, asked verb by verb."""

    def __init__(self) -> None:
        self.memory = Acceptors()

    def __call__(self, verb: str, ballot: int = 0, value: str = "") -> StoreAnswer:
        return self.memory.apply(call(verb, ballot, value), 0.0)


def test_a_promise_is_given_once_and_only_above_every_other():
    asked = Member()
    answers = [asked("promise", ballot).granted for ballot in (5, 5, 4, 6)]
    assert answers == [True, False, False, True]


def test_nothing_is_accepted_below_a_promise():
    asked = Member()
    asked("promise", 5)
    assert not asked("accept", 4, "a").granted
    assert asked("look").before is State.ABSENT
    assert asked("accept", 5, "a").granted


def test_a_promise_tells_what_was_accepted_last_and_with_which_ballot():
    asked = Member()
    asked("accept", 3, "a")
    promised = asked("promise", 7)
    assert (promised.granted, promised.lease, promised.fingerprint) == (True, 3, "a")
    asked("accept", 7, "b")
    assert asked("promise", 8)[:4] == (True, State.RESERVED, 7, "b")


def test_a_refusal_tells_it_too():
    asked = Member()
    asked("accept", 3, "a")
    assert asked("promise", 2)[:4] == (False, State.RESERVED, 3, "a")


def test_only_the_first_commit_is_news():
    asked = Member()
    assert [asked("commit", 3, "a").granted for _ in range(2)] == [True, False]
    assert asked("look")[:4] == (False, State.USED, 3, "a")


def test_a_round_is_numbered_once_and_above_what_was_promised():
    asked = Member()
    assert [asked("ballot").lease for _ in range(2)] == [1, 2]
    asked("promise", 7 * RANKS + 3)
    assert asked("ballot").lease == 8
    assert asked("ballot").lease == 9


def test_a_round_says_when_it_was_numbered_which_no_loss_of_memory_repeats():
    rounds = []
    for now_s in (0.0, 5.0):  # each time a memory that knows nothing
        numbered = Acceptors(since_s=now_s).apply(call("ballot"), now_s)
        rounds.append((numbered.lease, numbered.fingerprint))
    assert rounds == [(1, "0.0"), (1, "5.0")]


def test_looking_leaves_nothing_behind():
    asked = Member()
    asked("look")
    assert (len(asked.memory), asked.memory.size_bytes()) == (0, 0)
    asked("promise", 1)
    assert (len(asked.memory), asked.memory.size_bytes()) == (1, BYTES_PER_ENTRY)


@pytest.mark.parametrize(("now_s", "remembered"), [(89.9, True), (90.0, False)])
def test_it_is_forgotten_when_its_time_is_over(now_s: float, remembered: bool):
    memory = Acceptors()
    memory.apply(call("accept", 3, "a"), 0.0)
    answer = memory.apply(call("promise", 3), now_s)
    assert answer.granted is not remembered
    assert memory.apply(call("look"), 200.0).before is State.ABSENT
    assert len(memory) == 0


def test_two_keys_do_not_meet():
    memory = Acceptors()
    memory.apply(call("commit", 3, "a"), 0.0)
    other = memory.apply(call("look", key=KEY._replace(id="t2")), 0.0)
    assert other.before is State.ABSENT


def test_an_unknown_verb_is_an_error():
    with pytest.raises(KeyError):
        Member()("insert")


def test_it_is_a_kind_of_memory_that_knows_its_age():
    memory = MEMORIES["acceptors"](Settings(), 10.0)
    assert memory.apply(call("promise", 1), 12.0).age_s == 2.0


STEPS = st.tuples(st.sampled_from(sorted(VERBS)), st.integers(1, 9), st.sampled_from("ab"))


@settings(derandomize=True, deadline=None, max_examples=80)
@given(st.lists(STEPS, max_size=30))
def test_whatever_it_is_asked_promises_and_commits_stand(steps: list[tuple[str, int, str]]):
    asked, promised, committed = Member(), 0, False
    for verb, ballot, value in steps:
        answer = asked(verb, ballot, value)
        assert not (answer.granted and verb in ("promise", "accept") and ballot < promised)
        assert not committed or answer.before is State.USED
        committed |= verb == "commit"
        if answer.granted and verb in ("promise", "accept"):
            promised = ballot
