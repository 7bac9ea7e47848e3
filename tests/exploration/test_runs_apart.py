"""Runs of one executor share what never changes, and nothing else."""

from __future__ import annotations

from itertools import islice

import pytest

from oauth_model.jose import Keys
from sim.choices import Seeded
from sim.exploration.bounds import Bounds
from sim.exploration.execution import Execution, Executor
from sim.exploration.proof import Proof
from sim.exploration.schedule import Schedule
from sim.exploration.search import Search
from sim.scenario import Scenario
from sim.scenario_files import load
from sim.world.recorder import Recorder
from sim.world.simulation import Builder
from sim.world.timed import Timed
from sim.world.world import World
from tests.exploration.one_payment import TWICE, story
from tests.exploration.worlds import EFFECT, executor

WORLDS = {
    "per_replica": story("per_replica"),
    "reserve_commit_fenced": story("reserve_commit_fenced"),
    "introspection_cached": story("introspection_cached"),
    "failover_deny_list": story("failover_deny_list", stores__members=["eu", "us"]),
    "two-regions-payment": load("two-regions-payment", {}),
    "card-details": load("card-details", {}),
    "concurrent-refresh-500": load("concurrent-refresh-500", {"faults": []}),
}
BOUNDS = Bounds(landmarks=1, schedules=12)


def told(run: Execution) -> str:
    """All that a run was, as text."""
    steps = run.env.history.steps
    happened = [(step.event.key, step.digest, sorted(step.touched)) for step in steps]
    return "\n".join(map(str, [*run.rows, *run.env.tape.log, *happened]))


def others(world: Executor) -> int:
    """Other runs of the same executor, of the search and of the proof; how many."""
    search = Search(world)
    for _ in search.levels():
        pass
    return search.tally.schedules + sum(1 for _ in islice(Proof(world).runs(), 5))


@pytest.mark.parametrize("scenario", WORLDS.values(), ids=WORLDS)
def test_a_run_after_others_is_the_one_before_them_byte_for_byte(scenario: Scenario):
    world = executor(scenario, BOUNDS, EFFECT)
    first = told(world.run(Schedule()))
    assert others(world) > 5
    assert told(world.run(Schedule())) == first
    assert told(executor(scenario, BOUNDS, EFFECT).run(Schedule())) == first


def test_a_violation_before_is_forgotten_by_the_run_after_it():
    world = executor(story("per_replica"), BOUNDS, EFFECT)
    quiet = told(world.run(Schedule()))
    twice = world.run(Schedule.parse(TWICE))
    assert twice.violated == (EFFECT,)
    assert told(world.run(Schedule())) == quiet
    assert told(world.run(Schedule.parse(TWICE))) == told(twice)


def built(scenario: Scenario) -> World:
    """A world that is ready to begin."""
    env = Timed()
    world = World(scenario, env, Seeded(1), Recorder(env, lambda row: None, full=False))
    Builder(world, Keys(scenario.crypto, 1)).everything()
    return world


def test_a_server_that_nobody_has_asked_yet_has_no_process():
    world = built(story("per_replica"))
    assert {node.name for node in world.handles} == {"as-eu-1"}
    assert {node.name for node in world.handles.makers} == {
        *("as-eu-1", "payments-eu-1", "payments-us-1")
    }


def test_a_process_begins_once_and_once_more_after_a_crash():
    world = built(story("per_replica"))
    node = world.nodes["payments-eu-1"]
    first = world.handles[node]
    assert world.handles[node] is first
    world.start_anew(node)
    assert world.handles[node] is not first
