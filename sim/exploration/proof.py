"""The proof: one run for each way in which steps that touch the same can be ordered, and no other.

Dynamic partial-order reduction with source sets and sleep sets (Abdulla, Aronis, Jonsson and
Sagonas, POPL 2014): each run is looked through for races, two steps that touch the same and could
have come the other way round, and each is run the other way round once. An event that was tried
sleeps until something that it depends on has happened.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from sim.exploration.events import Event, Touched, independent
from sim.exploration.execution import Execution, Executor
from sim.exploration.history import History
from sim.exploration.moments import could_strike
from sim.exploration.schedule import Deviation, Schedule
from sim.exploration.tape import Choice, Tape


@dataclass
class Fork:
    """A point of choice on the path that is being searched, and what is still to be tried there.

    Of what could happen next: `sleeping` need not be tried, `wanted` must, `tried` has been; each
    with what it touches. Of anything else, all `options` are wanted.
    """

    options: tuple[str, ...]
    chosen: str
    wanted: set[str]
    sleeping: dict[str, Touched] = field(default_factory=dict)
    tried: dict[str, Touched] = field(default_factory=dict)
    touched: Touched = frozenset()

    def advance(self) -> bool:
        """Take the next option that is wanted; False when there is none."""
        self.tried[self.chosen] = self.touched
        self.touched = frozenset()
        for option in self.options:
            if option in self.wanted and option not in self.tried and option not in self.sleeping:
                self.chosen = option
                return True
        return False

    def asleep_after(self, touched: Touched) -> dict[str, Touched]:
        """What still sleeps when a step has touched this."""
        asleep = self.sleeping | self.tried
        asleep.pop(self.chosen, None)
        return {name: theirs for name, theirs in asleep.items() if independent(theirs, touched)}


class Path(Tape):
    """A tape that follows a path, and where that ends goes on with what does not sleep."""

    answers_arrive = True

    def __init__(self, path: list[Fork], faults: int) -> None:
        super().__init__({}, faults)
        self.path, self.at = path, 0
        self.forks: list[int] = []  #: for each step, its fork's place on the path

    def decide(self, point: str, options: Sequence[str]) -> str:
        """As the path says, else the default."""
        if self.at == len(self.path):
            self.path.append(Fork(tuple(options), options[0], set(options)))
        chosen = self.path[self.at].chosen
        self.at += 1
        self.log.append(Choice(point, (), chosen))
        return chosen

    def next(self, last: str, enabled: Sequence[Event], history: History) -> Event | None:
        """As the path says, else the first that does not sleep; None when all do."""
        if self.at == len(self.path):
            sleeping = self._asleep(history)
            awake = [event for event in enabled if event.key not in sleeping]
            if not awake:
                return None
            strikes = {event.key for event in awake if event.strikes}
            names = tuple(event.key for event in enabled)
            wanted = {awake[0].key} | strikes
            self.path.append(Fork(names, awake[0].key, wanted, sleeping))
        fork = self.path[self.at]
        self.forks.append(self.at)
        self.at += 1
        if fork.chosen != enabled[0].key:
            self.departed.append(Deviation(f"after {last}", fork.chosen))
        return next(event for event in enabled if event.key == fork.chosen)

    def _asleep(self, history: History) -> dict[str, Touched]:
        if not self.forks:
            return {}
        return self.path[self.forks[-1]].asleep_after(frozenset(history.steps[-1].touched))


class Proof:
    """Every order that makes a difference; `exhausted` once `runs` has given each."""

    def __init__(self, executor: Executor) -> None:
        self.executor, self.exhausted = executor, False

    def runs(self) -> Iterator[Execution]:
        """Run after run, until the space is exhausted or whoever asks has seen enough."""
        path: list[Fork] = []
        while True:
            tape = Path(path, self.executor.bounds.faults)
            # A violation that no clock allows is no reason not to look at what comes after it.
            run = self.executor.run(Schedule(), tape=tape, beyond=True)
            self._look_for_races(path, tape, run)
            yield run
            while path and not path[-1].advance():
                path.pop()
            if not path:
                self.exhausted = True
                return

    def _look_for_races(self, path: list[Fork], tape: Path, run: Execution) -> None:
        history = run.env.history
        offset = len(history.steps) - len(tape.forks)  # the first step is no choice
        for number, place in enumerate(tape.forks, offset + 1):
            fork = path[place]
            fork.touched |= history.steps[number - 1].touched
        for first, event, upto in _races(run):
            if first > offset:
                fork = path[tape.forks[first - offset - 1]]
                initials = _initials(history, first, upto, event)
                if not fork.wanted.intersection(initials) and _possible(run, first, event, upto):
                    fork.wanted.update([name for name in fork.options if name in initials][:1])


def _races(run: Execution) -> Iterator[tuple[int, Event, int]]:
    """Which step could have come after which event: the step, the event, and the event's own step.

    An event that became stale never was a step: it raced with the step that made it so.
    """
    steps = run.env.history.steps
    for number, step in enumerate(steps, 1):
        if step.event.strikes:
            yield from _before_which(run, step.event, number)
            continue
        for first in step.races:
            if first not in run.env.history.past(step.event.created):
                yield first, step.event, number
    for event in run.env.gone:
        causes = event.causes()
        past = set[int]().union(*map(run.env.history.past, causes))
        if event.ended and event.ended not in past:
            yield event.ended, event, max(event.ended, *causes) + 1
    for event in run.env.strikes:
        yield from _before_which(run, event, len(steps) + 1)


def _before_which(run: Execution, event: Event, number: int) -> Iterator[tuple[int, Event, int]]:
    """What may strike at some moments only could have come before more than the last steps."""
    for first in range(2, number):
        yield first, event, number


def _possible(run: Execution, first: int, event: Event, upto: int) -> bool:
    """Whether an event can come without a step and all that follow upon it."""
    if not event.strikes:
        return True
    return bool(could_strike(run.env, [event], set(run.env.history.without(first, upto))))


def _initials(history: History, first: int, upto: int, event: Event) -> set[str]:
    """What could come first of all that must come before the event without the step before it."""
    after, initials, others = {first}, set[str](), set[int]()
    for number in range(first + 1, upto):
        step = history.steps[number - 1]
        if step.follows & after:
            after.add(number)
            continue
        if not step.follows & others:
            initials.add(step.event.key)
        others.add(number)
    if not others or not _follows_upon(history, event, upto, others):
        initials.add(event.key)
    return initials


def _follows_upon(history: History, event: Event, upto: int, others: set[int]) -> bool:
    """Whether an event, which came with this step or not at all, must come after these steps."""
    if upto <= len(history.steps) and history.steps[upto - 1].event is event:
        return bool(history.steps[upto - 1].follows & others)
    return event.strikes or not event.causes().isdisjoint(others)
