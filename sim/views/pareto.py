"""The Pareto picture: what each strategy lets through against what it takes, on one page.

Rule: the input is what `compare --json` writes. A strategy is on the front if no other is at least
as good in all three (double acceptance, added latency, availability) and better in one, as
measured; whether a difference is more than chance, the intervals say.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from sim.views.shapes import BLACK, GREEN, GREY, PALE, WHITE

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

TITLE = "Double acceptance against added latency"
#: Below these the axes are linear, so that 0 has a place.
LINEAR_MS, LINEAR_PERCENT = 1.0, 0.5
#: Area of a bubble in square points when every intention is served; none served is a dot.
FULL, LEAST = 420.0, 16.0
#: Bubbles nearer than this, in axes widths, share a label.
NEAR = 0.06


class Point(NamedTuple):
    """One strategy: shares in per cent, latency in milliseconds; `number` is its label."""

    number: int
    name: str
    double_accept: float
    added_ms: float
    available: float

    def beats(self, other: Point) -> bool:
        """At least as good in everything, and better in something."""
        mine = (self.double_accept, self.added_ms, -self.available)
        its = (other.double_accept, other.added_ms, -other.available)
        return mine != its and all(a <= b for a, b in zip(mine, its, strict=True))


def points(strategies: Sequence[Mapping[str, Any]]) -> list[Point]:
    """The strategies for which all three were measured, numbered in their order."""
    found: list[Point] = []
    for strategy in strategies:
        metrics = strategy["metrics"]
        double = metrics["double_accept_rate"]["value"]
        added = metrics["added_latency_ms"]["p50"]["value"]
        available = metrics["availability"]["value"]
        if None not in (double, added, available):
            number = len(found) + 1
            found.append(Point(number, strategy["name"], 100 * double, added, 100 * available))
    return found


def front(found: Sequence[Point]) -> list[Point]:
    """Those that no other beats, by added latency."""
    best = [point for point in found if not any(other.beats(point) for other in found)]
    return sorted(best, key=lambda point: (point.added_ms, point.double_accept))


def pareto_figure(strategies: Sequence[Mapping[str, Any]]) -> Figure:
    """Bubbles with numbers, the front filled, and a table of what the numbers stand for."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    found = points(strategies)
    best = front(found)
    figure = Figure(figsize=(11.0, max(4.8, 1.4 + 0.25 * len(found))))
    FigureCanvasAgg(figure)
    axes: Axes = figure.add_axes((0.075, 0.13, 0.46, 0.77))
    axes.set_xscale("symlog", linthresh=LINEAR_MS)
    axes.set_yscale("symlog", linthresh=LINEAR_PERCENT)
    axes.set_xlim(-0.25, 2.5 * max([LINEAR_MS, *(p.added_ms for p in found)]))
    axes.set_ylim(-0.15, 2.0 * max([LINEAR_PERCENT, *(p.double_accept for p in found)]))
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter("{x:g}")
        axis.set_minor_locator(_nothing())
    for point in sorted(found, key=lambda p: -p.available):
        on_front = point in best
        axes.scatter(
            *([point.added_ms], [point.double_accept]),
            s=LEAST + FULL * point.available / 100,
            facecolor=GREEN if on_front else WHITE,
            edgecolor=BLACK if on_front else GREY,
            alpha=0.85,
            zorder=3,
            clip_on=False,
        )
    _label(axes, found)
    axes.set_title(TITLE, fontsize=11, loc="left", fontweight="bold")
    axes.set_xlabel("median added latency, ms (linear below 1 ms)", fontsize=9)
    axes.set_ylabel(f"tokens accepted twice, % (linear below {LINEAR_PERCENT:g} %)", fontsize=9)
    axes.grid(color=PALE, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    _table(figure, found, best)
    return figure


def pareto_alt(strategies: Sequence[Mapping[str, Any]]) -> str:
    """The picture in words."""
    found = points(strategies)
    told = [
        f"{p.name}: {p.double_accept:.2g} % accepted twice, {p.added_ms:.3g} ms added, "
        f"{p.available:.3g} % served"
        for p in found
    ]
    best = ", ".join(point.name for point in front(found))
    return f"{TITLE}. {'; '.join(told)}. On the front: {best}."


def _nothing() -> Any:
    from matplotlib.ticker import NullLocator

    return NullLocator()


def _label(axes: Axes, found: Sequence[Point]) -> None:
    """Numbers beside the bubbles; those that lie upon each other share a label."""
    to_axes = axes.transData + axes.transAxes.inverted()
    places = {p: to_axes.transform((p.added_ms, p.double_accept)) for p in found}
    groups: list[list[Point]] = []
    for point in found:
        x, y = places[point]
        near = (g for g in groups if abs(places[g[0]] - (x, y)).max() < NEAR)
        group = next(near, None)
        if group is None:
            groups.append([point])
        else:
            group.append(point)
    for index, group in enumerate(sorted(groups, key=lambda g: g[0].added_ms)):
        words = ", ".join(str(point.number) for point in group)
        at = (group[0].added_ms, group[0].double_accept)
        axes.annotate(
            *(words, at, (0, 14 if index % 2 else -14)),
            textcoords="offset points",
            fontsize=8.5,
            color=BLACK,
            ha="center",
            va="center",
            zorder=4,
        )


def _table(figure: Figure, found: Sequence[Point], best: Sequence[Point]) -> None:
    """What each number stands for; the front in bold."""
    columns = (0.565, 0.59, 0.83, 0.905, 0.985)
    heads = ("", "strategy", "twice %", "added ms", "served %")
    step = min(0.055, 0.8 / max(1, len(found)))
    top = 0.9
    for x, head, side in zip(columns, heads, "rlrrr", strict=True):
        _text(figure, (x, top), head, side, GREY, bold=False)
    for row, point in enumerate(found, 1):
        cells = (
            *(str(point.number), point.name, f"{point.double_accept:.2g}"),
            *(f"{point.added_ms:.3g}", f"{point.available:.1f}"),
        )
        for x, cell, side in zip(columns, cells, "rlrrr", strict=True):
            _text(figure, (x, top - row * step), cell, side, BLACK, bold=point in best)
    note = "Filled, bold: no other is as good in all three. Area: share served."
    _text(figure, (columns[1], 0.045), note, "l", GREY, bold=False)


def _text(
    figure: Figure, at: tuple[float, float], words: str, side: str, colour: str, *, bold: bool
) -> None:
    figure.text(
        *at,
        words,
        ha="left" if side == "l" else "right",
        va="center",
        fontsize=8.5,
        color=colour,
        fontweight="bold" if bold else "normal",
    )
