"""Which strategies let one use through whatever is lost, doubled or late, and which do not.

Four servers present one key; a script decides what happens when (`interleavings`).
"""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oauth_model import acceptors
from oauth_model.flows import OneTimeKey, StoreCall
from oauth_model.strategies import First, Replay, Undecided, Use, consensus
from oauth_model.strategies.lightweight import LightweightTransaction
from tests.oauth_model.interleavings import Chosen

USE = Use(OneTimeKey("access_token", "https://as.example.com", "payments", "t1"), 30.0, "f")
SERVERS = ["here", "there", "yonder", "there"]
SCRIPTS = st.lists(st.integers(0, 4095), max_size=120)
#: What lets no second use through however the network behaves, and under which settings.
SAFE = [
    ("shared_atomic", {}),
    ("two_sites", {}),
    ("two_sites", {"survivor": 1}),
    ("two_sites", {"survivor": 2}),
    ("consensus", {}),
    ("lightweight_transaction", {}),
    ("home_owner", {}),
]
#: What does, though every record is kept: by lag, or by the race.
UNSAFE = ["shared_check_then_act", "replicated_async", "multi_master", "quorum"]


def scripts(count: int, seed: int) -> list[list[int]]:
    """Scripts of various lengths."""
    random = Random(seed)
    return [
        [random.randrange(4096) for _ in range(random.choice((0, 20, 60, 100)))]
        for _ in range(count)
    ]


def violations(name: str, count: int = 150, *, any_leader: bool = False, **dials: float) -> int:
    """In how many of so many orders more than one use was the first."""
    found = 0
    for script in scripts(count, seed=20250120):
        chosen = Chosen(script, any_leader=any_leader, **dials)
        chosen.present(name, USE, SERVERS)
        found += chosen.firsts() > 1
    return found


@pytest.mark.parametrize(("name", "dials"), SAFE)
def test_at_most_one_use_whatever_is_lost_doubled_or_late(name, dials):
    @settings(derandomize=True, deadline=None, max_examples=60)
    @given(SCRIPTS)
    def one_at_most(script: list[int]) -> None:
        chosen = Chosen(script, **dials)
        chosen.present(name, USE, SERVERS)
        assert chosen.firsts() <= 1

    one_at_most()


@settings(derandomize=True, deadline=None, max_examples=100)
@given(SCRIPTS)
def test_consensus_keeps_to_one_use_when_every_member_believes_that_it_leads(script: list[int]):
    chosen = Chosen(script, any_leader=True)
    chosen.present("consensus", USE, SERVERS)
    assert chosen.firsts() <= 1


@pytest.mark.parametrize(("name", "dials"), SAFE)
def test_when_nothing_goes_wrong_one_of_four_wins_and_all_are_told(name, dials):
    chosen = Chosen([], **dials)
    outcomes = chosen.present(name, USE, SERVERS)
    assert sorted(map(repr, outcomes)) == ["First(lease=0)", *["Replay()"] * 3]


@pytest.mark.parametrize("name", UNSAFE)
def test_what_promises_less_is_seen_to_let_a_second_one_through(name: str):
    assert violations(name) > 10


def test_asynchronous_replicas_let_a_second_one_through_after_a_change_of_leader():
    assert violations("failover_deny_list") == 0
    assert violations("failover_deny_list", any_leader=True) > 0


def test_two_owners_let_a_second_one_through_when_the_first_is_silent():
    assert violations("home_owner", owners=2) > 0


@settings(derandomize=True, deadline=None, max_examples=100)
@given(SCRIPTS)
def test_every_member_s_use_beyond_the_first_is_compensated_once(script: list[int]):
    chosen = Chosen(script)
    chosen.present("multi_master", USE, SERVERS)
    accepted = [
        name
        for name, shelf in chosen.stores.items()
        if shelf.apply(StoreCall(name, "look", USE.key), 0.0).fingerprint == name
    ]
    assert len(chosen.notes) == max(len(accepted) - 1, 0)
    assert chosen.firsts() <= len(accepted)


# --- each line that safety hangs on, broken


def test_an_acceptor_that_promises_twice_is_found_out(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(acceptors.VERBS, "promise", lambda acceptor, call: True)
    assert violations("lightweight_transaction") > 0


def test_an_acceptor_that_accepts_below_its_promise_is_found_out(monkeypatch: pytest.MonkeyPatch):
    def accept(acceptor: acceptors.Acceptor, call: StoreCall) -> bool:
        acceptor.promised = min(acceptor.promised, call.lease)
        return acceptors.Acceptor.accept(acceptor, call)

    monkeypatch.setitem(acceptors.VERBS, "accept", accept)
    assert violations("lightweight_transaction") > 0


def test_a_coordinator_that_insists_on_its_own_proposal_is_found_out(monkeypatch):
    heard = LightweightTransaction._round

    def deaf(self, call, verb, value=""):
        answers = yield from heard(self, call, verb, value)
        return [a._replace(fingerprint="") for a in answers] if verb == "promise" else answers

    monkeypatch.setattr(LightweightTransaction, "_round", deaf)
    assert violations("lightweight_transaction") > 0


def test_coordinators_that_name_their_uses_alike_are_found_out(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("oauth_model.strategies.lightweight.named", lambda *of: "a use")
    assert violations("lightweight_transaction") > 0


def test_a_leader_that_does_not_heed_refusals_is_found_out(monkeypatch: pytest.MonkeyPatch):
    kept = consensus.Consensus.at_store

    def heedless(self, call):
        answer = yield from kept(self, call)
        return answer._replace(granted=True)

    monkeypatch.setattr(consensus.Consensus, "at_store", heedless)
    assert violations("consensus", any_leader=True) > 0


def test_the_bench_itself_loses_doubles_and_tires():
    lost, doubled, a_timer = 24, 26, 31  # interleavings.FATES
    for first, outcome in ((lost, Undecided()), (doubled, First()), (a_timer, Undecided())):
        assert Chosen([first]).present("shared_atomic", USE, ["here"]) == [outcome]
    # the second copy of the request is answered, and that answer overtakes the first one's
    overtaking = [doubled, 0, 32]
    assert Chosen(overtaking).present("shared_atomic", USE, ["here"]) == [Replay()]


@pytest.mark.parametrize(("name", "dials"), SAFE)
def test_the_orders_that_are_tried_let_most_runs_have_their_one_use(name, dials):
    served = 0
    for script in scripts(60, seed=2):
        chosen = Chosen(script, **dials)
        chosen.present(name, USE, SERVERS)
        served += chosen.firsts()
    assert served > 20
