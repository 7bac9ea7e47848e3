"""Faults as a scenario file tells them: each kind in TOML, and what is wrong with one in a line."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest

from sim.scenario import Scenario
from sim.scenario_faults import Crash, Fault, LinkFault, newcomer, newcomers
from sim.scenario_files import ScenarioError, build, load

PAYMENT = "two-regions-payment"
TOML = """
faults_end_s = 50.0
[about]
title = "everything goes wrong"
[[servers]]
name = "payments"
replicas = ["eu", "us"]
operations = { "POST /payments" = "payment" }
[[faults]]  # the software of a wide-area network (CENIC): median 2.7 min, 95 % under 19.9 min
fault = "partition"
target = "one"
every = { distribution = "exponential", mean_ms = 36e5 }
lasting = { distribution = "lognormal", median_ms = 162e3, sigma = 1.21 }
[[faults]]
fault = "clog"
from_s = 5.0
until_s = 6.0
among = ["payments-eu-1"]
apart_from = "everyone"
direction = "in"
[[faults]]
fault = "crash"
from_s = 10.0
until_s = 20.0
among = ["payments", "us", "store"]
target = "minority"
memory = "lost"
[[faults]]
fault = "failover"
from_s = 30.0
detection_s = 5.0
to = "member-us-1"
[[faults]]
fault = "failover"
primary = "cut_off"
with_it = ["eu", "payments-us-1"]
from_s = 40.0
[[faults]]
fault = "slow"
among = ["store"]
factor = 3.0
extra = { distribution = "exponential", mean_ms = 20.0 }
[[faults]]
fault = "clock_step"
from_s = 30.0
among = ["as"]
offset_ms = -250.0
[[faults]]
fault = "rebalance"
from_s = 30.0
until_s = 40.0
among = ["member-eu-1"]
"""


def test_every_kind_is_told_in_a_file_and_comes_back_from_json():
    scenario = build(tomllib.loads(TOML))
    kinds = [fault.fault for fault in scenario.faults]
    links, two = ["partition", "clog"], ["failover", "failover"]
    assert kinds == [*links, "crash", *two, "slow", "clock_step", "rebalance"]
    assert Scenario.model_validate_json(scenario.model_dump_json()) == scenario


def test_faults_are_off_and_end_with_the_run_where_nothing_is_said():
    scenario = load(PAYMENT)
    assert (scenario.faults, scenario.faults_end_s) == ((), None)


def test_a_fault_can_be_set_by_its_number():
    scenario = load(PAYMENT, {"faults": [{"fault": "crash", "among": ["store"]}]})
    changed = build(scenario.model_dump(), "again", {"faults.0.until_s": 7.0})
    assert isinstance(changed.faults[0], Crash)
    assert changed.faults[0].until_s == 7.0


CRASHABLE = (
    "as-eu-1, payments-eu-1, payments-us-1, store, store-eu, store-us, member-eu-1, member-us-1, "
    "member-eu-2"
)
PARTIES = "eu, us, as, payments, member"
EXPONENTIAL = {"distribution": "exponential", "mean_ms": 5.0}
#: a fault → the line, after its place.
WRONG: list[tuple[Any, str]] = [
    ({"fault": "crsh"}, ".fault: 'crsh' does not exist; one of partition, clog, crash, failover, "),
    ({}, ".fault: missing; one of partition, clog, crash, failover, slow, clock_step, rebalance"),
    ({"fault": "crash"}, ".among: missing"),
    ({"fault": "crash", "among": []}, ".among: []; allowed: a list of 1 or more"),
    ({"fault": "crash", "amogn": []}, ".amogn: unknown key (did you mean among?); allowed: among,"),
    (
        {"fault": "crash", "among": ["mars"]},
        f".among: 'mars' does not exist; one of {CRASHABLE}, {PARTIES}",
    ),
    (
        {"fault": "crash", "among": ["client-eu"]},  # people do not crash
        f".among: 'client-eu' does not exist; one of {CRASHABLE}, {PARTIES}",
    ),
    ({"fault": "clog", "every": EXPONENTIAL}, ": every and lasting go together: one is there"),
    ({"fault": "clog", "lasting": EXPONENTIAL}, ": every and lasting go together: one is there"),
    ({"fault": "clog", "every": 3}, ".every: 3; allowed: a table such as"),
    (
        {"fault": "clog", "every": {"distribution": "exponential", "mean_ms": 0}},
        ".every.mean_ms: 0; allowed: more than 0 and at most 1000000000000",
    ),
    ({"fault": "clog", "from_s": 3.0, "until_s": 3.0}, ": until_s 3 is not after from_s 3"),
    ({"fault": "partition", "direction": "in"}, ": direction 'in' needs two sides; allowed: both"),
    (
        {"fault": "partition", "direction": "out", "target": "ring"},
        ": direction 'out' needs two sides; allowed: both",
    ),
    (
        {"fault": "partition", "apart_from": "everyone", "target": "ring"},
        ": target 'ring' is among others; apart_from 'others' is allowed",
    ),
    (
        {"fault": "failover", "to": "member-eu-7"},
        ".to: 'member-eu-7' does not exist; one of member-eu-1, member-us-1",
    ),
    (
        {"fault": "failover", "primary": "cut_off", "with_it": ["client-eu"]},  # reaches both sides
        f".with_it: 'client-eu' does not exist; one of {CRASHABLE}, {PARTIES}",
    ),
    ({"fault": "failover", "primary": "dies"}, ".primary: 'dies'; allowed: 'crashes' or 'cut_off'"),
    (
        {"fault": "failover", "with_it": ["eu"]},
        ": with_it is for a primary that is 'cut_off'; this one crashes",
    ),
    (
        {"fault": "failover", "primary": "cut_off", "memory": "lost"},
        ": memory 'lost' is for a primary that 'crashes'",
    ),
    (
        {"fault": "rebalance", "among": ["eu"]},
        ".among: 'eu' does not exist; one of member-eu-1, member-us-1, member",
    ),
    (
        {"fault": "slow", "among": ["store"], "factor": 0.5},
        ".factor: 0.5; allowed: at least 1 and at most 1000000",
    ),
    (
        {"fault": "clock_step", "among": ["store"], "offset_ms": 1e10},
        ".offset_ms: 10000000000.0; allowed: at least -1000000000 and at most 1000000000",
    ),
]


@pytest.mark.parametrize(("part", "line"), WRONG)
def test_what_is_wrong_with_a_fault_is_said_in_one_line(part: Any, line: str):
    with pytest.raises(ScenarioError) as caught:
        load(PAYMENT, {"faults": [part]})
    assert f"{PAYMENT}.toml: faults.0{line}" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("least", "allowed"), [(1, True), (2, False)])
def test_a_primary_cannot_want_more_replicas_than_there_are(least: int, allowed: bool):
    fields = {"stores.members": ["eu", "us"], "stores.min_replicas": least}
    if allowed:
        assert load(PAYMENT, fields).stores.min_replicas == least
        return
    with pytest.raises(ScenarioError, match=r"stores\.min_replicas: 2; at most 1 is allowed, one"):
        load(PAYMENT, fields)


def test_links_may_be_cut_at_clients_and_clocks_of_clients_may_jump():
    parts = [
        {"fault": "partition", "among": ["client-eu"], "apart_from": "everyone"},
        {"fault": "clock_step", "among": ["client-eu"], "offset_ms": 3.0},
    ]
    assert len(load(PAYMENT, {"faults": parts}).faults) == 2


def test_newcomers_are_nodes_where_a_member_may_be_replaced_and_nowhere_else():
    assert not [name for name in load(PAYMENT).node_names if name.startswith("newcomer")]
    part = {"fault": "rebalance", "among": ["member-us-1"]}
    assert load(PAYMENT, {"faults": [part]}).node_names[-1] == newcomer("member-us-1")
    every_one = load(PAYMENT, {"faults": [{"fault": "rebalance"}]}).faults
    assert newcomers(every_one, ["member-eu-1"]) == ["newcomer-eu-1"]


def test_no_server_may_be_called_a_newcomer():
    with pytest.raises(ScenarioError, match="'newcomer' is taken"):
        load(PAYMENT, {"servers.0.name": "newcomer"})


@pytest.mark.parametrize("kind", ["partition", "clog"])
def test_one_class_tells_of_both_faults_of_links(kind: str):
    (found,) = load(PAYMENT, {"faults": [{"fault": kind}]}).faults
    assert isinstance(found, LinkFault)
    assert isinstance(found, Fault)
