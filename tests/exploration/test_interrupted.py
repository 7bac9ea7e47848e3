"""Ctrl-C ends a search, and what was found until then is told with it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest

from sim.exploration import Bounds, Exploration, Interrupted, explore, sample
from tests.exploration.one_payment import ONCE, TWICE, story

STILL = Bounds(landmarks=0)


def stopped(runs: int, look: Callable[..., Exploration], strategy: str) -> Exploration:
    """What is told of a search that is interrupted in its n-th run."""

    def progress(count: int) -> None:
        if count >= runs:
            raise KeyboardInterrupt

    with pytest.raises(Interrupted) as told:
        look(story(strategy), [ONCE], STILL, progress=progress)
    assert told.value.so_far.interrupted
    return told.value.so_far


@pytest.mark.parametrize("runs", [1, 9, 70])
def test_what_was_looked_at_is_told_and_proves_nothing(runs: int):
    answer = stopped(runs, explore, "shared_atomic")
    assert answer.schedules in (runs, runs - 1)
    assert (answer.holds, answer.exhausted, answer.counterexample) == (None, False, None)
    assert answer.to_json()["interrupted"]


@pytest.mark.parametrize("mode", ["random", "pct"])
def test_so_is_what_was_drawn(mode: str):
    answer = stopped(5, partial(sample, mode=mode), "shared_atomic")
    assert (answer.schedules, answer.holds) == (5, None)


def test_a_violation_in_a_level_that_was_not_finished_is_kept():
    whole = explore(story("per_replica"), [ONCE], STILL)
    answer = stopped(whole.schedules - 1, explore, "per_replica")
    assert answer.counterexample is not None
    assert str(answer.counterexample.schedule) == TWICE
    assert not answer.counterexample.smallest


def test_a_search_that_ends_by_itself_was_not_interrupted():
    answer = explore(story("per_replica"), [ONCE], STILL)
    assert not answer.interrupted
    assert not answer.to_json()["interrupted"]
