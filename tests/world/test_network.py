"""The network: what is lost, doubled, held back, cut off or late, message by message.

The statistical tests read one large run with a fixed seed; at LEVEL all of this folder's together
fail by chance with probability below 0.001, and N messages notice a probability that is 10 % off.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import pairwise

import pytest

from sim.statistics import agrees
from sim.trace import Row, Trace
from tests.world.worlds import (
    LEVEL,
    MS,
    answered,
    constant,
    cut,
    executed,
    kinds,
    learnt,
    run,
    samples,
)

P = 0.3
N = samples(P)

REQUESTS_LOST = "network.access.request_loss_probability"
RESPONSES_LOST = "network.access.response_loss_probability"
DOUBLED = "network.access.duplicate_probability"
REORDERED = "network.access.reorder_probability"
HELD_BACK = "network.access.reorder_extra"
FAR = {"regions": ["eu", "us"], "latency": constant(600)}
ABROAD = {"servers.0.replicas": ["us"], "stores.region": "us", "network.between": [FAR]}


def lost(trace: Trace, *, requests: bool) -> list[bool]:
    """For every request (or response) between client and servers, whether it was lost."""
    dropped = {row.message for row in trace.of("drop") if row.detail["reason"] == "loss"}
    sent = (row for row in trace.of("send") if row.detail["link"] == "access")
    return [row.message in dropped for row in sent if (row.node == "client-eu") == requests]


def delays_us(trace: Trace) -> dict[int, list[int]]:
    """message → how long each of its copies took, for what went between client and servers."""
    sent = {row.message: row for row in trace.of("send") if row.detail["link"] == "access"}
    found = defaultdict(list)
    for row in trace.of("deliver"):
        if row.message in sent:
            found[row.message].append(row.t_us - sent[row.message].t_us)
    return found


# --- loss -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("certain", [REQUESTS_LOST, RESPONSES_LOST])
def test_what_is_surely_lost_never_arrives_and_the_other_way_nothing_is(certain: str):
    trace = run({certain: 1, "workload.intentions": 5})
    requests, responses = lost(trace, requests=True), lost(trace, requests=False)
    assert len(requests) == 5
    assert all(requests) == (certain == REQUESTS_LOST)
    assert responses == ([] if certain == REQUESTS_LOST else [True] * 5)


def test_without_loss_nothing_is_lost():
    trace = run({"workload.intentions": 50})
    assert trace.of("drop") == []
    assert kinds(trace) == ["served"] * 50


def test_a_lost_answer_to_a_token_request_leaves_a_token_that_nobody_presents():
    trace = run({RESPONSES_LOST: 1})
    assert [row.token for row in trace.of("issue") if row.intention == 0] == ["at-0.1"]
    assert kinds(trace) == ["refused"]  # nothing was presented, so nothing happened
    assert answered(trace) == []


@pytest.fixture(scope="module")
def rough() -> Trace:
    """Thousands of messages over links that lose, double and hold back, each with probability P."""
    fates = dict.fromkeys((REQUESTS_LOST, RESPONSES_LOST, DOUBLED, REORDERED), P)
    more = {HELD_BACK: constant(50), "workload.intentions": N * 3 // 4, "workload.gap": constant(1)}
    return run(fates | more | {"strategy": "no_check"}, "rough")


@pytest.mark.slow
@pytest.mark.parametrize("requests", [True, False])
def test_requests_and_responses_are_lost_as_often_as_the_scenario_says(
    rough: Trace, requests: bool
):
    found = lost(rough, requests=requests)
    assert len(found) > N
    assert agrees(sum(found), len(found), P, LEVEL)


@pytest.mark.slow
def test_a_message_that_is_not_lost_is_doubled_as_often_as_the_scenario_says(rough: Trace):
    copies = Counter(len(delays) for delays in delays_us(rough).values())
    assert set(copies) == {1, 2}
    assert agrees(copies[2], copies.total(), P, LEVEL)


@pytest.mark.slow
def test_each_copy_is_held_back_as_often_as_the_scenario_says(rough: Trace):
    delays = Counter(delay for copies in delays_us(rough).values() for delay in copies)
    assert set(delays) == {10 * MS, 60 * MS}
    assert agrees(delays[60 * MS], delays.total(), P, LEVEL)


@pytest.mark.slow
def test_the_copies_of_one_message_are_held_back_independently(rough: Trace):
    pairs = [tuple(delays) for delays in delays_us(rough).values() if len(delays) == 2]
    both = sum(pair == (60 * MS, 60 * MS) for pair in pairs)
    assert agrees(both, len(pairs), P * P, LEVEL)


# --- duplication and reordering -------------------------------------------------------------------


def test_a_doubled_request_is_two_deliveries_two_jobs_and_one_answer_that_counts():
    trace = run({DOUBLED: 1, "strategy": "no_check"})
    presented = [row for row in trace.of("send") if row.detail["label"] == "POST /payments"]
    delivered = [row for row in trace.of("deliver") if row.message == presented[0].message]
    assert len(presented) == 1
    assert sorted(row.detail["copy"] for row in delivered) == [0, 1]
    assert answered(trace) == [200, 200]
    assert executed(trace) == 2
    assert learnt(trace) == [200]
    assert kinds(trace) == ["served"]


def test_of_two_copies_a_one_time_check_lets_one_through():
    trace = run({DOUBLED: 1, "strategy": "shared_atomic"})
    assert sorted(answered(trace)) == [200, 401]
    assert executed(trace) == 1
    assert len(learnt(trace)) == 1


def arrivals(trace: Trace, label: str) -> list[int]:
    """The intentions whose message of a label arrived, in order of arrival."""
    messages = {row.message for row in trace.of("send") if row.detail["label"] == label}
    return [row.intention for row in trace.of("deliver") if row.message in messages]


def test_a_message_that_is_held_back_is_overtaken_by_later_ones():
    fields = {REORDERED: P, HELD_BACK: constant(50), "workload.intentions": 30}
    trace = run(fields | {"workload.gap": constant(5)}, "overtaken")
    order = arrivals(trace, "POST /token")
    assert sorted(order) == list(range(30))
    assert any(earlier > later for earlier, later in pairwise(order))


def test_without_chance_messages_arrive_in_the_order_in_which_they_were_sent():
    trace = run({"workload.intentions": 30, "workload.gap": constant(5)})
    assert arrivals(trace, "POST /token") == arrivals(trace, "POST /payments") == list(range(30))


def test_one_way_latency_is_the_links_and_what_crossing_regions_adds():
    trace = run(ABROAD | {"client.timeout_ms": 5000, "stores.region": "eu"})
    sent = {row.message: row for row in trace.of("send")}
    took = {
        (sent[row.message].node, row.node): row.t_us - sent[row.message].t_us
        for row in trace.of("deliver")
    }
    assert took["client-eu", "as-eu-1"] == took["as-eu-1", "client-eu"] == 10 * MS
    assert took["client-eu", "payments-us-1"] == took["payments-us-1", "client-eu"] == 610 * MS
    assert took["payments-us-1", "store"] == took["store", "payments-us-1"] == 601 * MS


def test_crossing_regions_can_lose_what_stays_at_home_does_not():
    leaky = {"regions": ["us", "eu"], "loss_probability": 1.0}
    trace = run({"servers.0.replicas": ["us"], "network.between": [leaky]})
    assert {row.peer for row in trace.of("drop")} == {"payments-us-1"}
    assert kinds(trace) == ["unknown"]


# --- timeouts and late answers --------------------------------------------------------------------


def test_no_answer_in_time_is_unknown_and_said_at_the_deadline():
    trace = run(ABROAD)
    (returned,) = trace.of("return")
    assert returned.detail["status"] is None
    assert returned.t_us - returned.detail["invoked_us"] == 1000 * MS
    assert [row.t_us for row in trace.of("timeout") if row.node == "client-eu"] == [returned.t_us]
    assert (kinds(trace), executed(trace)) == (["unknown"], 1)


def test_an_answer_that_comes_late_is_delivered_and_changes_nothing():
    trace = run(ABROAD)
    (returned,), (ended,) = trace.of("return"), trace.of("outcome")
    late = [
        row
        for row in trace.of("deliver")
        if row.peer == "payments-us-1" and row.node == "client-eu"
    ]
    assert [row.t_us > ended.t_us == returned.t_us for row in late] == [True]
    assert trace.of("wallet")[-1].t_us == ended.t_us  # the wallet was in order before it came


def test_a_late_answer_to_the_first_attempt_does_not_answer_the_second():
    fields = ABROAD | {"client.retry": "immediate", "strategy": "no_check"}
    trace = run(fields)
    assert learnt(trace) == [None, None]
    assert (executed(trace), kinds(trace)) == (2, ["unknown"])


def test_an_answer_just_in_time_is_in_time():
    assert learnt(run({"client.timeout_ms": 22})) == [200]
    assert learnt(run({"client.timeout_ms": 21.999})) == [None]


# --- what the trace says --------------------------------------------------------------------------


def test_every_message_is_sent_once_and_then_delivered_or_dropped():
    fates = {REQUESTS_LOST: 0.2, RESPONSES_LOST: 0.2, DOUBLED: 0.2, "workload.intentions": 40}
    trace = run(fates | {"partitions": [cut("eu", "store", from_s=0.05, until_s=0.2)]}, "fates")
    sent = [row.message for row in trace.of("send")]
    ended: dict[int, list[Row]] = defaultdict(list)
    for row in trace.of("deliver", "drop"):
        ended[row.message].append(row)
    assert sent == sorted(set(sent))
    assert ended.keys() == set(sent)
    assert {len(rows) for rows in ended.values()} == {1, 2}


def test_the_totals_count_the_messages_that_were_sent():
    trace = run({"workload.intentions": 7})
    (total,) = trace.of("total")
    roles = {node.name: node.role for node in trace.header.nodes}
    sent = Counter(f"{roles[row.node]} > {roles[row.peer]}" for row in trace.of("send"))
    assert total.detail["messages"] == dict(sent)
    assert total.detail["store_operations"] == len(trace.of("store"))


def test_time_is_whole_microseconds_and_never_goes_back():
    times = [
        row.t_us
        for row in run(
            {
                REORDERED: 0.5,
                HELD_BACK: {"distribution": "exponential", "mean_ms": 3},
                "workload.intentions": 9,
            }
        )
    ]
    assert {type(t_us) for t_us in times} == {int}
    assert times == sorted(times)


@pytest.mark.parametrize("crypto", ["symbolic", "EdDSA"])
def test_no_token_is_in_the_trace(crypto: str):
    text = "\n".join(
        run({"crypto": crypto, "thief.probability": 1, "client.signed_in": False}).lines()
    )
    assert "<at-0.2>" in text
    assert "sym.at+jwt" not in text
    assert "eyJ" not in text  # how every JWS begins (RFC 7515 7.1)
