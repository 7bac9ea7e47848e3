"""Attackers: a thief who reads request logs, and a server that uses elsewhere what it was given."""

from __future__ import annotations

from typing import Any

import pytest

from sim.checker import check
from sim.statistics import agrees
from tests.world.worlds import (
    LEVEL,
    MS,
    answered,
    constant,
    cut,
    executed,
    kinds,
    outcomes,
    run,
    samples,
)

THIEF = {"thief.probability": 1, "thief.delay": constant(100), "strategy": "no_check"}
UNHEARD = [cut("payments-eu-1", "client-eu", one_way=True)]
THREE: dict[str, Any] = {
    "story": "consent_then_call_all",
    "client.signed_in": False,
    "malicious.server": "webdav",
    "servers": [
        {"name": "email", "operations": {"GET /mail": "email"}},
        {"name": "webdav", "operations": {"GET /files": "webdav"}},
        {"name": "voip", "operations": {"GET /calls": "voip"}},
    ],
}


def test_a_thief_that_never_looks_presents_nothing():
    trace = run(THIEF | {"thief.probability": 0, "workload.intentions": 20})
    assert {row.actor for row in trace} <= {"client", ""}
    assert executed(trace) == 20


def test_a_thief_that_always_looks_presents_what_every_request_carried():
    trace = run(THIEF | {"workload.intentions": 20, "workload.gap": constant(1)})
    assert answered(trace, "thief") == [200] * 20
    stolen = [row.token for row in trace.of("respond") if row.actor == "thief"]
    assert stolen == [row.token for row in trace.of("respond") if row.actor == "client"]


