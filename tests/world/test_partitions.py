"""Partitions: who cannot reach whom, from when until when, and that they act on arrival."""

from __future__ import annotations

import pytest

from tests.world.worlds import MS, S, answered, constant, cut, executed, kinds, learnt, run


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("eu", "us"),
        ("us", "eu"),
        ("client-eu", "payments-us-1"),
        ("eu", "payments-us-1"),
        ("us", "client-eu"),
    ],
)
def test_a_cut_link_between_regions_or_nodes_lets_nothing_through(a: str, b: str):
    trace = run({"servers.0.replicas": ["us"], "partitions": [cut(a, b)]})
    drops = trace.of("drop")
    assert [row.detail["reason"] for row in drops] == ["partition"]
    assert [(row.node, row.peer) for row in drops] == [("client-eu", "payments-us-1")]
    assert (executed(trace), learnt(trace), kinds(trace)) == (0, [None], ["unknown"])


def test_one_way_the_request_arrives_and_the_answer_does_not():
    cuts = [cut("payments-eu-1", "client-eu", one_way=True)]
    trace = run({"partitions": cuts})
    assert (executed(trace), answered(trace)) == (1, [200])
    assert (learnt(trace), kinds(trace)) == ([None], ["unknown"])


def test_one_way_the_other_way_round_nothing_happens_at_all():
    trace = run({"partitions": [cut("client-eu", "payments-eu-1", one_way=True)]})
    assert (executed(trace), answered(trace)) == (0, [])
    assert kinds(trace) == ["unknown"]


def test_a_cut_elsewhere_harms_nobody():
    fields = {"servers.0.replicas": ["us"], "thief.region": "asia", "thief.probability": 0.001}
    trace = run(fields | {"partitions": [cut("asia", "us"), cut("thief-asia", "eu")]})
    assert kinds(trace) == ["served"]


@pytest.mark.parametrize(
    ("from_s", "until_s", "status"),
    [
        (0.021, 0.029, 200),  # cut and healed while the presentation was in flight
        (0.029, 0.031, None),  # cut when it would arrive, though not when it was sent
        (0.015, 0.029, 200),  # cut when it was sent
        (0.041, 0.043, None),  # cut when the answer would arrive
        (0.043, 9, 200),
    ],
)
def test_a_partition_acts_when_a_message_would_arrive(from_s, until_s, status):
    cuts = [cut("client-eu", "payments-eu-1", from_s=from_s, until_s=until_s)]
    assert learnt(run({"partitions": cuts})) == [status]


def test_of_two_partitions_that_overlap_the_second_stands_when_the_first_heals():
    both = [("eu", "us", 1.5, 3.5), ("client-eu", "payments-us-1", 2.5, 5.5)]
    same = [("eu", "us", 1.5, 3.5), ("eu", "us", 2.5, 5.5)]
    for pairs in (both, same):
        cuts = [cut(a, b, from_s=start, until_s=end) for a, b, start, end in pairs]
        fields = {"servers.0.replicas": ["us"], "workload.intentions": 7, "partitions": cuts}
        trace = run(fields | {"workload.gap": constant(1000), "client.timeout_ms": 100})
        assert kinds(trace) == ["served", *["unknown"] * 4, "served", "served"]


def test_the_trace_says_when_a_link_is_cut_and_when_it_heals():
    trace = run({"partitions": [cut("eu", "store", from_s=2, until_s=3, one_way=True)]})
    said = {"between": ["eu", "store"], "one_way": True}
    assert [(row.t_us, row.detail) for row in trace.of("fault")] == [
        (2 * S, {"action": "cut"} | said),
        (3 * S, {"action": "heal"} | said),
    ]


def test_a_partition_that_outlasts_the_run_never_heals_in_it():
    trace = run({"partitions": [cut("eu", "store", from_s=1)], "duration_s": 2})
    assert [row.detail["action"] for row in trace.of("fault")] == ["cut"]


@pytest.mark.parametrize(
    ("on_outage", "status", "effects"), [("fail_closed", 503, 0), ("fail_open", 200, 1)]
)
def test_a_store_that_cannot_be_reached_leaves_the_decision_to_the_policy(
    on_outage, status, effects
):
    cuts = [cut("payments-eu-1", "store")]
    trace = run({"partitions": cuts, "strategy_settings.on_outage": on_outage})
    assert (answered(trace), executed(trace)) == ([status], effects)
    waited = trace.of("respond")[0].detail["handling_us"]
    assert waited == 200 * MS  # the store's timeout
