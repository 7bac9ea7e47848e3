"""Tokens bound to a key in the world: proofs that are counted, nonces, copies, several replicas."""

from __future__ import annotations

from typing import Any

import pytest

from sim.checker import check
from sim.trace import Trace
from tests.world.own_stories import nothing, presenting, statuses, tell
from tests.world.worlds import answered, cut, executed, kinds, learnt, run

DPOP: dict[str, Any] = {"client.proof": "dpop"}
NONCES = DPOP | {"servers.0.dpop_nonces": True}
ORDINARY = {"story": "ordinary_payment"}
TWO = {"servers.0.replicas": ["eu", "eu"], "balancer.policy": "round_robin"}


def presentations(trace: Trace) -> int:
    return sum(row.detail["label"] == "POST /payments" for row in trace.of("send"))


@pytest.mark.parametrize("proof", ["none", "dpop", "mtls"])
@pytest.mark.parametrize("crypto", ["symbolic", "ES256"])
@pytest.mark.parametrize("story", ["single_use_payment", "ordinary_payment"])
def test_the_client_is_served_with_its_proof(proof: str, crypto: str, story: str):
    trace = run({"client.proof": proof, "crypto": crypto, "story": story})
    assert (kinds(trace), executed(trace)) == (["served"], 1)


@pytest.mark.clause("RFC 9449 4.2 ath")
@pytest.mark.clause("RFC 9449 4.2 jti")
def test_every_request_has_a_proof_of_its_own_for_the_token_that_it_carries():
    trace = tell(presenting(0.01, 5, nothing), DPOP | {"servers.0.proof_strategy": "shared_atomic"})
    assert [status for _, status in statuses(trace)] == [200] * 5


@pytest.mark.clause("RFC 9700 2.2.1 constrained")
@pytest.mark.parametrize(
    ("fields", "stolen"),
    [
        ({}, 1),
        (DPOP, 1),
        (DPOP | {"servers.0.proof_strategy": "shared_atomic"}, 0),
        ({"client.proof": "mtls"}, 0),
    ],
    ids=["bearer", "dpop, nobody counts", "dpop, counted", "mtls"],
)
def test_a_thief_who_has_the_bytes_has_the_proof_and_not_the_connection(
    fields: dict[str, Any], stolen: int
):
    trace = run(ORDINARY | {"thief.probability": 1.0} | fields)
    assert executed(trace) == 1 + stolen


@pytest.mark.clause("RFC 9449 11.1 jti store")
@pytest.mark.parametrize(
    ("strategy", "effects"), [("", 2), ("per_replica", 2), ("shared_atomic", 1)]
)
def test_11_1_servers_without_shared_state_accept_a_proof_once_each(strategy: str, effects: int):
    hedged = {"client.retry": "hedged", "client.hedge_after_ms": 5.0}
    fields = ORDINARY | DPOP | TWO | hedged | {"servers.0.proof_strategy": strategy}
    assert executed(run(fields)) == effects


@pytest.mark.clause("interim-2025-01-20 overlap DPoP")
def test_7_3_the_copy_of_a_hedged_request_is_refused_where_proofs_are_counted():
    hedged = {"client.retry": "hedged", "client.hedge_after_ms": 5.0}
    trace = run(ORDINARY | DPOP | hedged | {"servers.0.proof_strategy": "shared_atomic"})
    assert (answered(trace), learnt(trace)) == ([200, 401], [200, None])
    assert (kinds(trace), executed(trace)) == (["served"], 1)


@pytest.mark.parametrize("strategy", ["shared_atomic", "idempotent_response"])
def test_11_1_to_whoever_counts_proofs_a_copy_is_a_replay_and_brings_nobody_a_stored_answer(
    strategy: str,
):
    stolen = DPOP | {"thief.probability": 1.0, "servers.0.proof_strategy": strategy}
    trace = run(ORDINARY | stolen)
    said = [(row.actor, row.detail["status"], row.detail["outcome"]) for row in trace.of("respond")]
    assert said == [("client", 200, "first"), ("thief", 401, "replay")]
    assert (
        check(trace, ["stored_answer_for_its_client"])["stored_answer_for_its_client"].holds is None
    )


@pytest.mark.clause("RFC 9449 7.3 new proof")
@pytest.mark.parametrize(("story", "effects"), [("ordinary_payment", 2), ("single_use_payment", 1)])
def test_7_3_a_retry_has_a_new_proof_which_does_not_stop_a_second_effect(story: str, effects: int):
    lost = cut("payments-eu-1", "client-eu", until_s=0.5, one_way=True)
    fields = DPOP | {"client.retry": "immediate", "servers.0.proof_strategy": "shared_atomic"}
    trace = run(fields | {"story": story, "partitions": [lost]})
    assert executed(trace) == effects
    assert answered(trace) == ([200, 200] if effects == 2 else [200, 401])


@pytest.mark.clause("RFC 9449 9 RS nonce")
@pytest.mark.parametrize("story", ["single_use_payment", "ordinary_payment"])
def test_9_the_first_call_costs_a_round_trip_more_and_the_next_none(story: str):
    gap = {"distribution": "constant", "value_ms": 500.0}
    fields = NONCES | {"story": story, "workload.intentions": 3, "workload.gap": gap}
    trace = run(fields)
    assert (kinds(trace), executed(trace)) == (["served"] * 3, 3)
    assert answered(trace) == [401, 200, 200, 200]


def test_9_a_challenge_consumes_neither_token_nor_proof():
    trace = run(NONCES | {"servers.0.proof_strategy": "shared_atomic"})
    assert answered(trace) == [401, 200]
    used = [row.detail["kind"] for row in trace.of("consume") if row.peer.startswith("payments")]
    assert used == ["dpop_proof", "access_token"]


@pytest.mark.clause("RFC 9449 9 RS nonce")
def test_9_a_double_click_dances_twice_and_both_clicks_are_let_in():
    trace = tell(presenting(0.001, 2, nothing), NONCES)
    assert sorted(status for _, status in statuses(trace)) == [200, 200, 401, 401]


@pytest.mark.parametrize(("ahead_ms", "kind"), [(0.0, "served"), (62_000.0, "refused")])
def test_9_replicas_that_share_a_secret_and_not_the_time_refuse_each_other_s_nonces(
    ahead_ms: float, kind: str
):
    clocks = [{"node": "payments-eu-2", "offset_ms": ahead_ms}]
    trace = run(ORDINARY | NONCES | TWO | {"clocks": clocks})
    assert kinds(trace) == [kind]


def test_9_where_requests_stick_to_a_replica_its_own_nonce_is_enough():
    sticky = {"balancer.policy": "sticky", "servers.0.replicas": ["eu", "eu"]}
    clocks = [{"node": "payments-eu-2", "offset_ms": 62_000.0}]
    assert kinds(run(ORDINARY | NONCES | sticky | {"clocks": clocks})) == ["served"]
