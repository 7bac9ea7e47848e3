"""Numbers as a notebook says them: rounded, with their interval, and beside what was predicted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sim.statistics import ends_shown

NO_CASE = "no case"


def percent(measure: Mapping[str, Any]) -> str:
    """A rate of `metrics` with its 95 % interval: "12.5 % (9.1 to 16.9)"."""
    if measure["value"] is None:
        return NO_CASE
    low, high = _ends(measure)
    return f"{100 * measure['value']:.1f} % ({100 * low:.1f} to {100 * high:.1f})"


def milliseconds(measure: Mapping[str, Any]) -> str:
    """A quantile of `metrics`: "158.7 ms"."""
    return NO_CASE if measure["value"] is None else f"{measure['value']:.1f} ms"


def judge(predicted: float, measure: Mapping[str, Any]) -> str:
    """What a run says to a predicted rate (0 to 1): inside its interval, below it or above."""
    if not 0 <= predicted <= 1:  # which NaN is not either
        return f"predicted {predicted}: expected is a share from 0 to 1, such as 0.125 for 12.5 %"
    low, high = _ends(measure)
    place = "below" if predicted < low else "above" if predicted > high else "inside"
    return f"predicted {100 * predicted:.1f} %, found {percent(measure)}: {place} the interval"


def _ends(measure: Mapping[str, Any]) -> tuple[float, float]:
    low, high = ends_shown(measure)
    return 0.0 if low is None else low, 1.0 if high is None else high


def told(names: Sequence[str]) -> str:
    """Names one after the other: "email, webdav and voip", "" for none."""
    *most, last = names or [""]
    return f"{', '.join(most)} and {last}" if most else last


def elsewhere(servers: Sequence[str]) -> str:
    """Where else something works: "at email and voip too", "nowhere else"."""
    return f"at {told(servers)} too" if servers else "nowhere else"
