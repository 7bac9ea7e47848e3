"""Probabilistically bounded staleness by WARS: exact numbers by quadrature, no draw anywhere.

The model (Bailis and others, VLDB 2012, 5.1; N members, all alike). A write reaches a member after
W and its acknowledgement returns after A; it is complete when `writes` members have acknowledged. A
look, begun t ms later, reaches a member after R and its answer returns after S; it takes the first
`reads` answers. It is stale when at none of these the write had arrived before the look. Nothing is
repaired. For a strategy that looks first and then writes, P(stale at t) is the probability that a
second presentation t ms after the acknowledged first use is accepted too.

For one set of responders: W_j > c + R_j + t at each of them, where c is when the write completes.
Since then also W_j + A_j > c, they are among the members that had not acknowledged by then, and
P(stale at t) is the integral over c of two factors that are independent of each other: one for
the writing side, `_completed`, and one for the reading side, `_unseen`. All durations in ms.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property
from math import comb
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

#: Instants at which functions of time are known: 0 and a geometric ladder from 1 µs to 1000 s.
INSTANTS = 1600
SHORTEST_MS, LONGEST_MS = 1e-3, 1e6
#: Points for each component of a leg, and as far out as a survival of e⁻⁴⁰.
POINTS, FARTHEST = 500, 40.0


class Pareto(NamedTuple):
    """At least `least_ms`; survival (least / x)^alpha."""

    least_ms: float
    alpha: float

    def at(self, z: Floats) -> Floats:
        """The duration that is exceeded with probability e^−z."""
        import numpy as np

        return self.least_ms * np.exp(z / self.alpha)

    def beyond(self, x: Floats) -> Floats:
        """Probability of more than x."""
        import numpy as np

        return (np.maximum(x, self.least_ms) / self.least_ms) ** -self.alpha


class Exponential(NamedTuple):
    """Memoryless, with a rate for each ms."""

    rate_per_ms: float

    def at(self, z: Floats) -> Floats:
        """The duration that is exceeded with probability e^−z."""
        return z / self.rate_per_ms

    def beyond(self, x: Floats) -> Floats:
        """Probability of more than x."""
        import numpy as np

        return np.exp(-self.rate_per_ms * np.maximum(x, 0.0))


class Leg(NamedTuple):
    """One of the four ways of a message: a mixture; weight → component."""

    parts: tuple[tuple[float, Pareto | Exponential], ...]

    def beyond(self, x: Floats) -> Floats:
        """Probability of more than x."""
        import numpy as np

        return np.asarray(sum(weight * part.beyond(x) for weight, part in self.parts))

    def points(self) -> tuple[Floats, Floats]:
        """Durations and their weights, dense where the leg is likely and far into its tail."""
        import numpy as np

        z = FARTHEST * np.linspace(0, 1, POINTS + 1) ** 2
        mass, middle = -np.diff(np.exp(-z)), (z[1:] + z[:-1]) / 2
        values = [part.at(middle) for _, part in self.parts]
        return np.concatenate(values), np.concatenate([w * mass for w, _ in self.parts])


class Wars(NamedTuple):
    """What the four legs of a store's calls are like: to write, acknowledge, read, respond."""

    write: Leg
    ack: Leg
    read: Leg
    response: Leg


@dataclass(frozen=True)
class Quorum:
    """A store of `members` under WARS of which writes await `writes`, looks `reads` answers."""

    wars: Wars
    members: int
    reads: int
    writes: int

    def read_latency(self, q: float) -> float:
        """Quantile of how long a look takes."""
        return self._quantile(self._look_done, self.reads, q)

    def write_latency(self, q: float) -> float:
        """Quantile of how long a write takes."""
        return self._quantile(self._write_done, self.writes, q)

    def stale(self, t_ms: float) -> float:
        """Probability that a look begun so long after the write completed does not see it."""
        import numpy as np

        if self.reads + self.writes > self.members:
            return 0.0
        unseen = np.interp(self._middle + t_ms, _instants(), self._unseen_later)
        return float(np.sum(self._completed * unseen))

    def consistent(self, t_ms: float) -> float:
        """Probability that such a look sees the write."""
        return 1 - self.stale(t_ms)

    def visibility(self, q: float) -> float:
        """t-visibility: the least t at which looks are consistent with probability q."""
        from scipy.optimize import brentq

        if self.consistent(0.0) >= q:
            return 0.0
        return float(brentq(lambda t: self.consistent(t) - q, 0.0, LONGEST_MS))

    def accepted_again(self, gap_ms: float) -> float:
        """Probability that a second presentation is accepted, so long after the first began.

        Both look and then write, as `strategies.quorum` does, so the first one's record leaves when
        its look is over; how many acknowledgements it then awaits does not matter. This also holds
        where R + W > N. Left out: that the first one's look meets the second one's record, which
        takes a gap shorter than a look.
        """
        import numpy as np

        looked = np.diff(self._ordered(self._look_done, self.reads))
        return float(np.sum(looked * self._unseen(gap_ms - self._middle)))

    def _quantile(self, done: Floats, needed: int, q: float) -> float:
        import numpy as np

        return float(np.interp(q, self._ordered(done, needed), _instants()))

    def _ordered(self, done: Floats, needed: int) -> Floats:
        """P(so many members are done) at each instant, from P(one is)."""
        import numpy as np
        from scipy.stats import binom

        return np.asarray(binom.sf(needed - 1, self.members, done))

    @cached_property
    def _write_done(self) -> Floats:
        """P(W + A ≤ x) at each instant."""
        return _sum_below(self.wars.write, self.wars.ack)

    @cached_property
    def _look_done(self) -> Floats:
        """P(R + S ≤ x) at each instant."""
        return _sum_below(self.wars.read, self.wars.response)

    @cached_property
    def _middle(self) -> Floats:
        return _between(_instants())

    @cached_property
    def _completed(self) -> Floats:
        """P(the write completes in a step, while given `reads` members have not acknowledged).

        One of the others acknowledges in that step, `writes` − 1 of them did before.
        """
        import numpy as np

        others, before = self.members - self.reads, _between(self._write_done)
        ways = self.writes * comb(others, self.writes)
        rest = before ** (self.writes - 1) * (1 - before) ** (others - self.writes)
        return ways * rest * np.diff(self._write_done)

    @cached_property
    def _unseen_later(self) -> Floats:
        return self._unseen(_instants())

    def _unseen(self, y: Floats) -> Floats:
        """At each y: P(W > y + R at all of the first `reads` members to respond).

        By the instant m at which the last of these responds: until then they have, and the others
        have not. `together[y, m]` is P(W > y + R and R + S ≤ m) for one member.
        """
        import numpy as np

        r, weights = self.wars.read.points()
        late = self.wars.write.beyond(y[:, None] + r) * weights
        together = late @ (1 - self.wars.response.beyond(_instants() - r[:, None]))
        last = np.diff(together**self.reads, axis=1)
        others_not = (1 - _between(self._look_done)) ** (self.members - self.reads)
        return comb(self.members, self.reads) * last @ others_not


@cache
def _instants() -> Floats:
    import numpy as np

    return np.concatenate(([0.0], np.geomspace(SHORTEST_MS, LONGEST_MS, INSTANTS)))


def _between(values: Floats) -> Floats:
    """The middle of each step."""
    return (values[1:] + values[:-1]) / 2


def _sum_below(first: Leg, second: Leg) -> Floats:
    """P(first + second ≤ x) at each instant."""
    values, weights = second.points()
    return weights @ (1 - first.beyond(_instants() - values[:, None]))
