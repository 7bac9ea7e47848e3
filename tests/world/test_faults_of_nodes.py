"""Faults of nodes: what dies in a crash and what is there afterwards; slowness; jumping clocks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from oauth_model.flows import Flow, Send, Wait
from oauth_model.jose import Keys
from oauth_model.messages import Request
from oauth_model.strategies import STRATEGIES, First, Outcome, Strategy, Use, strategy
from sim.choices import Seeded
from sim.clocks import Clock
from sim.parties import ISSUER
from sim.world.jobs import Job
from sim.world.node import Node
from sim.world.recorder import Recorder
from sim.world.simulation import Builder
from sim.world.timed import Happening, Timed
from sim.world.world import World
from tests.world.faulty import described, dropped, fault, spoilt, told, unserved
from tests.world.worlds import MS, answered, constant, executed, kinds, learnt

SERVER: dict[str, Any] = {"among": ["payments"]}
STORE: dict[str, Any] = {"among": ["store"]}
#: The first answer is lost to a short partition, and the client asks again half a second later.
LOST = fault("partition", 1.035, 1.05, among=["client-eu"], apart_from="everyone")
AGAIN = {"client__retry": "immediate", "client__retries": 1, "client__timeout_ms": 500}


# --- crash and restart ----------------------------------------------------------------------------


def test_a_server_that_is_down_answers_nothing_and_then_again():
    trace = spoilt(fault("crash", 1.5, 3.5, **SERVER))
    assert unserved(trace) == [1, 2]
    assert {row.peer for row in dropped(trace, "crash")} == {"payments-eu-1"}
    assert told(trace) == [(1.5, "crash", "payments-eu-1"), (3.5, "restart", "payments-eu-1")]


def test_the_jobs_of_a_server_die_with_it_and_the_store_has_the_key_all_the_same():
    trace = spoilt(fault("crash", 1.0305, 1.2, **SERVER), count=1)  # the store is being asked
    assert (executed(trace), answered(trace), learnt(trace)) == (0, [], [None])
    assert (trace.of("consume")[-1].node, trace.of("consume")[-1].t_us) == ("store", 1031 * MS)
    assert [row.node for row in dropped(trace, "crash")] == ["store"]  # the answer finds nobody
    assert {row.node for row in trace.of("timeout")} == {"client-eu"}  # and nobody misses it


def test_an_answer_for_a_job_from_before_the_crash_is_heard_by_nobody():
    trace = spoilt(fault("crash", 1.0305, 1.0315, **SERVER), count=1)
    assert [row.node for row in trace.of("deliver") if row.peer == "store"] == ["payments-eu-1"]
    assert (executed(trace), answered(trace)) == (0, [])
    assert [row for row in trace.of("timeout") if row.node == "payments-eu-1"] == []


def test_what_a_server_sent_before_it_crashed_arrives():
    trace = spoilt(fault("crash", 1.033, 9, **SERVER), count=1)
    assert (executed(trace), learnt(trace), kinds(trace)) == (1, [200], ["served"])


@pytest.mark.parametrize(
    ("memory", "statuses", "effects"),
    [("by_role", [200, 401], 1), ("kept", [200, 401], 1), ("lost", [200, 200], 2)],
)
def test_a_store_keeps_its_records_through_a_crash_unless_it_wrote_none(memory, statuses, effects):
    trace = spoilt(LOST, fault("crash", 1.1, 1.2, **STORE, memory=memory), count=1, **AGAIN)
    assert (answered(trace), executed(trace)) == (statuses, effects)


@pytest.mark.parametrize(
    ("memory", "effects", "said"),
    [("by_role", 2, "lost"), ("lost", 2, "lost"), ("kept", 1, "kept")],
)
def test_a_server_that_kept_keys_to_itself_has_forgotten_them_after_a_crash(memory, effects, said):
    crash = fault("crash", 1.1, 1.2, **SERVER, memory=memory)
    trace = spoilt(LOST, crash, count=1, strategy="per_replica", **AGAIN)
    assert executed(trace) == effects
    assert trace.of("fault")[-1].detail["memory"] == said


@pytest.mark.parametrize(("memory", "effects"), [("kept", 2), ("by_role", 1), ("lost", 1)])
def test_with_a_server_die_the_answers_of_the_as_that_it_believed(memory: str, effects: int):
    crash = fault("crash", 1.1, 1.2, **SERVER, memory=memory)
    thief = {"thief__probability": 1, "thief__delay": constant(300)}
    trace = spoilt(crash, count=1, strategy="introspection_cached", **thief)
    assert executed(trace) == effects


def test_what_was_done_and_granted_is_in_databases_that_last():
    everywhere = fault("crash", 1.5, 2.5, among=["as", "payments", "store"])
    trace = spoilt(everywhere, client__signed_in=True)
    assert unserved(trace) == [1]
    assert executed(trace) == 5


def test_a_region_crashes_as_a_whole_but_for_the_people_in_it():
    trace = spoilt(fault("crash", 1.5, 2.5, among=["eu"]), servers__0__replicas=["us"])
    crashed = {node for _, action, node in told(trace) if action == "crash"}
    assert crashed == {"as-eu-1", "store", "store-eu", "member-eu-1"}


def test_a_node_that_two_faults_keep_down_is_back_when_both_are_over():
    trace = spoilt(fault("crash", 1.5, 3.5, **SERVER), fault("crash", 2.5, 4.5, **SERVER))
    assert unserved(trace) == [1, 2, 3]
    assert [action for _, action, _ in told(trace)] == ["crash", "restart"]


@pytest.mark.parametrize(
    ("on_outage", "status", "effects"), [("fail_closed", 503, 5), ("fail_open", 200, 6)]
)
def test_an_outage_of_the_store_leaves_the_decision_to_the_policy(on_outage, status, effects):
    trace = spoilt(fault("crash", 1.5, 2.5, **STORE), strategy_settings__on_outage=on_outage)
    assert answered(trace)[1] == status
    assert executed(trace) == effects


@pytest.fixture
def asks_the_as() -> Iterator[str]:
    """A strategy that asks the AS before it decides, and once more if that takes too long."""

    @strategy
    class AsksTheAS(Strategy):
        name = "asks_the_as"

        def begin(self, use: Use) -> Flow[Outcome]:
            where = f"{ISSUER}/.well-known/oauth-authorization-server"
            yield Send("as", Request("GET", where), 1.0, hedge_after_s=0.005)
            return First()

    yield "asks_the_as"
    del STRATEGIES["asks_the_as"]


@pytest.mark.parametrize(("from_s", "asked"), [(9.0, 2), (1.037, 2), (1.033, 1)])
def test_who_died_does_not_ask_again(asks_the_as: str, from_s: float, asked: int):
    slow = {"network__internal__latency": constant(10)}
    trace = spoilt(fault("crash", from_s, **SERVER), count=1, strategy=asks_the_as, **slow)
    sent = [
        row for row in trace.of("send") if row.node == "payments-eu-1" and row.peer == "as-eu-1"
    ]
    assert len(sent) == asked


def test_a_flow_that_would_not_end_ends_all_the_same():
    env = Timed()
    world = World(described(), env, Seeded(1), Recorder(env, lambda row: None, full=False))
    node, seen = Node(env, "payments-eu-1", "rs", "payments", "eu", Clock()), list[str]()
    node.jobs = {}
    job = Job(world, node, stubborn(seen), lambda job, result: seen.append("done"), 0, "client")
    job.resume(None)
    assert list(node.jobs) == [job]
    job.die()
    env.run(until=9_000_000)
    assert seen == ["began", "cleans up"]


def stubborn(seen: list[str]) -> Flow[None]:
    """A flow that would go on when it is told to end."""
    try:
        seen.append("began")
        yield Wait(1.0)
        seen.append("went on")
    finally:
        seen.append("cleans up")
        yield Wait(1.0)
        seen.append("went on cleaning")


def test_jobs_that_have_ended_are_not_kept_for_a_crash_to_come():
    held = list[int]()
    scenario = described(fault("crash", 99.0, **SERVER), count=50, duration_s=60.0)
    env = Timed()
    world = World(scenario, env, Seeded(1), Recorder(env, lambda row: None, full=False))
    Builder(world, Keys("symbolic", 1)).everything()
    counted = Happening(lambda _: held.append(len(world.nodes["payments-eu-1"].jobs or ())))
    env.after(59_000_000, counted)
    env.run(until=60_000_000)
    assert held == [0]


def test_a_crash_empties_the_line_in_front_of_a_server():
    line = {"servers__0__workers": {"count": 1, "service": constant(300)}}
    more = {"workload__gap": constant(100), "client__timeout_ms": 5000}
    trace = spoilt(fault("crash", 1.0, 1.001, **SERVER), count=12, **line, **more)
    assert executed(trace) < 12
    assert len(answered(trace)) == executed(trace)
    assert trace.of("respond")[-1].t_us > 1_001 * MS  # and who comes afterwards is served


# --- slow -----------------------------------------------------------------------------------------


def test_a_slow_node_takes_so_many_times_as_long_to_hear_and_to_answer():
    trace = spoilt(fault("slow", 0.5, 1.5, **SERVER, factor=3.0), count=2)
    slow, normal = (row.detail["latency_us"] for row in trace.of("outcome"))
    assert normal == 42 * MS
    assert slow == 20 * MS + 3 * 22 * MS  # to the AS as before, to the server and its store not


def test_a_slow_node_may_take_a_time_of_its_own_on_top_of_it():
    part = fault("slow", 0.5, 1.5, **SERVER, factor=2.0, extra=constant(5))
    (ended,) = spoilt(part, count=1).of("outcome")
    assert ended.detail["latency_us"] == 20 * MS + 2 * 22 * MS + 4 * 5 * MS


def test_between_two_slow_nodes_the_slower_one_decides():
    both = [
        fault("slow", 0.5, 1.5, among=["payments"], factor=3.0, extra=constant(1)),
        fault("slow", 0.5, 1.5, among=["store"], factor=4.0),
    ]
    (ended,) = spoilt(*both, count=1).of("outcome")
    assert ended.detail["latency_us"] == 20 * MS + 2 * 31 * MS + 2 * 4 * MS


def test_slow_twice_over_is_slow_by_the_product():
    part = fault("slow", 0.5, 1.5, **SERVER, factor=2.0)
    (ended,) = spoilt(part, part, count=1).of("outcome")
    assert ended.detail["latency_us"] == 20 * MS + 4 * 22 * MS


def test_the_service_of_a_slow_node_takes_longer_too_and_then_as_long_as_before():
    line = {"servers__0__workers": {"count": 1, "service": constant(10)}}
    trace = spoilt(fault("slow", 0.5, 1.5, **SERVER, factor=3.0), count=2, **line)
    slow, normal = (row.detail["latency_us"] for row in trace.of("outcome"))
    assert (slow, normal) == (20 * MS + 3 * 32 * MS, 52 * MS)


# --- clocks ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("offset_ms", "who", "wrong"),
    [
        (60_000, "payments", [1]),  # there, tokens of 30 s have expired
        (-60_000, "payments", []),
        (-60_000, "as", [1]),  # it issues what has expired already
        (60_000, "as", []),
    ],
)
def test_a_clock_that_jumps_makes_tokens_expire(offset_ms: float, who: str, wrong: list[int]):
    trace = spoilt(fault("clock_step", 1.5, 2.5, among=[who], offset_ms=offset_ms), count=4)
    assert unserved(trace) == wrong
    steps = [(row.t_us, row.detail["offset_ms"]) for row in trace.of("fault")]
    assert steps == [(1500 * MS, offset_ms), (2500 * MS, -offset_ms)]


def test_a_store_whose_clock_jumps_ahead_forgets_what_it_should_have_kept():
    effects = [
        executed(spoilt(LOST, jump, count=1, **AGAIN))
        for jump in (
            fault("clock_step", 1.1, among=["store"], offset_ms=80_000),  # 30 s + margin of 60 s
            fault("clock_step", 1.1, among=["store"], offset_ms=100_000),
        )
    ]
    assert effects == [1, 2]


def test_the_header_tells_the_clocks_as_they_were_at_the_beginning():
    more = {"clocks": [{"node": "store", "offset_ms": 7}]}
    trace = spoilt(fault("clock_step", 1.0, among=["store"], offset_ms=500), count=2, **more)
    assert {n.name: n.clock_offset_us for n in trace.header.nodes}["store"] == 7 * MS


def test_a_clock_that_never_jumps_reads_as_one_that_may():
    env = Timed()
    plain, stepping = (Node(env, "a", "rs", "a", "eu", Clock(5_000, 40)) for _ in range(2))
    stepping.steps = True
    read, follow = plain.fast_clock(), stepping.fast_clock()
    env.run(until=3_000_000)
    assert read() == pytest.approx(follow(), abs=1e-6)
    stepping.clock = stepping.clock.jumped(-2_000_000)
    assert follow() - read() == pytest.approx(-2, abs=1e-6)
