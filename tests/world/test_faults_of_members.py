"""Faults of the replicated store: a failover loses what was not copied, a rebalance looks away."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from oauth_model.flows import Flow, Start, StoreCall, Wait
from oauth_model.replay import StoreAnswer
from oauth_model.strategies import (
    LOCAL,
    PRIMARY,
    STRATEGIES,
    Outcome,
    Strategy,
    Use,
    member,
    strategy,
)
from oauth_model.strategies.failover import PLACEMENT
from tests.world.faulty import drawn, fault, fields, spoilt, told, unserved
from tests.world.worlds import answered, constant, cut, executed, outcomes

MEMBERS: dict[str, Any] = {"stores__members": ["eu", "eu", "us"]}
#: The first answer is lost to a short partition; the client asks again while nobody is in charge,
#: and again after each 400 ms without an answer.
LOST = fault("partition", 1.035, 1.05, among=["client-eu"], apart_from="everyone")
AGAIN = {"client__retry": "immediate", "client__retries": 3, "client__timeout_ms": 400}


@pytest.fixture
def copied() -> Iterator[str]:
    """A deny-list at the member in charge, which copies to the others in the background."""

    @strategy
    class Copied(Strategy):
        name = "copied"
        placement = PLACEMENT

        def begin(self, use: Use) -> Flow[Outcome]:
            return self.decide((yield self.ask(PRIMARY, "insert", use)))

        def at_store(self, call: StoreCall) -> Flow[StoreAnswer]:
            answer: StoreAnswer = yield call._replace(store=LOCAL, strategy="")
            if call.store == PRIMARY and answer.granted:
                for other in self.place.others:
                    yield Start(self.copy(call._replace(store=other, strategy="")))
            return answer

        def copy(self, call: StoreCall) -> Flow[None]:
            yield Wait(0.1)
            yield call

    yield "copied"
    del STRATEGIES["copied"]


@pytest.fixture
def first_member() -> Iterator[str]:
    """A deny-list at the first member, whoever is in charge."""

    @strategy
    class FirstMember(Strategy):
        name = "first_member"

        def begin(self, use: Use) -> Flow[Outcome]:
            return self.decide((yield self.ask(member("eu", 1), "insert", use)))

    yield "first_member"
    del STRATEGIES["first_member"]


def failover(from_s: float, until_s: float | None = None, **more: Any) -> Any:
    return fault("failover", from_s, until_s, **{"detection_s": 1.0} | more)


# --- failover -------------------------------------------------------------------------------------


def test_nobody_is_in_charge_until_the_crash_is_noticed(copied: str):
    trace = spoilt(failover(1.5), strategy=copied, **MEMBERS)
    assert unserved(trace) == [1]  # at 2 s; the next, at 3 s, finds the new one
    assert told(trace) == [(1.5, "crash", "member-eu-1"), (2.5, "promote", "member-eu-2")]
    assert trace.of("fault")[1].peer == "member-eu-1"


@pytest.mark.parametrize(("from_s", "effects"), [(1.1, 2), (1.2, 1)])
def test_what_was_not_copied_when_the_primary_crashed_is_lost(copied, from_s, effects):
    """The use is at 1.031 s, and 0.1 s later it is copied."""
    part = failover(from_s, detection_s=0.2)
    trace = spoilt(LOST, part, count=1, strategy=copied, **MEMBERS, **AGAIN)
    assert executed(trace) == effects
    assert answered(trace)[-1] == (200 if effects == 2 else 401)


@pytest.mark.parametrize(
    ("polarity", "lag_s", "from_s", "statuses"),
    [
        ("deny", 0.3, 1.02, [503, 200]),  # nothing is lost yet
        ("allow", 0.3, 1.02, [503, 401]),  # the issuance is: an honest first use is refused
        ("deny", 0.3, 1.1, [200, 200]),  # the use is lost: accepted twice
        ("allow", 0.3, 1.1, [200, 401]),  # issuance and use are: it fails closed
        ("deny", 0.05, 1.07, [200, 200]),
        ("allow", 0.05, 1.07, [200, 200]),  # only the use is: accepted twice
    ],
)
def test_the_same_failover_accepts_twice_or_refuses_the_first(polarity, lag_s, from_s, statuses):
    name, lag = f"failover_{polarity}_list", {"strategy_settings__copy_after_s": lag_s}
    part = failover(from_s, detection_s=0.2)
    trace = spoilt(LOST, part, count=1, strategy=name, **lag, **MEMBERS, **AGAIN)
    assert (answered(trace), executed(trace)) == (statuses, statuses.count(200))


def test_the_one_that_is_named_takes_over(copied: str):
    trace = spoilt(failover(1.5, to="member-us-1"), strategy=copied, **MEMBERS)
    assert told(trace)[1] == (2.5, "promote", "member-us-1")


def test_the_next_that_is_up_takes_over(copied: str):
    down = fault("crash", 1.0, 9.0, among=["member-eu-2"])
    trace = spoilt(down, failover(1.5), strategy=copied, **MEMBERS)
    assert (2.5, "promote", "member-us-1") in told(trace)


def test_where_nobody_is_left_nobody_takes_over(copied: str):
    trace = spoilt(failover(1.5, 4.5), strategy=copied, stores__members=["eu"])
    assert [action for _, action, _ in told(trace)] == ["crash", "restart"]
    assert unserved(trace) == [1, 2, 3]


def test_who_is_back_before_being_missed_stays_in_charge(copied: str):
    trace = spoilt(failover(1.5, 2.4), strategy=copied, **MEMBERS)
    assert [action for _, action, _ in told(trace)] == ["crash", "restart"]
    assert unserved(trace) == [1]
    asked = {row.node for row in trace.of("consume") if row.t_us > 3_000_000}
    assert "member-eu-1" in asked


def test_who_is_back_later_follows_with_what_the_new_one_has(copied: str):
    """The use at 1.031 s is known to the first member alone, and forgotten when it follows."""
    parts = failover(1.1, 2.0, detection_s=0.2), failover(2.1, detection_s=0.2, to="member-eu-1")
    patient = AGAIN | {"client__timeout_ms": 1400}
    trace = spoilt(LOST, *parts, count=1, strategy=copied, **MEMBERS, **patient)
    assert [row.detail["memory"] for row in trace.of("fault") if "memory" in row.detail] == [
        "copied"
    ]
    assert told(trace)[-1] == (2.3, "promote", "member-eu-1")
    assert answered(trace) == [200, 200]
    late = [row.node for row in trace.of("consume") if row.t_us > 2_300_000]
    assert late[:1] == ["member-eu-1"]


@pytest.mark.parametrize("name", ["failover_deny_list", "failover_allow_list"])
def test_the_strategies_of_the_catalogue_live_through_many_failovers(name: str):
    part = drawn("failover", detection_s=0.5)
    more = fields(part, count=60, strategy=name, duration_s=80.0, faults_end_s=50.0, **MEMBERS)
    ended = outcomes(more, "many failovers", lambda row: row.kind in ("outcome", "fault"))
    promoted = [row for row in ended if row.detail.get("action") == "promote"]
    served = {row.intention for row in ended if row.detail.get("kind") == "served"}
    assert len(promoted) > 3
    assert 30 < len(served) < 60
    assert set(range(52, 60)) <= served


#: A copy of the first token is presented seconds after it was used.
LATE: Any = {"thief.probability": 1, "thief.delay": constant(6000), "stores.members": ["eu", "us"]}


@pytest.mark.parametrize("name", ["consensus", "lightweight_transaction", "two_sites"])
def test_a_failover_that_loses_nothing_leaves_an_absolute_promise_standing(name: str):
    """Who takes over was cut off when the use was recorded, and then the old one comes back."""
    among = ["eu", "us"] if name == "two_sites" else ["eu", "us", "ap"]
    far = [{"regions": ["us", other], "latency": constant(10)} for other in ("eu", *among[2:])]
    apart = {"partitions": [cut("eu", among[-1], until_s=2)], "network.between": far}
    more = LATE | apart | {"stores.members": among, "strategy_settings.survivor": 1}
    part = failover(2.5, 4.0, to=f"member-{among[-1]}-1", detection_s=0.5)
    trace = spoilt(part, count=1, strategy=name, **more)
    assert (executed(trace), told(trace)[-1][1]) == (1, "restart")


def test_a_failover_leaves_an_owner_what_it_owned():
    trace = spoilt(failover(5.5, 6.5, detection_s=0.5), strategy="home_owner", **LATE)
    assert executed(trace) == 6


def test_who_comes_back_receives_what_it_lacks():
    apart = cut("member-eu-1", "member-ap-1", until_s=1.4)
    more = LATE | {"stores.members": ["eu", "us", "ap"], "partitions": [apart]}
    trace = spoilt(failover(1.5, 4.5), strategy="consensus", **more)
    held = [row.detail["entries"] for row in trace.of("store") if row.node == "member-eu-1"]
    assert held[-1] == 6


@pytest.mark.parametrize("memory", ["kept", "lost"])
def test_what_a_member_lost_in_a_failover_is_lost(memory: str):
    part = failover(6.5, 6.9, detection_s=0.2, memory=memory)
    trace = spoilt(part, count=8, strategy="home_owner", **LATE)
    assert (executed(trace) == 8) == (memory == "kept")


@pytest.mark.parametrize(("quarantine_s", "effects"), [(0.0, 2), (60.0, 1)])
def test_who_takes_over_is_as_young_a_memory_as_its_charge(quarantine_s: float, effects: int):
    dials = {"strategy_settings.quarantine_s": quarantine_s, "strategy_settings.copy_after_s": 3}
    part = failover(1.5, 20.0, detection_s=0.5)
    trace = spoilt(part, count=1, strategy="failover_deny_list", **LATE | dials)
    assert executed(trace) == effects


def test_a_leader_of_a_majority_is_not_young_for_it_misses_nothing():
    dials = LATE | {"strategy_settings.quarantine_s": 60, "stores.members": ["eu", "us", "ap"]}
    trace = spoilt(failover(1.5, 20.0, detection_s=0.5), strategy="consensus", **dials)
    assert executed(trace) == 6


def test_where_nobody_is_up_to_take_over_it_is_tried_again(copied: str):
    down = fault("crash", 1.0, 2.9, among=["member-eu-2", "member-us-1"])
    trace = spoilt(down, failover(1.5, detection_s=0.5), strategy=copied, **MEMBERS)
    assert (3.0, "promote", "member-eu-2") in told(trace)
    assert unserved(trace) == [1]


def test_nothing_is_received_from_a_member_that_is_down(copied: str):
    """The first comes back while the second, which took over, is down itself."""
    parts = failover(0.1, 3.5, detection_s=0.1), failover(2.5, 9.0, detection_s=0.2)
    trace = spoilt(*parts, strategy=copied, stores__members=["eu", "us"])
    back = [row for row in trace.of("fault") if row.detail["action"] == "restart"]
    assert (back[0].node, back[0].detail["memory"]) == ("member-eu-1", "kept")
    held = [row.detail["entries"] for row in trace.of("store") if row.t_us > 3_600_000]
    assert held[0] == 1


# --- rebalance ------------------------------------------------------------------------------------


def window(from_s: float, until_s: float) -> Any:
    return fault("rebalance", from_s, until_s, among=["member-eu-1"])


@pytest.mark.parametrize(
    ("from_s", "until_s", "effects"),
    [(1.1, 9.0, 2), (1.1, 1.3, 1), (1.0, 1.2, 1), (5.0, 9.0, 1)],
)
def test_a_newcomer_accepts_a_replay_until_the_records_are_transferred(
    first_member: str, from_s: float, until_s: float, effects: int
):
    part = window(from_s, until_s)
    trace = spoilt(LOST, part, count=1, strategy=first_member, **MEMBERS, **AGAIN)
    assert executed(trace) == effects
    assert answered(trace) == [200, 200 if effects == 2 else 401]


def test_the_transfer_brings_all_records_together(first_member: str):
    trace = spoilt(window(3.5, 5.5), strategy=first_member, **MEMBERS)
    (row,) = [row for row in trace.of("fault") if row.detail["action"] == "transfer"]
    assert (row.node, row.peer) == ("newcomer-eu-1", "member-eu-1")
    assert row.detail["entries"] == 5  # three of before, two of meanwhile
    stored = [row for row in trace.of("store") if row.t_us > 6_000_000]
    assert [(row.node, row.detail["entries"]) for row in stored] == [("newcomer-eu-1", 6)]


def test_the_entries_are_counted_once_however_often_they_move(first_member: str):
    trace = spoilt(window(3.5, 5.5), strategy=first_member, **MEMBERS)
    still = spoilt(strategy=first_member, **MEMBERS)
    peak = "store_peak_entries"
    assert trace.of("total")[0].detail[peak] == still.of("total")[0].detail[peak]


def test_a_member_that_is_replaced_again_has_its_old_name_and_none_of_its_old_records():
    parts = [window(1.5, 2.5), window(3.5, 4.5)]
    trace = spoilt(*parts, strategy="failover_deny_list", **MEMBERS)
    replaced = [(row.node, row.peer) for row in trace.of("fault")]
    there, back = ("newcomer-eu-1", "member-eu-1"), ("member-eu-1", "newcomer-eu-1")
    assert replaced == [there, there, back, back]
    assert unserved(trace) == []


def test_who_replaces_the_member_in_charge_is_in_charge(copied: str):
    trace = spoilt(window(1.5, 2.5), strategy=copied, **MEMBERS)
    asked = {row.peer for row in trace.of("send") if row.node == "payments-eu-1" and row.t_us > 2e6}
    assert "newcomer-eu-1" in asked
    assert unserved(trace) == []


def test_the_owners_by_hash_are_replaced_like_any_member():
    trace = spoilt(drawn("rebalance"), strategy="home_owner", count=20, **MEMBERS)
    assert unserved(trace) == []
    assert {row.node.split("-")[0] for row in trace.of("consume")} >= {"newcomer", "member"}


def test_a_member_is_not_replaced_again_before_its_records_are_transferred():
    parts = window(1.5, 3.0), window(2.0, 4.0)
    trace = spoilt(*parts, count=1, strategy="failover_deny_list", **LATE)
    assert [action for _, action, _ in told(trace)] == ["replace", "transfer"]
    assert executed(trace) == 1


@pytest.mark.parametrize(
    "part",
    [
        fault("crash", 1.5, 3.5, among=["member-eu-1"]),
        fault("crash", 1.5, 3.5, among=["member"]),
        fault("partition", 1.5, 3.5, among=["member-eu-1"], apart_from="everyone"),
    ],
)
def test_a_fault_of_a_member_befalls_who_answers_under_its_name(first_member: str, part: Any):
    trace = spoilt(window(0.5, 9.0), part, strategy=first_member, **MEMBERS)
    assert unserved(trace) == [1, 2]


@pytest.mark.parametrize("memory", ["kept", "lost"])
def test_a_newcomer_that_falls_hands_over_what_it_has_left(first_member: str, memory: str):
    crash = fault("crash", 1.5, 2.5, among=["newcomer-eu-1"], memory=memory)
    trace = spoilt(window(0.5, 5.5), crash, count=6, strategy=first_member, **MEMBERS)
    (row,) = [row for row in trace.of("fault") if row.detail["action"] == "transfer"]
    assert row.detail["entries"] == {"kept": 4, "lost": 3}[memory]  # the second was not served


@pytest.mark.parametrize(
    ("back_s", "memory", "held", "effects"),
    [(8.5, "kept", 6, 1), (20.0, "kept", 5, 2), (8.5, "lost", 5, 2)],
)
def test_what_a_member_that_is_down_has_is_transferred_if_it_is_back(
    first_member: str, back_s: float, memory: str, held: int, effects: int
):
    """It crashes after the first use, is replaced and not back at 5 s; the replay comes at 9 s."""
    crash = fault("crash", 1.5, back_s, among=["member-eu-1"], memory=memory)
    late = LATE | {"thief.delay": constant(8000), "duration_s": 30.0}
    trace = spoilt(crash, window(1.6, 5.0), strategy=first_member, **late)
    (row,) = [row for row in trace.of("fault") if row.detail["action"] == "transfer"]
    assert (row.t_us / 1e6, row.detail["entries"]) == (back_s, held + (back_s > 9))
    first = next(row.token for row in trace.of("effect"))
    assert sum(row.token == first for row in trace.of("effect")) == effects


def test_what_a_member_that_is_never_back_has_is_never_transferred(first_member: str):
    crash = fault("crash", 1.5, among=["member-eu-1"])
    trace = spoilt(crash, window(1.6, 5.0), strategy=first_member, **LATE)
    assert [action for _, action, _ in told(trace)] == ["crash", "replace"]
    assert executed(trace) == 7


def test_a_transfer_waits_for_the_link_between_the_two(first_member: str):
    away = cut("member-eu-1", "newcomer-eu-1", from_s=4.0, until_s=5.5)
    trace = spoilt(window(3.5, 4.5), strategy=first_member, partitions=[away], **MEMBERS)
    assert [t for t, action, _ in told(trace) if action == "transfer"] == [5.5]


def test_a_newcomer_that_was_in_charge_hands_over_what_it_decided(first_member: str):
    parts = window(0.5, 5.5), failover(1.5, 3.5, detection_s=0.2)
    trace = spoilt(*parts, count=1, strategy=first_member, **LATE)
    assert executed(trace) == 1
