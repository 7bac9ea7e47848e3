"""History: which steps of a run matter to which, and when two runs are the same but for order.

Two steps that touch nothing in common may be swapped and nothing changes (Mazurkiewicz). A step's
digest says what happened to whatever it touches up to and with it; the digests of all steps
together say in which state a run is, whatever the order in which it came there.
"""

from __future__ import annotations

from hashlib import blake2b

from sim.exploration.events import EVERYTHING, Event

MASK = (1 << 64) - 1


class Step:
    """Something that happened, and the steps (by number, from 1) that it follows upon directly."""

    __slots__ = ("digest", "event", "follows", "races", "touched")

    def __init__(self, event: Event) -> None:
        self.event, self.touched = event, {event.where}
        self.follows: set[int] = set()
        self.races: set[int] = set()  #: of these, those that could have come after it
        self.digest = 0


class History:
    """The steps of a run so far; `state` is equal for runs that only swap independent steps."""

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self.state = 0
        self._last: dict[str, int] = {}  #: what → the step that touched it last
        self._barrier = 0  #: the last step that touched everything
        self._pasts: dict[int, set[int]] = {0: set()}

    def begin(self, event: Event) -> None:
        """Something happens now."""
        self.steps.append(Step(event))

    def touch(self, what: str) -> None:
        """The step of this moment also reads or writes this."""
        if self.steps:
            self.steps[-1].touched.add(what)

    def end(self, chosen: tuple[tuple[str, int], ...]) -> None:
        """It has happened, and these choices were made."""
        step, number = self.steps[-1], len(self.steps)
        touching = self._touching(step, number)
        # Whatever touches everything follows upon all, so which step brought it says nothing.
        causes = set() if EVERYTHING in step.touched else step.event.causes()
        step.follows = (touching | causes) - {0}
        step.races = self._latest(step.follows) & touching
        past = sorted(self.steps[each - 1].digest for each in step.follows)
        said = repr((step.event.key, chosen, past)).encode()
        step.digest = int.from_bytes(blake2b(said, digest_size=8).digest(), "big")
        self.state = (self.state + step.digest) & MASK

    def _touching(self, step: Step, number: int) -> set[int]:
        """The steps that touched the same last; from now on, this one has."""
        if EVERYTHING in step.touched:
            touching = {*self._last.values(), self._barrier}
            self._barrier = number
            self._last.clear()
        else:
            touching = {self._last.get(what, self._barrier) for what in step.touched}
            touching.add(self._barrier)
            self._last.update(dict.fromkeys(step.touched, number))
        return touching

    def without(self, first: int, upto: int) -> list[int]:
        """The steps before `upto`, without this one and all that follow upon it."""
        after, others = {first}, list(range(1, first))
        for number in range(first + 1, upto):
            if self.steps[number - 1].follows & after:
                after.add(number)
            else:
                others.append(number)
        return others

    def _latest(self, numbers: set[int]) -> set[int]:
        """Those of these steps that none of the others follows upon."""
        if len(numbers) == 1:
            return numbers
        return numbers.difference(*(self.past(number) - {number} for number in numbers))

    def past(self, number: int) -> set[int]:
        """The steps without which one that is over could not have been: itself, all before it."""
        if number not in self._pasts:
            follows = self.steps[number - 1].follows
            self._pasts[number] = {number}.union(*map(self.past, follows))
        return self._pasts[number]
