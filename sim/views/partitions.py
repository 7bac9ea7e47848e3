"""Partitions as pictures need them: when each stood, over which lanes, and where its walls are.

Rule: a wall stands between two lanes that could not talk; a message lost to the partition ends at
the first wall on its way.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

from sim.trace import NodeInfo, Row

NEVER_US = 1 << 62  #: later than any instant of a run


class Interval(NamedTuple):
    """A partition between two regions or nodes; `until_us` is NEVER_US when it did not heal.

    `from_us` is −1 when the rows begin after the cut.
    """

    sides: tuple[str, ...]
    one_way: bool
    from_us: int
    until_us: int

    def label(self) -> str:
        """Its sides: "eu -> us" for one direction, "eu | us" for both."""
        return (" -> " if self.one_way else " | ").join(self.sides) or "link"


class Cut(NamedTuple):
    """A partition in the diagram: from step `first` to step `last`, over lanes `left` to `right`.

    `walls`: lane coordinates, n + 0.5 being halfway between lanes n and n + 1. `heals`: whether
    its end is an event of the picture.
    """

    label: str
    one_way: bool
    first: int
    last: int
    begins: bool
    heals: bool
    left: int
    right: int
    walls: tuple[float, ...]


def intervals(rows: Iterable[Row]) -> list[Interval]:
    """Every partition that the `fault` rows tell of, in order of their ends."""
    standing: dict[tuple[tuple[str, ...], bool], int] = {}
    done = []
    for row in rows:
        action, sides = row.detail.get("action"), _sides(row)
        key = sides, bool(row.detail.get("one_way"))
        if action == "cut":
            standing.setdefault(key, row.t_us)
        elif action == "heal":
            done.append(Interval(*key, standing.pop(key, -1), row.t_us))
    return done + [Interval(*key, from_us, NEVER_US) for key, from_us in standing.items()]


def overlapping(found: Iterable[Interval], first_us: int, last_us: int) -> list[Interval]:
    """Those that stood at some instant from `first_us` to `last_us`."""
    return [i for i in found if i.from_us <= last_us and i.until_us >= first_us]


def place(interval: Interval, lanes: Sequence[NodeInfo], steps: Sequence[int]) -> Cut:
    """Where a partition stands; `steps` are the diagram's instants, and have the interval's own."""
    first = next((n for n, t in enumerate(steps) if t >= interval.from_us), 0)
    last = next((n for n, t in enumerate(steps) if t >= interval.until_us), len(steps) - 1)
    here, there = (_lanes_of(side, lanes) for side in (*interval.sides, "", "")[:2])
    both = sorted(here | there) or range(len(lanes))
    return Cut(
        interval.label(),
        interval.one_way,
        first,
        last,
        interval.from_us in steps,
        interval.until_us in steps,
        min(both, default=0),
        max(both, default=0),
        _walls(here, there),
    )


def stop_at(cuts: Iterable[Cut], source: int, target: int, step: int) -> float | None:
    """The first wall between two lanes at a step, seen from the source; None if there is none."""
    low, high = sorted((source, target))
    standing = [cut for cut in cuts if cut.first <= step <= cut.last]
    walls = [wall for cut in standing for wall in cut.walls if low < wall < high]
    return min(walls, key=lambda wall: abs(wall - source), default=None)


def _walls(here: set[int], there: set[int]) -> tuple[float, ...]:
    return tuple(
        right - 0.5
        for left, right in pairwise(sorted(here | there))
        if (left in here and right in there) or (left in there and right in here)
    )


def _lanes_of(side: str, lanes: Sequence[NodeInfo]) -> set[int]:
    """A side is the name of a region or of a node."""
    return {n for n, lane in enumerate(lanes) if side and side in (lane.name, lane.region)}


def _sides(row: Row) -> tuple[str, ...]:
    between = row.detail.get("between")
    return tuple(str(side) for side in between) if isinstance(between, list | tuple) else ()
