"""The few shapes a picture is made of, in pixels from the top left, and the colours they may have.

Rule: a format (SVG, PNG) knows how to draw these and nothing else, so that all show the same.
The colours are Okabe and Ito's, which stay apart for colour-blind eyes; beside each colour goes a
shape, a dash or a word.
"""

from __future__ import annotations

from typing import NamedTuple

from sim.trace import Header

BLACK, GREY, PALE, WHITE = "#000000", "#5F5F5F", "#BDBDBD", "#FFFFFF"
ORANGE, SKY, GREEN, YELLOW = "#E69F00", "#56B4E9", "#009E73", "#F0E442"
BLUE, VERMILION, PURPLE = "#0072B2", "#D55E00", "#CC79A7"
DARK_VERMILION = "#A34700"  #: for text: vermilion itself is too light to be read when small
#: Backgrounds of regions: pale, so that text on them keeps its contrast in print.
TINTS = ("#EEF4FA", "#FBF5E9", "#EEF7F1", "#F8EFF5")


def region_tint(header: Header, region: str) -> str:
    """The background of a region: the same in every picture of a run."""
    regions = list(dict.fromkeys(node.region for node in header.nodes))
    return TINTS[regions.index(region) % len(TINTS)]


class Box(NamedTuple):
    """A filled rectangle; `opacity` from 0 to 1."""

    x: float
    y: float
    width: float
    height: float
    fill: str
    opacity: float = 1.0


class Line(NamedTuple):
    """Straight pieces from point to point; `dash`: lengths drawn and left out, or () for solid."""

    points: tuple[tuple[float, float], ...]
    colour: str
    width: float = 1.0
    dash: tuple[int, ...] = ()


class Area(NamedTuple):
    """A filled polygon with an outline."""

    points: tuple[tuple[float, float], ...]
    fill: str
    outline: str


class Disc(NamedTuple):
    """A filled circle with an outline."""

    x: float
    y: float
    radius: float
    fill: str
    outline: str


class Cross(NamedTuple):
    """Where a message ended that was lost."""

    x: float
    y: float
    size: float = 6.0
    colour: str = VERMILION


class Text(NamedTuple):
    """A line of text on its baseline. `anchor`: start, middle or end; `tip`: all it stands for."""

    x: float
    y: float
    text: str
    size: int = 12
    anchor: str = "start"
    colour: str = BLACK
    bold: bool = False
    tip: str = ""


Shape = Box | Line | Area | Disc | Cross | Text


class Picture(NamedTuple):
    """Shapes in the order in which they are drawn, and what they say to who cannot see them."""

    width: int
    height: int
    title: str
    description: str
    shapes: tuple[Shape, ...]


ADVANCE = 0.55  #: the width of a character as a part of the size of the text, on average


def text_width(text: str, size: int) -> float:
    """About how wide a line of text is: no format knows the reader's font, so rather too much."""
    return ADVANCE * size * sum(1.7 if c > "\u2e7f" else 1 for c in text)
