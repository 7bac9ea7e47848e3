"""The space-time diagram as shapes: messages that slant, marks, and labels that give way.

Rule: labels stand between lanes, beside what they name, where they hide least; one that is cut
short has a tip with the whole text.
"""

from __future__ import annotations

from math import hypot

from sim.trace import NodeInfo, Trace
from sim.views.describe import describe
from sim.views.frame import (
    ACTORS,
    NORMAL,
    OTHERS,
    SMALL,
    bands,
    clock,
    head,
    lanes,
    legend,
    parting,
    partition,
)
from sim.views.glyphs import GLYPHS, RADIUS
from sim.views.grid import CLOCK, LEFT, RIGHT, Grid
from sim.views.layout import Arrow, Layout, Mark, Spot, lay_out
from sim.views.places import Places, Rectangle
from sim.views.shapes import (
    ADVANCE,
    BLACK,
    GREY,
    WHITE,
    Area,
    Box,
    Cross,
    Line,
    Picture,
    Shape,
    Text,
    text_width,
)
from sim.views.words import clip, milliseconds

LOST_SLANT = 14  #: px that a message falls which is lost in the instant in which it was sent
HEAD = 10  #: px: the length of an arrow's head
BESIDE = 14  #: px from a lane to the words of its marks
STRONG = ("effect", "effect_again", "rejected", "accepted", "outcome")
Ends = tuple[tuple[float, float], tuple[float, float]]


def picture(
    trace: Trace, parts_us: int | None = None, all_lanes: tuple[NodeInfo, ...] = ()
) -> Picture:
    """The diagram of a trace; `parts_us`: when it goes another way than the run beside it;
    `all_lanes`: the whole story's lanes, where the trace is only its beginning.
    """
    layout = lay_out(trace, lanes=all_lanes)
    grid, places = Grid(layout), Places()
    below, height = legend(layout, grid)
    shapes: list[Shape] = [Box(0, 0, grid.width, height, WHITE)]
    shapes += [*bands(layout, grid), *clock(layout, grid)]
    for cut in layout.cuts:
        shapes += partition(cut, grid, len(layout.lanes), places)
    shapes += lanes(layout, grid, places)
    if parts_us in layout.steps:
        shapes += parting(grid, layout.steps.index(parts_us), places)
    shapes += [*_events(layout, grid, places), *head(layout), *below]
    title = layout.header.title or layout.header.scenario or "Space-time diagram"
    return Picture(grid.width, height, title, describe(layout), tuple(shapes))


def _events(layout: Layout, grid: Grid, places: Places) -> list[Shape]:
    """Lines first, then marks, then words: what is drawn later is read first."""
    marked = {(mark.lane, mark.spot) for mark in layout.marks}
    sent = [(arrow, _ends(arrow, grid, marked)) for arrow in layout.arrows]
    shapes: list[Shape] = []
    for owner, (arrow, ends) in enumerate(sent):
        places.take_line(*ends, owner)
        shapes += _line(layout, arrow, ends)
    for mark in layout.marks:
        x, y = grid.x(mark.lane), grid.y(mark.spot)
        places.take(Rectangle(x - RADIUS, y - RADIUS, x + RADIUS, y + RADIUS))
        shapes += GLYPHS[mark.look.shape](x, y)
    for mark in layout.marks:
        shapes += _words(layout, mark, grid, places)
    for owner, (arrow, ends) in enumerate(sent):
        shapes += _label(layout, owner, arrow, ends, grid, places)
    return shapes


def _ends(arrow: Arrow, grid: Grid, marked: set[tuple[int, Spot]]) -> Ends:
    """Where a message's line begins and ends; it leaves room for a mark, and stops at a wall."""
    way = 1 if arrow.target > arrow.source else -1
    leave = RADIUS + 2 if (arrow.source, arrow.sent) in marked else 1
    start = grid.x(arrow.source) + way * leave, grid.y(arrow.sent)
    fall = grid.y(arrow.ends) - start[1]
    keep = {"arrived": 1.0, "cut": 9.0}.get(arrow.fate, 0.0)
    if arrow.fate == "arrived" and (arrow.target, arrow.ends) in marked:
        keep = RADIUS + 2
    elif arrow.fate != "arrived" and arrow.ends.step == arrow.sent.step:
        fall = LOST_SLANT
    if arrow.fate != "arrived" and arrow.stop.is_integer():  # a lane that it only passes
        keep = grid.gap / 3
    return start, (grid.x(arrow.stop) - way * keep, start[1] + fall)


