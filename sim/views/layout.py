"""The geometry that all diagram formats share: what stands where, in lanes and steps.

Rule: pure data, no pixels and no columns. Across go the lanes, numbered from 0; a lane coordinate
n + 0.5 lies halfway between lanes n and n + 1. Down go the steps, one for each distinct instant, so
that a pause of seconds takes no more room than one of microseconds.
"""

from __future__ import annotations

from collections import Counter
from itertools import groupby, pairwise
from statistics import median
from typing import NamedTuple

from sim.trace import Header, NodeInfo, Row, Trace
from sim.views.looks import LOOKS, Look, refused, said_in
from sim.views.partitions import Cut, intervals, of_link, of_nodes, overlapping, place, stop_at
from sim.views.words import clip

#: Lanes from left to right: who presents first, then each region's servers, then its stores.
PRESENTERS = ("client", "thief")
SERVERS = ("as", "rs", "store")
MOST_STEPS = 400  #: instants in one picture; what comes later is left out, and the picture says so
LONGEST_LABEL = 60
NOT_DRAWN = ("total", "warm_up")  #: they are about the run
#: Rows that say no more than a message, a timeout or a key used, of the same peer and instant.
SAID_BEFORE = ("return", "consume", "store")
#: A pause is longer than so many median steps, and than this part of the whole.
PAUSE_MEDIANS, PAUSE_PART = 10, 20


class Spot(NamedTuple):
    """A place on a lane: a step, and in it a slot, from 0, for one instant can hold many events."""

    step: int
    slot: int


class Arrow(NamedTuple):
    """A message. `fate`: "arrived", "lost", "cut" (by a partition) or "under way" (at the end).

    It goes from lane `source` towards lane `target` and ends at lane coordinate `stop`. `order` and
    `until` are the numbers of the rows of its two ends; copies of a message (`copy` > 0) share the
    first.
    """

    source: int
    target: int
    stop: float
    sent: Spot
    ends: Spot
    label: str
    fate: str
    actor: str
    copy: int
    order: int
    until: int

    def caption(self) -> str:
        """The label, and whether it is a second copy of a message."""
        return f"{self.label} (copy)" if self.copy else self.label


class Mark(NamedTuple):
    """Something that happened on a lane; `look` says how it is drawn and what it says."""

    lane: int
    spot: Spot
    look: Look
    order: int


class Band(NamedTuple):
    """Neighbouring lanes of one region."""

    region: str
    first: int
    last: int


class Layout(NamedTuple):
    """A space-time diagram before it has a format. `steps`: instants in µs, ascending."""

    header: Header
    lanes: tuple[NodeInfo, ...]
    bands: tuple[Band, ...]
    steps: tuple[int, ...]
    arrows: tuple[Arrow, ...]
    marks: tuple[Mark, ...]
    cuts: tuple[Cut, ...]
    left_out: str

    def pauses(self) -> frozenset[int]:
        """The steps that come after a remarkably long pause."""
        gaps = [later - t for t, later in pairwise(self.steps)]
        if not gaps:
            return frozenset()
        least = max(PAUSE_MEDIANS * median(gaps), sum(gaps) / PAUSE_PART)
        return frozenset(n for n, gap in enumerate(gaps, 1) if gap > least)


def lay_out(
    trace: Trace, hidden: frozenset[str] = frozenset(), lanes: tuple[NodeInfo, ...] = ()
) -> Layout:
    """Place every row of the trace, but for the nodes named in `hidden` and what they say.

    `lanes`: those of the whole story, where the trace is only its beginning.
    """
    rows = [row for row in trace if row.kind not in NOT_DRAWN and not hidden & {row.node, row.peer}]
    told = list(of_nodes(rows))
    instants = sorted({row.t_us for row in told})
    left_out = ""
    if len(instants) > MOST_STEPS:
        last_us = instants[MOST_STEPS - 1]
        later = sum(row.t_us > last_us for row in told)
        left_out = f"left out: {later} later events"
        told = [row for row in told if row.t_us <= last_us]
        instants = instants[:MOST_STEPS]
    found = intervals(rows)
    if instants:
        found = overlapping(found, instants[0], instants[-1])
    faults = {row.t_us for row in rows if of_link(row)}
    ends = {t for i in found for t in (i.from_us, i.until_us) if t in faults}
    steps = tuple(sorted(ends.union(instants)))
    lanes = lanes or _lanes(trace.header, told)
    cuts = tuple(place(interval, lanes, steps) for interval in found)
    drawing = _Drawing(lanes, steps, cuts)
    drawing.draw(told)
    arrows = tuple(sorted(drawing.arrows, key=lambda arrow: (arrow.order, arrow.until)))
    bands = tuple(_bands(lanes))
    return Layout(trace.header, lanes, bands, steps, arrows, tuple(drawing.marks), cuts, left_out)


def _lanes(header: Header, rows: list[Row]) -> tuple[NodeInfo, ...]:
    """The nodes that take part, in the order of the diagram; strangers to the header come last."""
    seen = dict.fromkeys(name for row in rows for name in (row.node, row.peer) if name)
    known = {node.name: node for node in header.nodes}
    regions = list(dict.fromkeys(node.region for node in header.nodes))

    def order(node: NodeInfo) -> tuple[int, int, int]:
        if node.role in PRESENTERS:
            return 0, PRESENTERS.index(node.role), regions.index(node.region)
        if node.role in SERVERS:
            return 1, regions.index(node.region), SERVERS.index(node.role)
        return 2, 0, 0

    taking_part = [node for node in known.values() if node.name in seen]
    strangers = [NodeInfo(name, "", "", "") for name in seen if name not in known]
    return tuple(sorted(taking_part, key=order) + strangers)


