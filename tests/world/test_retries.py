"""The client under a lossy world: what it retries with, when it hedges, and what it then believes.

`UNHEARD` cuts the way back from one replica: what is presented there happens, and nobody hears.
"""

from __future__ import annotations

from itertools import pairwise

import pytest

from sim.trace import Row, Trace
from tests.world.worlds import MS, answered, constant, cut, executed, kinds, learnt, run

#: Two replicas in turn: the answer of the first attempt is lost, that of the second arrives.
UNHEARD = {
    "servers.0.replicas": ["us", "eu"],
    "balancer.policy": "round_robin",
    "partitions": [cut("payments-us-1", "client-eu", one_way=True)],
    "client.retry": "immediate",
}
#: The first attempt goes to a replica 500 ms away, the second to one next door.
SLOW_FIRST = {
    "servers.0.replicas": ["us", "eu"],
    "balancer.policy": "round_robin",
    "network.between": [{"regions": ["eu", "us"], "latency": constant(500)}],
    "client.retry": "hedged",
    "client.timeout_ms": 3000,
    "stores.timeout_ms": 3000,
}


def presented(trace: Trace) -> list[str]:
    """The references of the tokens presented by the client, in order of presentation."""
    sent = (row for row in trace.of("send") if row.detail["label"] == "POST /payments")
    return [row.token for row in sent if row.actor == "client"]


def wallet(trace: Trace) -> list[tuple[str, str, str]]:
    """What intention 0 did to its wallet: action, token, and what stood there before."""
    rows = (row for row in trace.of("wallet") if row.intention == 0)
    return [(row.detail["action"], row.token, row.detail["before"]) for row in rows]


# --- what a retry carries -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("retry_with", "strategy", "effects", "learns", "believes"),
    [
        ("same_token", "no_check", 2, 200, "served"),
        ("same_token", "per_replica", 2, 200, "served"),
        ("same_token", "shared_atomic", 1, 401, "refused"),  # told so after the effect had happened
        ("same_token", "idempotent_response", 1, 200, "served"),
        ("fresh_token", "shared_atomic", 2, 200, "served"),  # each token is used once
        ("fresh_token_same_idempotency_key", "shared_atomic", 1, 200, "served"),
        ("fresh_token_same_idempotency_key", "no_check", 1, 200, "served"),
    ],
)
def test_after_a_lost_answer_each_kind_of_retry_goes_its_own_way(
    retry_with, strategy, effects, learns, believes
):
    trace = run(UNHEARD | {"client.retry_with": retry_with, "strategy": strategy})
    assert executed(trace) == effects
    assert learnt(trace) == [None, learns]
    assert kinds(trace) == [believes]


def test_a_retry_carries_the_same_token_or_a_fresh_one():
    assert presented(run(UNHEARD)) == ["at-0.1", "at-0.1"]
    assert presented(run(UNHEARD | {"client.retry_with": "fresh_token"})) == ["at-0.1", "at-0.2"]


def test_the_second_effect_under_one_idempotency_key_is_recorded_as_not_executed():
    trace = run(UNHEARD | {"client.retry_with": "fresh_token_same_idempotency_key"})
    assert [row.detail["executed"] for row in trace.of("effect")] == [True, False]


def test_each_intention_has_an_idempotency_key_of_its_own():
    fields = {"client.retry_with": "fresh_token_same_idempotency_key", "workload.intentions": 3}
    assert executed(run(fields)) == 3


# --- when it tries again --------------------------------------------------------------------------


@pytest.mark.parametrize(("retries", "attempts"), [(0, 1), (1, 2), (3, 4)])
def test_nobody_answers_and_the_client_gives_up_after_so_many_retries(retries: int, attempts: int):
    cuts = [cut("client-eu", "payments-eu-1")]
    fields = {"client.retry": "immediate", "client.retries": retries, "partitions": cuts}
    trace = run(fields)
    assert learnt(trace) == [None] * attempts
    assert trace.of("outcome")[0].detail["attempts"] == attempts
    assert [row.attempt for row in trace.of("return")] == list(range(attempts))


def test_without_retries_one_lost_answer_is_the_end():
    trace = run(UNHEARD | {"client.retry": "none"})
    assert (learnt(trace), kinds(trace), executed(trace)) == ([None], ["unknown"], 1)


def test_an_immediate_retry_is_sent_when_the_timeout_is_over():
    first, second = run(UNHEARD).of("return")
    assert second.detail["invoked_us"] == first.t_us


