"""Refresh races in the world: who refreshes at once, what the AS makes of it, what a loser does."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from sim.trace import Row, Trace
from tests.world.worlds import MS, constant, cut, executed, kinds, run

RACE: dict[str, Any] = {
    "story": "concurrent_refresh",
    "client.public": True,
    "workload.gap": constant(10_000),
    "duration_s": 1e6,
}
SIX = RACE | {"client.clicks": 6, "client.spread_ms": 1.0}
PROCESSES = {"client.architecture": "processes"}
STRICT = {"authorization_server.strategy": "shared_atomic"}
STORED = {"authorization_server.strategy": "idempotent_response"}
PATIENT = {"client.retry": "backoff", "client.backoff_base_ms": 50.0, "client.retries": 5}
LENIENT = [("idempotent_response", "served"), ("no_check", "served")]
#: From when a refresh is sent until what it brought is stored: two ways to the AS, and its store.
ROUND_TRIP_US = 22 * MS


def issued(trace: Trace, kind: str) -> int:
    """How many of a kind were issued within intentions: not at the sign-in before them."""
    return sum(r.intention >= 0 and r.detail["kind"] == kind for r in trace.of("issue"))


def said(trace: Trace) -> Counter[str]:
    """What the AS said to the client."""
    sent = (row for row in trace.of("send") if row.node.startswith("as-"))
    return Counter(row.detail["label"] for row in sent if row.peer == "client-eu")


@pytest.mark.parametrize(
    ("more", "ends", "calls", "refreshed"),
    [
        (STRICT, "refused", 1, 1),  # the family is dead, the last refresh included
        (STORED, "refused", 2, 2),  # five are told that it is in flight
        (STORED | PATIENT, "served", 7, 2),  # one for the six, one for the last
        ({"authorization_server.strategy": "no_check"}, "served", 7, 7),
        ({"client.public": False}, "served", 7, 0),  # nothing is rotated
        ({"client.architecture": "service_worker"}, "served", 7, 2),
    ],
    ids=["strict", "in flight", "same successor", "nobody counts", "confidential", "in turn"],
)
def test_six_who_refresh_within_a_millisecond(more, ends, calls, refreshed):
    trace = run(SIX | more, "six at once")
    assert (kinds(trace), executed(trace)) == ([ends], calls)
    assert issued(trace, "refresh_token") == refreshed


@pytest.mark.parametrize(
    ("on_refused", "ends", "calls", "sign_ins"),
    [
        ("give_up", "refused", 1, 0),
        ("wipe", "refused", 1, 0),
        ("adopt", "refused", 6, 0),  # all work on, until the access token expires again
        ("sign_in", "served", 7, 5),
    ],
)
def test_what_a_loser_does_under_an_as_that_kills_the_family(on_refused, ends, calls, sign_ins):
    trace = run(SIX | STRICT | PROCESSES | {"client.on_refused": on_refused})
    assert (kinds(trace), executed(trace)) == ([ends], calls)
    assert issued(trace, "code") == sign_ins


def test_one_who_is_told_to_come_again_adopts_what_the_winner_got():
    """The losers come while the winner's refresh is in flight: 409, which kills no family."""
    slow = {"network.internal": {"latency": constant(20)}}
    busy = {"authorization_server.strategy": "reserve_commit"} | slow
    assert said(run(SIX | busy))["409"] == 5
    assert kinds(run(SIX | busy)) == ["refused"]
    trace = run(SIX | busy | {"client.on_refused": "adopt"})
    assert (kinds(trace), issued(trace, "refresh_token")) == (["served"], 2)