def _line(layout: Layout, arrow: Arrow, ends: Ends) -> list[Shape]:
    colour, dash, _ = ACTORS.get(arrow.actor, OTHERS)
    to_store = "store" in (layout.lanes[arrow.source].role, layout.lanes[arrow.target].role)
    line = Line(ends, colour, 1.2 if to_store else 2.0, dash)
    if arrow.fate == "arrived":
        return [line, _head(ends, colour)]
    if arrow.fate == "under way":
        return [line._replace(dash=(2, 4))]
    return [line, Cross(*ends[1])]


def _head(ends: Ends, colour: str) -> Area:
    (x1, y1), (x2, y2) = ends
    length = hypot(x2 - x1, y2 - y1) or 1.0
    dx, dy = HEAD * (x2 - x1) / length, HEAD * (y2 - y1) / length
    back_x, back_y = x2 - dx, y2 - dy
    corners = (
        (x2, y2),
        (back_x - 0.45 * dy, back_y + 0.45 * dx),
        (back_x + 0.45 * dy, back_y - 0.45 * dx),
    )
    return Area(corners, colour, colour)


def _words(layout: Layout, mark: Mark, grid: Grid, places: Places) -> list[Shape]:
    """A mark's word and, below it, its note: to the right if that is free."""
    last = mark.lane == len(layout.lanes) - 1
    x, y = grid.x(mark.lane), grid.y(mark.spot)
    rooms = {
        1: (RIGHT if last else grid.gap) - 2 * BESIDE,
        -1: (grid.gap - BESIDE if mark.lane else LEFT - CLOCK - 10) - BESIDE,
    }
    word, note = mark.look.word, mark.look.note
    width = max(text_width(word, NORMAL), text_width(note, SMALL))
    ways = [way for way in (1, -1) if width <= rooms[way]] or [1]
    sides = [(way, shift) for shift in (0, -15, 15) for way in ways]
    offers = []
    for side, shift in sides:
        near, far = x + side * BESIDE, x + side * (BESIDE + min(width, rooms[side]))
        top = y + shift - (13 if note else 7)
        offers.append(Rectangle(min(near, far), top, max(near, far), top + (26 if note else 14)))
    side, shift = sides[places.best(offers)]
    room, anchor = rooms[side], "start" if side > 0 else "end"
    at, base = x + side * BESIDE, y + shift + (-2 if note else 4)
    tip = f"{milliseconds(layout.steps[mark.spot.step])} ms, {layout.lanes[mark.lane].name}: {word}"
    strong = mark.look.shape in STRONG
    shapes: list[Shape] = [
        Text(at, base, _fit(word, NORMAL, room), NORMAL, anchor, BLACK, strong, tip)
    ]
    if note:
        shapes.append(Text(at, base + 13, _fit(note, SMALL, room), SMALL, anchor, GREY, tip=note))
    return shapes


def _label(
    layout: Layout, owner: int, arrow: Arrow, ends: Ends, grid: Grid, places: Places
) -> list[Shape]:
    """A message's label above or below its line, between two lanes that the line crosses."""
    text = _fit(arrow.caption(), SMALL, grid.gap - 16)
    if not text:
        return []
    (x1, y1), (x2, y2) = ends
    slope = (y2 - y1) / (x2 - x1) if x2 != x1 else 0.0
    half = text_width(text, SMALL) / 2
    way = 1 if arrow.target > arrow.source else -1
    offers = []
    for crossed in range(int(abs(arrow.stop - arrow.source) + 0.5) or 1):
        x = grid.x(arrow.source + way * (crossed + 0.5))
        y = y1 + slope * (min(max(x, min(x1, x2)), max(x1, x2)) - x1)
        clear = 3 + min(9, half * abs(slope))
        tops = y - clear - 13, y + clear
        offers += [Rectangle(x - half, top, x + half, top + 13) for top in tops]
    if arrow.fate != "arrived":
        x = x2 + way * (half + 2 * BESIDE)
        offers.append(Rectangle(x - half, y2 - 7, x + half, y2 + 6))
    place = offers[places.best(offers, owner)]
    colour = ACTORS.get(arrow.actor, OTHERS)[2]
    return [
        Text(
            place.left + half,
            place.bottom - 3,
            text,
            SMALL,
            "middle",
            colour,
            tip=_tip(layout, arrow),
        )
    ]


def _tip(layout: Layout, arrow: Arrow) -> str:
    source, target = layout.lanes[arrow.source].name, layout.lanes[arrow.target].name
    sent, ended = (milliseconds(layout.steps[spot.step]) for spot in (arrow.sent, arrow.ends))
    fate = {"arrived": f"arrived {ended} ms", "under way": "under way"}.get(arrow.fate, "lost")
    return f"{arrow.caption()}: {source} to {target}, sent {sent} ms, {fate}"


def _fit(text: str, size: int, room: float) -> str:
    return clip(text, int(room / (ADVANCE * size)), "\u2026")
