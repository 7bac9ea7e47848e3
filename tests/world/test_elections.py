"""A leader that no majority can talk to is replaced, and whatever happens no token is used twice.

The proof by many schedules: partitions, clogs, crashes of members whose disks last, and failovers,
drawn from a seed. A leader that decides without a majority is found out by the same schedules.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from random import Random
from typing import Any, NamedTuple

import pytest

from oauth_model.strategies import STRATEGIES, strategy
from oauth_model.strategies.consensus import Consensus
from oauth_model.strategies.failover import FailoverDenyList
from sim.trace import Row, Trace
from sim.world.simulation import run_into
from tests.world.faulty import described, fault, spoilt, told, unserved
from tests.world.worlds import constant, cut, executed

SCHEDULES, COUNT = 60, 8
REGIONS = ("eu", "us", "ap")
MEMBERS = [f"member-{region}-1" for region in REGIONS]
SERVERS = ["payments-eu-1", "payments-us-1"]
WORLD: dict[str, Any] = {
    "servers__0__replicas": ["eu", "us"],
    "stores__members": list(REGIONS),
    "stores__timeout_ms": 100,
    "client__retry": "immediate",
    "client__retries": 3,
    "client__timeout_ms": 300,
    "workload__gap": constant(250),
    "thief__probability": 1,
    "thief__presentations": 2,
    "thief__delay": {"distribution": "exponential", "mean_ms": 1000},
    "network__internal__latency": {"distribution": "exponential", "mean_ms": 5},
    "duration_s": 20.0,
    "faults_end_s": 8.0,
}
MAJORITY: dict[str, Any] = WORLD | {"strategy": "consensus", "stores__election_s": 0.3}
#: The first leader is cut off from everybody; it is heard, but only when it is too late.
ALONE = fault("partition", 1.5, 3.5, among=["member-eu-1"], apart_from="everyone")
CLOGGED, DEAF, MUTE = (
    ALONE | more for more in ({"fault": "clog"}, {"direction": "in"}, {"direction": "out"})
)
DOWN = fault("crash", 1.5, 3.5, among=["member-eu-1"])
LEADER: dict[str, Any] = {
    "strategy": "consensus",
    "stores__members": list(REGIONS),
    "stores__election_s": 0.5,
    "client__retry": "immediate",
    "client__retries": 3,
    "client__timeout_ms": 400,
}


def some(random: Random, names: list[str]) -> list[str]:
    return random.sample(names, random.randint(1, len(names)))


def mishap(random: Random) -> Any:
    """One fault that a consensus must survive, somewhere in the first seconds."""
    from_s = round(random.uniform(0.5, 6), 3)
    until_s = from_s + random.choice((0.05, 0.5, 2, 5))
    kind = random.choice(("partition", "clog", "crash", "failover", "cut_off"))
    if kind == "crash":
        return fault(kind, from_s, until_s, among=some(random, MEMBERS))
    if kind == "failover":
        return fault(kind, from_s, until_s, detection_s=random.choice((0.0, 0.2)))
    if kind == "cut_off":
        more = {"primary": kind, "with_it": some(random, [*SERVERS, *MEMBERS[1:]])}
        return fault("failover", from_s, until_s, detection_s=0.2, **more)
    way = random.choice(("both", "in", "out"))
    among = [*random.choice((REGIONS, MEMBERS))]
    return fault(kind, from_s, until_s, among=among, target="minority", direction=way)


class Seen(NamedTuple):
    """What came of a schedule: most uses of one token, elections, decisions left open, effects."""

    most: int
    promoted: int
    undecided: int
    effects: int


def outcome(name: str, number: int) -> Seen:
    """One run; its schedule depends on its number alone."""
    random = Random(number)
    faults = [mishap(random) for _ in range(random.randint(2, 5))]
    rows: list[Row] = []
    part = described(*faults, count=COUNT, **MAJORITY | {"strategy": name, "seed": number})
    run_into(part, rows.append)
    used = Counter(row.token for row in rows if row.kind == "effect" and row.detail["executed"])
    promoted = sum(row.detail.get("action") == "promote" for row in rows)
    undecided = sum(row.detail.get("outcome") == "undecided" for row in rows)
    return Seen(max(used.values(), default=0), promoted, undecided, used.total())


@pytest.fixture
def hasty() -> Iterator[str]:
    """A consensus whose leader decides alone and tells the others afterwards."""

    @strategy
    class Hasty(Consensus):
        name = "hasty"
        at_store = FailoverDenyList.at_store

    yield "hasty"
    del STRATEGIES["hasty"]


# --- never twice ----------------------------------------------------------------------------------


def test_no_token_is_used_twice_under_any_of_many_schedules():
    seen = [outcome("consensus", number) for number in range(SCHEDULES)]
    assert max(each.most for each in seen) == 1
    assert sum(each.promoted > 0 for each in seen) > SCHEDULES / 2
    assert sum(each.undecided > 0 for each in seen) > SCHEDULES / 2
    assert sum(each.effects for each in seen) > COUNT * SCHEDULES * 0.8


def test_a_leader_that_decides_alone_is_found_out_by_the_same_schedules(hasty: str):
    assert any(outcome(hasty, number).most > 1 for number in range(SCHEDULES))


# --- elections ------------------------------------------------------------------------------------


def elected(*faults: Any, **more: Any) -> Trace:
    return spoilt(*faults, **LEADER | more)


@pytest.mark.parametrize("part", [ALONE, DEAF, MUTE, CLOGGED, DOWN])
def test_a_leader_that_is_lost_to_the_others_is_replaced_after_the_time_out(part: Any):
    trace = elected(part)
    assert (2.0, "promote", "member-us-1") in told(trace)
    assert unserved(trace) == []


def test_without_elections_nobody_takes_over():
    trace = elected(ALONE, stores__election_s=0.0)
    assert "promote" not in [action for _, action, _ in told(trace)]
    assert unserved(trace) == [1]


def test_a_leader_that_is_back_within_the_time_out_stays():
    trace = elected(ALONE | {"until_s": 1.9})
    assert "promote" not in [action for _, action, _ in told(trace)]


def test_each_loss_has_a_time_out_of_its_own():
    parts = ALONE | {"until_s": 1.9}, ALONE | {"from_s": 1.95}
    assert [t for t, action, _ in told(elected(*parts)) if action == "promote"] == [2.45]


def test_a_follower_that_is_lost_changes_nothing():
    trace = elected(ALONE | {"among": ["member-ap-1"]})
    assert [action for _, action, _ in told(trace)] == ["cut", "heal"]
    assert unserved(trace) == []


def test_where_no_side_has_a_majority_nobody_leads_until_one_has():
    apart = fault("partition", 1.5, 3.5, among=["member-eu-1", "member-us-1", "member-ap-1"])
    down = fault("crash", 1.5, 5.5, among=["member-eu-1"])
    trace = elected(apart, down)
    assert [at for at in told(trace) if at[1] == "promote"] == [(4.0, "promote", "member-us-1")]
    assert unserved(trace) == [1, 2]


def test_a_failover_too_promotes_only_who_has_a_majority():
    down = fault("crash", 1.0, 4.2, among=["member-us-1"])
    part = fault("failover", 1.5, detection_s=0.5)
    trace = elected(down, part, stores__election_s=0.0)
    assert [at for at in told(trace) if at[1] == "promote"] == [(4.5, "promote", "member-us-1")]


def test_the_minority_side_does_not_decide_and_never_refuses():
    """The server beside the old leader goes on asking it, and says that it does not know."""
    part = fault("partition", 1.5, 5.5, among=["eu", "us"], target="all")
    sides = {"servers__0__replicas": ["eu"], "stores__members": ["eu", "us", "us"]}
    trace = elected(part, **sides)
    during = [row for row in trace.of("respond") if 1_500_000 < row.t_us < 5_500_000]
    assert {row.detail["outcome"] for row in during} == {"undecided"}
    asked = [row.peer for row in trace.of("send") if row.node == "payments-eu-1"]
    assert "member-eu-1" in asked[len(asked) // 2 :]
    late = [row for row in trace.of("store") if row.t_us > 5_600_000]
    assert late[0].node == "member-us-1"


def test_whom_the_cut_leaves_alone_follows_when_it_heals_and_forgets_nothing():
    trace = elected(ALONE)
    (row,) = [row for row in trace.of("fault") if row.detail["action"] == "follow"]
    assert (row.t_us, row.node, row.peer) == (3_500_000, "member-eu-1", "member-us-1")
    held = [row.detail["entries"] for row in trace.of("store") if row.node == "member-eu-1"]
    assert held[-1] == 6


def test_an_asynchronous_store_elects_as_well_and_its_two_sides_accept_twice():
    away = [cut(name, "us", from_s=1.5, until_s=9.5) for name in ("member-eu-1", "payments-eu-1")]
    sides = {"servers__0__replicas": ["eu", "us"], "stores__members": ["eu", "us", "us"]}
    thief = {"thief__probability": 1, "thief__delay": constant(500), "thief__presentations": 3}
    more = sides | thief | {"partitions": away}
    assert executed(elected(**more | {"strategy": "failover_deny_list"})) > 6
    assert executed(elected(**more)) <= 6
