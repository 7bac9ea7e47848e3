"""Members that tell each other: replicas, two sites, agreement, each one for itself."""

from __future__ import annotations

from typing import Any

import pytest

from oauth_model.flows import Effect, Gather, OneTimeKey, StoreCall, run
from oauth_model.replay import State
from oauth_model.strategies import (
    STRATEGIES,
    First,
    Place,
    Replay,
    Settings,
    Undecided,
    Use,
)
from tests.oauth_model.stores import MEMBERS, REGIONS, Kept, Stores, made

USE = Use(OneTimeKey("access_token", "https://as.example.com", "payments", "t1"), 30.0, "f")
HERE, THERE, YONDER = MEMBERS


# --- asynchronous replicas and a failover


def failed_over(name: str, *, copied: bool, before_use: bool = False) -> Stores:
    """A key issued and used at a primary that is then replaced, its copies lost or not."""
    stores = Stores()
    chosen = STRATEGIES[name](Place("here", REGIONS, MEMBERS), stores.settings)
    run(chosen.register(USE), stores.answer)
    if not before_use:
        assert stores.present(chosen, USE) == First()
    if copied:
        stores.settle()
    stores.background.clear()
    stores.primary = THERE
    return stores


@pytest.mark.parametrize(("copied", "second"), [(True, Replay()), (False, First())])
def test_a_deny_list_accepts_a_replay_of_what_was_lost_in_a_failover(copied, second):
    stores = failed_over("failover_deny_list", copied=copied)
    assert stores.present(made("failover_deny_list"), USE) == second


@pytest.mark.parametrize(("copied", "first"), [(True, First()), (False, Replay())])
def test_an_allow_list_refuses_a_first_use_of_what_was_lost_in_a_failover(copied, first):
    stores = failed_over("failover_allow_list", copied=copied, before_use=True)
    assert stores.present(made("failover_allow_list"), USE) == first


def test_an_allow_list_too_accepts_a_replay_if_the_issuance_was_copied_and_the_use_was_not():
    stores = Stores()
    chosen = made("failover_allow_list")
    run(chosen.register(USE), stores.answer)
    stores.settle()
    assert stores.present(chosen, USE) == First()
    stores.background.clear()
    stores.primary = THERE
    assert stores.present(chosen, USE) == First()


@pytest.mark.parametrize(
    ("acks", "down", "outcome"),
    [
        (1, (), First()),
        (1, (THERE,), First()),
        (1, (THERE, YONDER), Undecided()),
        (2, (THERE,), Undecided()),
        (3, (), Undecided()),
    ],
)
def test_a_use_that_too_few_replicas_acknowledged_is_undecided(acks, down, outcome):
    stores = Stores(down, acks=acks)
    assert stores.begin(made("failover_deny_list", acks=acks), USE) == outcome


def test_waiting_for_acknowledgements_undoes_nothing():
    stores, chosen = Stores((THERE, YONDER), acks=1), made("failover_deny_list", acks=1)
    assert [stores.begin(chosen, USE) for _ in range(2)] == [Undecided(), Replay()]
    stores.down.clear()
    stores.settle()  # a replica that was not heard is told until it answers
    stores.primary = YONDER
    assert stores.begin(chosen, USE) == Replay()


def test_a_failover_to_a_replica_that_acknowledged_loses_nothing():
    stores, chosen = Stores(acks=1), made("failover_deny_list", acks=1)
    assert stores.begin(chosen, USE) == First()
    stores.background.clear()
    stores.primary = THERE
    assert stores.begin(chosen, USE) == Replay()


def test_news_of_a_use_that_overtakes_that_of_the_issuance_leaves_a_tombstone():
    stores, chosen = Stores(), made("failover_allow_list")
    run(chosen.register(USE), stores.answer)
    assert stores.present(chosen, USE) == First()
    stores.background.reverse()
    stores.settle()
    stores.primary = THERE
    assert stores.present(chosen, USE) == Replay()


def test_a_copy_waits_in_its_sender():
    stores = Stores(copy_after_s=0.5)
    stores.present(made("failover_deny_list"), USE)
    stores.settle()
    assert stores.now_s == 0.5 * 2  # the bench lets background flows wait one after the other


# --- two sites


@pytest.mark.parametrize(
    ("survivor", "down", "outcome"),
    [
        (0, THERE, Undecided()),
        (0, HERE, Undecided()),
        (1, THERE, First()),
        (1, HERE, Undecided()),
        (2, THERE, Undecided()),
        (2, HERE, First()),
    ],
)
def test_when_a_site_is_silent_only_the_survivor_goes_on(survivor, down, outcome):
    assert Stores((down,)).begin(made("two_sites", survivor=survivor), USE) == outcome


