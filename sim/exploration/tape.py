"""The tape: choices that take their defaults, but for the deviations of a schedule.

Rule: nothing is drawn. A message's fate is a number of copies, and when each arrives is for the
environment to choose (`chosen`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random
from typing import NamedTuple, TypeVar

from sim.choices import Cause, Copy, Fate, Law
from sim.exploration.causes import named
from sim.exploration.events import Event
from sim.exploration.history import History
from sim.exploration.schedule import Deviation

Option = TypeVar("Option")

#: What a fate of so many copies is called.
WORDS = ("lost", "once", "twice")
#: How the names of laws begin whose unusual fates are no faults of the network.
THIEVES = ("log ", "mail ", "thief ")

#: What the name of a link has between its ends when it is the way back.
ANSWER = " < "


class Choice(NamedTuple):
    """A point of choice that a run came to: what could have been chosen, and what was.

    `others`: what a search may try there instead.
    """

    point: str
    others: tuple[str, ...]
    chosen: str


class Tape:
    """Answers a world's questions by a schedule, and writes down what else could have been said.

    `faults`: how many messages may yet be lost or doubled. With `random`, every choice is drawn.
    """

    #: Whether no answer is lost or doubled: one that comes after its time-out is as good as lost.
    answers_arrive = False

    def __init__(
        self, deviations: Mapping[str, str], faults: int, random: Random | None = None
    ) -> None:
        self.left, self.faults, self.random = dict(deviations), faults, random
        self.log: list[Choice] = []
        self.made: dict[str, str] = {}
        self.departed: list[Deviation] = []  #: where it did not choose the default
        self.asked: tuple[str, Cause] | None = None  #: the last fate that was asked for
        self.drawn: set[tuple[str, Cause]] = set()  #: all that were asked for
        self.fates: list[tuple[str, int]] = []  #: of every message that could have fared otherwise

    def choose(self, point: str, options: Sequence[str]) -> str:
        """One of several options by name; asked again, it says the same."""
        if point not in self.made:
            chosen = self.made[point] = self.decide(point, options)
            if chosen != options[0]:
                self.departed.append(Deviation(point, chosen))
        return self.made[point]

    def decide(self, point: str, options: Sequence[str]) -> str:
        """The first, unless the schedule says otherwise."""
        chosen = options[0]
        if point in self.left and self.left[point] in options:
            chosen = self.left.pop(point)
        elif self.random is not None:
            chosen = self.random.choice(options)
        self.log.append(Choice(point, tuple(o for o in options if o != chosen), chosen))
        return chosen

    def next(self, last: str, enabled: Sequence[Event], history: History) -> Event | None:
        """What happens after the last event: the oldest, unless the schedule says otherwise."""
        names = [event.key for event in enabled]
        chosen = self.choose(f"after {last}", names) if len(names) > 1 else names[0]
        return enabled[names.index(chosen)]

    def fate(self, law: Law, cause: Cause) -> Fate:
        """As many copies as usual, or as the schedule says."""
        self.asked = law.name, cause
        self.drawn.add(self.asked)
        copies, fault = law.copies[0], not law.name.startswith(THIEVES)
        if len(law.copies) > 1:
            point = f"{law.name} {named(cause)}"
            if (self.faults or not fault) and not (self.answers_arrive and ANSWER in law.name):
                copies = WORDS.index(self.choose(point, [WORDS[each] for each in law.copies]))
                self.faults -= fault and copies != law.copies[0]
            self.fates.append((point, copies))
        return (Copy(0, 0),) * copies

    def pick(self, point: str, options: Sequence[Option], cause: Cause) -> Option:
        """The first option, or the one that the schedule names; of a range, one of its ends."""
        last = len(options) - 1
        places = [0, last] if isinstance(options, range) else list(range(len(options)))
        if last:
            names = [str(getattr(options[place], "name", options[place])) for place in places]
            picked = names.index(self.choose(f"{point} {named(cause)}", names))
            self.fates.append((point, picked))
            return options[places[picked]]
        return options[0]
