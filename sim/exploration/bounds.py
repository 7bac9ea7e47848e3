"""Bounds: how much of what could happen an exploration looks at; printed with its answer."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bounds:
    """`intentions` begin; at most `faults` messages are lost or doubled.

    Each fault of the scenario strikes at most once, at any moment, and clocks move at most
    `landmarks` times, each time to an instant at which something expires. A run is cut off after `steps`;
    `deviations` (None: as many as there are) limits how far it departs from the undisturbed run,
    and `schedules` how many runs there are in all.
    """

    intentions: int = 1
    faults: int = 1
    landmarks: int = 1
    deviations: int | None = None
    steps: int = 200
    schedules: int = 100_000

    def __str__(self) -> str:
        parts = [f"intentions {self.intentions}", f"faults {self.faults}"]
        parts += [f"landmarks {self.landmarks}", f"steps {self.steps}"]
        if self.deviations is not None:
            parts.append(f"deviations {self.deviations}")
        return ", ".join(parts)
