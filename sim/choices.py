"""Choices: whatever a run could have done otherwise, asked of one object.

Rule: a seeded draw is keyed by its cause (which link, which actor's which attempt of which
intention, which message of that job), never by a running counter. A strategy that sends two more
store messages therefore leaves the fate of every other message as it was: common random numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from itertools import islice, repeat
from random import Random
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeVar

if TYPE_CHECKING:
    import numpy as np

Option = TypeVar("Option")


class Copy(NamedTuple):
    """One copy of a message: when it arrives after it was sent, and its place among equals."""

    delay_us: int
    tie: int


#: `new_copy(Copy, …)` is `Copy(…)` in less than half the time (`oauth_model.messages`).
new_copy = Copy.__new__

#: A message's fate: one `Copy` for each that arrives; none means lost, two means duplicated.
Fate = tuple[Copy, ...]
LOST: Fate = ()


class Cause(NamedTuple):
    """Why something is drawn: the intention, whose attempt of it, and which of its messages."""

    intention: int
    actor: str
    attempt: int
    ordinal: int


#: The same for `Cause(…)`.
new_cause = Cause.__new__


class Law(NamedTuple):
    """The law of a link: its stable name, and how a fate is drawn.

    `copies`: of how many copies a fate may be, the usual number first.
    """

    name: str
    draw: Callable[[Random], Fate]
    copies: tuple[int, ...] = (1,)


class Choices(Protocol):
    """What a world asks. Names of points and links are stable: schedules are written with them."""

    def fate(self, law: Law, cause: Cause) -> Fate:
        """What becomes of a message when it is sent."""

    def pick(self, point: str, options: Sequence[Option], cause: Cause) -> Option:
        """Which of several: a route, a policy."""


#: Intentions whose draws share one generator: making a generator costs as much as twenty draws.
BLOCK = 256


class Seeded:
    """Choices drawn from a seed; equal seeds and causes give equal choices, whatever the order."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self._blocks = lru_cache(maxsize=1024)(self._block)

    def fate(self, law: Law, cause: Cause) -> Fate:
        """The fate drawn for this cause, the same however often and whenever it is asked."""
        intention, actor, attempt, ordinal = cause
        fates, draws = self._blocks(law, actor, attempt, ordinal, intention // BLOCK)
        place = intention % BLOCK
        while len(fates) <= place:  # as many again: what is drawn ahead is nobody else's
            fates.extend(islice(draws, len(fates) or 1))
        return fates[place]

    def pick(self, point: str, options: Sequence[Option], cause: Cause) -> Option:
        """An option, uniformly."""
        if len(options) == 1:
            return options[0]
        drawn = self.fate(_picks(point), cause)[0].delay_us
        return options[drawn * len(options) // RESOLUTION]

    def _block(
        self, law: Law, actor: str, attempt: int, ordinal: int, number: int
    ) -> tuple[list[Fate], Iterator[Fate]]:
        random = self.generator(law.name, actor, attempt, ordinal, number)
        return [], map(law.draw, repeat(random))

    def generator(self, *key: str | int) -> Random:
        """A generator for what this key names, and for nothing else."""
        # A string seed goes through SHA-512 and not through hash(): the same in every process.
        return Random("/".join(map(str, (self.seed, *key))))


def in_bulk(seed: int) -> np.random.Generator:
    """A generator of whole arrays, for what is drawn without a world."""
    import numpy as np

    return np.random.Generator(np.random.SFC64(seed))


#: A pick is drawn as one of so many equal parts of the whole.
RESOLUTION = 1 << 53


@lru_cache(maxsize=256)
def _picks(point: str) -> Law:
    return Law(f"pick {point}", lambda random: (Copy(random.getrandbits(53), 0),))