def tabs_of(trace: Trace) -> dict[int, list[int]]:
    """Intention → when each of its tabs sent its first message."""
    first: dict[tuple[int, int], Row] = {}
    for row in trace.of("send"):
        if row.node == "client-eu" and row.attempt >= 100:
            first.setdefault((row.intention, row.attempt // 100), row)
    begun: dict[int, list[int]] = {}
    for (intention, _), row in first.items():
        begun.setdefault(intention, []).append(row.t_us)
    return begun


@pytest.mark.parametrize("architecture", ["bff", "tabs"])
def test_two_collide_when_the_second_begins_before_the_firsts_answer_is_stored(architecture):
    two = RACE | {"client.clicks": 2, "client.spread_ms": 100.0, "workload.intentions": 120}
    trace = run(two | STRICT | {"client.architecture": architecture}, "two tabs")
    collided = {i for i, (a, b) in tabs_of(trace).items() if abs(a - b) < ROUND_TRIP_US}
    refused = {i for i, kind in enumerate(kinds(trace)) if kind == "refused"}
    assert refused == collided
    assert 30 < len(refused) < 64  # 1 - (1 - 22/100)² of them: 47


def test_processes_that_remember_collide_however_far_apart_they_are():
    apart = {"client.spread_ms": 1e6, "client.clicks": 2, "workload.intentions": 20}
    assert Counter(kinds(run(RACE | STRICT | apart)))["served"] >= 19
    assert kinds(run(RACE | STRICT | PROCESSES | apart)) == ["refused"] * 20


def test_a_lock_costs_no_refresh_more_than_one_tab_alone():
    alone = run(RACE | {"client.clicks": 1})
    locked = run(SIX | {"client.architecture": "service_worker", "client.clicks": 24})
    assert said(alone)["200"] == said(locked)["200"] == 2


@pytest.mark.parametrize("strategy", ["shared_atomic", "idempotent_response"])
def test_a_proxy_that_drops_the_successor_has_the_second_refresh_refused(strategy: str):
    one = RACE | {"client.clicks": 1, "client.sleep_s": 300.0, "workload.intentions": 5}
    lost = {"client.rotation_result_discarded": True, "authorization_server.strategy": strategy}
    assert kinds(run(one)) == ["served"] * 5
    again = run(one | lost)
    expected = "refused" if strategy == "shared_atomic" else "served"  # the same answer again
    assert kinds(again) == [expected] * 5


def test_each_user_has_a_session_of_its_own():
    """Nobody's refresh is another's replay, and what was issued before belongs to no intention."""
    trace = run(RACE | STRICT | {"client.clicks": 1, "workload.intentions": 8})
    assert kinds(trace) == ["served"] * 8
    before = [row for row in trace.of("issue") if row.intention < 0]
    assert all("-session." in row.token for row in before)
    kept = [row.token for row in before if row.detail["kind"] == "refresh_token"]
    assert len(set(kept)) == 9  # one more, with which the run begins


def test_when_nothing_is_stored_the_last_is_the_first():
    """Not signed in, and nobody asks the user: nothing is sent."""
    trace = run(SIX | {"client.signed_in": False})
    assert (kinds(trace), len(trace.of("send"))) == (["refused"], 0)
    assert kinds(run(SIX | {"client.signed_in": False, "client.on_refused": "sign_in"})) == [
        "served"
    ]


@pytest.mark.parametrize(("strategy", "ends"), [("shared_atomic", "refused"), *LENIENT])
def test_a_refresh_whose_answer_was_lost_is_repeated_as_the_policy_says(strategy, ends):
    again = {"client.retry": "immediate", "authorization_server.strategy": strategy}
    cuts = [cut("as-eu-1", "client-eu", until_s=10.1, one_way=True)]
    trace = run(RACE | again | {"client.clicks": 1, "client.spread_ms": 0.0, "partitions": cuts})
    assert kinds(trace) == [ends]
    assert len(trace.of("timeout")) == 1


def test_a_refresh_that_nobody_answers_is_not_presented():
    cuts = [cut("as-eu-1", "client-eu", one_way=True)]
    trace = run(SIX | {"partitions": cuts, "client.on_refused": "adopt"})
    assert (kinds(trace), executed(trace)) == (["refused"], 0)


@pytest.mark.parametrize("proof", ["none", "dpop"])
def test_races_are_the_same_under_real_signatures(proof: str):
    fields = SIX | STRICT | {"client.on_refused": "sign_in", "client.proof": proof}
    symbolic, real = run(fields), run(fields | {"crypto": "ES256"})
    assert list(real.lines()) == list(symbolic.lines())
