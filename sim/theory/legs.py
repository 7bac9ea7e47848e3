"""Legs: the laws of one way of a message, and means over them by Gauss and Legendre's rule.

Rule: a mean over a leg is taken in z, where the leg exceeds its value with probability e^−z, panel
by panel: what is averaged may have corners only where it was said to, at the ends of panels.
All durations in ms.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

#: Points of a panel; where panels end besides at corners, so far out as a survival of e⁻⁴².
POINTS = 8
PANELS = (0.0, 1.0, 4.0, 14.0, 42.0)


class Pareto(NamedTuple):
    """At least `least_ms`; survival (least / x)^alpha."""

    least_ms: float
    alpha: float

    def at(self, z: Floats) -> Floats:
        """The duration that is exceeded with probability e^−z."""
        import numpy as np

        return self.least_ms * np.exp(z / self.alpha)

    def depth(self, x: Floats) -> Floats:
        """The z of a duration: −log of the probability of more."""
        import numpy as np

        return self.alpha * np.log(np.maximum(x, self.least_ms) / self.least_ms)

    def density(self, x: Floats) -> Floats:
        """Probability per ms at x."""
        import numpy as np

        tail = self.alpha / np.maximum(x, self.least_ms) * np.exp(-self.depth(x))
        return np.where(x < self.least_ms, 0.0, tail)


class Exponential(NamedTuple):
    """Memoryless, with a rate for each ms."""

    rate_per_ms: float

    @property
    def least_ms(self) -> float:
        """It may be as short as you like."""
        return 0.0

    def at(self, z: Floats) -> Floats:
        """The duration that is exceeded with probability e^−z."""
        return z / self.rate_per_ms

    def depth(self, x: Floats) -> Floats:
        """The z of a duration: −log of the probability of more."""
        import numpy as np

        return self.rate_per_ms * np.maximum(x, 0.0)

    def density(self, x: Floats) -> Floats:
        """Probability per ms at x."""
        import numpy as np

        return np.where(x < 0, 0.0, self.rate_per_ms * np.exp(-self.depth(x)))


class Leg(NamedTuple):
    """One of the four ways of a message: a mixture; weight → component."""

    parts: tuple[tuple[float, Pareto | Exponential], ...]

    @property
    def corners(self) -> tuple[float, ...]:
        """Where the density is not smooth, and where it has fallen by a lot."""
        import numpy as np

        early = np.array(PANELS[:3])
        return tuple(sorted({float(x) for _, part in self.parts for x in part.at(early)}))

    def beyond(self, x: Floats) -> Floats:
        """Probability of more than x."""
        import numpy as np

        return np.asarray(sum(weight * np.exp(-part.depth(x)) for weight, part in self.parts))

    def density(self, x: Floats) -> Floats:
        """Probability per ms at x."""
        import numpy as np

        return np.asarray(sum(weight * part.density(x) for weight, part in self.parts))

    def points(self, corners: Sequence[Floats]) -> tuple[Floats, Floats]:
        """Values and weights for means over this leg, a row for each row of the corners' places.

        The sum of weight times f(value) is the mean of f, if f has corners there only.
        """
        import numpy as np

        values, weights = [], []
        for weight, part in self.parts:
            ends = [np.broadcast_to(each, corners[0].shape) for each in PANELS]
            ends += [np.clip(part.depth(each), 0.0, PANELS[-1]) for each in corners]
            z, dz = panels(np.sort(np.stack(ends, axis=-1), axis=-1))
            values.append(part.at(z))
            weights.append(weight * np.exp(-z) * dz)
        return np.concatenate(values, axis=-1), np.concatenate(weights, axis=-1)


def sum_of(first: Leg, second: Leg, what: Callable[[Leg, Floats], Floats], x: Floats) -> Floats:
    """Survival (`Leg.beyond`) or density (`Leg.density`) of the sum of two legs at each x.

    It is the more exact the narrower the first one is.
    """
    import numpy as np

    corners = [x - corner for corner in second.corners]
    values, weights = first.points(corners)
    return np.asarray(np.sum(weights * what(second, x[..., None] - values), axis=-1))


def panels(ends: Floats) -> tuple[Floats, Floats]:
    """Points and weights of the panels between ascending ends (along the last axis)."""
    import numpy as np

    at, weight = _rule()
    low, width = ends[..., :-1, None], np.diff(ends)[..., None]
    shape = (*ends.shape[:-1], -1)
    return (low + width * at).reshape(shape), (width * weight).reshape(shape)


@cache
def _rule() -> tuple[Floats, Floats]:
    import numpy as np

    at, weight = np.polynomial.legendre.leggauss(POINTS)
    return (at + 1) / 2, weight / 2
