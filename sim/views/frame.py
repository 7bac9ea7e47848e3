"""What stands still in a diagram: title, regions, lane names, clock, partitions, parting, legend.

Rule: everything here is background; it gives way to nothing and is drawn before messages and marks.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from sim.views.glyphs import GLYPHS
from sim.views.grid import CLOCK, FIRST_STEP, NAMES, PAUSE, TOP, Grid
from sim.views.layout import Layout
from sim.views.looks import SHAPES
from sim.views.partitions import Cut
from sim.views.places import Places, Rectangle
from sim.views.shapes import (
    BLACK,
    BLUE,
    DARK_VERMILION,
    GREY,
    ORANGE,
    PALE,
    VERMILION,
    Area,
    Box,
    Cross,
    Line,
    Shape,
    Text,
    region_tint,
    text_width,
)
from sim.views.words import clip, clock_note, labels_ms, roughly

Style = tuple[str, tuple[int, ...], str]
SMALL, NORMAL, LARGE = 11, 12, 18  #: px: sizes of text
LONGEST_NAME = 21  #: characters that fit beside the instants
MARGIN, LEGEND_ROW = 24, 26  #: px
PARTED = 16  #: px that the line of a parting stands above the events of its instant
#: who acts → colour and dash of the messages that this causes, and the colour of their labels
ACTORS: dict[str, Style] = {
    "client": (BLUE, (), BLUE),
    "thief": (VERMILION, (8, 3), DARK_VERMILION),
}
OTHERS: Style = (GREY, (), GREY)
ROLES = {
    "as": "authorization server",
    "rs": "resource server",
    "store": "replay store",
}


def head(layout: Layout) -> Iterator[Shape]:
    """The title, and which run this is."""
    header = layout.header
    yield Text(MARGIN, 34, header.title or header.scenario, LARGE, bold=True)
    parts = [header.scenario] if header.scenario != header.title else []
    parts += [f"strategy {header.strategy}", f"issuance {header.issuance}"]
    parts += [f"seed {header.seed}", *([layout.left_out] if layout.left_out else [])]
    yield Text(MARGIN, 56, "  \u00b7  ".join(parts), NORMAL, colour=GREY)
    if not layout.steps:
        yield Text(MARGIN, FIRST_STEP, "no events", NORMAL, colour=GREY)


def bands(layout: Layout, grid: Grid) -> Iterator[Shape]:
    """A tinted band for each run of lanes in one region."""
    for band in layout.bands:
        left, right = grid.edges(band.first, band.last, len(layout.lanes))
        if band.region:
            tint = region_tint(layout.header, band.region)
            yield Box(left + 2, TOP, right - left - 4, grid.lowest - TOP, tint)
            name = clip(f"region {band.region}", int((right - left) / 8), "\u2026")
            yield Text(left + 12, TOP + 18, name, NORMAL, colour=GREY, bold=True)


def lanes(layout: Layout, grid: Grid, places: Places) -> Iterator[Shape]:
    """A name above and below, a role and a lifeline; it is dotted where time is left out."""
    most = min(LONGEST_NAME, int(grid.gap / 8))
    for lane, node in enumerate(layout.lanes):
        x = grid.x(lane)
        name = clip(node.name, most, "\u2026")
        for y in (NAMES, grid.lowest + 18):
            yield Text(x, y, name, NORMAL, "middle", bold=True, tip=node.name)
        notes = [ROLES.get(node.role, node.role), clock_note(node)]
        for n, note in enumerate(note for note in notes if note):
            yield Text(x, NAMES + 16 + 14 * n, note, SMALL, "middle", colour=GREY)
        ends = [FIRST_STEP - 30.0]
        for step in sorted(grid.pauses):
            ends += [grid.steps[step] - PAUSE - 8, grid.steps[step] - 14]
        places.take(Rectangle(x - 2, FIRST_STEP, x + 2, grid.lowest))
        for n, (top, bottom) in enumerate(pairwise([*ends, grid.lowest])):
            yield Line(((x, top), (x, bottom)), GREY, 1.2, (2, 5) if n % 2 else ())


def clock(layout: Layout, grid: Grid) -> Iterator[Shape]:
    """The instant of each step in ms, a faint line across, and how long each pause is."""
    for step, label in enumerate(labels_ms(layout.steps)):
        y = grid.steps[step]
        yield Text(CLOCK, y + 4, label, NORMAL, "end")
        yield Line(((CLOCK + 8, y), (grid.width - 16, y)), PALE, 0.8, (1, 5))
        if step in grid.pauses:
            passed = roughly(layout.steps[step] - layout.steps[step - 1])
            yield Text(CLOCK, y - PAUSE / 2 - 6, f"+{passed}", SMALL, "end", colour=GREY)
    yield Text(CLOCK, NAMES, "ms", NORMAL, "end", colour=GREY, bold=True)


def partition(cut: Cut, grid: Grid, count: int, places: Places) -> Iterator[Shape]:
    """A shade over the lanes and the time it covers, its edges, and walls between its sides."""
    left, right = grid.edges(cut.left, cut.right, count)
    top = grid.steps[cut.first] if cut.begins else FIRST_STEP - 30
    bottom = grid.steps[cut.last] if cut.heals else grid.lowest
    yield Box(left, top, right - left, bottom - top, ORANGE, 0.16)
    corner = grid.x(cut.walls[0]) + 8 if cut.walls else left + 8
    begun, ended = cut.words()
    for y, said, edge in ((top, begun, cut.begins), (bottom, ended, cut.heals)):
        if edge:
            label = f"{cut.label} {said}"
            yield Line(((left, y), (right, y)), ORANGE, 2.0)
            yield Text(corner, y + 15, label, NORMAL, bold=True)
            width = text_width(label, NORMAL)
            places.take(Rectangle(corner, y + 3, corner + width, y + 18))
    for wall in cut.walls:
        x = grid.x(wall)
        yield Line(((x, top), (x, bottom)), BLACK, 3.0, (3, 5))
        places.take(Rectangle(x - 4, top, x + 4, bottom))


def parting(grid: Grid, step: int, places: Places) -> Iterator[Shape]:
    """A dashed line across, above the step at which a run goes another way than the one beside."""
    left, right, y = 8, grid.width - 8, grid.steps[step] - PARTED
    label = Text(12, y - 4, "first difference", SMALL, "start", DARK_VERMILION, bold=True)
    yield Line(((left, y), (right, y)), VERMILION, 2.0, (6, 4))
    yield label
    places.take(Rectangle(left, y - 2, right, y + 2))
    places.take(Rectangle(left, y - 15, label.x + text_width(label.text, SMALL), y))


def legend(layout: Layout, grid: Grid) -> tuple[list[Shape], int]:
    """What the marks and lines in this picture mean; and how high the picture is with it."""
    x, y = float(MARGIN), grid.lowest + 54
    shapes: list[Shape] = []
    for drawn, meaning in _legend_items(layout):
        width = 30 + text_width(meaning, SMALL) + 22
        if x > MARGIN and x + width > grid.width - MARGIN:
            x, y = MARGIN, y + LEGEND_ROW
        shapes += [_moved(shape, x, y) for shape in drawn]
        shapes.append(Text(x + 32, y + 4, meaning, SMALL))
        x += width
    return shapes, y + 24


def _legend_items(layout: Layout) -> Iterator[tuple[list[Shape], str]]:
    """Shapes around the point (0, 0), up to 26 px to its right, and their meaning."""
    used = {mark.look.shape for mark in layout.marks}
    for shape, meaning in SHAPES.items():
        if shape in used:
            yield GLYPHS[shape](13, 0), meaning
    actors = {arrow.actor for arrow in layout.arrows}
    for actor, (colour, dash, _) in ACTORS.items():
        if actor in actors:
            yield [Line(((0, 0), (26, 0)), colour, 2.0, dash)], f"caused by the {actor}"
    if actors - set(ACTORS):
        yield [Line(((0, 0), (26, 0)), OTHERS[0], 2.0, OTHERS[1])], "caused by a server"
    if any(arrow.fate in ("lost", "cut") for arrow in layout.arrows):
        yield [Line(((0, 0), (14, 0)), GREY, 2.0), Cross(19, 0)], "message lost"
    if any(arrow.fate == "under way" for arrow in layout.arrows):
        yield [Line(((0, 0), (26, 0)), GREY, 2.0, (2, 4))], "message on its way"
    if layout.cuts:
        yield [Line(((13, -9), (13, 9)), BLACK, 3.0, (3, 5))], "partition"


def _moved(shape: Shape, dx: float, dy: float) -> Shape:
    if isinstance(shape, Line | Area):
        return shape._replace(points=tuple((x + dx, y + dy) for x, y in shape.points))
    return shape._replace(x=shape.x + dx, y=shape.y + dy)
