"""Bounds: how much of what could happen an exploration looks at; printed with its answer."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Bounds:
    """`intentions` begin; at most `faults` messages are lost or doubled.

    Whether a thief finds what it looks for does not count among `faults`. Each fault of the
    scenario strikes at most once, at any moment, and clocks move at most `landmarks` times, each
    time to an instant at which something expires. A run is cut off after `steps`; `schedules`
    limits how many runs there are in all.
    """

    intentions: int = 1
    faults: int = 1
    landmarks: int = 1
    steps: int = 200
    schedules: int = 100_000

    def __str__(self) -> str:
        shown = ("intentions", "faults", "landmarks", "steps")
        return ", ".join(f"{name} {getattr(self, name)}" for name in shown)

    def to_json(self) -> dict[str, Any]:
        """Name → number."""
        return asdict(self)


USUAL_BOUNDS = Bounds()
