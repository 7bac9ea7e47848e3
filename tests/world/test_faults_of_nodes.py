"""Faults of nodes: what dies in a crash and what is there afterwards; slowness; clocks that jump."""

from __future__ import annotations

from typing import Any

import pytest

from oauth_model.flows import Flow, Wait
from sim.choices import Seeded
from sim.trace import Trace
from sim.world.jobs import Job
from sim.world.recorder import Recorder
from sim.world.timed import Timed
from sim.world.world import World
from tests.world.faulty import described, dropped, fault, spoilt, told, unserved
from tests.world.worlds import answered, executed, kinds, learnt

SERVER, STORE = {"among": ["payments"]}, {"among": ["store"]}
#: The client comes back for the same payment half a second later, with the same token.
AGAIN = {"client__retry": "backoff", "client__retries": 1, "client__backoff_base_ms": 500}
LATER = AGAIN | {"network__access__response_loss_probability": 0.0}


# --- crash and restart ----------------------------------------------------------------------------


def test_a_server_that_is_down_answers_nothing_and_then_again():
    trace = spoilt(fault("crash", 1.5, 3.5, **SERVER))
    assert unserved(trace) == [1, 2]
    assert {row.peer for row in dropped(trace, "crash")} == {"payments-eu-1"}
    assert told(trace) == [(1.5, "crash", "payments-eu-1"), (3.5, "restart", "payments-eu-1")]


def test_the_jobs_of_a_server_die_with_it_and_the_store_has_the_key_all_the_same():
    trace = spoilt(fault("crash", 1.0305, 1.2, **SERVER), count=1)  # the store is being asked
    assert (executed(trace), answered(trace), learnt(trace)) == (0, [], [None])
    assert [row.detail["operation"] for row in trace.of("consume")] == ["insert"]
    assert [row.node for row in dropped(trace, "crash")] == ["store"]  # the answer finds nobody


def test_an_answer_for_a_job_from_before_the_crash_is_heard_by_nobody():
    trace = spoilt(fault("crash", 1.0305, 1.0315, **SERVER), count=1)
    assert [row.node for row in trace.of("deliver") if row.peer == "store"] == ["payments-eu-1"]
    assert (executed(trace), answered(trace)) == (0, [])
    assert [row for row in trace.of("timeout") if row.node == "payments-eu-1"] == []


def test_what_a_server_sent_before_it_crashed_arrives():
    trace = spoilt(fault("crash", 1.033, 9, **SERVER), count=1)
    assert (executed(trace), learnt(trace), kinds(trace)) == (1, [200], ["served"])


def burnt(**more: Any) -> Trace:
    """The first answer is lost to a short partition, and the client asks again after a crash."""
    lost = fault("partition", 1.035, 1.05, among=["client-eu"], apart_from="everyone")
    again = {"client__retry": "immediate", "client__retries": 1, "client__timeout_ms": 500}
    return spoilt(lost, fault("crash", 1.1, 1.2, **more), count=1, **again)


@pytest.mark.parametrize(
    ("memory", "statuses", "effects"),
    [("by_role", [200, 401], 1), ("kept", [200, 401], 1), ("lost", [200, 200], 2)],
)
def test_a_store_keeps_its_records_through_a_crash_unless_it_wrote_none(memory, statuses, effects):
    trace = burnt(**STORE, memory=memory)
    assert (answered(trace), executed(trace)) == (statuses, effects)


@pytest.mark.parametrize(
    ("memory", "effects", "said"),
    [("by_role", 2, "lost"), ("lost", 2, "lost"), ("kept", 1, "kept")],
)
def test_a_server_that_kept_keys_to_itself_has_forgotten_them_after_a_crash(memory, effects, said):
    lost = fault("partition", 1.035, 1.05, among=["client-eu"], apart_from="everyone")
    again = {"client__retry": "immediate", "client__retries": 1, "client__timeout_ms": 500}
    crash = fault("crash", 1.1, 1.2, **SERVER, memory=memory)
    trace = spoilt(lost, crash, count=1, strategy="per_replica", **again)
    assert executed(trace) == effects
    assert trace.of("fault")[-1].detail["memory"] == said


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


def test_a_hedge_of_a_job_that_died_is_not_sent():
    hedged = {"client__retry": "hedged", "client__hedge_after_ms": 50, "client__timeout_ms": 500}
    alive = spoilt(count=1, servers__0__replicas=["us"], **hedged | {"client__timeout_ms": 10})
    assert len(learnt(alive)) >= 1  # people never crash: their hedges are always sent
    world = bare()
    node = world.nodes["payments-eu-1"]
    seen: list[str] = []
    job = Job(world, node, stubborn(seen), lambda job, result: seen.append("finished"), 0, "rs")
    job.resume(None)
    job.die()
    world.env.run(until=5_000_000)
    assert not job.alive
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


def bare() -> World:
    """A world with one server that may crash, and nobody in it."""
    scenario = described(fault("crash", **SERVER))
    env = Timed()
    world = World(scenario, env, Seeded(1), Recorder(env, lambda row: None, full=False))
    return world
