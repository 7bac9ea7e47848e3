"""The marks of a diagram, one drawing each: form tells them apart, colour only helps.

Rule: a mark is drawn around its centre, within `RADIUS` px.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from math import cos, pi, sin

from sim.views.shapes import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PURPLE,
    SKY,
    VERMILION,
    WHITE,
    YELLOW,
    Area,
    Disc,
    Line,
    Shape,
)

RADIUS = 9

Glyph = Callable[[float, float], list[Shape]]


def _crossed_disc(x: float, y: float) -> list[Shape]:
    strokes = ((-4, -4), (4, 4)), ((-4, 4), (4, -4))
    return [
        Disc(x, y, 8, WHITE, VERMILION),
        *(Line(((x + a, y + b), (x + c, y + d)), VERMILION, 3.0) for (a, b), (c, d) in strokes),
    ]


def _disc(fill: str, outline: str) -> Glyph:
    return lambda x, y: [Disc(x, y, 7, fill, outline)]


def _polygon(corners: Iterable[tuple[float, float]], fill: str, outline: str) -> Glyph:
    """A polygon whose corners are given as (angle in turns clockwise from the top, radius)."""
    around = [
        (radius * sin(2 * pi * turn), -radius * cos(2 * pi * turn)) for turn, radius in corners
    ]
    return lambda x, y: [Area(tuple((x + dx, y + dy) for dx, dy in around), fill, outline)]


CORNERS_OF_STAR = [(n / 10, 4.2 if n % 2 else 10.5) for n in range(10)]
SQUARE = [(n / 4 + 1 / 8, 9.2) for n in range(4)]
DIAMOND = [(n / 4, 8.0) for n in range(4)]
TRIANGLE = [(n / 3, 8.5) for n in range(3)]


def _star(fill: str) -> Glyph:
    return _polygon(CORNERS_OF_STAR, fill, BLACK)


def _hourglass(x: float, y: float) -> list[Shape]:
    corners = (x - 6, y - 7), (x + 6, y - 7), (x - 6, y + 7), (x + 6, y + 7)
    return [Area(corners, YELLOW, BLACK)]


GLYPHS: dict[str, Glyph] = {
    "accepted": _disc(GREEN, BLACK),
    "rejected": _crossed_disc,
    "undecided": _disc(WHITE, BLACK),
    "effect": _star(ORANGE),
    "effect_again": lambda x, y: [Disc(x, y, 11, WHITE, BLACK), *_star(VERMILION)(x, y)],
    "no_effect": _star(WHITE),
    "timeout": _hourglass,
    "outcome": _polygon(SQUARE, BLUE, BLACK),
    "issue": _polygon(DIAMOND, SKY, BLACK),
    "wallet": _polygon(TRIANGLE, PURPLE, BLACK),
    "store": lambda x, y: [Disc(x, y, 4, GREY, WHITE)],
    "note": lambda x, y: [Disc(x, y, 4, WHITE, GREY)],
}
