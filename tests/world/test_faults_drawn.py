"""Faults that are drawn: repeatable, as often and as long as they should, nobody else's luck."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from itertools import pairwise
from math import exp, sqrt
from typing import Any

import pytest

from sim.trace import Row, Trace
from tests.world.faulty import drawn, fault, fields, spoilt, told, unserved
from tests.world.worlds import outcomes

KINDS: dict[str, Any] = {
    "partition": drawn("partition", target="one"),
    "clog": drawn("clog", target="one"),
    "crash": drawn("crash", among=["payments", "store"], target="one", memory="lost"),
    "failover": drawn("failover", detection_s=0.5),
    "slow": drawn("slow", among=["payments"], factor=3.0, extra=drawn("")["every"]),
    "clock_step": drawn("clock_step", among=["as"], offset_ms=-60_000.0),
    "rebalance": drawn("rebalance"),
}
WIDE: dict[str, Any] = {
    "servers__0__replicas": ["eu", "us"],
    "stores__members": ["eu", "eu", "us"],
    "strategy": "failover_deny_list",
    "network__access__request_loss_probability": 0.1,
    "network__access__latency": {"distribution": "lognormal", "median_ms": 10, "sigma": 0.5},
}
PRINT_DIGEST = """
import hashlib
from tests.world.test_faults_drawn import everything
print(hashlib.sha256("\\n".join(everything().lines()).encode()).hexdigest())
"""


def everything() -> Trace:
    """A run in which all of it happens."""
    return spoilt(*KINDS.values(), count=20, duration_s=30.0, **WIDE)


def test_the_same_seed_gives_the_same_faults_in_two_processes_with_other_hash_seeds():
    digests = {hashlib.sha256("\n".join(everything().lines()).encode()).hexdigest()}
    for hash_seed in ("1", "2"):
        environment = os.environ | {"PYTHONHASHSEED": hash_seed}
        command = [sys.executable, "-c", PRINT_DIGEST]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        digests.add(done.stdout.strip())
    assert len(digests) == 1


def test_another_seed_gives_other_faults():
    assert told(everything()) != told(spoilt(*KINDS.values(), duration_s=30.0, seed=7, **WIDE))


def delays(trace: Trace) -> dict[tuple[Any, ...], int | None]:
    """What became of every message: its cause, and its delay or None when it was lost."""
    sent: dict[int, Row] = {}
    found: dict[tuple[Any, ...], int | None] = {}
    for row in trace.of("send", "deliver", "drop"):
        start = sent.setdefault(row.message, row)
        if row is start or row.detail.get("reason") in ("partition", "crash"):
            continue
        cause = row.intention, row.actor, row.attempt, start.node, start.peer
        key = (*cause, start.detail["label"], row.token)
        found.setdefault(key, row.t_us - start.t_us if row.kind == "deliver" else None)
    return found


@pytest.mark.parametrize("kind", ["partition", "crash", "clock_step"])
def test_a_fault_that_is_switched_on_leaves_everybody_elses_draws_as_they_were(kind: str):
    more = WIDE | {"strategy": "shared_atomic", "client__retries": 2, "client__retry": "immediate"}
    quiet, spoiled = delays(spoilt(count=40, **more)), delays(spoilt(KINDS[kind], count=40, **more))
    common = quiet.keys() & spoiled.keys()
    assert len(common) > 200
    assert {key: quiet[key] for key in common} == {key: spoiled[key] for key in common}
    assert quiet != spoiled


@pytest.mark.parametrize("kind", ["partition", "clog", "slow", "clock_step", "rebalance"])
def test_a_fault_of_another_kind_leaves_a_faults_own_draws_as_they_were(kind: str):
    """A transfer of records is no draw: it waits until the two can talk."""
    alone, among = spoilt(KINDS[kind], duration_s=30.0, **WIDE), everything()
    told_alone, told_among = ({(t_us, done) for t_us, done, _ in told(t)} for t in (alone, among))
    mine = {(t_us, done) for t_us, done in told_alone if done != "transfer"}
    assert len(mine) > 2
    assert mine <= told_among


def test_two_faults_of_a_kind_draw_for_themselves():
    trace = spoilt(drawn("crash", among=["store"]), drawn("crash", among=["payments"]))
    times = {
        node: [t for t, _, n in told(trace) if n == node] for node in ("store", "payments-eu-1")
    }
    assert not set(times["store"]) & set(times["payments-eu-1"])


@pytest.mark.parametrize("kind", ["crash", "partition"])
def test_a_fault_stands_for_its_share_of_the_time(kind: str):
    """An alternating renewal process: MTTR / (MTBF + MTTR) of the time, here a third."""
    lasting = {"distribution": "lognormal", "median_ms": 1000 * exp(-1 / 2), "sigma": 1.0}
    part = drawn(kind, among=["payments-eu-1"]) | {"lasting": lasting}  # its mean is 1 s
    part |= {"apart_from": "everyone"} if kind == "partition" else {}
    more = fields(part, count=1, duration_s=30_000.0)
    rows = outcomes(more, f"share of time, {kind}", lambda row: row.kind == "fault")
    spans = [later.t_us - row.t_us for row, later in pairwise(rows)]
    cycles, share = len(spans) // 2, sum(spans[::2]) / sum(spans)
    assert cycles > 9_000
    # by the delta method; the squared coefficients of variation are 1 (up) and e - 1 (down)
    error = share * (1 - share) * sqrt((1 + exp(1) - 1) / cycles)
    assert abs(share - 1 / 3) < 4.06 * error


def test_one_of_them_is_hit_each_time_and_each_in_its_turn():
    replicas = {"servers__0__replicas": ["eu"] * 4}
    part = drawn("crash", among=["payments"], target="one")
    trace = spoilt(part, count=1, duration_s=400.0, **replicas)
    crashed = [node for _, action, node in told(trace) if action == "crash"]
    assert len(crashed) > 60
    assert set(crashed) == {f"payments-eu-{n}" for n in range(1, 5)}
    assert min(crashed.count(node) for node in set(crashed)) > 5


def test_what_is_drawn_begins_no_earlier_and_lasts_no_longer_than_the_scenario_says():
    part = drawn("crash", among=["store"]) | {"from_s": 10.0, "until_s": 20.0}
    times = [t for t, _, _ in told(spoilt(part, duration_s=60.0))]
    assert len(times) > 2
    assert 10 < min(times) < max(times) <= 20


def test_a_fault_that_takes_no_time_does_not_stop_the_clock():
    never = {"distribution": "constant", "value_ms": 0}
    part = {"fault": "crash", "among": ["store"], "every": never, "lasting": never}
    trace = spoilt(part, count=1, duration_s=0.1)
    assert [t for t, _, _ in told(trace)] == pytest.approx([n / 1000 for n in range(1, 100)])


# --- healed in the end ----------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_when_all_faults_have_ended_everybody_is_served(kind: str):
    more = WIDE | {"network__access__request_loss_probability": 0.0, "client__timeout_ms": 800}
    trace = spoilt(KINDS[kind], count=40, duration_s=60.0, faults_end_s=25.0, **more)
    assert max(t for t, _, _ in told(trace)) <= 25
    assert [n for n in unserved(trace) if n >= 25] == []


def test_the_end_of_all_faults_is_theirs_on_a_schedule_too():
    parts = [
        fault("crash", 1.5, among=["payments"]),
        fault("slow", 1.5, 9.0, among=["as"], factor=2.0),
        fault("partition", 4.0, 9.0),
    ]
    cut = {"from_s": 1.5, "until_s": 9.0, "between": ["client-eu", "payments-eu-1"]}
    trace = spoilt(*parts, faults_end_s=3.5, partitions=[cut])
    assert [(t, action) for t, action, _ in told(trace)] == [
        (1.5, "cut"),
        (1.5, "crash"),
        (1.5, "slow"),
        (3.5, "heal"),
        (3.5, "restart"),
        (3.5, "normal"),
    ]
    assert unserved(trace) == [1, 2]


def test_after_the_end_all_replicas_come_to_hold_the_same():
    """A use that a partition kept from the other region is there once the partition has healed."""
    part = drawn("partition")
    more = WIDE | {"strategy": "replicated_async", "network__access__request_loss_probability": 0.0}
    trace = spoilt(part, count=20, duration_s=60.0, faults_end_s=20.0, **more)
    known = {node: set[str]() for node in ("store-eu", "store-us")}
    for row in trace.of("store"):
        if row.node in known:
            known[row.node].add(row.detail["key"][3])
    assert known["store-eu"] == known["store-us"]
    assert len(known["store-eu"]) > 5
