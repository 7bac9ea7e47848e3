"""Which lanes a text diagram has room for, under which names, and in which columns they stand.

Rule: nothing is left out or shortened without a line that says so.
"""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise
from typing import NamedTuple

from sim.trace import Trace
from sim.views.layout import Layout, lay_out
from sim.views.words import ascii_line, counted

MOST_LANES = 6  #: that stay readable side by side
LEAST_GAP = 9  #: columns from lane to lane, so that a short label fits on an arrow
WIDEST_GAP = 24
ARROW = 5  #: columns from lane to lane that an arrow needs beside its label


class Sheet(NamedTuple):
    """A layout with the columns of its lanes. `left`: the first column after the instants."""

    layout: Layout
    names: tuple[str, ...]
    at: tuple[int, ...]
    left: int
    notes: tuple[str, ...]

    def column(self, lane: float) -> int:
        """The column of a lane coordinate."""
        whole = int(lane)
        here, there = self.at[whole], self.at[min(whole + 1, len(self.at) - 1)]
        return here + int((there - here) * (lane - whole))


def sheet(trace: Trace, left: int, width: int) -> Sheet:
    """Choose lanes, names and columns for `width` columns, of which the first `left` are taken."""
    layout, notes = _readable(trace, max(1, min(MOST_LANES, (width - left) // LEAST_GAP)))
    room = width - left
    names, legend = _names([ascii_line(lane.name) for lane in layout.lanes], room)
    gaps = _widened(layout, _gaps(names), room - _extent(names, 0))
    at, column = [], left + max(1, len(names[0]) // 2 if names else 0)
    for gap in (0, *gaps):
        column += gap
        at.append(column)
    return Sheet(layout, tuple(names), tuple(at), left, (*notes, *legend))


def _readable(trace: Trace, most: int) -> tuple[Layout, list[str]]:
    """All lanes if there are few; else without stores; else the busiest and whom they talk to."""
    layout = full = lay_out(trace)
    notes: list[str] = []
    hidden = frozenset(lane.name for lane in full.lanes if lane.role == "store")
    if hidden and len(full.lanes) > most:
        notes.append(f"store traffic omitted: {', '.join(sorted(map(ascii_line, hidden)))}")
        layout = full = lay_out(trace, hidden)
    if len(full.lanes) > most:
        kept = _busiest(full, most)
        layout = lay_out(trace, hidden | {lane.name for lane in full.lanes} - kept)
        omitted = counted(len(full.lanes) - len(layout.lanes), "node")
        notes.append(f"omitted: {omitted}; shown: the busiest one and those it deals with")
    return layout, notes


def _busiest(layout: Layout, most: int) -> set[str]:
    """The lane with the most events, then again and again the one most tied to those chosen."""
    events = Counter(mark.lane for mark in layout.marks)
    ties: Counter[tuple[int, int]] = Counter()
    for arrow in layout.arrows:
        ties.update([(arrow.source, arrow.target), (arrow.target, arrow.source)])
        events.update([arrow.source, arrow.target])
    chosen: list[int] = []
    rest = list(range(len(layout.lanes)))
    while rest and len(chosen) < most:
        tied = {lane: (sum(ties[lane, other] for other in chosen), events[lane]) for lane in rest}
        chosen.append(max(rest, key=lambda lane: tied[lane]))
        rest.remove(chosen[-1])
    return {layout.lanes[lane].name for lane in chosen}


def _names(names: list[str], room: int) -> tuple[list[str], list[str]]:
    """Names that fit side by side, and the legend: a long word is cut alike in all of them."""
    if _fits(names, room):
        return names, []
    words = sorted({word for name in names for word in re.split(r"[^A-Za-z]+", name) if word})
    for letters in range(max(map(len, words), default=0) - 1, 1, -1):
        cut = [re.sub(r"[A-Za-z]+", lambda word: word[0][:letters], name) for name in names]  # noqa: B023
        if _fits(cut, room) and len({word[:letters] for word in words}) == len(words):
            meant = [f"{word[:letters]} = {word}" for word in words if len(word) > letters]
            return cut, ["names: " + ", ".join(meant)]
    numbers = [f"({n})" for n in range(1, len(names) + 1)]
    return numbers, [f"{number} = {name}" for number, name in zip(numbers, names, strict=True)]


def _gaps(names: list[str]) -> list[int]:
    """The least distance from lane to lane: a blank between the names, and room for an arrow."""
    return [max(LEAST_GAP, (len(a) - 1) // 2 + len(b) // 2 + 2) for a, b in pairwise(names)]


def _extent(names: list[str], room: int) -> int:
    return sum(_gaps(names)) + len(names[0]) // 2 + (len(names[-1]) + 1) // 2 - room if names else 0


def _fits(names: list[str], room: int) -> bool:
    return _extent(names, room) <= 0


def _widened(layout: Layout, gaps: list[int], spare: int) -> list[int]:
    """Give spare columns to the arrows whose labels lack them most, then to all lanes alike."""
    needs = [
        (len(arrow.caption()) + ARROW, *sorted((arrow.source, arrow.target)))
        for arrow in layout.arrows
    ]
    for _ in range(max(0, spare) if gaps else 0):
        lacks = [(need - sum(gaps[low:high]), low, high) for need, low, high in needs]
        lack, low, high = max(lacks, default=(0, 0, 0))
        among = range(low, high) if lack > 0 else range(len(gaps))
        narrowest = min(among, key=lambda n: gaps[n])
        if gaps[narrowest] >= WIDEST_GAP:
            break
        gaps[narrowest] += 1
    return gaps
