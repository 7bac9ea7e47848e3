"""Time travel: at each event stands what had happened until then, and nothing of what comes."""

from __future__ import annotations

import pytest

from sim.checker import check
from sim.lab import TimelinePanel
from sim.lab.timeline import told, violations
from sim.scenario_files import load, vary
from sim.trace import Header, NodeInfo, Row, Trace
from sim.views.moment import moment, moment_html
from sim.views.shapes import Text
from sim.world.simulation import simulate

SCENARIO = vary(
    load("two-regions-payment"),
    strategy="per_replica",
    workload__intentions=5,
    thief__probability=1.0,
    partitions=(),
)
TWICE = "at_most_one_effect_per_token"


@pytest.fixture(scope="module")
def trace():
    run = simulate(SCENARIO)
    return run.about(check(run, [TWICE])[TWICE].witness["intention"])


def test_it_opens_at_the_first_violation(trace):
    panel = TimelinePanel(trace, [TWICE])
    number = panel.controls["event"].value
    assert trace.rows[number - 1].kind == "effect"
    assert f"From here on violated: {TWICE}." in panel.shown.sentence


def test_just_before_it_nothing_is_violated(trace):
    [number] = violations(trace, [TWICE])
    before = Trace(trace.header, trace.rows[: number - 1])
    assert check(before, [TWICE])[TWICE].holds is not False
    after = Trace(trace.header, trace.rows[:number])
    assert check(after, [TWICE])[TWICE].holds is False


def test_one_back_and_one_on_are_where_it_was(trace):
    panel = TimelinePanel(trace, [TWICE])
    back, on, first = panel.actions.children
    there = panel.shown
    back.click()
    assert panel.shown != there
    on.click()
    assert panel.shown == there
    panel.set(event=1)
    back.click()
    assert panel.controls["event"].value == 1
    first.click()
    assert panel.shown == there


def test_lanes_stand_still_while_events_come(trace):
    panel, lanes = TimelinePanel(trace, [TWICE]), []
    for event in (1, len(trace.rows)):
        panel.set(event=event)
        assert panel.shown.drawn is not None
        words = [shape for shape in panel.shown.drawn.shapes if isinstance(shape, Text)]
        lanes.append({(each.text, each.x) for each in words if each.text.startswith("payments-")})
    assert lanes[0] == lanes[1] != set()


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        (Row(1, "send", "a", "b", detail={"label": "GET /"}), "a: send GET / to b"),
        (Row(1, "deliver", "b", "a"), "b: deliver from a"),
        (Row(1, "drop", "a", "b"), "a: drop on the way to b"),
        (Row(1, "timeout", "a", "b"), "a: timeout waiting for b"),
        (Row(1, "store", "s", "b", detail={"operation": "insert"}), "s: store insert for b"),
        (Row(1, "outcome", "a", detail={"kind": "served"}), "a: outcome served"),
        (Row(1, "fault", "", detail={"action": "cut"}), "network: fault cut"),
    ],
    ids=lambda each: each.kind if isinstance(each, Row) else "",
)
def test_an_event_is_told_with_what_it_was_and_whom_it_met(row, sentence):
    assert told(row) == sentence


def test_where_nothing_is_violated_it_opens_at_the_end(trace):
    quiet = simulate(vary(SCENARIO, thief__probability=0.0, workload__intentions=1))
    assert TimelinePanel(quiet, [TWICE]).controls["event"].value == len(quiet.rows)


def test_a_message_is_under_way_from_when_it_is_sent_until_it_arrives_or_is_lost(trace):
    for number, row in enumerate(trace.rows, 1):
        under_way = {sent.message for sent in moment(trace, number).under_way}
        if row.kind == "send":
            assert row.message in under_way
        elif row.kind in ("deliver", "drop"):
            assert row.message not in under_way


def test_each_replica_knows_the_tokens_that_it_recorded_itself(trace):
    at = moment(trace, len(trace.rows))
    [first, second] = [row.node for row in trace.of("effect")]
    token = trace.of("effect")[0].token
    assert at.stores[first] == at.stores[second] == {token: "used"}
    assert first != second


def test_the_wallet_holds_what_was_put_in_last(trace):
    last = trace.of("wallet")[-1]
    held = moment(trace, len(trace.rows)).wallet[last.node, last.detail["server"]]
    assert held == last.token


NODE = NodeInfo("store", "store", "store", "eu", clock_offset_us=5000, clock_drift_ppm=100.0)
KEY = ["access_token", "as", "rs", "at-1"]


def world(*rows):
    return Trace(Header("s", "s", 1, "x", "fat", 10**7, (NODE,)), list(rows))


def stored(t_us, operation, granted=True):
    detail = {"operation": operation, "key": KEY, "granted": granted}
    return Row(t_us, "store", "store", detail=detail)


def fault(t_us, **detail):
    return Row(t_us, "fault", "store", detail=detail)


@pytest.mark.parametrize(
    ("operations", "state"),
    [
        (["insert"], "used"),
        (["add"], "available"),
        (["add", "remove"], "used"),
        (["reserve"], "reserved"),
        (["reserve", "commit"], "used"),
        (["reserve", "release"], "absent"),
        (["reserve", "renew"], "reserved"),
        (["count", "count"], "used"),
    ],
    ids=" ".join,
)
def test_a_record_is_what_the_last_granted_operation_made_of_it(operations, state):
    trace = world(*(stored(t, op) for t, op in enumerate(operations)), stored(9, "insert", False))
    assert moment(trace, len(trace.rows)).stores == {"store": {"at-1": state}}


def test_what_a_node_lost_in_a_crash_is_not_known_any_more():
    trace = world(stored(1, "insert"), fault(2, action="crash", memory="lost"))
    assert moment(trace, 1).stores
    assert not moment(trace, 2).stores


def test_a_clock_is_ahead_by_its_offset_its_drift_and_its_steps():
    trace = world(fault(10**6, action="step", offset_ms=-2.0))
    assert moment(trace, 0).clock_ms == {"store": 5.0}
    assert moment(trace, 1).clock_ms == {"store": pytest.approx(5.0 + 0.1 - 2.0)}


def test_the_tables_name_what_stands(trace):
    html = moment_html(trace, moment(trace, len(trace.rows)))
    assert all(f"<caption>{name}" in html for name in ("Wallet", "Replay stores", "Clocks"))
    assert trace.of("effect")[0].token in html
