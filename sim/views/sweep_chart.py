"""Charts of a sweep: a measure over a field, with 95 % intervals, a curve for each strategy.

Rule: the input is what `sweep --json` writes. A row of panels for each measure, a column for each
combination of what else was varied. Strategies differ in colour, marker and dash; those that would
hide each other stand a little apart. Where a sample gives no bound, no whisker is drawn.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from sim.measures import DURATIONS, QUANTILES
from sim.rates import RATES
from sim.statistics import ends_shown
from sim.views.figure_files import html_of, save_figure
from sim.views.shapes import BLACK, BLUE, GREEN, ORANGE, PALE, PURPLE, SKY, VERMILION
from sim.views.words import counted

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Document = Mapping[str, Any]
Point = Mapping[str, Any]
#: Safety, experience, cost: what is shown when nothing is asked for.
SHOWN = ("double_accept_rate", "availability", "added_latency_ms.mean")
MOST_PANELS = 24
COLOURS = (BLUE, VERMILION, GREEN, ORANGE, PURPLE, SKY, BLACK)
MARKERS = ("o", "s", "D", "^", "v", "P", "X", "*")
DASHES = ("-", "--", "-.", ":")
APART = 3.0  #: points between the markers of two strategies at the same value ...
SPREAD = 24.0  #: ... and from the first to the last at most: there the panel ends
#: A field over so wide a range of positive values has a logarithmic axis.
WIDE_RANGE = 50
MOST_TICKS = 8
LEGEND_ROW_IN = 0.17  #: the height of a row of names
LONGEST = 12  #: characters of a tick's label that stands level
MARGIN = 0.06  #: of the width of a panel, on either side
#: How the name of a field ends → the unit of its values.
UNITS = {"_ms": "ms", "_s": "s", "_ppm": "ppm", "_bits": "bits", "_per_s": "per s"}


class Measured(NamedTuple):
    """A value in the unit of its axis; an end is None where the sample has no bound."""

    value: float
    low: float | None
    high: float | None


class Chart(NamedTuple):
    """A figure, and what it says to who cannot see it."""

    figure: Figure
    alt: str

    def save(self, path: Path) -> None:
        """Write `.svg` or `.png`."""
        save_figure(self.figure, path, self.alt)

    def _repr_html_(self) -> str:
        return html_of(self.figure, self.alt)


def sweep_chart(document: Document, measures: Sequence[str] = SHOWN) -> Chart:
    """The chart of these measures. Raises ValueError, as `check_chart`."""
    check_chart(document["varied"], measures)
    x = next(iter(document["varied"]), "strategy")
    columns = list(_columns(document, x))
    figure, panels = _panels(document, len(measures), len(columns))
    for row, measure in zip(panels, measures, strict=True):
        _y_axis(row[0], measure, document["points"])
        for axes, (name, points) in zip(row, columns, strict=True):
            _draw(axes, x, measure, points)
            axes.set_title(name, fontsize=9, loc="left", parse_math=False)
        row[0].set_ylabel(f"{measure}, {unit(measure)}", fontsize=8.5)
    for axes in panels[-1]:
        axes.set_xlabel(_with_unit(x), fontsize=8.5, parse_math=False)
    _legend(figure, panels[0][0], x)
    return Chart(figure, alt(document, measures))


def check_measures(measures: Sequence[str]) -> None:
    """Raise ValueError, in one line, for what has no interval."""
    for measure in measures:
        name, _, which = measure.partition(".")
        if measure not in RATES and not (name in DURATIONS and which in ("mean", *QUANTILES)):
            raise ValueError(
                f"measure: {measure!r} has no interval; one of {', '.join(RATES)}, or the mean, "
                f"p50, p95 or p99 of {', '.join(DURATIONS)}, such as latency_ms.p95"
            )


def check_chart(varied: Mapping[str, Sequence[Any]], measures: Sequence[str]) -> None:
    """Raise ValueError, in one line, for what cannot be drawn."""
    check_measures(measures)
    panels = len(measures)
    for values in list(varied.values())[1:]:
        panels *= len(values)
    if panels > MOST_PANELS:
        raise ValueError(
            f"{panels} panels, {MOST_PANELS} at most in a chart: a row for each measure, a column "
            "for each value of the fields after the first"
        )


def unit(measure: str) -> str:
    """The unit of a measure's axis."""
    return "%" if measure in RATES else "ms"


def alt(document: Document, measures: Sequence[str]) -> str:
    """The numbers of the chart in words."""
    told = [f"{document['scenario']}: {', '.join(measures)}, with 95 % intervals."]
    for measure in measures:
        for point in document["points"]:
            where = [f"{field} {_told(value)}" for field, value in point["settings"].items()]
            place = ", ".join([*where, point["strategy"]])
            told.append(f"{measure} at {place}: {_said(measured(point, measure), unit(measure))}.")
    return " ".join(told)


def measured(point: Point, measure: str) -> Measured | None:
    """A measure at one point; rates in per cent. None where there was nothing to measure."""
    name, _, which = measure.partition(".")
    found = point["metrics"][name]
    found, scale = (found[which], 1.0) if which else (found, 100.0)
    if found["value"] is None:
        return None
    low, high = (None if end is None else scale * end for end in ends_shown(found))
    return Measured(scale * found["value"], low, high)


def _said(found: Measured | None, unit: str) -> str:
    if found is None:
        return "not measured"
    low, high = ("no bound" if end is None else f"{end:.3g}" for end in found[1:])
    return f"{found.value:.3g} {unit} ({low} to {high})"


