"""Moments: until when a landmark can wait, in whatever order independent steps may come.

Rule: what bounds time is timers. Each difference is an upper bound: a step is no later than what
follows upon it, what a timer rings for or is ended by is no later than the timer allows, and while
a timer is live, nothing is later than its ringing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

from sim.exploration.events import Event

if TYPE_CHECKING:
    from sim.exploration.chosen import Chosen

#: Later than any instant of a run.
FOREVER_US = 1 << 60
#: The number of the moment after the steps.
NOW = -1
#: This step is no later than so many µs after that one.
Difference = tuple[int, int, int]


def could_strike(env: Chosen, event: Event, happened: Collection[int]) -> bool:
    """Whether something may strike when of a run's steps only these have happened."""
    if 0 not in event.heard and event.heard.isdisjoint(happened):
        return False
    if event.at_us is None:
        return True
    passed = [env.history.steps[number - 1].event.at_us for number in happened]
    behind_us = [at_us for at_us in passed if at_us is not None]
    if len(behind_us) >= env.bounds.landmarks or max(behind_us, default=0) >= event.at_us:
        return False
    return event.at_us < latest_us(env, set(happened))


def latest_us(env: Chosen, happened: set[int]) -> int:
    """Until when the moment after these steps can last."""
    if all(timer.ended in happened for timer in env.armed):
        return FOREVER_US
    latest = dict.fromkeys(happened, FOREVER_US) | {0: 0, 1: 0, NOW: FOREVER_US}
    differences, changed = list(_differences(env, happened)), True
    while changed:
        changed = False
        for step, after_us, other in differences:
            if latest[other] + after_us < latest[step]:
                latest[step], changed = latest[other] + after_us, True
    return latest[NOW]


def _differences(env: Chosen, happened: set[int]) -> Iterator[Difference]:
    for timer in env.armed:
        if timer.created == 0 or timer.created in happened:
            ended = timer.ended if timer.ended in happened else None
            yield NOW if ended is None else ended, timer.longest_us(), timer.created
    for number in happened:
        step = env.history.steps[number - 1]
        for before in step.follows & happened:
            yield before, 0, number
        yield number, 0, NOW
