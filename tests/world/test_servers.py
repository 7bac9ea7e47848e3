"""Servers in the world: where the one use is consumed, whose clock says what, who knows `use`."""

from __future__ import annotations

from typing import Any

import pytest

from tests.world.worlds import S, answered, constant, cut, executed, kinds, run

LIFETIME_S = 30
CONSUME = "servers.0.consume"
#: Somebody presents the same token again, after a delay.
COPIED: dict[str, Any] = {"thief.probability": 1, "thief.delay": constant(0)}
STORE_CUT = {"partitions": [cut("payments-eu-1", "store")]}


def clock(node: str, ahead_s: float, drift_ppm: float = 0) -> dict[str, Any]:
    return {"clocks": [{"node": node, "offset_ms": ahead_s * 1000, "drift_ppm": drift_ppm}]}


def stolen_after(delay_s: float, strategy: str = "no_check") -> dict[str, Any]:
    """A copy of each token is presented so long after it had arrived."""
    delay = constant(delay_s * 1000)
    return {"thief.probability": 1, "thief.delay": delay, "strategy": strategy, "duration_s": 600}


# --- where the one use is consumed ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("consume", "strategy", "effects"),
    [
        ("before_scope", "shared_atomic", 1),
        ("before_effect", "shared_atomic", 1),
        ("with_effect", "shared_atomic", 1),
        ("with_effect", "no_check", 1),  # the transaction needs no strategy
        ("after_effect", "shared_atomic", 2),  # the check comes too late
        ("before_effect", "no_check", 2),
    ],
)
def test_where_the_use_is_consumed_decides_how_often_it_takes_effect(consume, strategy, effects):
    trace = run(COPIED | {CONSUME: consume, "strategy": strategy})
    assert executed(trace) == effects


def test_in_one_transaction_two_replicas_consume_a_key_once():
    fields = {"servers.0.replicas": ["eu", "us"], CONSUME: "with_effect", "strategy": "per_replica"}
    trace = run(COPIED | fields | {"balancer.policy": "random", "workload.intentions": 20}, "both")
    assert len({row.node for row in trace.of("effect")}) == 2
    assert executed(trace) == 20
    assert sum(row.detail["consumed_before"] for row in trace.of("effect")) == 20


@pytest.mark.parametrize(
    ("consume", "effects", "status"),
    [
        ("before_scope", 0, 503),
        ("before_effect", 0, 503),
        ("after_effect", 1, 503),
        ("with_effect", 1, 200),
    ],
)
def test_without_the_store_the_dial_decides_what_happened_before_anyone_knows(
    consume, effects, status
):
    trace = run(STORE_CUT | {CONSUME: consume})
    assert (executed(trace), answered(trace)) == (effects, [status])


def test_after_the_effect_a_busy_answer_makes_the_honest_client_pay_twice():
    """A 503 promises that nothing happened; here it had, and the client believes the promise."""
    cuts = [cut("payments-eu-1", "store", until_s=0.3)]
    retries = {"client.retry": "backoff", "client.backoff_base_ms": 900, "client.retries": 3}
    trace = run(retries | {"partitions": cuts, CONSUME: "after_effect"}, "busy")
    assert answered(trace)[0] == 503
    assert executed(trace) == len(answered(trace)) > 1


def test_a_server_that_does_not_know_use_takes_a_single_use_token_for_any_other():
    trace = run(COPIED | {"servers.0.use_aware": False, "strategy": "shared_atomic"})
    assert answered(trace, "client") == answered(trace, "thief") == [200]
    assert [row for row in trace.of("decide", "store") if row.intention == 0] == []