def _bands(lanes: tuple[NodeInfo, ...]) -> list[Band]:
    bands, first = [], 0
    for region, group in groupby(lanes, key=lambda lane: lane.region):
        last = first + len(list(group)) - 1
        bands.append(Band(region, first, last))
        first = last + 1
    return bands


class _Drawing:
    """Walks the rows once, in order, and gives each its place."""

    def __init__(
        self, lanes: tuple[NodeInfo, ...], steps: tuple[int, ...], cuts: tuple[Cut, ...]
    ) -> None:
        self.cuts = cuts
        self.lane = {node.name: n for n, node in enumerate(lanes)}
        self.step = {t_us: n for n, t_us in enumerate(steps)}
        self.marks: list[Mark] = []
        self.arrows: list[Arrow] = []
        self._used: Counter[tuple[int, int]] = Counter()  #: (lane, step) → slots with a mark
        self._sent: dict[object, tuple[Row, int, Spot]] = {}
        self._arrived: Counter[object] = Counter()
        self._decided: dict[tuple[object, ...], str] = {}
        self._told: set[tuple[str, str, int]] = set()  #: node, peer and instant of what is said
        self._effects: Counter[tuple[object, ...]] = Counter()

    def draw(self, rows: list[Row]) -> None:
        """Place rows. Messages that neither arrive nor are lost are under way at the end."""
        messages = {"send": self._send, "deliver": self._end, "drop": self._end}
        for order, row in enumerate(rows):
            if row.node in self.lane:
                messages.get(row.kind, self._mark)(row, order)
        for key, (row, order, spot) in self._sent.items():
            if not self._arrived[key]:
                self._arrow(row, row, order, len(rows), spot, "under way")

    def _send(self, row: Row, order: int) -> None:
        if row.peer not in self.lane or row.peer == row.node:
            self._put(row, order, Look("note", said_in(row, "label") or "send", "to itself"))
            return
        spot = self._spot(row)
        key = row.message or (row.node, row.peer)
        self._sent[key] = row, order, spot._replace(slot=max(0, spot.slot - 1))

    def _end(self, row: Row, order: int) -> None:
        """A message arrived or was lost; without its `send`, it is drawn where it ended."""
        lost = row.kind == "drop"
        source, target = (row.node, row.peer) if lost else (row.peer, row.node)
        if source == target or row.peer not in self.lane:
            return
        self._told.add((row.node, row.peer, row.t_us))
        key = row.message or (source, target)
        sending, sent_order, spot = self._sent.get(key, (row, order, self._spot(row)))
        fate = ("cut" if row.detail.get("reason") == "partition" else "lost") if lost else "arrived"
        self._arrow(sending, row, sent_order, order, spot, fate)
        self._arrived[key] += 1

    def _arrow(self, sending: Row, end: Row, order: int, until: int, spot: Spot, fate: str) -> None:
        arrived = end.kind == "deliver"
        names = (end.peer, end.node) if arrived else (end.node, end.peer)
        source, target = (self.lane[name] for name in names)
        copy = self._arrived[sending.message] if sending.message else 0
        label = clip(said_in(sending, "label"), LONGEST_LABEL)
        ends = Spot(self.step[end.t_us], self._used[target, self.step[end.t_us]])
        if ends.step == spot.step:
            ends = max(ends, spot)
            self._used[target, ends.step] = ends.slot
        halfway = (source + target) / 2
        stop: float = target
        if fate == "cut":
            wall = stop_at(self.cuts, source, target, ends.step)
            stop = halfway if wall is None else wall
        elif fate != "arrived":
            stop = halfway
        self.arrows.append(
            Arrow(source, target, stop, spot, ends, label, fate, sending.actor, copy, order, until)
        )

    def _mark(self, row: Row, order: int) -> None:
        if row.kind not in LOOKS or not self._is_news(row):
            return
        look = LOOKS[row.kind](row)
        if look.shape == "effect":
            whose = row.intention if row.intention >= 0 else row.token
            key = whose, said_in(row, "server"), said_in(row, "operation")
            self._effects[key] += 1
            if whose != "" and self._effects[key] > 1:
                look = Look("effect_again", f"{look.word} No. {self._effects[key]}", look.note)
        self._put(row, order, look._replace(note=clip(look.note, LONGEST_LABEL)))

    def _is_news(self, row: Row) -> bool:
        """Whether a row says more than the marks and arrows before it."""
        cause = row.node, row.intention, row.actor, row.attempt
        if row.kind == "decide":
            self._decided[cause] = LOOKS["decide"](row).shape
        if row.kind == "respond":
            decided = self._decided.get(cause)
            return decided is None or (decided == "accepted" and refused(row))
        news = row.kind not in SAID_BEFORE or (row.node, row.peer, row.t_us) not in self._told
        if row.kind in ("timeout", "consume"):
            self._told.add((row.node, row.peer, row.t_us))
        return news

    def _put(self, row: Row, order: int, look: Look) -> None:
        spot = self._spot(row)
        self.marks.append(Mark(self.lane[row.node], spot, look, order))
        self._used[self.lane[row.node], spot.step] += 1

    def _spot(self, row: Row) -> Spot:
        step = self.step[row.t_us]
        return Spot(step, self._used[self.lane[row.node], step])
