"""Plots of results: strategies side by side, as dots with their 95 % intervals.

Rule: the input is what `compare --json` writes; a number that is missing is said to be missing.
Figures are made without pyplot; `figure_files` saves them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from sim.statistics import ends_shown
from sim.views.shapes import BLACK, BLUE, GREEN, GREY, ORANGE, PALE, PURPLE, VERMILION

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: metric → title, unit of its axis, colour and marker.
RATES = {
    "double_accept_rate": ("Double acceptance", "% of tokens", VERMILION, "o"),
    "retry_reject_rate": ("Honest retry rejected", "% of honest retries", BLUE, "s"),
    "duplicate_effect_per_intention_rate": ("Duplicate effect", "% of intentions", ORANGE, "*"),
    "theft_rate": ("Theft", "% of stolen tokens", PURPLE, "D"),
}
#: quantile → name, colour and marker.
QUANTILES = {
    "p50": ("median", GREEN, "o"),
    "p95": ("95th percentile", ORANGE, "s"),
    "p99": ("99th percentile", VERMILION, "D"),
}
LATENCY_TITLE = "Latency added by the single-use check"
LATENCY = "added_latency_ms"
ROW_INCHES, EDGE_INCHES = 0.42, 1.1
DOT_SIZE, STAR_SIZE, OPEN = (
    7,
    11,
    30,
)  #: points: markers, and the arrow of an interval without bound

Strategies = Sequence[Mapping[str, Any]]


class Estimate(NamedTuple):
    """A number with its 95 % confidence interval; an end is None where the sample has no bound."""

    value: float
    low: float | None
    high: float | None


def rates_figure(strategies: Strategies) -> Figure:
    """Four small plots that share their strategies: the ways in which single use goes wrong."""
    figure, panels = _panels(strategies, len(RATES), 3.1)
    for axes, (metric, (title, unit, colour, marker)) in zip(panels, RATES.items(), strict=True):
        found = _estimates(strategies, metric)
        for row, estimate in enumerate(found):
            _whisker(axes, row, estimate, colour, marker)
            _say(axes, row, estimate)
        widest = max([estimate.high or estimate.value for estimate in found if estimate] + [1.0])
        axes.set_title(title, fontsize=10, loc="left", fontweight="bold")
        axes.set_xlabel(unit, fontsize=9)
        axes.set_xlim(-0.03 * widest, 1.3 * widest)
        axes.set_xticks([tick for tick in axes.get_xticks() if 0 <= tick <= min(100, 1.3 * widest)])
    return figure


def latency_figure(strategies: Strategies) -> Figure:
    """What a strategy adds to the latency of a request: median, 95th and 99th percentile."""
    figure, (axes,) = _panels(strategies, 1, 8.5)
    shifts = (-0.22, 0.0, 0.22)
    for shift, (quantile, (name, colour, marker)) in zip(shifts, QUANTILES.items(), strict=True):
        axes.plot([], [], marker, color=colour, markeredgecolor=BLACK, label=name)
        for row, estimate in enumerate(_estimates(strategies, quantile, LATENCY)):
            _whisker(axes, row + shift, estimate, colour, marker)
    axes.set_title(LATENCY_TITLE, fontsize=10, loc="left", fontweight="bold")
    axes.set_xlabel(
        "ms, logarithmic above 1 ms; an arrow: the sample is too small for a bound", fontsize=9
    )
    axes.set_xscale("symlog", linthresh=1.0)
    axes.xaxis.set_major_formatter("{x:g}")
    axes.legend(loc="center left", bbox_to_anchor=(1.01, 0.5), frameon=False)
    return figure


def rates_alt(strategies: Strategies) -> str:
    """The numbers of `rates_figure` in words, for where it cannot be seen."""
    told = [
        _told(title, unit, strategies, _estimates(strategies, metric))
        for metric, (title, unit, _, _) in RATES.items()
    ]
    return " ".join(told)


def latency_alt(strategies: Strategies) -> str:
    """The numbers of `latency_figure` in words."""
    told = [
        _told(f"{LATENCY_TITLE}, {name}", "ms", strategies, _estimates(strategies, q, LATENCY))
        for q, (name, _, _) in QUANTILES.items()
    ]
    return " ".join(told)


def _estimates(strategies: Strategies, metric: str, within: str = "") -> list[Estimate | None]:
    """One metric of each strategy; rates become per cent. None where it was not measured."""
    found: list[Estimate | None] = []
    for strategy in strategies:
        metrics = strategy["metrics"].get(within) or {} if within else strategy["metrics"]
        measured = metrics.get(metric) or {}
        value, scale = measured.get("value"), 1.0 if within else 100.0
        if value is None:
            found.append(None)
            continue
        ends = ends_shown(measured) if "ci95" in measured else (value, value)
        low, high = (None if end is None else scale * end for end in ends)
        found.append(Estimate(scale * value, low, high))
    return found


def _told(title: str, unit: str, strategies: Strategies, found: list[Estimate | None]) -> str:
    parts = [
        f"{strategy['name']} {_interval(estimate) if estimate else 'not measured'}"
        for strategy, estimate in zip(strategies, found, strict=True)
    ]
    return f"{title} ({unit}): {', '.join(parts)}."


def _interval(estimate: Estimate) -> str:
    low, high = ("no bound" if end is None else _number(end) for end in estimate[1:])
    return f"{_number(estimate.value)} [{low} to {high}]"


def _number(value: float) -> str:
    return f"{value:.1f}" if abs(value) >= 1 else f"{value:.2g}"


def _panels(strategies: Strategies, count: int, inches: float) -> tuple[Figure, list[Axes]]:
    """A figure with `count` plots side by side, and a row for each strategy, first on top."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    rows = max(1, len(strategies))
    size = (1.5 + inches * count, EDGE_INCHES + ROW_INCHES * rows)
    figure = Figure(figsize=size, layout="constrained")
    FigureCanvasAgg(figure)
    panels: list[Axes] = list(figure.subplots(1, count, sharey=True, squeeze=False)[0])
    for axes in panels:
        axes.set_yticks(range(len(strategies)), [str(s["name"]) for s in strategies])
        axes.set_ylim(rows - 0.4, -0.6)
        axes.tick_params(labelsize=9, length=0, pad=6)
        axes.grid(axis="x", color=PALE, linewidth=0.6)
        axes.set_axisbelow(True)
        axes.spines[["top", "right", "left"]].set_visible(False)
    return figure, panels


