"""One use that the server does not count itself: the effect does, or the AS, or a nonce."""

from __future__ import annotations

from typing import Any

import pytest

from sim.trace import Row
from tests.world.worlds import constant, run

TOKEN = "access_token"
#: Somebody with the server's log presents the same token 50 ms later, at another replica's too.
AGAIN = {
    "servers.0.replicas": ["eu", "eu"],
    "balancer.policy": "round_robin",
    "thief": {"probability": 1.0, "presentations": 4, "delay": constant(50)},
}


def said(fields: dict[str, Any]) -> list[tuple[str, int]]:
    """(presenter, status) of every answer of the payment server."""
    answers = [row for row in run(fields, "elsewhere").rows if row.kind == "respond"]
    return [(row.actor, row.detail["status"]) for row in answers]


def effects(fields: dict[str, Any]) -> list[Row]:
    rows = run(fields, "elsewhere").rows
    return [row for row in rows if row.kind == "effect" and row.detail["executed"]]


@pytest.mark.parametrize("strategy", ["in_transaction", "introspect_and_consume"])
def test_whoever_counts_elsewhere_counts_for_all_replicas(strategy: str):
    answers = said(AGAIN | {"strategy": strategy})
    assert answers == [("client", 200), *[("thief", 401)] * 4]


def test_the_effect_decides_even_where_the_scenario_would_ask_a_store_first():
    fields = AGAIN | {"strategy": "in_transaction", "servers.0.consume": "before_effect"}
    assert len(effects(fields)) == 1
    asked = [row for row in run(fields).rows if row.kind == "store"]
    assert TOKEN not in {row.detail["key"][0] for row in asked}


def test_the_as_is_asked_at_each_use_and_nobody_else_is():
    rows = run(AGAIN | {"strategy": "introspect_and_consume"}).rows
    asked = [r for r in rows if r.kind == "send" and r.detail["label"] == "POST /introspect"]
    assert len(asked) == 5
    assert {r.peer for r in rows if r.kind == "store"} == {"as-eu-1"}


@pytest.mark.parametrize(("believed_s", "most"), [(0.02, 1), (30.0, 5)])
def test_an_answer_that_is_believed_for_longer_lets_the_next_one_in(believed_s: float, most: int):
    fields = AGAIN | {
        "strategy": "introspection_cached",
        "servers.0.introspection_cache_s": believed_s,
        "servers.0.replicas": ["eu"],
    }
    assert len(effects(fields)) == most


PROVEN = {"client.proof": "dpop", "strategy": "server_nonce"}


def test_a_nonce_is_asked_for_first_and_then_good_for_whoever_repeats_it():
    answers = said(PROVEN | AGAIN)
    assert answers[:2] == [("client", 401), ("client", 200)]
    assert ("thief", 200) in answers


def test_when_the_nonce_is_over_nobody_gets_in():
    late = {"thief": {"probability": 1.0, "delay": constant(400_000)}, "duration_s": 500}
    long = {"authorization_server.single_use_lifetime_s": 3600}
    assert ("thief", 401) in said(PROVEN | late | long)
    assert ("thief", 200) not in said(PROVEN | late | long)


#: The lease is granted far away and is over when word of it arrives; meanwhile somebody near the
#: store takes the next one, pays and commits.
OVERTAKEN = {
    "strategy_settings.lease_s": 0.015,
    "servers.0.replicas": ["us", "eu"],
    "balancer.policy": "round_robin",
    "network.between": [{"regions": ["eu", "us"], "latency": constant(100)}],
    "stores.timeout_ms": 1000.0,
    "client.timeout_ms": 5000.0,
    "thief": {"probability": 1.0, "presentations": 8, "delay": constant(110)},
}


@pytest.mark.parametrize(
    ("strategy", "most"), [("reserve_commit", 2), ("reserve_commit_fenced", 1)]
)
def test_who_was_overtaken_comes_too_late_where_a_fence_stands(strategy: str, most: int):
    assert len(effects(OVERTAKEN | {"strategy": strategy})) == most


def test_a_lease_that_is_renewed_outlives_its_first_term():
    rows = run({"strategy": "reserve_commit_fenced", "strategy_settings.lease_s": 0.006}).rows
    said = [row.detail for row in rows if row.kind == "store" and row.detail["key"][0] == TOKEN]
    assert [(row["operation"], row["granted"]) for row in said][:2] == [
        ("reserve", True),
        ("commit", True),
    ]
    assert ("renew", False) in [(row["operation"], row["granted"]) for row in said]  # and stops
