"""Moments: until when a landmark can wait, in whatever order independent steps may come.

Rule: what bounds time is timers. Each difference is an upper bound: a step is no later than what
follows upon it, what a timer rings for or is ended by is no later than the timer allows, and while
a timer is live, nothing is later than its ringing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from heapq import heappop, heappush
from typing import TYPE_CHECKING

from sim.exploration.events import Event

if TYPE_CHECKING:
    from sim.exploration.chosen import Chosen

#: Later than any instant of a run.
FOREVER_US = 1 << 60
#: The number of the start of a run, which its first step is not behind, and of the moment after it.
START, NOW = 0, -1


def could_strike(env: Chosen, events: Iterable[Event], happened: Collection[int]) -> list[Event]:
    """Which of these may strike when of a run's steps only these have happened."""
    heard = [each for each in events if any(_in(happened, step) for step in each.heard)]
    timeless = [each for each in heard if each.at_us is None]
    if len(timeless) == len(heard):
        return heard
    passed = [env.history.steps[number - 1].event.at_us for number in happened]
    behind_us = [at_us for at_us in passed if at_us is not None]
    if len(behind_us) >= env.bounds.landmarks:
        return timeless
    since_us, left_us = max(behind_us, default=0), remaining_us(env, happened)
    return [
        each
        for each in heard
        if each.at_us is None
        or (
            since_us < each.at_us < left_us.get(START, FOREVER_US)
            and _over(each, left_us, happened)
        )
    ]


def _over(landmark: Event, left_us: Mapping[int, int], happened: Collection[int]) -> bool:
    """Whether so much time can have gone by since one of the steps that brought it."""
    return any(
        wait_us <= left_us.get(step, FOREVER_US)
        for step, wait_us in landmark.heard.items()
        if _in(happened, step)
    )


def _in(happened: Collection[int], step: int) -> bool:
    return step == START or step in happened


def remaining_us(env: Chosen, happened: Collection[int]) -> Mapping[int, int]:
    """Step → how long after it the moment after these steps is at most, if anything bounds it.

    The shortest paths to that moment (Dijkstra).
    """
    before: defaultdict[int, list[tuple[int, int]]] = defaultdict(list, {1: [(START, 0)]})
    for number in happened:
        for each in env.history.steps[number - 1].follows:
            before[each].append((number, 0))
    for timer in env.armed:
        if _in(happened, timer.created):
            ended = timer.ended or NOW
            here = ended if ended in happened else NOW
            before[here].append((timer.created, timer.longest_us()))
    reached, nearest = dict[int, int](), [(0, NOW)]
    while nearest:
        at_us, number = heappop(nearest)
        if number not in reached:
            reached[number] = at_us
            for each, longer_us in before[number]:
                if each not in reached:
                    heappush(nearest, (at_us + longer_us, each))
    return reached