def test_a_backoff_waits_longer_each_time_but_no_longer_than_its_cap():
    fields = {"client.retry": "backoff", "client.retries": 5, "client.backoff_base_ms": 100}
    cuts = [cut("client-eu", "payments-eu-1")]
    trace = run(fields | {"client.backoff_cap_ms": 300, "partitions": cuts}, "backoff")
    returned = trace.of("return")
    waits = [b.detail["invoked_us"] - a.t_us for a, b in pairwise(returned)]
    caps = [100 * MS, 200 * MS, 300 * MS, 300 * MS, 300 * MS]
    assert all(0 < wait < cap for wait, cap in zip(waits, caps, strict=True))
    assert max(waits) > 100 * MS  # it did grow


def test_a_busy_server_is_asked_again_and_answers_when_the_store_is_back():
    cuts = [cut("payments-eu-1", "store", until_s=0.3)]
    fields = {"client.retry": "backoff", "client.backoff_base_ms": 400, "client.retries": 5}
    trace = run(fields | {"partitions": cuts}, "busy")
    assert answered(trace)[0] == 503
    assert (answered(trace)[-1], executed(trace), kinds(trace)) == (200, 1, ["served"])


# --- hedging --------------------------------------------------------------------------------------


def returns(trace: Trace) -> list[Row]:
    return sorted(trace.of("return"), key=lambda row: row.attempt)


def test_a_hedge_is_a_second_attempt_and_the_first_answer_wins():
    trace = run(SLOW_FIRST | {"strategy": "no_check"})
    first, second = returns(trace)
    assert second.detail["invoked_us"] - first.detail["invoked_us"] == 200 * MS
    assert (first.detail["status"], second.detail["status"]) == (None, 200)
    assert first.t_us == second.t_us == second.detail["invoked_us"] + 20 * MS
    assert presented(trace) == ["at-0.1", "at-0.1"]
    assert [row.detail["attempts"] for row in trace.of("outcome")] == [1]


def test_both_attempts_of_a_hedge_may_take_effect():
    assert executed(run(SLOW_FIRST | {"strategy": "no_check"})) == 2
    assert executed(run(SLOW_FIRST | {"strategy": "shared_atomic"})) == 1


def test_no_hedge_is_sent_when_the_answer_was_there_before():
    trace = run({"client.retry": "hedged"})
    assert (len(presented(trace)), learnt(trace)) == (1, [200])


def test_of_a_hedge_that_nobody_answers_both_attempts_are_unknown():
    cuts = [cut("client-eu", "payments-us-1"), cut("client-eu", "payments-eu-1")]
    trace = run(SLOW_FIRST | {"partitions": cuts})
    assert learnt(trace) == [None, None]
    assert {row.t_us - returns(trace)[0].detail["invoked_us"] for row in returns(trace)} == {
        3000 * MS
    }
    assert kinds(trace) == ["unknown"]


# --- the wallet -----------------------------------------------------------------------------------


def test_a_client_that_knows_use_swaps_the_token_in_and_restores_the_original():
    original = "at-session.1"
    assert wallet(run({})) == [
        ("swap_in", "at-0.1", original),
        ("restore", original, "at-0.1"),
    ]


def test_a_client_that_does_not_know_use_overwrites_its_own_token():
    assert wallet(run({"client.use_aware": False})) == [("overwrite", "at-0.1", "at-session.1")]


def test_after_two_fresh_tokens_the_original_is_restored_not_the_first_of_them():
    assert wallet(run(UNHEARD | {"client.retry_with": "fresh_token"})) == [
        ("swap_in", "at-0.1", "at-session.1"),
        ("swap_in", "at-0.2", "at-0.1"),
        ("restore", "at-session.1", "at-0.2"),
    ]


def test_what_one_intention_swaps_in_no_other_sees():
    trace = run({"workload.intentions": 3, "workload.gap": constant(1)})
    before = {
        row.detail["before"] for row in trace.of("wallet") if row.detail["action"] == "swap_in"
    }
    assert before == {"at-session.1"}


def test_a_client_that_is_not_signed_in_asks_for_consent_first():
    trace = run({"client.signed_in": False})
    issued = [row.detail["kind"] for row in trace.of("issue")]
    assert issued == ["code", "access_token", "refresh_token", "access_token"]
    assert (presented(trace), kinds(trace)) == (["at-0.2"], ["served"])


def test_intentions_begin_one_after_the_other_at_their_gaps():
    trace = run({"workload.intentions": 4, "workload.gap": constant(250)})
    asked = [row.t_us for row in trace.of("send") if row.detail["label"] == "POST /token"]
    assert asked == [250 * MS, 500 * MS, 750 * MS, 1000 * MS]


def test_what_is_still_open_at_the_end_of_the_run_is_unknown():
    trace = run({"duration_s": 0.035, "workload.intentions": 1})
    (ended,) = trace.of("outcome")
    assert ended.detail == {
        "kind": "unknown",
        "latency_us": 35 * MS,
        "attempts": 1,
        "cut_off": True,
    }
    assert executed(trace) == 1
