"""Timed: the SimPy environment of a run, in whole microseconds.

Messages and timers are events whose callback is the receiver; a process is made only for long-lived
actors (workload, faults). Three traps are dealt with here: an event object is scheduled once only,
delays are non-negative integers, and an abandoned timer does not stay in the heap: all timers of
one duration share one SimPy event, with a queue of deadlines behind it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any, Protocol

import simpy

#: Among events of one instant a timer comes last: an answer that is just in time is in time.
TIMER_PRIORITY = 1 << 20


class Happening:
    """The least an object must have for SimPy to run it: callbacks, and no failure."""

    __slots__ = ("_ok", "callbacks")

    def __init__(self, callback: Callable[[Any], None]) -> None:
        self.callbacks = [callback]
        self._ok = True


class Deadline(Protocol):
    """Something that waits for an answer until an instant."""

    deadline_us: int

    @property
    def done(self) -> bool:
        """Whether it has been answered."""

    def expire(self) -> None:
        """Called at the deadline, unless done before."""


class Timed(simpy.Environment):
    """Time decides: every message arrives after its drawn delay, every timer after its duration."""

    def __init__(self) -> None:
        super().__init__(0)
        self._timers: dict[int, deque[Deadline]] = {}

    @property
    def now_us(self) -> int:
        """Simulation time in microseconds."""
        return self._now  # type: ignore[return-value]  # only integers are ever scheduled

    def after(self, delay_us: int, callback: Callable[[Any], None], priority: int = 1) -> None:
        """Call back once, `delay_us` from now."""
        self.schedule(Happening(callback), priority, delay_us)  # type: ignore[arg-type]

    def arm(self, waiting: Deadline, duration_us: int) -> None:
        """Expire `waiting` after a duration, unless it is done by then."""
        queue = self._timers.get(duration_us)
        if queue is None:
            queue = self._timers[duration_us] = deque()
        waiting.deadline_us = self._now + duration_us  # type: ignore[assignment]
        queue.append(waiting)
        if len(queue) == 1:
            self._sleep(queue)

    def _sleep(self, queue: deque[Deadline]) -> None:
        delay_us = queue[0].deadline_us - self.now_us
        self.after(delay_us, lambda _: self._ring(queue), TIMER_PRIORITY)

    def _ring(self, queue: deque[Deadline]) -> None:
        now_us = self.now_us
        while queue and (queue[0].done or queue[0].deadline_us <= now_us):
            waiting = queue.popleft()
            if not waiting.done:
                waiting.expire()
        if queue:
            self._sleep(queue)
