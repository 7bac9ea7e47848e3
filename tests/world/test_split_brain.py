"""A primary that is cut off and deposed, and does not know: two sides, each with one in charge."""

from __future__ import annotations

from typing import Any

import pytest

from sim.trace import Row, Trace
from tests.world.faulty import EXPONENTIAL, dropped, fault, spoilt, told, unserved
from tests.world.worlds import answered, constant, executed

DENY, ALLOW = "failover_deny_list", "failover_allow_list"
OLD, NEW, BESIDE, BEYOND = "member-eu-1", "member-us-1", "payments-eu-1", "payments-us-1"
#: Attempt 0 of a token goes to one side and the thief's to the other, by turns.
WORLD: dict[str, Any] = {
    "strategy": DENY,
    "servers__0__replicas": ["eu", "us"],
    "stores__members": ["eu", "us", "us"],
    "stores__timeout_ms": 50,
    "balancer__policy": "round_robin",
}
THIEF: dict[str, Any] = {
    "thief__probability": 1,
    "thief__delay": constant(300),
    "thief__presentations": 2,
}
AGAIN = {"client__retry": "immediate", "client__retries": 3, "client__timeout_ms": 400}


def split(from_s: float = 1.5, until_s: float | None = 5.5, **more: Any) -> Any:
    base = {"primary": "cut_off", "with_it": [BESIDE], "detection_s": 0.5}
    return fault("failover", from_s, until_s, **base | more)


def ran(*faults: Any, **more: Any) -> Trace:
    return spoilt(*faults, **WORLD | more)


def asked(trace: Trace, server: str, from_s: float, until_s: float) -> set[str]:
    """Whom a server asks about one-time keys, between two instants."""
    sent = (row for row in trace.of("send") if row.node == server and row.peer.startswith("member"))
    return {row.peer for row in sent if from_s < row.t_us / 1e6 < until_s}


def twice(trace: Trace) -> list[set[str]]:
    """Where each token was used that was used more than once."""
    where: dict[str, list[str]] = {}
    for row in trace.of("effect"):
        where.setdefault(row.token, []).append(row.node)
    return [set(nodes) for nodes in where.values() if len(nodes) > 1]


def followed(trace: Trace) -> list[Row]:
    return [row for row in trace.of("fault") if row.detail["action"] == "follow"]


# --- two sides ------------------------------------------------------------------------------------


def test_the_cut_is_told_and_who_is_in_charge_and_who_follows_in_the_end():
    trace = ran(split())
    expected = [(1.5, "cut", ""), (2.0, "promote", NEW), (5.5, "heal", ""), (5.5, "follow", OLD)]
    assert told(trace) == expected
    between = trace.of("fault")[0].detail["between"]
    assert between[0] == f"{BESIDE}+{OLD}"
    assert "client" not in between[1]


def test_a_region_comes_along_but_for_its_clients():
    between = ran(split(with_it=["eu"])).of("fault")[0].detail["between"]
    assert between[0] == f"as-eu-1+{BESIDE}+store+store-eu+{OLD}"
    assert "client" not in between[1]


def test_each_side_asks_its_own_until_the_cut_heals():
    trace = ran(split(), **THIEF)
    assert asked(trace, BESIDE, 1.5, 5.5) == {OLD}
    assert asked(trace, BEYOND, 1.5, 2.0) <= {OLD}
    assert asked(trace, BEYOND, 2.0, 5.5) == {NEW}
    assert asked(trace, BESIDE, 5.5, 9.0) | asked(trace, BEYOND, 5.5, 9.0) == {NEW}


def test_both_sides_accept_the_same_key():
    trace = ran(split(), **THIEF)
    assert {BESIDE, BEYOND} in twice(trace)
    assert twice(ran(**THIEF)) == []


@pytest.mark.parametrize("name", ["consensus", "lightweight_transaction", "quorum"])
def test_where_a_majority_decides_one_side_does(name: str):
    trace = ran(split(), **THIEF | {"strategy": name})
    assert twice(trace) == []
    during = [row for row in trace.of("respond") if 1.5e6 < row.t_us < 5.5e6 and row.node == BESIDE]
    assert {row.detail["outcome"] for row in during} == {"undecided"}


def test_an_allow_list_refuses_what_was_issued_on_the_other_side():
    """The AS is beyond: what it registers from 2 s on, the old primary never hears of."""
    trace = ran(split(), strategy=ALLOW)
    refused = [row.node for row in trace.of("respond") if row.detail["outcome"] == "replay"]
    assert refused
    assert set(refused) == {BESIDE}


def test_clients_reach_both_sides_and_servers_do_not_reach_across():
    trace = ran(split(detection_s=2.0), **THIEF | AGAIN)
    lost = {frozenset((row.node, row.peer)) for row in dropped(trace, "partition")}
    assert frozenset((BEYOND, OLD)) in lost
    assert {name.split("-")[0] for pair in lost for name in pair} == {"member", "payments"}


def test_nobody_beyond_is_served_until_the_silence_is_noticed():
    assert len(unserved(ran(split(detection_s=9.0)))) == 2
    assert unserved(ran(split(), **AGAIN)) == []


# --- who takes over -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("more", "promoted"),
    [
        ({"with_it": [BESIDE, NEW]}, ["member-us-2"]),
        ({"with_it": [BESIDE, NEW], "to": NEW}, ["member-us-2"]),
        ({"to": "member-us-2"}, ["member-us-2"]),
        ({"with_it": ["member"]}, []),
        ({"with_it": ["eu"]}, [NEW]),
        ({"with_it": []}, [NEW]),
    ],
)
def test_who_takes_over_is_on_the_other_side(more: Any, promoted: list[str]):
    trace = ran(split(**more))
    assert [node for _, action, node in told(trace) if action == "promote"] == promoted


