"""Measures: a figure beside its peer's, what it should come to, and whether it does.

Rule: a figure and its peer are taken in turns, and of each the best counts: whatever else a machine
does can only add. So ratios say something where absolute figures do not.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from time import process_time
from typing import Any, NamedTuple

from sim.world.timed import rarely_collected

#: Gives the figure of one turn.
Turn = Callable[[], float]


class Effort(NamedTuple):
    """How much is measured: presentations in a turn, turns, and whether a million is run, too."""

    presentations: int = 2000
    turns: int = 10
    long: bool = False


class Reach(NamedTuple):
    """What a figure should come to: at most or at least so much."""

    bound: float
    at_least: bool = False

    def met_by(self, figure: float) -> bool:
        """Whether it does."""
        return figure >= self.bound if self.at_least else figure <= self.bound

    def __str__(self) -> str:
        return f"{'≥' if self.at_least else '≤'} {self.bound:g}"


@dataclass(frozen=True, slots=True)
class Measure:
    """A figure in `unit`, and that of the peer it is to be seen beside.

    `ratio`: of the two, the one that `reach` is about where there is a peer; else the figure itself
    is. `verdict`: "reached" or "missed", "" where nothing is to be reached. `note`: why there is no
    figure.
    """

    name: str
    value: float | None
    unit: str = "us"
    peer_name: str = ""
    peer: float | None = None
    ratio: float | None = None
    reach: str = ""
    verdict: str = ""
    note: str = ""

    @property
    def figures(self) -> tuple[str, str]:
        """The value and its peer's in words; "" for what there is none of."""
        return _in_words(self.value, self.unit), _in_words(self.peer, self.unit)

    def to_json(self) -> dict[str, Any]:
        """`{"name", "value", "unit", "peer", "ratio", "reach", "verdict"}` and the names."""
        return asdict(self)


def _in_words(value: float | None, unit: str) -> str:
    shown = {"us": "µs"}.get(unit, unit)
    return "" if value is None else f"{value:.{2 if value < 10 else 1}f} {shown}".rstrip()


def plain(name: str, value: float, unit: str = "us", reach: Reach | None = None) -> Measure:
    """A figure with no peer."""
    return _judged(Measure(name, value, unit), value, reach)


def beside(
    name: str,
    value: float,
    peer_name: str,
    peer: float,
    reach: Reach | None = None,
    unit: str = "us",
) -> Measure:
    """A figure over that of its peer; for a reach of at least so much, the peer's over it."""
    ratio = peer / value if reach is not None and reach.at_least else value / peer
    return _judged(Measure(name, value, unit, peer_name, peer, ratio), ratio, reach)


def missing(name: str, peer_name: str, note: str) -> Measure:
    """What could not be measured, and why."""
    return Measure(name, None, peer_name=peer_name, note=note)


def _judged(measure: Measure, figure: float, reach: Reach | None) -> Measure:
    if reach is None:
        return measure
    verdict = "reached" if reach.met_by(figure) else "missed"
    members = {name: getattr(measure, name) for name in Measure.__slots__}
    return Measure(**members | {"reach": str(reach), "verdict": verdict})


def best_in_turns(subjects: Mapping[str, Turn], turns: int) -> dict[str, float]:
    """The least figure of each subject, taken one after the other so many times."""
    rounds = [{name: turn() for name, turn in subjects.items()} for _ in range(turns)]
    return {name: min(each[name] for each in rounds) for name in subjects}


def timed_us(work: Callable[[], object]) -> float:
    """Microseconds of processor time, with garbage collected as rarely as in a run.

    What was there before is exempt.
    """
    gc.collect()
    gc.freeze()
    began = process_time()
    with rarely_collected():
        work()
    elapsed_us = (process_time() - began) * 1e6
    gc.unfreeze()
    return elapsed_us
