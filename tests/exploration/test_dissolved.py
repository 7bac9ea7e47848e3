"""What an execution leaves behind: itself, and no garbage that a collector has to find."""

import gc

import pytest

from oauth_model.errors import InvalidToken
from sim.exploration.bounds import Bounds
from sim.exploration.execution import Executor
from sim.exploration.explore import USUAL, prepared
from sim.exploration.schedule import Schedule
from sim.scenario_files import load

BOUNDS = Bounds(landmarks=0)


@pytest.fixture
def executor():
    """Of one payment, with the garbage collector off and what many runs remember remembered."""
    executor = Executor(prepared(load("one-payment"), BOUNDS), USUAL, BOUNDS)
    executor.run(Schedule())
    gc.collect()
    gc.disable()
    yield executor
    gc.enable()


def test_a_world_that_has_ended_is_free_without_a_garbage_collection(executor):
    executor.run(Schedule())
    assert gc.collect() < 20  # of about seven hundred objects


def test_what_was_issued_in_a_world_that_has_ended_is_forgotten(executor):
    issued = executor.keys.sign({}, key="as", typ="at+jwt")
    executor.run(Schedule())
    with pytest.raises(InvalidToken, match="signature is not valid"):
        executor.keys.verifier("as").verify(issued)


def test_what_an_execution_says_outlives_its_world(executor):
    run = executor.run(Schedule())
    assert [row.kind for row in run.rows][-1] == "outcome"
    assert len(run.needed) == len(run.env.history.steps) > 5
    assert not [event for event in run.env.armed if not event.stale]
