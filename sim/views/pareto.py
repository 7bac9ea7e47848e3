"""The Pareto picture: what each strategy lets through against what it takes, on one page.

Rule: the input is what `compare --json` writes. A strategy is on the front if no other is at least
as good in all three (double acceptance, added latency, availability) and better in one, as
measured; whether a difference is more than chance, the intervals say.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from sim.statistics import ends_shown, percent_below

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Strategies = Sequence[Mapping[str, Any]]

WHAT = "Double acceptance against added latency"
#: strategy → what the model gives it for nothing, so that its costs are not to be compared.
GRANTED = {"in_transaction": "the effect's database is taken to be one, near and never failing"}


class Measured(NamedTuple):
    """A value with its 95 % interval; an end is None where the sample has no bound."""

    value: float
    low: float | None
    high: float | None
    n: int


class Point(NamedTuple):
    """One strategy: shares in per cent, latency in milliseconds; `number` is its label."""

    number: int
    name: str
    twice: Measured
    added_ms: Measured
    served: Measured

    def beats(self, other: Point) -> bool:
        """At least as good in everything, and better in something."""
        mine, its = self._costs(), other._costs()
        return mine != its and all(a <= b for a, b in zip(mine, its, strict=True))

    def _costs(self) -> tuple[float, float, float]:
        return self.twice.value, self.added_ms.value, -self.served.value

    def cells(self) -> tuple[str, str, str]:
        """Its numbers as they are written; a share of which nothing was seen is no zero."""
        twice = self.twice.value
        none = f"< {percent_below(self.twice.n)}"
        return f"{twice:.2g}" if twice else none, *_short(self.added_ms.value, self.served.value)


def _short(added_ms: float, served: float) -> tuple[str, str]:
    return f"{added_ms:.0f}" if added_ms >= 99.5 else f"{added_ms:.2g}", f"{served:.1f}"


def points(strategies: Strategies) -> list[Point]:
    """The strategies for which all three were measured, numbered in their order."""
    found: list[Point] = []
    for strategy in strategies:
        metrics = strategy["metrics"]
        three = (
            _measured(metrics["double_accept_rate"], 100),
            _measured(metrics["added_latency_ms"]["mean"], 1),
            _measured(metrics["availability"], 100),
        )
        twice, added_ms, served = three
        if twice and added_ms and served:
            found.append(Point(len(found) + 1, strategy["name"], twice, added_ms, served))
    return found


def _measured(estimate: Mapping[str, Any], scale: float) -> Measured | None:
    if estimate["value"] is None:
        return None
    value, low, high = (
        None if x is None else scale * x for x in (estimate["value"], *ends_shown(estimate))
    )
    assert value is not None
    return Measured(value, low, high, estimate["n"])


def front(found: Sequence[Point]) -> list[Point]:
    """Those that no other beats, by added latency."""
    best = [point for point in found if not any(other.beats(point) for other in found)]
    return sorted(best, key=lambda point: (point.added_ms.value, point.twice.value))


def unmeasured(strategies: Strategies) -> list[str]:
    """The strategies that have no place in the picture."""
    there = {point.name for point in points(strategies)}
    return [strategy["name"] for strategy in strategies if strategy["name"] not in there]


def taken_for_granted(names: Iterable[str]) -> list[str]:
    """A sentence about each of these strategies to which the model is kinder than to others."""
    return [f"{name}: {GRANTED[name]}." for name in names if name in GRANTED]


def pareto_figure(strategies: Strategies, title: str = WHAT, runs: int = 1) -> Figure:
    """Bubbles with numbers, the front filled, and beside them what the numbers stand for."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    from sim.views.pareto_chart import chart, table

    found = points(strategies)
    best = front(found)
    figure = Figure(figsize=(12.0, max(5.6, 1.9 + 0.215 * len(found))))
    FigureCanvasAgg(figure)
    several = "1 run" if runs == 1 else f"{runs} runs each"
    lines = [
        *([] if title == WHAT else [WHAT]),
        f"{several}, all with the same delays, losses and thefts",
        "whiskers: 95 % intervals",
    ]
    if missing := unmeasured(strategies):
        lines.append(f"not measured: {', '.join(missing)}")
    said = "\n".join(["; ".join(lines), *_none_seen(found, runs)])
    chart(figure, found, best)
    table(figure, found, best)
    notes = " ".join(taken_for_granted(point.name for point in found))
    figure.text(0.06, 0.012, notes, fontsize=8, va="bottom", parse_math=False)
    top = 1 - 0.25 / figure.get_figheight()
    figure.text(0.06, top, title, fontsize=13, fontweight="bold", va="top", parse_math=False)
    figure.text(0.06, top - 0.27 / figure.get_figheight(), said, fontsize=9, va="top")
    return figure


def _none_seen(found: Sequence[Point], runs: int) -> list[str]:
    """What "< x" leaves open where the tokens are those of several runs."""
    if runs < 2 or all(point.twice.value for point in found):
        return []
    share = f"{percent_below(runs)} %"
    return [
        '"<": none seen, given the faults that these runs met; one that strikes fewer than '
        f"{share} of runs may have struck none"
    ]


def pareto_alt(strategies: Strategies, title: str = WHAT, runs: int = 1) -> str:
    """The picture in words."""
    found = points(strategies)
    told = [
        "{}: {} % accepted twice, {} ms added, {} % served".format(point.name, *point.cells())
        for point in found
    ]
    best = ", ".join(point.name for point in front(found))
    missing = unmeasured(strategies)
    left_out = f" Not measured: {', '.join(missing)}." if missing else ""
    notes = "".join(f" {note}" for note in taken_for_granted(point.name for point in found))
    named = "" if title == WHAT else f"{title}. "
    none = "".join(f" {each}." for each in _none_seen(found, runs))
    return (
        f"{named}{WHAT}, {runs} {'run' if runs == 1 else 'runs'}. {'; '.join(told)}. "
        f"On the front, that is, beaten by no other in all three: {best}.{none}{left_out}{notes}"
    )
