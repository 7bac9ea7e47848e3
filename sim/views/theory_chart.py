"""What was simulated with the closed form laid over it: a rate over a field, a distribution.

Rule: the curve is the theory's, the marks are the simulation's with their 95 % intervals; neither
is fitted to the other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sim.statistics import ends_shown
from sim.views.shapes import BLACK, BLUE, PALE, VERMILION
from sim.views.sweep_chart import Chart
from sim.views.words import counted

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: Points at which a curve is computed.
FINE = 200


def rate_over_theory(
    found: Mapping[float, Mapping[str, Any]],
    theory: Callable[[float], float],
    field: str,
    rate: str,
) -> Chart:
    """A rate of `metrics` at each value of a field, over its closed form.

    `field` and `rate` are what the axes say, the field with its unit; rates are shares of 1.
    """
    low, high = min(found), max(found)
    curve = [low + (high - low) * step / FINE for step in range(FINE + 1)]
    figure, axes = _axes(field, f"{rate} (%)")
    axes.plot(curve, [100 * theory(x) for x in curve], color=BLACK, label="closed form")
    for x, measure in found.items():
        if measure["value"] is None:
            continue
        ends = [100 * end for end in ends_shown(measure) if end is not None]
        axes.plot([x] * len(ends), ends, color=VERMILION, linewidth=1.6)
        axes.plot(x, 100 * measure["value"], "o", color=VERMILION, markersize=5)
    axes.plot([], [], "o-", color=VERMILION, label="simulated, 95 % interval")
    axes.legend(frameon=False, fontsize=8.5)
    pairs = [
        f"at {x:g} theory {100 * theory(x):.1f} %, simulated {_said(each)}"
        for x, each in found.items()
    ]
    return Chart(figure, f"{rate} over {field}: {'; '.join(pairs)}.")


def distribution_over_theory(
    samples_ms: Sequence[float], theory: Callable[[float], float], what: str
) -> Chart:
    """How a duration is distributed: the share of samples up to each value, over P(X ≤ x).

    `what` names the duration. Raises ValueError where there is no sample.
    """
    if not samples_ms:
        raise ValueError(f"{what}: there is no sample to draw")
    ordered = sorted(samples_ms)
    top = ordered[-1]
    shares = [100 * (place + 1) / len(ordered) for place in range(len(ordered))]
    curve = [top * step / FINE for step in range(FINE + 1)]
    figure, axes = _axes(f"{what} (ms)", "share up to here (%)")
    axes.step(
        ordered,
        shares,
        where="post",
        color=BLUE,
        label=f"simulated, {counted(len(ordered), 'sample')}",
    )
    axes.plot(curve, [100 * theory(x) for x in curve], "--", color=BLACK, label="closed form")
    axes.legend(frameon=False, fontsize=8.5, loc="lower right")
    apart = max(abs(theory(x) - share / 100) for x, share in zip(ordered, shares, strict=True))
    middle = ordered[len(ordered) // 2]
    words = (
        f"{what}: {counted(len(ordered), 'sample')}, median {middle:.1f} ms, longest {top:.1f} ms; "
    )
    return Chart(figure, f"{words}at most {100 * apart:.1f} points from the closed form.")


def _axes(x: str, y: str) -> tuple[Figure, Axes]:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.4, 3.4), layout="constrained")
    axes = figure.add_subplot()
    axes.set_xlabel(x, fontsize=9)
    axes.set_ylabel(y, fontsize=9)
    axes.grid(color=PALE, linewidth=0.5)
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes


def _said(measure: Mapping[str, Any]) -> str:
    return "no case" if measure["value"] is None else f"{100 * measure['value']:.1f} %"
