"""The table of guarantees as a picture: a line for each strategy, a column for each fault model.

Rule: every cell has a sign and a word, so that no eye and no printer needs the colours; nothing is
left out, and what was not explored stays empty.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

from sim.views.shapes import (
    BLACK,
    BLUE,
    DARK_VERMILION,
    GREY,
    WHITE,
    Area,
    Box,
    Cross,
    Disc,
    Line,
    Picture,
    Shape,
    Text,
    text_width,
)
from sim.views.svg import render_svg


class Explored(Protocol):
    """What a picture needs to know of a cell of the table (`sim.guarantees.table.Cell`)."""

    @property
    def strategy(self) -> str:
        """Its line."""

    @property
    def model(self) -> str:
        """Its column."""

    @property
    def verdict(self) -> str:
        """A key of `SIGNS`."""

    @property
    def deviations(self) -> int:
        """In how many choices the counterexample departs from the undisturbed run."""

    @property
    def steps(self) -> int:
        """How many things happen in the counterexample."""

    @property
    def whole(self) -> int:
        """Where not all was looked at: up to how many deviations all was."""


class Sign(NamedTuple):
    """How a verdict is drawn, around a point; its background; what the legend says."""

    drawn: Callable[[float, float], list[Shape]]
    tint: str
    meaning: str


TITLE = "Which strategy keeps a token to one use, and under which faults"
EDGE, HEAD, FOOT = 16, 84, 22  #: px around all; above the cells; below the legend
ROW, COLUMN, GAP = 24, 96, 4  #: px: a cell with the gap to the next
MIDDLE = (ROW - GAP) / 2  #: px: half a cell
MARK = 9  #: px: half a sign
LARGE, NORMAL, SMALL = 16, 12, 11  #: px of text


def _holds(x: float, y: float) -> list[Shape]:
    tick = ((x - 5, y), (x - 1.5, y + 4), (x + 5, y - 4.5))
    return [Box(x - MARK, y - MARK, 2 * MARK, 2 * MARK, BLUE), Line(tick, WHITE, 2.6)]


def _violated(x: float, y: float) -> list[Shape]:
    return [Cross(x, y, 5, DARK_VERMILION)]


def _open(x: float, y: float) -> list[Shape]:
    return [Disc(x, y, 5.5, WHITE, BLUE)]


def _vacuous(x: float, y: float) -> list[Shape]:
    corners = ((x, y - 6), (x + 6, y), (x, y + 6), (x - 6, y))
    return [Area(corners, WHITE, GREY)]


def _not_applicable(x: float, y: float) -> list[Shape]:
    return [Line(((x - 5, y), (x + 5, y)), GREY, 1.5)]


#: verdict → its sign, in the order of the legend.
SIGNS = {
    "holds": Sign(_holds, "#DCEBF5", "holds in all schedules within the bounds"),
    "open": Sign(_open, "#F0F5F9", "≤2: in all that depart in up to 2 choices, not all looked at"),
    "violated": Sign(
        _violated,
        "#FBE6DA",
        "violated: 2/6 departs in 2 choices from the undisturbed run and takes 6 steps",
    ),
    "vacuous": Sign(_vacuous, "#F4F4F4", "vacuous: nobody was served, or no token came twice"),
    "not applicable": Sign(_not_applicable, WHITE, "the model says nothing of this strategy"),
}


def guarantees_chart(cells: Sequence[Explored]) -> str:
    """The picture as one `<svg>` element. Raises KeyError for a verdict that is not in `SIGNS`."""
    return render_svg(guarantees_picture(cells))


def guarantees_picture(cells: Sequence[Explored]) -> Picture:
    """Strategies and models in the order in which they come; see the legend below them."""
    strategies = list(dict.fromkeys(cell.strategy for cell in cells))
    models = list(dict.fromkeys(cell.model for cell in cells))
    left = EDGE + 16 + max((text_width(name, NORMAL) for name in strategies), default=0)
    across = {name: left + COLUMN * n for n, name in enumerate(models)}
    down = {name: HEAD + ROW * n for n, name in enumerate(strategies)}
    width = round(max(left + COLUMN * len(models) - GAP, EDGE + text_width(TITLE, LARGE)) + EDGE)
    below, height = _legend(cells, HEAD + ROW * len(strategies) + 24, width)
    shapes: list[Shape] = [Box(0, 0, width, height, WHITE), Text(EDGE, 32, TITLE, LARGE, bold=True)]
    shapes.append(Text(EDGE, HEAD - 10, "strategy", SMALL, colour=GREY))
    shapes += [Text(x, HEAD - 10, name, NORMAL, bold=True) for name, x in across.items()]
    shapes += [Text(EDGE, top + MIDDLE + 4, name, NORMAL) for name, top in down.items()]
    for cell in cells:
        shapes += _cell(cell, across[cell.model], down[cell.strategy])
    return Picture(width, height, TITLE, told(cells), (*shapes, *below))


def word(cell: Explored) -> str:
    """A cell in a few characters."""
    if cell.verdict == "violated":
        return f"{cell.deviations}/{cell.steps}"
    if cell.whole:
        return f"holds ≤{cell.whole}"
    return "" if cell.verdict == "not applicable" else cell.verdict


def told(cells: Sequence[Explored]) -> str:
    """The table in words, for where it cannot be seen: strategies that do alike in one sentence."""
    said: dict[str, dict[str, list[str]]] = {}
    for cell in cells:
        said.setdefault(cell.strategy, {}).setdefault(cell.verdict, []).append(cell.model)
    alike: dict[str, list[str]] = {}
    for strategy, found in said.items():
        words = [f"{verdict} under {', '.join(models)}" for verdict, models in found.items()]
        alike.setdefault("; ".join(words), []).append(strategy)
    return " ".join(f"{', '.join(names)}: {words}." for words, names in alike.items())


def _cell(cell: Explored, x: float, top: float) -> list[Shape]:
    sign, middle = SIGNS[cell.verdict], top + MIDDLE
    back = Box(x, top, COLUMN - GAP, ROW - GAP, sign.tint)
    drawn, said = sign.drawn(x + MARK + 1.5, middle), word(cell)
    colour = DARK_VERMILION if cell.verdict == "violated" else BLACK
    strong = cell.verdict in ("holds", "violated")
    words = [Text(x + 27, middle + 4, said, NORMAL, colour=colour, bold=strong)] if said else []
    return [back, *drawn, *words]


def _legend(cells: Sequence[Explored], top: int, width: int) -> tuple[list[Shape], int]:
    """What the signs in this picture mean; and how high the picture is with it."""
    x, y = float(EDGE), top
    shapes: list[Shape] = []
    used = {cell.verdict for cell in cells}
    for sign in (sign for verdict, sign in SIGNS.items() if verdict in used):
        needs = 30 + text_width(sign.meaning, SMALL)
        if x > EDGE and x + needs > width - EDGE:
            x, y = float(EDGE), y + ROW
        shapes += [*sign.drawn(x + MARK, y), Text(x + 26, y + 4, sign.meaning, SMALL)]
        x += needs + 14
    return shapes, y + FOOT