def _told(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _columns(document: Document, x: str) -> Iterator[tuple[str, list[Point]]]:
    """The combinations of what is not on the axis: how each is called, and its points."""
    found: dict[str, list[Point]] = {}
    for point in document["points"]:
        others = [(f, value) for f, value in point["settings"].items() if f != x]
        name = "\n".join(f"{field} = {_told(value)}" for field, value in others)
        found.setdefault(name, []).append(point)
    yield from found.items()


def _panels(document: Document, rows: int, columns: int) -> tuple[Figure, list[list[Axes]]]:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(2.2 + 3.6 * columns, 1.4 + 2.3 * rows), layout="constrained")
    FigureCanvasAgg(figure)
    many = f"{counted(document['replications'], 'replication')} at each point; 95 % intervals"
    figure.suptitle(f"{document['scenario']}\n{many}", fontsize=10, parse_math=False)
    panels = figure.subplots(rows, columns, sharex=True, sharey="row", squeeze=False)
    for axes in panels.flat:
        axes.grid(color=PALE, linewidth=0.5, alpha=0.6)
        axes.set_axisbelow(True)
        axes.tick_params(labelsize=8)
        axes.spines[["top", "right"]].set_visible(False)
    return figure, [list(row) for row in panels]


def _place(point: Point, x: str) -> Any:
    """Where a point stands on the axis of a field, or of the strategies."""
    return point["settings"].get(x, point["strategy"])


def _numeric(points: Sequence[Point], x: str) -> bool:
    places = (_place(point, x) for point in points)
    return all(isinstance(each, int | float) and not isinstance(each, bool) for each in places)


def _draw(axes: Axes, x: str, measure: str, points: Sequence[Point]) -> None:
    """The curves of one panel."""
    numeric = _numeric(points, x)
    values = {_told(_place(point, x)): _place(point, x) for point in points}
    places = dict(zip(values, values.values() if numeric else range(len(values)), strict=True))
    _x_axis(axes, places, numeric=numeric)
    series: dict[str, list[tuple[float, Measured]]] = {}
    for point in points:
        curve = series.setdefault("" if x == "strategy" else point["strategy"], [])
        if (found := measured(point, measure)) is not None:
            curve.append((places[_told(_place(point, x))], found))
    apart = min(APART, SPREAD / max(1, len(series) - 1))
    for number, (name, found_there) in enumerate(series.items()):
        aside = apart * (number - (len(series) - 1) / 2)
        _curve(axes, found_there, aside, label=name, **_look(number, joined=numeric))


def _x_axis(axes: Axes, places: Mapping[str, float], *, numeric: bool) -> None:
    """Logarithmic over a wide range; a tick at each value while there is room."""
    at = list(places.values())
    low, high = min(at), max(at)
    if numeric and low > 0 and high >= WIDE_RANGE * low:
        axes.set_xscale("log")
        axes.minorticks_off()
        room = (high / low) ** MARGIN
        axes.set_xlim(low / room, high * room)
    else:
        room = MARGIN * (high - low) if numeric and high > low else 0.5
        axes.set_xlim(low - room, high + room)
    if not numeric or len(at) <= MOST_TICKS:
        axes.set_xticks(at, list(places), parse_math=False)
        axes.tick_params(axis="x", rotation=0 if max(map(len, places)) <= LONGEST else 20)


def _y_axis(axes: Axes, measure: str, points: Sequence[Point]) -> None:
    """From a little below nothing to a little above the highest bound of a row of panels."""
    found = [each for point in points if (each := measured(point, measure))]
    top = max([1e-9, *(max(each.value, each.high or 0.0) for each in found)])
    axes.set_ylim(-0.04 * top, 1.06 * top)


def _look(number: int, *, joined: bool) -> dict[str, Any]:
    return {
        "color": COLOURS[number % len(COLOURS)],
        "marker": MARKERS[number % len(MARKERS)],
        "linestyle": DASHES[number % len(DASHES)] if joined else "",
    }


def _curve(axes: Axes, found: Sequence[tuple[float, Measured]], aside: float, **look: Any) -> None:
    """One strategy's values with whiskers, moved aside by so many points."""
    from matplotlib.transforms import ScaledTranslation

    below = [each.value - (each.value if each.low is None else each.low) for _, each in found]
    above = [(each.value if each.high is None else each.high) - each.value for _, each in found]
    axes.errorbar(
        [place for place, _ in found],
        [each.value for _, each in found],
        yerr=[[max(0.0, end) for end in below], [max(0.0, end) for end in above]],
        markersize=5,
        linewidth=1.4,
        elinewidth=1.0,
        capsize=2.5,
        transform=axes.transData + ScaledTranslation(aside / 72, 0, axes.figure.dpi_scale_trans),
        **look,
    )


def _legend(figure: Figure, axes: Axes, x: str) -> None:
    """As many names in a row as there is room for; of more than two rows each makes some."""
    if x == "strategy":
        return
    handles = axes.containers  # matplotlib itself passes over names that begin with _
    labels = [str(each.get_label()) for each in handles]
    look: dict[str, Any] = {"frameon": False, "fontsize": 8.5, "loc": "outside lower center"}
    for columns in range(min(4, len(labels)), 0, -1):
        legend = figure.legend(handles=handles, labels=labels, ncols=columns, **look)
        if columns == 1 or legend.get_window_extent().width <= figure.bbox.width:
            break
        legend.remove()
    rows = ceil(len(labels) / columns)
    figure.set_figheight(figure.get_figheight() + LEGEND_ROW_IN * max(0, rows - 2))


def _with_unit(field: str) -> str:
    """A field as the label of an axis; a number without a unit is a count or a share."""
    found = [unit for end, unit in UNITS.items() if field.endswith(end)]
    return f"{field}, {max(found, key=len)}" if found else field
