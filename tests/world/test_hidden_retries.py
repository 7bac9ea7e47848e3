"""Hidden retries: what an HTTP library or a proxy below the client does to its one-time objects."""

from __future__ import annotations

from typing import Any

import pytest

from sim.metrics import Tally
from sim.trace import Trace
from tests.world.worlds import MS, answered, constant, cut, executed, kinds, learnt, run

#: The first answer of the server is lost.
UNHEARD = {"partitions": [cut("payments-eu-1", "client-eu", until_s=0.1, one_way=True)]}
HIDDEN = UNHEARD | {"client.hidden_retries": 1, "client.hidden_retry_after_ms": 100.0}
OWN = UNHEARD | {"client.retry": "immediate", "client.timeout_ms": 100.0}
#: The token layer answers the same request from store; the proof layer counts each proof.
COUNTED = {
    "client.proof": "dpop",
    "strategy": "idempotent_response",
    "servers.0.proof_strategy": "shared_atomic",
}


def presented(trace: Trace) -> list[Any]:
    rows = [row for row in trace.of("send") if row.detail["label"] == "POST /payments"]
    return [(row.t_us, row.attempt, row.detail["wire"]) for row in rows]


@pytest.mark.clause("RFC 9110 9.2.2 repeated all the same")
@pytest.mark.parametrize(
    ("fields", "ends"),
    [
        (HIDDEN | COUNTED, "refused"),  # the token would do, its proof was used before
        (OWN | COUNTED, "served"),  # a new proof for the same token
        (HIDDEN | COUNTED | {"servers.0.proof_strategy": ""}, "served"),
        (HIDDEN | {"strategy": "idempotent_response"}, "served"),
        (HIDDEN | {"strategy": "shared_atomic"}, "refused"),
    ],
    ids=["same proof", "new proof", "nobody counts proofs", "bearer", "bearer, strict"],
)
def test_the_same_bytes_again_are_a_replay_to_whoever_counts_proofs(fields, ends):
    trace = run(fields)
    assert (kinds(trace), executed(trace)) == ([ends], 1)
    assert len(answered(trace)) == 2


def test_the_client_counts_one_attempt_and_the_trace_two():
    trace = run(HIDDEN)
    assert [row.detail["attempts"] for row in trace.of("outcome")] == [1]
    assert learnt(trace) == [None, 401]
    (at_us, first, _), (again_us, second, _) = presented(trace)
    assert (again_us - at_us, first, second) == (100 * MS, 0, 1)


@pytest.mark.parametrize("proof", ["none", "dpop"])
def test_what_is_sent_again_is_the_same_to_the_byte(proof: str):
    (_, _, wire), (_, _, again) = presented(run(HIDDEN | {"client.proof": proof}))
    assert wire == again


def test_metrics_count_it_as_an_honest_retry_that_was_told_invalid_token():
    tally = Tally()
    for row in run(HIDDEN):
        tally(row)
    rate = tally.measures()["retry_reject_rate"]
    assert (rate["value"], rate["n"]) == (1.0, 1)


@pytest.mark.parametrize("retries", [0, 1, 3])
def test_nobody_answers_and_all_of_it_is_one_attempt_of_the_clients_timeout(retries: int):
    fields = {"client.hidden_retries": retries, "client.hidden_retry_after_ms": 200.0}
    trace = run(fields | {"partitions": [cut("client-eu", "payments-eu-1")]})
    assert len(presented(trace)) == retries + 1
    (ended,) = trace.of("outcome")
    assert (ended.detail["kind"], ended.detail["attempts"]) == ("unknown", 1)
    assert ended.t_us - presented(trace)[0][0] == 1000 * MS


def test_below_retries_of_its_own_they_multiply():
    own = {"client.retry": "immediate", "client.retries": 2}
    hidden = {"client.hidden_retries": 3, "client.hidden_retry_after_ms": 100.0}
    trace = run(own | hidden | {"partitions": [cut("client-eu", "payments-eu-1")]})
    assert len(presented(trace)) == (1 + 2) * (1 + 3)
    assert [row.detail["attempts"] for row in trace.of("outcome")] == [3]


@pytest.mark.clause("RFC 9110 9.2.2 repeated all the same")
def test_a_refresh_sent_again_below_the_client_is_a_replay():
    """The answer is not lost: it is later than the library's patience."""
    race = {"story": "concurrent_refresh", "client.public": True, "client.clicks": 1}
    hasty = {"client.hidden_retries": 1, "client.hidden_retry_after_ms": 15.0}
    assert kinds(run(race)) == ["served"]
    assert kinds(run(race | hasty)) == ["refused"]
    stored = {"authorization_server.strategy": "idempotent_response"}
    assert kinds(run(race | stored | hasty)) == ["served"]


@pytest.mark.parametrize("story", ["single_use_payment", "single_use_burst", "concurrent_refresh"])
def test_a_patient_library_leaves_every_row_as_it_was(story: str):
    fields = {"story": story, "workload.intentions": 20, "workload.gap": constant(100)}
    jitter = {"distribution": "lognormal", "median_ms": 20, "sigma": 0.5}
    plain = fields | {"network.access": {"latency": jitter}}
    patient = {"client.hidden_retries": 3, "client.hidden_retry_after_ms": 900.0}
    assert list(run(plain).lines()) == list(run(plain | patient).lines())


def test_each_sending_has_a_fate_of_its_own():
    lossy = {"network.access": {"latency": constant(10), "request_loss_probability": 0.5}}
    many = {"workload.intentions": 60, "workload.gap": constant(5000), "duration_s": 1e4}
    hidden = {"client.hidden_retries": 9, "client.hidden_retry_after_ms": 90.0}
    assert kinds(run(lossy | many)).count("served") < 30
    assert kinds(run(lossy | many | hidden)).count("served") == 60