@pytest.mark.parametrize("survivor", [1, 2])
def test_what_the_survivor_accepted_alone_is_refused_when_the_other_is_back(survivor: int):
    silent = MEMBERS[2 - survivor]
    stores, chosen = Stores((silent,)), made("two_sites", survivor=survivor)
    assert stores.begin(chosen, USE) == First()
    stores.down.clear()
    assert stores.begin(chosen, USE) == Replay()


def test_a_second_site_that_is_not_there_is_not_waited_for():
    alone = STRATEGIES["two_sites"](Place(members=MEMBERS[:1]), Settings(survivor=2))
    assert Stores().begin(alone, USE) == First()
    assert Stores((HERE,)).begin(alone, USE) == Undecided()


# --- agreement


@pytest.mark.parametrize("name", ["consensus", "lightweight_transaction"])
@pytest.mark.parametrize(
    ("down", "outcome"),
    [
        ((), First()),
        ((YONDER,), First()),
        ((THERE, YONDER), Undecided()),
    ],
)
def test_a_majority_decides_and_a_minority_does_not(name, down, outcome):
    assert Stores(down).begin(made(name), USE) == outcome


@pytest.mark.parametrize("name", ["consensus", "lightweight_transaction"])
def test_a_leader_without_a_majority_cannot_even_refuse(name: str):
    stores, chosen = Stores(), made(name)
    assert stores.begin(chosen, USE) == First()
    stores.down |= {THERE, YONDER}
    assert stores.begin(chosen, USE) == Undecided()


def test_whoever_is_leader_finds_what_a_majority_recorded():
    stores, chosen = Stores((YONDER,)), made("consensus")
    assert stores.begin(chosen, USE) == First()
    stores.down, stores.primary = {HERE}, YONDER
    assert stores.begin(chosen, USE) == Replay()


def test_a_coordinator_finishes_what_another_had_half_done():
    stores, chosen = Stores(), made("lightweight_transaction")
    ballot = StoreCall(THERE, "accept", USE.key, 90.0, "another's", 1024, memory="acceptors")
    stores.ask(ballot)
    stores.down.add(YONDER)  # or its majority might not have heard of it
    assert stores.begin(chosen, USE) == Replay()
    row = stores.ask(StoreCall(HERE, "look", USE.key, memory="acceptors"))
    assert (row.before, row.fingerprint) == (State.USED, "another's")


@pytest.mark.parametrize("forgetful", MEMBERS)
def test_one_member_that_forgot_everything_lets_no_second_use_in(forgetful: str):
    stores = Stores()
    chosen = made("lightweight_transaction")
    assert stores.present(chosen, USE) == First()
    stores.now_s = 5.0
    stores.stores[forgetful] = Kept(stores.settings, since_s=stores.now_s)
    assert stores.present(chosen, USE) == Replay()


def test_a_coordinator_that_was_outrun_recognizes_its_own_proposal():
    stores, chosen = Stores((YONDER,)), made("lightweight_transaction")
    rival = [StoreCall(THERE, "promise", USE.key, 90.0, "", 2048, memory="acceptors")]

    def answer(effect: Effect) -> Any:
        if isinstance(effect, Gather) and effect.calls[0].operation == "accept" and rival:
            stores.ask(rival.pop())  # after it has accepted here, and before it can elsewhere
        return stores.answer(effect, HERE)

    call = chosen.ask(HERE, "insert", USE)
    flow = STRATEGIES[chosen.name](Place("here", REGIONS, MEMBERS, HERE)).at_store(call)
    assert run(flow, answer).granted
    assert not rival


# --- every member for itself


def accepted_at(*regions: str) -> Stores:
    """A key used in each of these regions before any news travelled."""
    stores = Stores()
    for region in regions:
        assert stores.present(made("multi_master", region), USE) == First()
    return stores


@pytest.mark.clause("RFC 6749 4.1.2 revoke")
@pytest.mark.parametrize(
    ("regions", "undone"),
    [
        (["here"], 0),
        (["here", "there"], 1),
        (["there", "yonder"], 1),
        (["yonder", "here", "there"], 2),
    ],
)
def test_each_use_beyond_the_first_is_compensated_once(regions, undone):
    stores = accepted_at(*regions)
    assert stores.notes == []
    stores.settle()
    assert [note.kind for note in stores.notes] == ["compensate"] * undone
    assert {note.detail["token"] for note in stores.notes} <= {"t1"}
    assert {note.detail["kept"] for note in stores.notes} <= {f"member:{min(regions)}:1"}


def test_news_that_comes_twice_is_no_second_conflict():
    stores = accepted_at("here", "there")
    stores.settle()
    news = [call for call in stores.calls if call.operation == "news"]
    for call in news:
        stores.ask(call)
    assert len(stores.notes) == 1
