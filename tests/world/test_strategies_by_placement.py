"""Strategies by placement in a simulated world: what each promises, costs, and when it fails."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from sim.scenario_files import ScenarioError, load, vary
from sim.trace import Trace
from sim.world.simulation import simulate
from tests.world.faulty import fault, fields
from tests.world.worlds import MS, answered, constant, cut, executed, kinds, learnt, run

#: Two regions 40 ms apart with a server in each and three members.
WIDE = {
    "servers.0.replicas": ["eu", "us"],
    "stores.members": ["eu", "us", "asia"],
    "network.between": [
        {"regions": pair, "latency": constant(40)}
        for pair in (["eu", "us"], ["eu", "asia"], ["us", "asia"])
    ],
}
#: Two of these regions, and how far they are from the EU.
NEIGHBOURS = (("us", 20), ("asia", 60))
#: A thief on the path presents a copy of every request, as fast as the client does.
RACED = {"thief.probability": 1.0, "thief.place": "path"}
#: strategy → messages between nodes for one payment: to stores and back, and between stores.
MESSAGES = {
    "shared_atomic": (2, 0),
    "shared_allow_list": (4, 0),
    "failover_deny_list": (2, 4),
    "failover_allow_list": (4, 8),
    "two_sites": (4, 0),
    "consensus": (2, 4),
    "lightweight_transaction": (2, 16),
    "multi_master": (2, 4),
    "home_owner": (2, 0),
    "home_owner_allow_list": (4, 0),
}


def messages(trace: Trace) -> tuple[int, int]:
    """How many messages servers and stores exchanged, and stores among themselves."""
    counted = trace.of("total")[0].detail["messages"]
    among = counted.get("store > store", 0)
    return sum(n for way, n in counted.items() if "store" in way) - among, among


def twice(trace: Trace) -> int:
    """How many tokens had more than one effect."""
    effects = Counter(row.token for row in trace.of("effect") if row.detail["executed"])
    return sum(count > 1 for count in effects.values())


@pytest.mark.parametrize("name", MESSAGES)
def test_a_payment_costs_as_many_messages_as_the_strategy_says(name: str):
    trace = run({"strategy": name, "stores.members": ["eu"] * 3})
    assert (messages(trace), kinds(trace)) == (MESSAGES[name], ["served"])


@pytest.mark.parametrize(
    ("name", "waited_ms"),
    [
        ("multi_master", 2),  # the member beside it
        ("failover_deny_list", 2),  # the primary, in the same region
        ("two_sites", 2 + 82),  # one site after the other
        ("consensus", 2 + 82),  # the leader, and from it a majority
        ("lightweight_transaction", 2 + 4 * 82),
    ],
)
def test_a_server_waits_for_as_many_round_trips_as_the_strategy_says(name: str, waited_ms: int):
    trace = run(WIDE | {"strategy": name, "servers.0.replicas": ["eu"], "stores.timeout_ms": 500})
    assert trace.of("respond")[0].detail["handling_us"] == waited_ms * MS


@pytest.mark.parametrize(("acks", "waited_ms"), [(0, 2), (1, 2 + 42), (2, 2 + 122)])
def test_waiting_for_acknowledgements_takes_as_long_as_the_slowest_that_is_needed(acks, waited_ms):
    near, far = ({"regions": ["eu", to], "latency": constant(ms)} for to, ms in NEIGHBOURS)
    wide = WIDE | {"strategy": "failover_deny_list", "servers.0.replicas": ["eu"]}
    trace = run(wide | {"strategy_settings.acks": acks, "network.between": [near, far]})
    assert trace.of("respond")[0].detail["handling_us"] == waited_ms * MS


STORMY = {
    "workload.intentions": 30,
    "workload.gap": constant(500),
    "client.retry": "immediate",
    "client.retries": 3,
    "client.timeout_ms": 2000,
    "stores.timeout_ms": 600,
    "strategy_settings.resend_s": 0.2,
    "network.internal.request_loss_probability": 0.1,
    "network.internal.response_loss_probability": 0.1,
    "network.internal.duplicate_probability": 0.2,
    "network.internal.reorder_probability": 0.2,
}


@pytest.mark.parametrize("name", ["two_sites", "consensus", "lightweight_transaction"])
def test_no_token_acts_twice_in_a_storm_whatever_a_thief_does(name: str):
    trace = run(WIDE | RACED | STORMY | {"strategy": name}, f"storm {name}")
    assert twice(trace) == 0
    assert executed(trace) > 10  # it is not safe by doing nothing


@pytest.mark.parametrize("name", ["multi_master", "replicated_async"])
def test_in_the_same_storm_members_that_decide_alone_accept_twice(name: str):
    trace = run(WIDE | RACED | STORMY | {"strategy": name}, f"storm {name}")
    assert twice(trace) > 5


def test_what_two_members_accepted_is_found_when_the_news_meet_and_not_before():
    trace = run(WIDE | RACED | {"strategy": "multi_master", "workload.intentions": 40}, "met")
    found = trace.of("compensate")
    assert len(found) == twice(trace) > 5
    kept = {row.token: row.t_us for row in trace.of("effect") if row.node == "payments-eu-1"}
    assert {row.t_us - kept[row.token] for row in found} == {40 * MS}
    assert {row.node for row in found} == {"member-us-1"}


# --- a cut link


def apart(name: str, **more: Any) -> Trace:
    """One payment in each region while the regions cannot reach each other."""
    return run(WIDE | {"strategy": name, "partitions": [cut("eu", "us"), cut("asia", "us")]} | more)


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("two_sites", 503),
        ("consensus", 200),  # eu and asia are a majority
        ("lightweight_transaction", 200),
        ("failover_deny_list", 200),
        ("multi_master", 200),
    ],
)
def test_what_a_cut_link_leaves_of_it(name: str, status: int):
    settings = {"stores.timeout_ms": 500, "servers.0.replicas": ["eu"]}
    assert answered(apart(name, **settings)) == [status]


@pytest.mark.parametrize(("survivor", "status"), [(0, 503), (1, 200), (2, 503)])
def test_of_two_sites_one_may_be_allowed_to_go_on_alone(survivor: int, status: int):
    settings = {"servers.0.replicas": ["eu"], "strategy_settings.survivor": survivor}
    assert answered(apart("two_sites", **settings)) == [status]


# --- a failover: the lesson of the two polarities

#: A payment each second. At 3.015 s a token has been issued and not been presented, and what a
#: thief will replay was used a second before; neither was copied. 0.3 s later another one leads.
FAILOVER = fields(fault("failover", from_s=3.015, detection_s=0.3)) | {
    "stores.members": ["eu", "eu"],
    "strategy_settings.copy_after_s": 1.1,
    "client.retry": "backoff",
    "client.retries": 3,
    "client.backoff_base_ms": 400,
    "client.timeout_ms": 500,
    "thief.probability": 1.0,
    "thief.delay": constant(1500),
}


def test_after_the_same_failover_a_deny_list_pays_twice_and_an_allow_list_refuses_a_first_use():
    open_, closed = (run(FAILOVER | {"strategy": f"failover_{p}_list"}) for p in ("deny", "allow"))
    assert (twice(open_), kinds(open_)) == (1, ["served"] * 6)
    assert (twice(closed), kinds(closed)) == (0, [*["served"] * 2, "refused", *["served"] * 3])
    assert learnt(closed).count(401) == 1


def test_an_allow_list_pays_twice_where_the_issuance_was_copied_in_time_and_the_use_was_not():
    half = {"strategy": "failover_allow_list", "strategy_settings.copy_after_s": 1.0}
    trace = run(FAILOVER | half)  # issued at 2.011 and used at 2.033
    assert (twice(trace), kinds(trace).count("refused")) == (1, 1)


@pytest.mark.parametrize("polarity", ["deny", "allow"])
def test_with_nothing_left_to_copy_a_failover_costs_neither_of_them_anything(polarity: str):
    trace = run(
        FAILOVER
        | {"strategy": f"failover_{polarity}_list"}
        | {"strategy_settings.copy_after_s": 0.0}
    )
    assert (twice(trace), kinds(trace)) == (0, ["served"] * 6)


def test_consensus_comes_through_the_same_failover_unharmed():
    trace = run(FAILOVER | {"strategy": "consensus", "stores.members": ["eu"] * 3})
    assert (twice(trace), kinds(trace)) == (0, ["served"] * 6)


@pytest.mark.parametrize("member", ["member-eu-1", "member-eu-2", "member-eu-3"])
@pytest.mark.parametrize("name", ["lightweight_transaction", "consensus"])
def test_a_member_that_forgot_everything_lets_no_replay_in(name: str, member: str):
    """The two others know of the use, and one of them is in each majority."""
    crash = fault("crash", from_s=1.5, until_s=1.6, among=[member], memory="lost")
    thief = {"thief.probability": 1.0, "thief.delay": constant(1000)}
    members = {"strategy": name, "stores.members": ["eu"] * 3}
    trace = run(fields(crash, count=1) | thief | members)
    assert [row.detail["status"] for row in trace.of("respond")] == [200, 401]


def test_more_acknowledgements_than_there_are_others_are_asked_for_in_vain():
    most = {"strategy_settings.acks": 2}
    assert kinds(run(WIDE | most)) == ["served"]
    with pytest.raises(ScenarioError, match=r"strategy_settings.acks: 3; at most 2 .* in charge"):
        run(WIDE | {"strategy_settings.acks": 3})


# --- an owner that is replaced


def rebalanced(name: str, quarantine_s: float = 0.0) -> Trace:
    """All members are replaced between issuance and use; a thief replays what was used before."""
    what = fault("rebalance", from_s=2.02, until_s=5.0, target="all")
    thief = {"thief.probability": 1.0, "thief.delay": constant(1500)}
    dials = {"strategy": name, "strategy_settings.quarantine_s": quarantine_s}
    return run(fields(what, count=4) | thief | dials)


def test_while_records_are_transferred_an_allow_list_of_owners_refuses_a_first_use():
    trace = rebalanced("home_owner_allow_list")
    assert kinds(trace) == ["served", "refused", "served", "served"]
    assert twice(trace) == 0


def test_while_records_are_transferred_a_deny_list_of_owners_accepts_a_replay():
    trace = rebalanced("home_owner")
    assert kinds(trace) == ["served"] * 4
    assert twice(trace) > 0


@pytest.mark.clause("RFC 8446 8.2")
def test_with_a_quarantine_neither_believes_its_young_memory():
    for name in ("home_owner", "home_owner_allow_list"):
        trace = rebalanced(name, quarantine_s=30.0)
        assert twice(trace) == 0
        assert "challenge" in {row.detail["outcome"] for row in trace.of("respond")}


def test_each_token_is_decided_by_its_owner_and_by_nobody_else():
    trace = run(WIDE | {"strategy": "home_owner", "workload.intentions": 30}, "owners")
    asked = {row.token: row.node for row in trace.of("consume") if row.intention >= 0}
    assert len(asked) == 30
    assert set(asked.values()) == {"member-eu-1", "member-us-1", "member-asia-1"}


def test_without_forwarding_what_is_owned_elsewhere_asks_for_a_fresh_token():
    settings = {"strategy": "home_owner", "strategy_settings.forward": False}
    trace = run(WIDE | settings | {"workload.intentions": 30}, "zones")
    outcomes = Counter(row.detail["outcome"] for row in trace.of("respond"))
    assert set(outcomes) == {"first", "challenge"}
    assert max(row.detail["handling_us"] for row in trace.of("respond")) == 2 * MS


@pytest.mark.parametrize("strategy", ["collapsed_namespace", "shared_atomic"])
def test_what_a_store_records_is_told_of_the_token_that_was_issued(strategy):
    """A strategy that keeps a bare number for a key used a token all the same."""
    fields = {"strategy": strategy, "workload__intentions": 20, "duration_s": 60}
    trace = simulate(vary(load("two-regions-payment"), **fields))
    issued = {row.token for row in trace.of("issue")}
    assert {row.token for row in trace.of("consume")} <= issued