def test_a_cut_that_heals_before_it_is_noticed_deposes_nobody():
    trace = ran(split(until_s=1.9))
    assert [action for _, action, _ in told(trace)] == ["cut", "heal"]
    assert asked(trace, BESIDE, 2.0, 9.0) | asked(trace, BEYOND, 2.0, 9.0) == {OLD}


def test_a_deposed_member_that_has_not_heard_of_it_does_not_take_over_again():
    crash = fault("failover", 3.0, 8.0, detection_s=0.2, to=OLD)
    promoted = [at for at in told(ran(split(), crash)) if at[1] == "promote"]
    assert promoted == [(2.0, "promote", NEW), (3.2, "promote", "member-us-2")]


def test_who_cannot_yet_talk_to_the_new_one_when_the_cut_heals_follows_later():
    down = fault("crash", 4.0, 7.0, among=[NEW])
    trace = ran(split(), down)
    assert [(row.t_us, row.node) for row in followed(trace)] == [(7_000_000, OLD)]


# --- what is lost ---------------------------------------------------------------------------------


def test_what_the_old_one_alone_acknowledged_is_lost_when_it_follows():
    """Used beside the old primary at 3 and 5 s; replayed there at 7 and 9 s, as first uses."""
    late = {"thief__probability": 1, "thief__delay": constant(4000), "thief__presentations": 1}
    trace = ran(split(), **late)
    assert followed(trace)[0].detail["memory"] == "copied"
    assert twice(trace) == [{BESIDE}, {BESIDE}]
    assert executed(trace) == 8


def test_what_it_had_still_to_copy_is_never_copied():
    trace = ran(split())
    late = [row for row in trace.of("send") if row.node == OLD and row.t_us > 5_500_000]
    assert [row for row in late if row.detail["label"] == "spend"] == []


def test_every_member_of_its_side_discards_what_the_old_one_told_it():
    trace = ran(split(with_it=[BESIDE, "member-us-2"]))
    assert {row.node for row in followed(trace)} == {OLD, "member-us-2"}
    held = {row.node: row.detail["entries"] for row in trace.of("store")}
    assert held[OLD] == held["member-us-2"] == held[NEW]


@pytest.mark.parametrize(("acks", "accepted"), [(0, True), (1, False)])
def test_who_waits_for_a_replica_accepts_nothing_twice(acks: int, accepted: bool):
    trace = ran(split(), **THIEF | {"strategy_settings__acks": acks})
    assert bool(twice(trace)) == accepted


# --- a primary without replicas -------------------------------------------------------------------


def test_a_primary_that_has_heard_no_replica_for_too_long_refuses_to_write():
    """Beside it from 2.5 s on: not a use is recorded, and whoever asks is told at once."""
    more = {"stores__min_replicas": 1, "stores__max_lag_s": 1.0}
    trace = ran(split(detection_s=9.0), **more)
    wrote = [row.t_us for row in trace.of("store") if row.node == OLD]
    assert not [t_us for t_us in wrote if 2.5e6 < t_us < 5.5e6]
    assert [t_us for t_us in wrote if t_us > 5.5e6]
    refused = [row for row in trace.of("respond") if row.node == BESIDE and row.t_us < 5.5e6]
    assert refused[-1].detail["outcome"] == "undecided"
    assert refused[-1].detail["handling_us"] == 2000
    said = {row.detail["label"] for row in trace.of("send") if row.node == OLD}
    assert "refused: too few replicas" in said
    assert "refused: absent" not in said


@pytest.mark.parametrize(("lag_s", "doubled"), [(0.0, False), (9.0, True)])
def test_the_lag_allowed_is_the_time_in_which_both_accept(lag_s: float, doubled: bool):
    more = {"stores__min_replicas": 1, "stores__max_lag_s": lag_s}
    assert bool(twice(ran(split(), **THIEF | more))) == doubled


@pytest.mark.parametrize(("least", "down", "served"), [(1, 1, True), (2, 1, False), (1, 2, False)])
def test_so_many_replicas_as_are_wanted_must_be_up(least: int, down: int, served: bool):
    away = fault("crash", 1.5, among=["member-us-1", "member-us-2"][:down])
    trace = ran(away, stores__min_replicas=least, stores__max_lag_s=0.1)
    assert (unserved(trace) == []) == served


def test_an_issuer_that_the_primary_refuses_to_write_for_issues_a_stillborn_token():
    away = fault("crash", 1.5, among=["member-us-1", "member-us-2"])
    more = {"stores__min_replicas": 1, "stores__max_lag_s": 0.1, "strategy": ALLOW}
    assert answered(ran(away, **more)) == [200] + [503] * 5


# --- drawn, and healed ----------------------------------------------------------------------------


def test_a_split_that_is_drawn_comes_and_goes_and_all_follow_in_the_end():
    part = {"every": EXPONENTIAL, "lasting": EXPONENTIAL, "fault": "failover", "detection_s": 0.2}
    part |= {"primary": "cut_off", "with_it": [BESIDE]}
    trace = ran(part, count=40, duration_s=60.0, faults_end_s=30.0, **AGAIN)
    actions = [action for _, action, _ in told(trace)]
    assert actions.count("cut") == actions.count("heal") > 4
    assert actions.count("promote") == actions.count("follow") > 2
    assert max(t for t, _, _ in told(trace)) <= 30.0
    assert not {31, 32, 33, 34, 35, 36, 37, 38, 39}.intersection(unserved(trace))
    assert len(asked(trace, BESIDE, 31, 60) | asked(trace, BEYOND, 31, 60)) == 1
