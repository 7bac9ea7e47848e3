"""The blast radius of issuance designs as a matrix: what one server saw, and where else it worked.

Rule: the input is what `issuance --json` writes, and nothing is left out: a square for each pair of
places that was tried. What worked is large, dark and has corners, what did not is a small ring, so
that no eye and no printer needs the colours.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sim.views.shapes import (
    BLACK,
    DARK_VERMILION,
    GREY,
    PALE,
    SKY,
    WHITE,
    Area,
    Box,
    Disc,
    Line,
    Picture,
    Shape,
    Text,
    text_width,
)

#: Key of a row of the table → what was done with what had been seen.
WAYS = {
    "blast_radius": ("malicious server:", "as it is"),
    "blast_radius_by_exchange": ("malicious server:", "exchanged"),
    "raced": ("malicious server:", "single use, raced"),
    "log": ("thief: from a", "server's log"),
    "referer": ("thief: from a", "page's address"),
}
#: worked, own place → what the mark says.
MARKS = (
    (True, False, "worked elsewhere"),
    (False, False, "did not"),
    (True, True, "worked again where it was seen"),
    (False, True, "where it was seen: did not, or its own to use"),
)
TITLE = "Where else it worked"
PITCH, HALF, RING = 15, 5.5, 2.0  #: px: between marks; half a square; the radius of a ring
EDGE, GAP, ROOM = 16, 14, 80  #: px: around all; between designs; right of a grid, for words
HEAD, FOOT = 54, 82  #: px above and below the matrix
LARGE, SMALL = 13, 11  #: px of text

Row = Mapping[str, Any]
#: Who saw it → where it worked.
Reach = Mapping[str, Sequence[str]]
Point = tuple[float, float]


class Cell(NamedTuple):
    """A design and a way: who saw something, where it was tried, and what worked."""

    reach: Reach
    places: tuple[str, ...]

    def tried(self) -> int:
        """How many pairs there are: nobody needs to steal what was his to use."""
        return sum(place != seen for seen in self.reach for place in self.places)

    def worked(self) -> int:
        """At how many of them it worked."""
        return sum(place != seen for seen, found in self.reach.items() for place in found)


def reach_picture(rows: Sequence[Row]) -> Picture:
    """A line of grids for each design, a column for each way; see the legend below them."""
    places = places_of(rows)
    left = EDGE + 12 + max((text_width(row["name"], LARGE) for row in rows), default=0)
    tallest = max((len(reach_of(row, way)) for row in rows for way in WAYS), default=0)
    column, line = PITCH * len(places) + ROOM, PITCH * tallest + GAP
    height = HEAD + len(rows) * line + FOOT
    below = _legend(places, height - FOOT + 24)
    width = max(left + len(WAYS) * column, *map(_right, below)) + EDGE
    shapes: list[Shape] = [Box(0, 0, width, height, WHITE)]
    for nth, words in enumerate(WAYS.values()):
        shapes += _heading(left + nth * column, words)
    for number, row in enumerate(rows):
        top, middle = HEAD + number * line, HEAD + (number + 0.5) * line
        shapes.append(Line(((EDGE, top), (width - EDGE, top)), PALE))
        shapes.append(Text(EDGE, middle + 4, row["name"], LARGE, bold=True))
        for nth, way in enumerate(WAYS):
            shapes += _cell(Cell(reach_of(row, way), places), (left + nth * column, middle))
    return Picture(round(width), round(height), TITLE, told(rows), (*shapes, *below))


def reach_of(row: Row, way: str) -> Reach:
    """Who saw something → where it worked, for one way of `WAYS`."""
    found: Reach = row[way] if way in row else row["leaks"][way]
    return found


def places_of(rows: Sequence[Row]) -> tuple[str, ...]:
    """All places where something can work: the servers, and whatever else was reached."""
    servers = [server for row in rows for server in row["blast_radius"]]
    found = [places for row in rows for way in WAYS for places in reach_of(row, way).values()]
    return tuple(dict.fromkeys([*servers, *(place for places in found for place in places)]))


def told(rows: Sequence[Row]) -> str:
    """The matrix in words, for where it cannot be seen: designs that do alike in one sentence."""
    places, alike = places_of(rows), dict[str, list[str]]()
    for row in rows:
        cells = [(way, Cell(reach_of(row, way), places)) for way in WAYS]
        said = ", ".join(f"{' '.join(WAYS[way])} {_score(cell)}" for way, cell in cells)
        alike.setdefault(said, []).append(row["name"])
    return " ".join(f"{', '.join(names)}: {said}." for said, names in alike.items())


def _score(cell: Cell) -> str:
    return f"{cell.worked()} of {cell.tried()}"


def _heading(x: float, words: Sequence[str]) -> list[Shape]:
    return [Text(x, EDGE + 12 + 16 * n, word, SMALL + 1) for n, word in enumerate(words)]


def _cell(cell: Cell, at: Point) -> list[Shape]:
    """A row for each who saw it, a column for each place; `at` is the middle of its left edge."""
    left, middle = at
    top = middle - PITCH * len(cell.reach) / 2
    shapes: list[Shape] = []
    for down, (seen, found) in enumerate(cell.reach.items()):
        for along, place in enumerate(cell.places):
            centre = left + PITCH * (along + 0.5), top + PITCH * (down + 0.5)
            shapes += _mark(centre, works=place in found, own=place == seen)
    beside, worked = left + PITCH * len(cell.places) + 8, cell.worked()
    colour = DARK_VERMILION if worked else GREY
    score = Text(beside, middle + 4, _score(cell), SMALL + 1, colour=colour, bold=worked > 0)
    return [*shapes, score]


def _mark(centre: Point, *, works: bool, own: bool) -> list[Shape]:
    x, y = centre
    if not works:
        dash = Line(((x - 3, y), (x + 3, y)), PALE, 2.0)
        return [dash] if own else [Disc(x, y, RING, WHITE, GREY)]
    if own:
        corners = ((x, y - HALF), (x + HALF, y), (x, y + HALF), (x - HALF, y))
        return [Area(corners, SKY, BLACK)]
    return [Box(x - HALF, y - HALF, 2 * HALF, 2 * HALF, DARK_VERMILION)]


def _legend(places: Sequence[str], top: float) -> list[Shape]:
    x = EDGE + HALF
    shapes: list[Shape] = []
    for works, own, words in MARKS:
        shapes += _mark((x, top), works=works, own=own)
        shapes.append(Text(x + 12, top + 4, words, SMALL))
        x += 12 + text_width(words, SMALL) + 28
    lines = (
        f"In each grid: a row for each who saw it, a column for each place: {', '.join(places)}.",
        "Pages: the client's redirect page and a server's page, whose addresses a browser tells.",
    )
    return [*shapes, *(Text(EDGE, top + 28 + 18 * n, line, SMALL) for n, line in enumerate(lines))]


def _right(shape: Shape) -> float:
    """Where a line of text ends; other shapes of the legend stand before one."""
    return shape.x + text_width(shape.text, shape.size) if isinstance(shape, Text) else 0.0