# --- clocks ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("node", "ahead_s", "leeway_s", "status"),
    [
        ("payments-eu-1", 0, 0, 200),
        ("payments-eu-1", LIFETIME_S - 1, 0, 200),
        ("payments-eu-1", LIFETIME_S + 1, 0, 401),  # expired as soon as it was issued
        ("payments-eu-1", LIFETIME_S + 1, 5, 200),  # leeway makes up for it
        ("payments-eu-1", LIFETIME_S + 6, 5, 401),
        ("payments-eu-1", -3600, 0, 200),  # `iat` in the future is no reason (RFC 9068 4)
        ("as-eu-1", -(LIFETIME_S + 1), 0, 401),
        ("as-eu-1", -(LIFETIME_S + 1), 5, 200),
        ("as-eu-1", 60, 0, 200),
    ],
)
def test_an_honest_first_use_passes_if_the_clocks_agree_well_enough(
    node, ahead_s, leeway_s, status
):
    trace = run(clock(node, ahead_s) | {"servers.0.leeway_s": leeway_s})
    assert answered(trace) == [status]
    assert kinds(trace) == ["served" if status == 200 else "refused"]


@pytest.mark.parametrize(
    ("skew", "delay_s", "status"),
    [
        ({}, LIFETIME_S - 1, 200),
        ({}, LIFETIME_S + 1, 401),
        (clock("as-eu-1", 60), LIFETIME_S + 59, 200),  # a minute ahead: good for a minute longer
        (clock("as-eu-1", 60), LIFETIME_S + 61, 401),
        (clock("payments-eu-1", -60), LIFETIME_S + 59, 200),
        (clock("payments-eu-1", -60), LIFETIME_S + 61, 401),
        ({"servers.0.leeway_s": 7}, LIFETIME_S + 6, 200),
        ({"servers.0.leeway_s": 7}, LIFETIME_S + 8, 401),
    ],
)
def test_a_stolen_token_is_good_until_it_expires_on_the_servers_clock(skew, delay_s, status):
    assert answered(run(skew | stolen_after(delay_s)), "thief") == [status]


def test_an_authorization_server_that_is_ahead_dates_its_tokens_into_the_future():
    trace = run(clock("as-eu-1", 60))
    issued = [row.detail["claims"] for row in trace.of("issue") if row.token == "at-0.1"]
    usual = [row.detail["claims"] for row in run({}).of("issue") if row.token == "at-0.1"]
    assert [claims["iat"] - other["iat"] for claims, other in zip(issued, usual, strict=True)] == [
        60
    ]


def test_a_clock_that_drifts_is_wrong_later_than_earlier():
    """Ten per cent fast: 10 s ahead after 100 s, 40 s after 400 s, more than the lifetime."""
    fields = {"workload.intentions": 4, "workload.gap": constant(100_000), "duration_s": 1000}
    trace = run(clock("payments-eu-1", 0, drift_ppm=100_000) | fields)
    assert answered(trace) == [200, 200, 401, 401]


def test_one_replica_that_is_ahead_refuses_what_the_other_accepts():
    fields = {"servers.0.replicas": ["eu", "us"], "balancer.policy": "round_robin"}
    intentions = {"workload.intentions": 4, "workload.gap": constant(100)}
    trace = run(clock("payments-us-1", 3600) | fields | intentions)
    assert [(row.node, row.detail["status"]) for row in trace.of("respond")] == [
        ("payments-eu-1", 200),
        ("payments-us-1", 401),
    ] * 2


@pytest.mark.parametrize(
    ("ahead_s", "margin_s", "effects"), [(0, 60, 1), (100, 60, 2), (100, 200, 1), (0, -31, 2)]
)
def test_a_store_that_forgets_before_the_token_expires_lets_a_replay_through(
    ahead_s, margin_s, effects
):
    """A promise of single use needs retention of at least the largest difference of two clocks."""
    margin = {"strategy_settings.retention_margin_s": margin_s}
    trace = run(clock("store", ahead_s) | margin | stolen_after(20, "shared_atomic"))
    assert executed(trace) == effects


def test_the_header_says_how_every_clock_differs():
    nodes = {node.name: node for node in run(clock("store", 1.5, drift_ppm=-20)).header.nodes}
    assert (nodes["store"].clock_offset_us, nodes["store"].clock_drift_ppm) == (1_500_000, -20)
    assert {node.clock_offset_us for node in nodes.values() if node.name != "store"} == {0}


def test_the_rows_carry_simulation_time_whatever_the_clocks_say():
    times = [row.t_us for row in run(clock("payments-eu-1", 25)).of("respond")]
    assert times == [row.t_us for row in run({}).of("respond")] == [S * 32 // 1000]
