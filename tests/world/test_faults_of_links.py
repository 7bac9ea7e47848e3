"""Faults of links: partitions of every shape, and clogs, which delay and drop nothing."""

from __future__ import annotations

from typing import Any

import pytest

from sim.trace import Trace
from tests.world.faulty import drawn, dropped, fault, spoilt, told, unserved
from tests.world.worlds import MS, S, answered, constant, cut, executed, learnt, run

SERVER = ["payments-eu-1"]
FIVE = ["a", "b", "c", "d", "e"]


def ways(trace: Trace) -> set[tuple[str, str]]:
    """Every pair of sides that the first cuts of a trace part."""
    rows = [row.detail["between"] for row in trace.of("fault") if row.detail["action"] == "cut"]
    sides = [[side.split("+") for side in row] for row in rows]
    return {
        (a, b)
        for row in sides
        for here in row
        for there in row
        if here is not there
        for a in here
        for b in there
    }


def islands(target: str, seed: int = 1) -> Trace:
    """Five regions that come apart; what happens in them does not matter."""
    more: dict[str, Any] = {"stores__members": FIVE, "seed": seed, "duration_s": 1.0}
    return spoilt(fault("partition", among=FIVE, target=target), count=1, **more)


# --- partitions -----------------------------------------------------------------------------------


def test_total_every_region_is_on_its_own():
    trace = spoilt(fault("partition", 1.5, 3.5), servers__0__replicas=["us"], stores__region="us")
    assert unserved(trace) == [1, 2]  # those at 2 and 3 s; each begins a second after the last
    assert {(row.node, row.peer) for row in dropped(trace, "partition")} == {
        ("client-eu", "payments-us-1")
    }
    assert told(trace) == [(1.5, "cut", ""), (3.5, "heal", "")]


def test_a_node_that_is_isolated_reaches_nobody_not_even_in_its_region():
    trace = spoilt(fault("partition", 1.5, 2.5, among=["store"], apart_from="everyone"))
    assert unserved(trace) == [1]
    assert answered(trace) == [200, 503, 200, 200, 200, 200]
    assert trace.of("fault")[0].detail["between"] == ["store", "*"]


@pytest.mark.parametrize(
    ("direction", "effects", "statuses"), [("in", 0, []), ("out", 1, [200]), ("both", 0, [])]
)
def test_one_way_only_what_is_sent_or_only_what_is_received_is_lost(direction, effects, statuses):
    # cut only while the answer, or only while the request, may arrive: the store is not met
    window = (1.025, 1.0305) if direction == "in" else (1.0325, 1.2)
    if direction == "both":
        window = (1.025, 1.2)
    part = fault("partition", *window, among=SERVER, apart_from="everyone", direction=direction)
    trace = spoilt(part, count=1)
    assert (executed(trace), answered(trace)) == (effects, statuses)
    assert learnt(trace) == [None]


def test_one_way_out_the_store_hears_the_server_no_more_and_the_server_hears_the_client():
    part = fault("partition", among=SERVER, apart_from="everyone", direction="out")
    trace = spoilt(part, count=1)
    assert answered(trace) == [503]  # said, though nobody hears it
    assert {row.node for row in dropped(trace, "partition")} == set(SERVER)


@pytest.mark.parametrize(("target", "alone"), [("one", 1), ("minority", 2), ("majority", 3)])
def test_those_drawn_come_apart_from_the_rest_and_stay_together(target: str, alone: int):
    parted = ways(islands(target))
    assert len(parted) == 2 * alone * (5 - alone)
    assert len({tuple(sorted(ways(islands(target, seed)))) for seed in range(8)}) > 2


def test_all_come_apart_from_each_other():
    assert len(ways(islands("all"))) == 5 * 4


@pytest.mark.parametrize("seed", range(4))
def test_in_a_ring_each_sees_a_majority_and_no_two_the_same(seed: int):
    parted = ways(islands("ring", seed))
    seen = {frozenset(b for b in FIVE if (a, b) not in parted) for a in FIVE}
    assert {len(each) for each in seen} == {3}
    assert len(seen) == 5


def test_of_two_faults_that_overlap_the_second_stands_when_the_first_heals():
    sides: dict[str, Any] = {"among": SERVER, "apart_from": "everyone"}
    trace = spoilt(fault("partition", 1.5, 3.5, **sides), fault("partition", 2.5, 5.5, **sides))
    assert unserved(trace) == [1, 2, 3, 4]


def test_a_partition_by_its_sides_and_one_by_its_shape_do_the_same():
    by_sides = run({"partitions": [cut("eu", "us")], "servers.0.replicas": ["us"]})
    shape = {"fault": "partition", "among": ["eu", "us"]}
    by_shape = run({"faults": [shape], "servers.0.replicas": ["us"]})
    assert [row for row in by_sides if row.kind != "fault"] == [
        row for row in by_shape if row.kind != "fault"
    ]


# --- clogs ----------------------------------------------------------------------------------------


def clog(from_s: float, until_s: float, **more: Any) -> Any:
    return fault("clog", from_s, until_s, among=SERVER, apart_from="everyone", **more)


def test_a_clog_delays_and_drops_nothing():
    trace = spoilt(clog(1.025, 1.05), count=1)
    assert trace.of("drop") == []
    assert learnt(trace) == [200]
    (effect,) = trace.of("effect")
    assert effect.t_us == 1052 * MS  # in place of 1032: from the end of the clog to the store, back


def test_what_is_held_is_let_go_in_the_order_in_which_it_came():
    trace = spoilt(clog(0.0, 1.0), count=20, workload__gap=constant(10))
    held = [row for row in trace.of("deliver") if row.t_us == S and row.node in SERVER]
    assert [row.intention for row in held] == list(range(20))[: len(held)]
    assert len(held) == 20


def test_what_a_clog_lets_go_may_come_too_late_for_who_waits_and_has_its_effect():
    trace = spoilt(clog(1.025, 1.5), count=1)
    assert learnt(trace) == [None]
    assert executed(trace) == 1


def test_a_message_stays_in_a_clog_while_another_clog_stands():
    trace = spoilt(clog(1.025, 1.05), clog(1.04, 1.06), count=1)
    assert trace.of("effect")[0].t_us == 1062 * MS


def test_what_leaves_a_clog_meets_the_partition_behind_it():
    wall = fault("partition", 1.04, 1.06, among=SERVER, apart_from="everyone")
    trace = spoilt(clog(1.025, 1.05), wall, count=1)
    assert [row.t_us for row in dropped(trace, "partition")] == [1050 * MS]


def test_one_way_a_clog_holds_only_what_goes_there():
    trace = spoilt(clog(1.0325, 1.06, direction="in"), count=1)
    assert trace.of("outcome")[0].t_us == 1042 * MS
    trace = spoilt(clog(1.0325, 1.06, direction="out"), count=1)
    assert trace.of("outcome")[0].t_us == 1060 * MS


def test_clogs_that_come_and_go_lose_nothing():
    trace = spoilt(drawn("clog"), count=40, servers__0__replicas=["us"], duration_s=50.0)
    assert trace.of("drop") == []
    assert executed(trace) == 40
    assert 0 < len(unserved(trace)) < 40
