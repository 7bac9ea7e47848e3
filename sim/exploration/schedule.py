"""A schedule: how a run departs from the undisturbed one, as a short text that repeats it.

Rule: a deviation is named by what it is about (a message, a route, what happens after what), never
by a position, so it means the same after another deviation was removed. What is not named takes its
default.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import NamedTuple

BETWEEN = "; "
IS = " = "


class Deviation(NamedTuple):
    """At this point of choice, this option instead of the usual one."""

    point: str
    option: str

    def __str__(self) -> str:
        return f"{self.point}{IS}{self.option}"


class Schedule(tuple[Deviation, ...]):
    """Deviations, in the order in which a run comes to them; empty for the undisturbed run."""

    __slots__ = ()

    def __str__(self) -> str:
        return BETWEEN.join(map(str, self))

    @classmethod
    def parse(cls, text: str) -> Schedule:
        """Read what `str` gave, also where a mail has wrapped it.

        Raises ValueError that names the part that is no deviation.
        """
        schedule = cls(_deviations(" ".join(text.split())))
        for point, count in Counter(each.point for each in schedule).items():
            if count > 1:
                raise ValueError(f"schedule: {point!r} is given {count} times; name it once")
        return schedule

    def by_point(self) -> Mapping[str, str]:
        """Point of choice → option."""
        return dict(self)

    def without(self, deviation: Deviation) -> Schedule:
        """The schedule without one of its deviations."""
        return Schedule(each for each in self if each != deviation)


def _deviations(text: str) -> Iterator[Deviation]:
    for part in filter(None, (piece.strip() for piece in text.split(BETWEEN.strip()))):
        point, found, option = part.partition(IS)
        if not found or not point.strip() or not option.strip():
            raise ValueError(
                f"schedule: {part!r} is no deviation; a deviation is POINT{IS}OPTION, and "
                f"several are separated by {BETWEEN.strip()!r}"
            )
        yield Deviation(point.strip(), option.strip())
