"""Two runs of one story side by side, and where the second first goes another way.

Rule: two rows are the same when they say the same of the same instant; what strategies are told
apart by is everything from the first other row on.
"""

from __future__ import annotations

from itertools import zip_longest

from sim.trace import Row, Trace
from sim.views.layout import NOT_DRAWN
from sim.views.scene import picture
from sim.views.shapes import WHITE, Area, Box, Line, Picture, Shape
from sim.views.words import milliseconds

APART = 24  #: px between the two diagrams


def beside(left: Trace, right: Trace) -> Picture:
    """Both diagrams in one picture; a line marks the first difference in each that has one."""
    drawn = [
        picture(trace, None if row is None else row.t_us)
        for trace, row in zip((left, right), apart(left, right), strict=True)
    ]
    shift = drawn[0].width + APART
    width, height = shift + drawn[1].width, max(each.height for each in drawn)
    shapes = [
        Box(0, 0, width, height, WHITE),
        *drawn[0].shapes,
        *(_moved(shape, shift) for shape in drawn[1].shapes),
    ]
    names = f"{left.header.strategy} beside {right.header.strategy}"
    words = f"{_told(left, right)} Left: {drawn[0].description} Right: {drawn[1].description}"
    return Picture(width, height, f"{drawn[0].title}: {names}", words, tuple(shapes))


def apart(left: Trace, right: Trace) -> tuple[Row | None, Row | None]:
    """The first rows of two runs that differ; None where a run has ended by then, or never does.

    Messages are numbered over a whole run: that one has a higher number is no difference.
    """
    for one, other in zip_longest(_drawn(left), _drawn(right)):
        if one is None or other is None or _plain(one) != _plain(other):
            return one, other
    return None, None


def _drawn(trace: Trace) -> list[Row]:
    return [row for row in trace if row.kind not in NOT_DRAWN]


def _plain(row: Row) -> Row:
    return row._replace(message=0)


def _told(left: Trace, right: Trace) -> str:
    instants = [row.t_us for row in apart(left, right) if row is not None]
    if not instants:
        return "The two runs are the same."
    return f"The two runs first differ at {milliseconds(min(instants))} ms."


def _moved(shape: Shape, right: float) -> Shape:
    """The same shape further to the right."""
    if isinstance(shape, Line | Area):
        return shape._replace(points=tuple((x + right, y) for x, y in shape.points))
    return shape._replace(x=shape.x + right)