def _whisker(axes: Axes, row: float, estimate: Estimate | None, colour: str, marker: str) -> None:
    """A dot, and its interval with a cap at either end; an arrow where an end has no bound."""
    if estimate is None:
        return
    value = estimate.value
    for end, away in ((estimate.low, -OPEN), (estimate.high, OPEN)):
        if end is None:
            arrow = {"arrowstyle": "<|-", "color": colour, "linewidth": 2.0}
            at, head = (value, row), (away, 0)
            axes.annotate("", at, head, textcoords="offset points", arrowprops=arrow)
        else:
            axes.plot([end, value], [row, row], color=colour, linewidth=2)
            axes.plot([end], [row], "|", color=colour, markersize=8, markeredgewidth=2)
    size = STAR_SIZE if marker == "*" else DOT_SIZE
    axes.plot(
        [value], [row], marker, color=colour, markeredgecolor=BLACK, markersize=size, clip_on=False
    )


def _say(axes: Axes, row: float, estimate: Estimate | None) -> None:
    """The value beside its interval, or that there is none."""
    words = _number(estimate.value) if estimate else "not measured"
    at = (estimate.high or estimate.value) if estimate else 0.0
    colour = BLACK if estimate else GREY
    axes.annotate(
        words, (at, row), (8, 0), textcoords="offset points", fontsize=8, color=colour, va="center"
    )
