"""Faults as pictures need them: when each partition stood, over which lanes, where its walls are.

Rule: a wall stands between two lanes that could not talk; a message lost to the partition ends at
the first wall on its way. A clog is drawn like a partition, though what meets it is only late.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise, permutations
from typing import NamedTuple

from sim.trace import NodeInfo, Row

NEVER_US = 1 << 62  #: later than any instant of a run
#: action of a row → whether it begins, and whether of a clog.
LINKS = {
    "cut": (True, False),
    "heal": (False, False),
    "clog": (True, True),
    "unclog": (False, True),
}
EVERYONE_ELSE = "*"  #: a side: whoever is on no other
#: After these there is nothing left of a node's fault.
MENDED = ("restart", "normal", "transfer", "follow")


class Interval(NamedTuple):
    """A partition between regions or nodes; `until_us` is NEVER_US when it did not heal.

    `from_us` is −1 when the rows begin after the cut. `clog`: whether messages are only held.
    """

    sides: tuple[str, ...]
    one_way: bool
    from_us: int
    until_us: int
    clog: bool = False

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
    clog: bool = False

    def words(self) -> tuple[str, str]:
        """What its beginning and its end are called."""
        return ("clogged", "unclogged") if self.clog else ("cut", "healed")


def intervals(rows: Iterable[Row]) -> list[Interval]:
    """Every partition that the `fault` rows tell of, in order of their ends."""
    standing: dict[tuple[tuple[str, ...], bool, bool], int] = {}
    done = []
    for row in filter(of_link, rows):
        begins, clog = LINKS[row.detail["action"]]
        key = _sides(row), bool(row.detail.get("one_way")), clog
        if begins:
            standing.setdefault(key, row.t_us)
        else:
            done.append(Interval(*key[:2], standing.pop(key, -1), row.t_us, clog))
    open_ = [(*key[:2], from_us, NEVER_US, key[2]) for key, from_us in standing.items()]
    return done + [Interval(*each) for each in open_]


def of_link(row: Row) -> bool:
    """Whether a row tells of a link that is cut or clogged, or no longer."""
    return row.kind == "fault" and row.detail.get("action") in LINKS


def of_nodes(rows: Iterable[Row]) -> Iterator[Row]:
    """The other rows, less the faults of nodes that nobody here met or that were mended before."""
    told = [row for row in rows if not of_link(row)]
    others = [row for row in told if row.kind != "fault"]
    if not others:
        yield from told
        return
    seen = {name for row in others for name in (row.node, row.peer)}
    faults = [row for row in told if row.kind == "fault" and row.node in seen]
    last = {row.node: row for row in faults if row.t_us < others[0].t_us}
    for row in told:
        early = last.get(row.node) is row and row.detail.get("action") not in MENDED
        during = others[0].t_us <= row.t_us <= others[-1].t_us
        if row.kind != "fault" or (row.node in seen and (during or early)):
            yield row


def overlapping(found: Iterable[Interval], first_us: int, last_us: int) -> list[Interval]:
    """Those that stood at some instant from `first_us` to `last_us`."""
    return [i for i in found if i.from_us <= last_us and i.until_us >= first_us]


def place(interval: Interval, lanes: Sequence[NodeInfo], steps: Sequence[int]) -> Cut:
    """Where a partition stands; `steps` are the diagram's instants, and have the interval's own."""
    first = next((n for n, t in enumerate(steps) if t >= interval.from_us), 0)
    last = next((n for n, t in enumerate(steps) if t >= interval.until_us), len(steps) - 1)
    sides = [_lanes_of(side, lanes) for side in interval.sides]
    named = set[int]().union(*sides)
    if EVERYONE_ELSE in interval.sides:
        sides.append(set(range(len(lanes))) - named)
    both = sorted(set[int]().union(*sides)) or range(len(lanes))
    return Cut(
        interval.label(),
        interval.one_way,
        first,
        last,
        interval.from_us in steps,
        interval.until_us in steps,
        min(both, default=0),
        max(both, default=0),
        _walls(sides),
        interval.clog,
    )


def stop_at(cuts: Iterable[Cut], source: int, target: int, step: int) -> float | None:
    """The first wall between two lanes at a step, seen from the source; None if there is none."""
    low, high = sorted((source, target))
    standing = [cut for cut in cuts if cut.first <= step <= cut.last]
    walls = [wall for cut in standing for wall in cut.walls if low < wall < high]
    return min(walls, key=lambda wall: abs(wall - source), default=None)


def _walls(sides: Sequence[set[int]]) -> tuple[float, ...]:
    return tuple(
        right - 0.5
        for left, right in pairwise(sorted(set[int]().union(*sides)))
        if any(left in a and right in b for a, b in permutations(sides, 2))
    )


def _lanes_of(side: str, lanes: Sequence[NodeInfo]) -> set[int]:
    """A side is the name of a region or of a node, or several joined by a plus."""
    names = set(filter(None, side.split("+")))
    return {n for n, lane in enumerate(lanes) if names & {lane.name, lane.region}}


def _sides(row: Row) -> tuple[str, ...]:
    between = row.detail.get("between")
    return tuple(str(side) for side in between) if isinstance(between, list | tuple) else ()
