"""The floor: what a single-use presentation costs in SimPy when nothing is said in its messages.

A bare script: client → server → store → server → client, each message an event whose callback is
its arrival, with the client's and the server's timer, and the project's own keyed draws of delays.
No protocol, no nodes, no strategies, no trace: a simulator of presentations cannot be below it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator
from random import Random
from typing import Any

import simpy

from sim.choices import Cause, Choices, Copy, Fate, Law, Seeded

#: Among events of one instant a timer comes last.
TIMER_PRIORITY = 1 << 20
Draw = Callable[[Random], float]


class Event:
    """The least that SimPy's loop asks of an event."""

    __slots__ = ("_ok", "callbacks")

    def __init__(self, callback: Callable[[Any], None]) -> None:
        self.callbacks = [callback]
        self._ok = True


class Timer:
    """All timers of one duration: one event in SimPy's heap, and a queue of deadlines behind it.

    What is waited for is the `awaited`-th message of a presentation.
    """

    def __init__(self, env: simpy.Environment, awaited: int, duration_us: int) -> None:
        self.env, self.awaited, self.duration_us = env, awaited, duration_us
        self.waiting: deque[tuple[int, Presentation]] = deque()

    def arm(self, presentation: Presentation) -> None:
        """Give the presentation up after the duration, unless the message has arrived."""
        self.waiting.append((int(self.env.now) + self.duration_us, presentation))
        if len(self.waiting) == 1:
            self._sleep()

    def _sleep(self) -> None:
        delay = self.waiting[0][0] - self.env.now
        self.env.schedule(Event(self._ring), TIMER_PRIORITY, delay)  # type: ignore[arg-type]

    def _ring(self, event: object) -> None:
        waiting, now = self.waiting, self.env.now
        while waiting and (waiting[0][1].arrived >= self.awaited or waiting[0][0] <= now):
            presentation = waiting.popleft()[1]
            if presentation.arrived < self.awaited:
                presentation.arrived = GIVEN_UP
        if waiting:
            self._sleep()


GIVEN_UP = 99


class Presentation:
    """Four messages in a row; `arrived` counts them."""

    __slots__ = ("arrived", "floor", "intention")

    def __init__(self, floor: Floor, intention: int) -> None:
        self.floor, self.intention, self.arrived = floor, intention, 0

    def send(self) -> None:
        """Put the next message on its link; a request arms a timer."""
        floor, step = self.floor, self.arrived
        for delay_us, tie in floor.choices.fate(
            floor.links[step], Cause(self.intention, "client", 0, 0)
        ):
            floor.env.schedule(Event(self.arrive), 1 + tie, delay_us)  # type: ignore[arg-type]
        if step in floor.timers:
            floor.timers[step].arm(self)

    def arrive(self, event: object) -> None:
        """A message arrived: send the next, or this was the answer."""
        self.arrived += 1
        if self.arrived < len(self.floor.links):
            self.send()
        elif self.arrived == len(self.floor.links):
            self.floor.answered += 1


class Floor:
    """A bare run of so many presentations."""

    def __init__(
        self,
        seed: int,
        *,
        gap: Draw,
        access: Draw,
        internal: Draw,
        client_timeout_us: int,
        store_timeout_us: int,
    ) -> None:
        self.env = simpy.Environment(0)
        self.choices: Choices = Seeded(seed)
        self.gap = Law("gap", lambda random: (Copy(int(gap(random) * 1000 + 0.5), 0),))
        names = ("client > rs", "rs > store", "store > rs", "rs > client")
        draws = (access, internal, internal, access)
        self.links = [Law(n, _fate(draw)) for n, draw in zip(names, draws, strict=True)]
        self.timers = {
            0: Timer(self.env, len(names), client_timeout_us),
            1: Timer(self.env, len(names) - 1, store_timeout_us),
        }
        self.answered = 0

    def run(self, presentations: int) -> int:
        """Simulate them; returns how many were answered."""
        self.env.process(self._begin_all(presentations))
        self.env.run()
        return self.answered

    def _begin_all(self, presentations: int) -> Generator[Any, None, None]:
        for intention in range(presentations):
            fate = self.choices.fate(self.gap, Cause(intention, "user", 0, 0))
            yield self.env.timeout(fate[0].delay_us)
            Presentation(self, intention).send()


def _fate(draw: Draw) -> Callable[[Random], Fate]:
    return lambda random: (Copy(int(draw(random) * 1000 + 0.5), random.getrandbits(16)),)
