"""Chosen: the environment in which choice decides what happens next, and no time passes.

All that is in flight and every live timer may come next. Left alone, messages arrive in the order
in which they were sent, a timer rings only when nothing else can happen, unless it takes no time,
and no fault strikes.
Clocks move at landmarks only: instants at which some comparison with a clock changes its answer.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping

from sim.choices import Cause
from sim.exploration.bounds import Bounds
from sim.exploration.events import EVERYTHING, Event, message, timer, waking
from sim.exploration.history import History
from sim.exploration.moments import could_strike
from sim.exploration.tape import Tape
from sim.world.network import Envelope
from sim.world.rpc import Call
from sim.world.timed import Deadline, End, Happening, Span

#: A state, and what would come next by default.
Standing = tuple[int, tuple[str, ...]]


class Chosen:
    """Stands in for `world.timed.Timed`: the same questions, answered without a clock.

    `watch()` is asked after each step whether the run is worth going on with. After the run, `cut`
    says that there were too many steps, `blocked` that the tape wanted nothing that was left.
    """

    def __init__(self, tape: Tape, bounds: Bounds) -> None:
        self.tape, self.bounds = tape, bounds
        self.now_us = 0
        self.history = History()
        self.flying: list[Event] = []
        self.timers: list[Event] = []
        self.strikes: list[Event] = []  #: what a run does not wait for: faults and landmarks
        self.armed: list[Event] = []  #: every timer there was
        self._reached_us = [0]  #: step → about when it was
        self._compared = 0  #: of those, how many it is known of which must ring before them
        self.watch: Callable[[], bool] = lambda: True
        self.cut = self.blocked = False
        self.gone: list[Event] = []  #: what became stale
        self._done: dict[Call | None, int] = {}  #: calls → the step that answered them or gave up
        self.drawn: set[tuple[str, Cause] | None] = (
            set()
        )  #: what it was drawn when events happen by
        self._keys: Counter[str] = Counter()
        self.landmarks: dict[int, Event] = {}
        self.remembers: Mapping[str, str] = {}  #: node → what all that happens there may touch

    def post(self, happening: Happening, delay_us: int, tie: int = 0) -> None:
        """Have something happen once, whenever it likes."""
        if isinstance(happening, Envelope):
            event = message(happening)
        else:
            event = waking(happening)
            event.drawn = self.tape.asked
        self._enter(event, self.flying)

    def after(self, duration_us: int, happening: Happening, drawn_us: int | None = None) -> None:
        """Have something happen once, a duration from now, or earlier if that is drawn."""
        event = waking(happening)
        if drawn_us is not None:
            event.drawn = self.tape.asked
        self._arm(event, duration_us if drawn_us is None else 0, duration_us)

    def arm(self, waiting: Deadline, duration_us: int) -> None:
        """Expire `waiting` after a duration, unless it is done by then."""
        self._arm(timer(waiting), duration_us, duration_us)

    def recur(self, name: str, spans: Iterator[Span], begin: Callable[[int], End]) -> None:
        """Let something begin once, at any moment or never, and then end."""

        def strike() -> None:
            self._enter(Event(f"{name} ends", EVERYTHING, begin(0)), self.strikes)

        self._enter(Event(name, EVERYTHING, strike), self.strikes)

    def expect(self, at_us: int, *, lasting: bool = False) -> None:
        """Clocks may change somebody's mind at this instant: it is a landmark from now on.

        `lasting`: something that lasts until then begins now, whatever clocks read now.
        """
        if self.bounds.landmarks and at_us > self.now_us:
            new = at_us not in self.landmarks
            landmark = self.landmarks.setdefault(at_us, self._landmark(at_us))
            here, wait_us = len(self.history.steps), at_us - self.now_us if lasting else 0
            landmark.heard[here] = min(wait_us, landmark.heard.get(here, wait_us))
            if new:
                self._enter(landmark, self.strikes)

    def run(self) -> None:
        """Let happen what the tape chooses, until nothing is left that a run waits for."""
        self._let_happen(self.flying[0])  # a run begins with somebody who begins something
        while options := self._enabled():
            if len(self.history.steps) >= self.bounds.steps:
                self.cut = True
                return
            event = self.tape.next(self.history.steps[-1].event.key, options, self.history)
            if event is None:
                self.blocked = True
                return
            self._let_happen(event)
            if not self.watch():
                return

    def standing(self) -> Standing:
        """Equal for runs that have the same behind them, and by default before them."""
        waiting = (*self.flying, *self.timers)
        return self.history.state, tuple(event.key for event in waiting if not event.stale)

    def _enter(self, event: Event, among: list[Event]) -> None:
        self._keys[event.key] += 1
        if (number := self._keys[event.key]) > 1:
            event.key = f"{event.key} #{number}"
        self.drawn.add(event.drawn)
        event.created, event.strikes = len(self.history.steps), among is self.strikes
        event.heard.setdefault(event.created, 0)
        among.append(event)

    def _arm(self, event: Event, least_us: int, most_us: int) -> None:
        event.least_us, event.most_us = least_us, most_us
        self._enter(event, self.timers)
        self.armed.append(event)

    def _landmark(self, at_us: int) -> Event:
        def pass_time() -> None:
            self.now_us = at_us

        event = Event(f"time {at_us / 1e6:.12g} s", EVERYTHING, pass_time)
        event.at_us = at_us
        return event

    def _enabled(self) -> list[Event]:
        """What may happen next, the default first."""
        self.flying = [event for event in self.flying if not self._over(event)]
        self.timers = [event for event in self.timers if not self._over(event)]
        waited_for = sorted(
            self.flying + self._first_to_ring(), key=lambda event: not event.at_once
        )
        return waited_for + self.may_strike() if waited_for else []

    def _over(self, event: Event) -> bool:
        if event.stale:
            event.ended = self._done.setdefault(event.call, len(self.history.steps))
            self.gone.append(event)
        return event.ended is not None

    def may_strike(self) -> list[Event]:
        """Faults at any moment; a landmark unless a timer must have rung before it."""
        return could_strike(self, self.strikes, range(1, len(self.history.steps) + 1))

    def _let_happen(self, event: Event) -> None:
        among = self.timers if event.timer else self.strikes if event.strikes else self.flying
        among.remove(event)
        before = len(self.tape.fates)
        self.history.begin(event)
        if (memory := self.remembers.get(event.where.partition(" ")[0])) is not None:
            self.history.touch(memory)
        event.happen()
        event.ended = len(self.history.steps)
        if event.stale:
            self._done.setdefault(event.call, event.ended)
        self.history.end(tuple(self.tape.fates[before:]))
        self._reached_us.append(self._reach_us(event))

    def _reach_us(self, event: Event) -> int:
        """When the last step was, if messages took no time and every timer all of its own."""
        own_us = self._reached_us[event.created] + (event.most_us or 0)
        before_us = (self._reached_us[each] for each in self.history.steps[-1].follows)
        return max(own_us, event.at_us or 0, *before_us, 0)

    def _first_to_ring(self) -> list[Event]:
        """The timers before which no other must ring, the first that is due before all others."""
        self.armed[self._compared :] = sorted(self.armed[self._compared :], key=Event.longest_us)
        for place, event in enumerate(self.armed[self._compared :], self._compared):
            earlier = self.armed[:place]  # also those that are over: a digest depends on no order
            event.awaits.update(one for one in earlier if self._must_ring_before(one, event))
        self._compared = len(self.armed)
        first = [each for each in self.timers if all(one.ended for one in each.awaits)]
        return sorted(first, key=lambda each: self._reached_us[each.created] + each.longest_us())

    def _must_ring_before(self, one: Event, other: Event) -> bool:
        """One that was armed for no longer, and no later in whatever order independent steps come.

        Of timers that were armed by independent steps, either may have been armed first.
        """
        if one.longest_us() > other.shortest_us():
            return False
        return one.created in (0, other.created) or one.created in self.history.past(other.created)
