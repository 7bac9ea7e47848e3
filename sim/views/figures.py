"""Plots of results: strategies side by side, as dots with their 95 % intervals.

Rule: the input is what `compare --json` writes; a number that is missing is said to be missing.
Figures are made without pyplot, and are saved so that the same figure gives the same bytes.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from sim.views.shapes import BLACK, BLUE, GREEN, GREY, ORANGE, PALE, PURPLE, SKY, VERMILION
from sim.views.svg import xml

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: metric → title, unit of its axis, colour and marker.
RATES = {
    "double_accept_rate": ("Double acceptance", "% of tokens", VERMILION, "o"),
    "retry_reject_rate": ("Honest retry rejected", "% of retries", BLUE, "s"),
    "duplicate_effect_per_intention_rate": ("Duplicate effect", "% of intentions", ORANGE, "*"),
    "theft_rate": ("Theft", "% of stolen tokens", PURPLE, "D"),
}
QUANTILES = {"p50": (GREEN, "o"), "p95": (ORANGE, "s"), "p99": (VERMILION, "D")}
LATENCY = "added_latency_ms"
#: Matplotlib makes ids from a salt and writes the date, unless told otherwise.
STEADY = {"svg.hashsalt": "tokenrace", "svg.fonttype": "path"}
ROW_INCHES, EDGE_INCHES = 0.42, 1.5

Strategies = Sequence[Mapping[str, Any]]


class Estimate(NamedTuple):
    """A number with its 95 % confidence interval."""

    value: float
    low: float
    high: float


def rates_figure(strategies: Strategies) -> Figure:
    """Four small plots that share their strategies: the ways in which single use goes wrong."""
    figure, panels = _panels(len(strategies), len(RATES), 3.0)
    for axes, (metric, (title, unit, colour, marker)) in zip(panels, RATES.items(), strict=True):
        estimates = [_estimate(strategy["metrics"].get(metric), 100.0) for strategy in strategies]
        for row, estimate in enumerate(estimates):
            _whisker(axes, row, estimate, colour, marker)
        _frame(axes, title, unit, [estimate for estimate in estimates if estimate])
    _name(panels[0], strategies)
    return figure


def latency_figure(strategies: Strategies) -> Figure:
    """What a strategy adds to the latency of a request: median, 95th and 99th percentile."""
    figure, (axes,) = _panels(len(strategies), 1, 8.0)
    found = []
    for offset, (quantile, (colour, marker)) in zip((-0.2, 0.0, 0.2), QUANTILES.items(), strict=True):
        axes.plot([], [], marker, color=colour, markeredgecolor=BLACK, label=quantile)
        for row, strategy in enumerate(strategies):
            quantiles = strategy["metrics"].get(LATENCY) or {}
            estimate = _estimate(quantiles.get(quantile), 1.0)
            _whisker(axes, row + offset, estimate, colour, marker, silent=True)
            found += [estimate] if estimate else []
    _frame(axes, "Latency added by the single-use check", "ms", found)
    axes.legend(loc="center left", bbox_to_anchor=(1.01, 0.5), frameon=False)
    _name(axes, strategies)
    return figure
