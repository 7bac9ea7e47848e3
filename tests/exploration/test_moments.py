"""Moments: a landmark waits until no timer lets it wait any longer, in whatever order."""

from __future__ import annotations

from collections.abc import Collection
from itertools import islice

import pytest

from sim.exploration.bounds import Bounds
from sim.exploration.chosen import Chosen
from sim.exploration.moments import FOREVER_US, NOW, START, could_strike, remaining_us
from sim.exploration.proof import Proof
from sim.exploration.schedule import Schedule
from tests.exploration.worlds import ALONE, ONCE, crash, executor, small

LEASE = small("reserve_commit_fenced", ALONE, ONCE, crash("store"))
BOUNDS = Bounds(landmarks=1)


def by_relaxing(env: Chosen, happened: Collection[int]) -> int:
    """The same by Bellman and Ford: every difference again and again, until nothing changes."""
    differences = [(NOW, timer, timer.created) for timer in env.armed]
    latest = dict.fromkeys(happened, FOREVER_US) | {0: 0, 1: 0, NOW: FOREVER_US}
    for _ in range(len(latest) + 1):
        for _, timer, created in differences:
            if created in latest:
                ended = timer.ended if timer.ended and timer.ended in happened else NOW
                latest[ended] = min(latest[ended], latest[created] + timer.longest_us())
        for number in happened:
            for before in env.history.steps[number - 1].follows.intersection(happened):
                latest[before] = min(latest[before], latest[number])
    return latest[NOW]


def latest_us(env: Chosen, happened: Collection[int]) -> int:
    """Until when the moment after these steps can last."""
    return remaining_us(env, happened).get(START, FOREVER_US)


@pytest.mark.parametrize("place", [0, 4, 9])
def test_the_shortest_path_is_what_all_differences_together_allow(place: int):
    run = next(islice(Proof(executor(LEASE, BOUNDS)).runs(), place, None))
    last = len(run.env.history.steps) + 1
    for first in range(2, last, 3):
        for happened in (range(1, first), set(run.env.history.without(first, last))):
            assert latest_us(run.env, happened) == by_relaxing(run.env, happened)


def test_while_a_timer_is_live_clocks_move_to_no_instant_behind_it():
    run = executor(LEASE, BOUNDS).run(Schedule(), watch=lambda env: len(env.history.steps) < 4)
    happened = range(1, len(run.env.history.steps) + 1)
    until_us = latest_us(run.env, happened)
    assert until_us < FOREVER_US
    landmarks = could_strike(run.env, run.env.landmarks.values(), happened)
    assert [each.at_us for each in landmarks] == [at for at in run.env.landmarks if at < until_us]


def test_when_no_timer_is_live_they_move_to_any():
    run = executor(LEASE, BOUNDS).run(Schedule())
    happened = range(1, len(run.env.history.steps) + 1)
    assert latest_us(run.env, happened) == FOREVER_US
    assert could_strike(run.env, run.env.landmarks.values(), happened)


def test_without_landmarks_none_is_even_heard_of():
    run = executor(LEASE, Bounds(landmarks=0)).run(Schedule())
    assert not run.env.landmarks
    assert {event.key for event in run.env.strikes} == {"crash 1"}
