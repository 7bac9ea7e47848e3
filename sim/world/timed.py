"""Timed: the SimPy environment of a run, in whole microseconds.

Messages and timers are events whose callback is the receiver; a process is made only for long-lived
actors (workload, faults). Three traps are dealt with here: an event object is scheduled once only,
delays are non-negative integers, and an abandoned timer does not stay in the heap: all timers of
one duration share one SimPy event, with a queue of deadlines behind it.
"""

from __future__ import annotations

import gc
from collections import defaultdict, deque
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from heapq import heappush
from typing import Any, Protocol

import simpy

#: Among events of one instant a timer comes last: an answer that is just in time is in time.
TIMER_PRIORITY = 1 << 20
#: By how many objects there must be more for a run to look for garbage; Python says 700.
RARELY = 70_000

#: From when until when something stands, in µs.
Span = tuple[int, int]
#: Ends what was begun.
End = Callable[[], None]


class Happening:
    """The least an object must have for SimPy to run it: callbacks, and no failure."""

    __slots__ = ("callbacks",)
    _ok = True  #: SimPy's own word for it

    def __init__(self, callback: Callable[[Any], None]) -> None:
        self.callbacks = [callback]


class Deadline(Protocol):
    """Something that waits for an answer until an instant."""

    deadline_us: int

    @property
    def done(self) -> bool:
        """Whether it has been answered."""

    def expire(self) -> None:
        """Called at the deadline, unless done before."""


class Environment(Protocol):
    """What a world asks of whoever decides when things happen; `Timed` is the usual answer."""

    @property
    def now_us(self) -> int:
        """Simulation time in microseconds."""

    def post(self, happening: Happening, delay_us: int, tie: int = 0) -> None:
        """Have something happen once, after a delay that was drawn."""

    def after(self, duration_us: int, happening: Happening, drawn_us: int | None = None) -> None:
        """Have something happen once, a duration from now, or a drawn part of it."""

    def arm(self, waiting: Deadline, duration_us: int) -> None:
        """Expire `waiting` after a duration, unless it is done by then."""

    def recur(self, name: str, spans: Iterator[Span], begin: Callable[[int], End]) -> None:
        """Have something begin and end as often as there are spans."""


class Timed(simpy.Environment):
    """Time decides: every message arrives after its drawn delay, every timer after its duration."""

    __slots__ = ("_now",)  #: where SimPy writes what time it is, read as `now_us`
    now_us: int

    def __init__(self) -> None:
        super().__init__(0)
        self._timers: defaultdict[int, deque[Deadline]] = defaultdict(deque)

    def post(self, happening: Happening, delay_us: int, tie: int = 0) -> None:
        """Have something happen once, after a delay that was drawn."""
        # What `schedule` does, without its frame.
        due: Any = (self._now + delay_us, 1 + tie, next(self._eid), happening)
        heappush(self._queue, due)

    def after(self, duration_us: int, happening: Happening, drawn_us: int | None = None) -> None:
        """Have something happen once, a duration from now, after all messages of that instant.

        `drawn_us`: how much of the duration was drawn, if not the whole of it is waited for.
        """
        delay_us = duration_us if drawn_us is None else drawn_us
        self.post(happening, delay_us, TIMER_PRIORITY - 1)

    def recur(self, name: str, spans: Iterator[Span], begin: Callable[[int], End]) -> None:
        """Have something begin and end as often as there are spans.

        `begin` is told the number of each, and what it returns ends it; `name` is for whoever has
        no use for instants.
        """
        self.process(self._come_and_go(spans, begin))

    def _come_and_go(
        self, spans: Iterator[Span], begin: Callable[[int], End]
    ) -> Generator[simpy.Event, None, None]:
        for number, (from_us, until_us) in enumerate(spans):
            yield self.timeout(from_us - self.now_us)
            end = begin(number)
            yield self.timeout(until_us - self.now_us)
            end()

    def arm(self, waiting: Deadline, duration_us: int) -> None:
        """Expire `waiting` after a duration, unless it is done by then."""
        queue = self._timers[duration_us]
        waiting.deadline_us = self._now + duration_us  # type: ignore[assignment]
        if queue:
            while queue[0].done and len(queue) > 1:  # or it is kept until its time has come
                queue.popleft()
            queue.append(waiting)
        else:
            queue.append(waiting)
            self._sleep(queue)

    def _sleep(self, queue: deque[Deadline]) -> None:
        delay_us = queue[0].deadline_us - self.now_us
        self.after(delay_us, Happening(lambda _: self._ring(queue)))

    def _ring(self, queue: deque[Deadline]) -> None:
        now_us = self.now_us
        while queue and (queue[0].done or queue[0].deadline_us <= now_us):
            waiting = queue.popleft()
            if not waiting.done:
                waiting.expire()
        if queue:
            self._sleep(queue)


#: Simulation time in microseconds: SimPy's own slot by a name that is ours.
Timed.now_us = vars(Timed)["_now"]


@contextmanager
def rarely_collected() -> Iterator[None]:
    """Garbage is looked for a hundred times less often, which saves a tenth of a run.

    What a run keeps lives until its end, and all else dies without being looked for. A collector
    that is switched off stays so.
    """
    before = gc.get_threshold()
    gc.set_threshold(max(before[0], RARELY) if before[0] else 0, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
