"""Where labels go: each is offered some places and takes the one where it hides least.

Rule: first come, first served, in the order of the trace; the same picture gets the same places.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import NamedTuple

ROW = 40  #: px; what is taken is filed by horizontal strips of this height
OWN = 0.25  #: how much it matters that a label hides the line it belongs to


class Rectangle(NamedTuple):
    """Left, top, right and bottom, in px."""

    left: float
    top: float
    right: float
    bottom: float

    def overlap(self, other: Rectangle) -> float:
        """The area that two rectangles share, in px²."""
        width = min(self.right, other.right) - max(self.left, other.left)
        height = min(self.bottom, other.bottom) - max(self.top, other.top)
        return width * height if width > 0 and height > 0 else 0.0


class Places:
    """What is taken, and by whom."""

    def __init__(self) -> None:
        self._taken: dict[int, list[tuple[Rectangle, int]]] = defaultdict(list)

    def take(self, place: Rectangle, owner: int = -1) -> None:
        """Note that something stands here."""
        for row in _rows(place):
            self._taken[row].append((place, owner))

    def take_line(self, start: tuple[float, float], end: tuple[float, float], owner: int) -> None:
        """Note that a line runs here, as a chain of small squares."""
        (x1, y1), (x2, y2) = start, end
        count = int(max(abs(x2 - x1), abs(y2 - y1)) / 8) + 1
        for n in range(count + 1):
            x, y = x1 + (x2 - x1) * n / count, y1 + (y2 - y1) * n / count
            self.take(Rectangle(x - 3, y - 3, x + 3, y + 3), owner)

    def best(self, offers: Iterable[Rectangle], owner: int = -1) -> int:
        """Take the first offer that hides least; what the owner itself drew matters less."""
        places = list(offers)
        hidden: list[float] = []
        for place in places:
            hidden.append(self._hidden(place, owner))
            if not hidden[-1]:
                break
        chosen = hidden.index(min(hidden))
        self.take(places[chosen])
        return chosen

    def _hidden(self, place: Rectangle, owner: int) -> float:
        left, _, right, _ = place
        return sum(
            place.overlap(other) * (OWN if whose == owner >= 0 else 1.0)
            for row in _rows(place)
            for other, whose in self._taken.get(row, ())
            if other.left < right and left < other.right  # few of a strip are
        )


def _rows(place: Rectangle) -> Iterator[int]:
    return iter(range(int(place.top // ROW), int(place.bottom // ROW) + 1))
