"""Clocks: what a node believes the time is.

Simulation time is an integer number of microseconds since the run began. A node's own clock is what
`oauth_model` sees: seconds since 1970 (a NumericDate, RFC 7519 2), off by an offset and drifting.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

#: Where simulation time 0 stands on a clock that is right: 2026-01-01T00:00:00Z.
EPOCH_S = 1_767_225_600
US_PER_S = 1_000_000
US_PER_MS = 1_000


@dataclass(frozen=True, slots=True)
class Clock:
    """A node's clock: ahead of simulation time by `offset_us`, and gaining `drift_ppm` µs per s."""

    offset_us: int = 0
    drift_ppm: float = 0.0

    def read_s(self, t_us: int) -> float:
        """Seconds since 1970 that the node reads at simulation time `t_us`."""
        return EPOCH_S + (t_us * (1 + self.drift_ppm / 1e6) + self.offset_us) / US_PER_S

    def jumped(self, by_us: int) -> Clock:
        """The clock after somebody set it ahead, or back where that is negative."""
        return replace(self, offset_us=self.offset_us + by_us)


def microseconds(duration_s: float) -> int:
    """A duration in seconds as whole microseconds of simulation time, to the nearest."""
    return round(duration_s * US_PER_S)