@pytest.mark.slow
def test_a_thief_finds_as_many_requests_as_its_probability_says():
    """Ten attempts of each intention reach the server, because no answer reaches the client."""
    again = {"client.retry": "immediate", "client.retries": 9, "partitions": UNHEARD}
    fields = THIEF | again | {"thief.probability": 0.3, "workload.intentions": samples(0.3) // 10}
    rows = outcomes(fields, "thief", lambda row: row.kind == "respond")
    found = sum(row.actor == "thief" for row in rows)
    assert agrees(found, len(rows) - found, 0.3, LEVEL)


def test_a_thief_presents_after_its_delay_the_very_bytes_that_it_found():
    sent = [row for row in run(THIEF).of("send") if row.detail["label"] == "POST /payments"]
    honest, copy = sent
    assert copy.node == "thief-eu"
    assert copy.t_us - honest.t_us == (10 + 100) * MS  # one way to the server, then the delay
    assert copy.detail["wire"] == honest.detail["wire"]


def test_a_thief_presents_as_often_as_it_likes_and_each_presentation_has_a_number():
    trace = run(THIEF | {"thief.presentations": 3})
    returned = [row for row in trace.of("return") if row.actor == "thief"]
    assert [row.attempt for row in returned] == [0, 1, 2]
    assert executed(trace) == 4


def test_every_presentation_has_a_delay_of_its_own():
    delay = {"distribution": "uniform", "high_ms": 5000}
    trace = run(THIEF | {"thief.presentations": 5, "thief.delay": delay})
    assert len({row.t_us for row in trace.of("return") if row.actor == "thief"}) == 5


def test_a_thief_copies_each_attempt_of_the_client_and_never_itself():
    again = {"client.retry": "immediate", "client.retries": 2, "partitions": UNHEARD}
    trace = run(THIEF | again)
    assert answered(trace, "client") == answered(trace, "thief") == [200] * 3


def test_what_never_reached_a_server_stands_in_no_log():
    trace = run(THIEF | {"partitions": [cut("client-eu", "payments-eu-1")]})
    assert answered(trace, "thief") == []


def test_a_thief_that_is_faster_than_the_check_makes_the_honest_client_a_replay():
    """The client's replica asks a store across the ocean; the thief goes to one beside it."""
    near = {"thief.region": "us", "stores.region": "us", "servers.0.replicas": ["eu", "us"]}
    far = {"network.between": [{"regions": ["eu", "us"], "latency": constant(80)}]}
    in_turn = {"balancer.policy": "round_robin", "thief.presentations": 2}
    at_once = {"thief.delay": constant(0), "strategy": "shared_atomic"}
    trace = run(THIEF | near | far | in_turn | at_once)
    assert answered(trace, "client") == [401]
    assert sorted(answered(trace, "thief")) == [200, 401]
    assert (executed(trace), kinds(trace)) == (1, ["refused"])


def test_a_one_time_check_stops_the_thief_who_comes_second():
    trace = run(THIEF | {"strategy": "shared_atomic", "workload.intentions": 10})
    assert answered(trace, "thief") == [401] * 10
    assert kinds(trace) == ["served"] * 10


def test_a_thief_with_an_idempotent_server_is_handed_the_stored_answer():
    trace = run(THIEF | {"strategy": "idempotent_response"})
    assert answered(trace, "thief") == [200]
    assert executed(trace) == 1
    assert [row.detail["outcome"] for row in trace.of("respond")] == ["first", "stored"]


@pytest.mark.parametrize(("issuance", "status"), [("fat", 200), ("lodderstedt", 401)])
def test_a_malicious_server_tries_what_it_received_at_all_the_others(issuance: str, status: int):
    trace = run(THREE | {"issuance": issuance})
    tried = {
        row.detail["server"]: row.detail["status"]
        for row in trace.of("respond")
        if row.actor == "webdav"
    }
    assert tried == {"email": status, "voip": status}
    assert kinds(trace) == ["served"]


def test_a_malicious_server_gains_nothing_it_was_not_given():
    trace = run(THREE | {"issuance": "lodderstedt"})
    received = {row.token for row in trace.of("respond") if row.detail["server"] == "webdav"}
    assert {row.token for row in trace.of("respond") if row.actor == "webdav"} == received
    effects = [(row.actor, row.detail["server"]) for row in trace.of("effect")]
    assert effects == [("client", "email"), ("client", "webdav"), ("client", "voip")]


def test_an_honest_server_tries_nothing():
    trace = run(THREE | {"malicious.server": None})
    assert {row.actor for row in trace.of("respond")} == {"client"}


def test_a_request_that_the_network_doubled_stands_in_the_log_once():
    """Found with probability 1/2: no thief presents twice, and no verdict is fooled by it."""
    trace = run(
        {
            "strategy": "idempotent_response",
            "workload.intentions": 60,
            "network.access.duplicate_probability": 1.0,
            "thief": {"region": "eu", "probability": 0.5},
        }
    )
    names = [(row.intention, row.attempt) for row in trace.of("return") if row.actor == "thief"]
    assert len(names) == len(set(names)) > 10
    assert check(trace, ["single_use_linearizable"])["single_use_linearizable"].holds


EXCHANGE = THREE | {"malicious.exchanges": True, "authorization_server.exchange_by": "audience"}


def asked_of_the_as(fields: dict[str, Any]) -> list[str]:
    sent = [row for row in run(fields).of("send") if row.actor == "webdav"]
    return [row.detail["label"] for row in sent if row.node == "as-eu-1"]


@pytest.mark.clause("RFC 8693 2.2.2 invalid_target")
def test_a_malicious_server_has_its_token_exchanged_and_is_refused():
    assert asked_of_the_as(EXCHANGE | {"issuance": "rfc8707"}) == [
        *["400 invalid_scope"] * 2,  # for the scope that is wanted at each of the others
        *["400 invalid_target"] * 2,  # and for none
    ]


def test_what_is_exchanged_for_a_fat_token_works_at_the_others():
    trace = run(EXCHANGE | {"issuance": "fat"})
    presented = [row for row in trace.of("respond") if row.actor == "webdav"]
    assert {row.detail["server"] for row in presented if row.detail["status"] == 200} == {
        "email",
        "voip",
    }
    assert {row.token for row in presented}.isdisjoint(
        row.token for row in trace.of("respond") if row.actor == "client"
    )


@pytest.mark.parametrize("who", ["nobody", "owner"])
def test_who_is_only_in_the_audience_may_exchange_nothing(who: str):
    denied = asked_of_the_as(EXCHANGE | {"authorization_server.exchange_by": who})
    assert denied == ["401 invalid_client"] * 4


def test_a_bound_token_is_not_exchanged_without_its_key():
    denied = asked_of_the_as(EXCHANGE | {"issuance": "fat", "client.proof": "mtls"})
    assert denied == ["400 invalid_request"] * 4
