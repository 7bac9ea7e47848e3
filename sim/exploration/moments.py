"""Moments: until when a landmark can wait, in whatever order independent steps may come.

Rule: what bounds time is timers. Each difference is an upper bound: a step is no later than what
follows upon it, what a timer rings for or is ended by is no later than the timer allows, and while
a timer is live, nothing is later than its ringing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from heapq import heappop, heappush
from typing import TYPE_CHECKING

from sim.exploration.events import Event

if TYPE_CHECKING:
    from sim.exploration.chosen import Chosen

#: Later than any instant of a run.
FOREVER_US = 1 << 60
#: The number of the moment after the steps.
NOW = -1


def could_strike(env: Chosen, events: Iterable[Event], happened: Collection[int]) -> list[Event]:
    """Which of these may strike when of a run's steps only these have happened."""
    heard = [each for each in events if 0 in each.heard or not each.heard.isdisjoint(happened)]
    if all(event.at_us is None for event in heard):
        return heard
    since_us, until_us = _moves(env, happened)
    return [each for each in heard if each.at_us is None or since_us < each.at_us < until_us]


def _moves(env: Chosen, happened: Collection[int]) -> tuple[int, int]:
    """Between which instants lie those to which clocks may move after these steps."""
    passed = [env.history.steps[number - 1].event.at_us for number in happened]
    behind_us = [at_us for at_us in passed if at_us is not None]
    if len(behind_us) >= env.bounds.landmarks:
        return 0, 0
    return max(behind_us, default=0), latest_us(env, happened)


def latest_us(env: Chosen, happened: Collection[int]) -> int:
    """Until when the moment after these steps can last: the shortest path to it (Dijkstra)."""
    armed: defaultdict[int, list[Event]] = defaultdict(list)
    for timer in env.armed:
        armed[timer.created].append(timer)
    reached, nearest = set[int](), [(0, 0), (0, 1)]
    while nearest:
        at_us, number = heappop(nearest)
        if number == NOW:
            return at_us
        if number in reached:
            continue
        reached.add(number)
        for timer in armed[number]:
            ended = timer.ended if timer.ended in happened else None
            heappush(nearest, (at_us + timer.longest_us(), NOW if ended is None else ended))
        for before in env.history.steps[number - 1].follows if number else ():
            if before in happened:
                heappush(nearest, (at_us, before))
    return FOREVER_US
