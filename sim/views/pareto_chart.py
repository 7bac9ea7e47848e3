"""How the Pareto picture is drawn: bubbles, whiskers, numbers that give way, and the table.

Rule: places are in pixels of the figure, so that numbers neither collide nor are cut off, whatever
the scales of the axes. What is on the front differs from the rest by more than its colour.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import cos, hypot, pi, sin, sqrt
from typing import TYPE_CHECKING, Any

from sim.views.pareto import Point
from sim.views.places import Places, Rectangle
from sim.views.shapes import BLACK, BLUE, GREY, PALE, WHITE

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Place = tuple[float, float]

#: Below these the axes are linear, so that 0 has a place.
LINEAR_MS, LINEAR_PERCENT = 1.0, 0.5
#: Area of a bubble in square points when every intention is served.
FULL = 330.0
STEPS = [mantissa * 10.0**power for power in range(6) for mantissa in (1, 2, 5)]
#: Where a number may stand: so many px from the edge of its bubble, in so many directions.
RINGS, DIRECTIONS = (9, 20, 33, 48, 66, 88), 16
DIGIT, HIGH = 7.0, 12.0  #: px of a digit, and of a line of numbers


def chart(figure: Figure, found: Sequence[Point], best: Sequence[Point]) -> None:
    """The axes with everything in them, and the legend below the table."""
    inch = 1 / figure.get_figheight()
    axes: Axes = figure.add_axes((0.06, 0.6 * inch, 0.49, 1 - 1.45 * inch))
    _scales(axes, found)
    axes.set_xlabel("mean added latency, ms", fontsize=9.5)
    axes.set_ylabel("tokens accepted twice, %", fontsize=9.5)
    axes.tick_params(labelsize=8.5)
    axes.grid(color=PALE, linewidth=0.5, alpha=0.6)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    for point in sorted(found, key=lambda p: (p in best, -p.served.value)):
        _whiskers(axes, point, BLACK if point in best else PALE)
        _bubble(axes, point, on_front=point in best)
    _better(axes)
    _numbers(axes, found, best)
    _legend(figure)


def _scales(axes: Axes, found: Sequence[Point]) -> None:
    """From a little below nothing to a little above the highest bound."""
    most_ms = 1.6 * max([LINEAR_MS, *(p.added_ms.high or p.added_ms.value for p in found)])
    most_percent = 1.6 * max([LINEAR_PERCENT, *(p.twice.high or p.twice.value for p in found)])
    axes.set_xscale("symlog", linthresh=LINEAR_MS, linscale=0.4)
    axes.set_yscale("symlog", linthresh=LINEAR_PERCENT, linscale=0.5)
    axes.set_xlim(-0.35 * LINEAR_MS, most_ms)
    axes.set_ylim(-0.35 * LINEAR_PERCENT, most_percent)
    for axis, most in ((axes.xaxis, most_ms), (axes.yaxis, most_percent)):
        axis.set_ticks([0.0, *(step for step in STEPS if step <= most)])
        axis.set_major_formatter("{x:g}")
        axis.set_minor_locator(_nowhere())


def _nowhere() -> Any:
    from matplotlib.ticker import NullLocator

    return NullLocator()


def _area(point: Point) -> float:
    return max(4.0, FULL * point.served.value / 100)


def _bubble(axes: Axes, point: Point, *, on_front: bool) -> None:
    axes.scatter(
        *([point.added_ms.value], [point.twice.value]),
        s=_area(point),
        facecolor=BLUE if on_front else WHITE,
        edgecolor=BLACK if on_front else GREY,
        linewidth=1.3 if on_front else 0.7,
        alpha=0.8,
        zorder=4 if on_front else 3,
        clip_on=False,
        gid=point.name,
    )


def _whiskers(axes: Axes, point: Point, colour: str) -> None:
    """The 95 % intervals."""
    for ends in _intervals(point):
        xs, ys = zip(*ends, strict=True)
        axes.plot(xs, ys, color=colour, linewidth=0.9, zorder=2)


def _intervals(point: Point) -> tuple[tuple[Place, Place], tuple[Place, Place]]:
    """The ends of both, as points; where the sample gives no bound, an interval ends at once."""
    x, y = point.added_ms, point.twice
    across = (_end(x.low, x.value), y.value), (_end(x.high, x.value), y.value)
    upright = (x.value, _end(y.low, y.value)), (x.value, _end(y.high, y.value))
    return across, upright


def _end(bound: float | None, value: float) -> float:
    return value if bound is None else max(0.0, bound)


def _better(axes: Axes) -> None:
    """An arrow to the lower left, out of the way in the upper right."""
    axes.annotate(
        "better",
        xy=(0.885, 0.885),
        xytext=(0.965, 0.965),
        xycoords="axes fraction",
        textcoords="axes fraction",
        arrowprops={"arrowstyle": "-|>", "color": GREY, "linewidth": 2.2},
        fontsize=10,
        color=GREY,
        ha="center",
        va="center",
    )


def _numbers(axes: Axes, found: Sequence[Point], best: Sequence[Point]) -> None:
    """A number for each bubble, at the nearest free place; one that stands apart has a line."""
    places, pixels, frame = _taken(axes, found), axes.figure.dpi / 72, axes.bbox
    for point in sorted(found, key=lambda p: p not in best):
        x, y = _centre(axes, point)
        radius, width = _radius(axes, point), DIGIT * len(str(point.number))
        offers = [
            (dx, dy)
            for dx, dy in _around(radius)
            if frame.x0 + width < x + dx < frame.x1 - width
            and frame.y0 + HIGH < y + dy < frame.y1 - HIGH
        ]
        boxes = [_box(x + dx, y + dy, width) for dx, dy in offers]
        dx, dy = offers[places.best(boxes)]
        apart = hypot(dx, dy) > radius + RINGS[0] + 1
        if apart:
            places.take_line((x, y), (x + dx, y + dy), owner=-1)
        axes.annotate(
            *(str(point.number), (point.added_ms.value, point.twice.value)),
            xytext=(dx / pixels, dy / pixels),
            textcoords="offset points",
            arrowprops=_leader(radius / pixels) if apart else None,
            fontsize=8.5,
            color=BLACK,
            fontweight="bold" if point in best else "normal",
            ha="center",
            va="center",
            zorder=6,
        )


def _taken(axes: Axes, found: Sequence[Point]) -> Places:
    """Where numbers should not stand: on bubbles, whiskers and the arrow."""
    places = Places()
    for point in found:
        (x, y), half = _centre(axes, point), 0.8 * _radius(axes, point)
        places.take(Rectangle(x - half, y - half, x + half, y + half))
        for start, end in _intervals(point):
            (x1, y1), (x2, y2) = axes.transData.transform([start, end])
            places.take_line((x1, y1), (x2, y2), owner=-1)
    right, top = axes.transAxes.transform((1, 1))
    places.take(Rectangle(right - 110, top - 80, right, top))
    return places


def _centre(axes: Axes, point: Point) -> Place:
    x, y = axes.transData.transform((point.added_ms.value, point.twice.value))
    return float(x), float(y)


def _radius(axes: Axes, point: Point) -> float:
    return sqrt(_area(point) / pi) * axes.figure.dpi / 72


def _around(radius: float) -> Iterator[tuple[float, float]]:
    """Places around a bubble, the nearest first, from above clockwise."""
    for ring in RINGS:
        for step in range(DIRECTIONS):
            angle = pi / 2 - 2 * pi * step / DIRECTIONS
            yield (radius + ring) * cos(angle), (radius + ring) * sin(angle)


def _box(x: float, y: float, width: float) -> Rectangle:
    return Rectangle(x - width / 2 - 2, y - HIGH / 2, x + width / 2 + 2, y + HIGH / 2)


def _leader(radius: float) -> dict[str, Any]:
    return {"arrowstyle": "-", "color": GREY, "linewidth": 0.6, "shrinkA": 1, "shrinkB": radius}


def _legend(figure: Figure) -> None:
    from matplotlib.lines import Line2D

    def disc(colour: str, edge: str, served: float, label: str) -> Line2D:
        size = sqrt(FULL * served / 100)
        look: dict[str, Any] = {"color": colour, "markeredgecolor": edge, "linestyle": ""}
        return Line2D([], [], marker="o", markersize=size, label=label, **look)

    discs = [
        disc(BLUE, BLACK, 60, "front: as measured, none beats it in all three"),
        disc(WHITE, GREY, 60, "dominated"),
        *(disc(WHITE, GREY, share, f"{share} % served") for share in (25, 100)),
    ]
    figure.legend(
        handles=discs,
        loc="lower right",
        ncols=4,
        frameon=False,
        fontsize=8.5,
        handletextpad=0.3,
        columnspacing=1.2,
        bbox_to_anchor=(0.99, 0.0),
    )


#: column of the table → its right (or left) edge as a share of the width.
COLUMNS = {"": 0.595, "strategy": 0.603, "twice, %": 0.835, "added, ms": 0.91, "served, %": 0.985}


def table(figure: Figure, found: Sequence[Point], best: Sequence[Point]) -> None:
    """What each number stands for; the front in bold, and marked."""
    inch = 1 / figure.get_figheight()
    top, step = 1 - 0.95 * inch, 0.215 * inch
    for head, x in COLUMNS.items():
        _write(figure, (x, top), head, GREY, left=head == "strategy", bold=False)
    for row, point in enumerate(found, 1):
        on_front = point in best
        cells = (f"{'●' if on_front else '○'} {point.number}", point.name, *point.cells())
        for (head, x), cell in zip(COLUMNS.items(), cells, strict=True):
            at, left = (x, top - row * step), head == "strategy"
            _write(figure, at, cell, BLACK, left=left, bold=on_front)


def _write(
    figure: Figure, at: tuple[float, float], words: str, colour: str, *, left: bool, bold: bool
) -> None:
    figure.text(
        *at,
        words,
        ha="left" if left else "right",
        va="center",
        fontsize=8.5,
        color=colour,
        fontweight="bold" if bold else "normal",
        parse_math=False,
    )
