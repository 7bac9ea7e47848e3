"""Strategies among members under chosen order: what is in flight is delivered as a script says.

A script is a row of numbers. Each picks what happens next (a message arrives, a timer fires) and
what becomes of it (it arrives, is lost, arrives and stays in flight to arrive again). When the
script is at its end, messages arrive in the order of their sending and timers fire last.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

from oauth_model.flows import UNKNOWN, Flow, Gather, Note, Start, StoreCall, Wait
from oauth_model.memories import Shelf
from oauth_model.strategies import (
    LOCAL,
    PRIMARY,
    STRATEGIES,
    First,
    Outcome,
    Place,
    Settings,
    Use,
    region_of,
)
from tests.oauth_model.stores import MEMBERS, REGIONS

Event = Callable[[], None]
ARRIVES, LOST, TWICE, TIMER = range(4)
#: Of 32 things that happen one is that a timer fires; two messages are lost and five come twice.
FATES = [ARRIVES] * 24 + [LOST] * 2 + [TWICE] * 5 + [TIMER]


class Chosen:
    """Members that a script drives; with `any_leader` whoever it picks is in charge for a call."""

    def __init__(self, script: Iterable[int], *, any_leader: bool = False, **settings: Any) -> None:
        self.script, self.any_leader = iter(script), any_leader
        self.settings = Settings(**settings)
        self.stores: dict[str, Shelf] = defaultdict(lambda: Shelf(self.settings))
        self.messages: list[Event] = []
        self.timers: list[Event] = []
        self.notes: list[Note] = []
        self.outcomes: list[Outcome] = []
        self.sent = 0

    def present(self, name: str, use: Use, regions: Iterable[str]) -> list[Outcome]:
        """A server in each of these regions begins; how all of them end."""
        for region in regions:
            chosen = STRATEGIES[name](Place(region, REGIONS, MEMBERS), self.settings)
            self.run(chosen.begin(use), "", self.outcomes.append)
        self.play()
        return self.outcomes

    def firsts(self) -> int:
        """How many were told to go on."""
        return sum(isinstance(outcome, First) for outcome in self.outcomes)

    def play(self) -> None:
        """Until nothing is in flight."""
        while self.messages or self.timers:
            which, number = divmod(next(self.script, 0), len(FATES))
            fate = FATES[number]
            if not self.messages or (fate == TIMER and self.timers):
                self.timers.pop(which % len(self.timers))()
                continue
            which %= len(self.messages)
            event = self.messages[which] if fate == TWICE else self.messages.pop(which)
            if fate != LOST:
                event()

    def run(self, flow: Flow[Any], at: str, finish: Callable[[Any], None]) -> None:
        """Begin a flow at a server ("") or a store."""
        self.resume(flow, at, finish, None)

    def resume(self, flow: Flow[Any], at: str, finish: Callable[[Any], None], answer: Any) -> None:
        """Run a flow on until it waits for something or ends."""
        later = lambda said: self.resume(flow, at, finish, said)  # noqa: E731
        while True:
            try:
                effect = flow.send(answer)
            except StopIteration as stop:
                return finish(stop.value)
            answer = None
            match effect:
                case StoreCall(store) if store == LOCAL:
                    answer = self.stores[at].apply(effect, 0.0)
                case StoreCall():
                    return self.gather(Gather((effect,), 1), lambda said: later(said[0]))
                case Gather():
                    return self.gather(effect, later)
                case Wait():
                    return self.timers.insert(0, lambda: later(None))  # shorter than a time-out
                case Start(background):
                    self.run(background, at, lambda nothing: None)
                case Note():
                    self.notes.append(effect)

    def gather(self, effect: Gather, heard: Callable[[tuple[Any, ...]], None]) -> None:
        """Call several stores; each call ends with its first answer or by its timer."""
        answers: list[Any] = [None] * len(effect.calls)
        over = False

        def take(index: int, answer: Any) -> None:
            nonlocal over
            if over or answers[index] is not None:
                return
            answers[index] = answer
            given = sum(said not in (None, UNKNOWN) for said in answers)
            if given >= effect.need or None not in answers:
                over = True
                heard(tuple(UNKNOWN if said is None else said for said in answers))

        for index, call in enumerate(effect.calls):
            self.call(call, lambda answer, index=index: take(index, answer))  # type: ignore[misc]

    def call(self, call: StoreCall, take: Callable[[Any], None]) -> None:
        """Send a call; its timer may fire at any time."""
        store = self.leader() if call.store == PRIMARY else call.store

        def answer(said: Any) -> None:
            self.send(lambda: take(said))

        def arrive() -> None:
            if not call.strategy:
                return answer(self.stores[store].apply(call, 0.0))
            place = Place(region_of(store), REGIONS, MEMBERS, store)
            flow = STRATEGIES[call.strategy](place, self.settings).at_store(call)
            return self.run(flow, store, answer)

        self.send(arrive)
        self.timers.append(lambda: take(UNKNOWN))

    def send(self, event: Event) -> None:
        """Put a message in flight."""
        self.sent += 1
        self.messages.append(event)

    def leader(self) -> str:
        """Who is in charge, as whoever asks believes."""
        return MEMBERS[next(self.script, 0) % len(MEMBERS)] if self.any_leader else MEMBERS[0]
