"""Probabilistically bounded staleness by WARS: by quadrature, no draw anywhere.

The model (Bailis and others, VLDB 2012, 5.1; N members, all alike). A write reaches a member after
W and its acknowledgement returns after A; it is complete when `writes` members have acknowledged. A
look, begun t ms later, reaches a member after R and its answer returns after S; it takes the first
`reads` answers. It is stale when at none of these the write had arrived before the look. Nothing is
repaired. For a strategy that looks first and then writes, P(stale at t) is the probability that a
second presentation t ms after the acknowledged first use is accepted too.

For one set of responders: W_j > c + R_j + t at each of them, where c is when the write completes.
Since then also W_j + A_j > c, they are among the members that had not acknowledged by then, and
P(stale at t) is the integral over c of two factors that are independent of each other: one for
the writing side, `_completed`, and one for the reading side, `unseen`. All durations in ms.

Every figure is right to 1e-4 of itself (`RELATIVE_ERROR`), which tests hold against closed forms
and against another way to integrate; what is below 1e-12 is not worth that.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, lru_cache
from math import comb
from typing import TYPE_CHECKING, NamedTuple

from sim.theory.legs import Exponential, Leg, Pareto, panels, sum_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["RELATIVE_ERROR", "Exponential", "Leg", "Pareto", "Quorum", "Wars"]

RELATIVE_ERROR = 1e-4
#: Durations are looked at from 0 to the longest, in panels that grow by a factor.
SHORTEST_MS, LONGEST_MS, GROWTH = 1e-2, 1e6, 1.7
#: Between this many instants the reading side is interpolated.
KNOTS = 320
#: Less than this at a point is nothing.
NEGLIGIBLE = 1e-12


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
        return self._quantile(self.wars.read, self.wars.response, self.reads, q)

    def write_latency(self, q: float) -> float:
        """Quantile of how long a write takes."""
        return self._quantile(self.wars.write, self.wars.ack, self.writes, q)

    def stale(self, t_ms: float) -> float:
        """Probability that a look begun so long after the write completed does not see it."""
        import numpy as np

        if self.reads + self.writes > self.members:
            return 0.0
        at, mass = _completed(self.wars, self.members, self.reads, self.writes)
        unseen = _unseen_later(self.wars, self.members, self.reads)
        return float(np.sum(mass * unseen(at + t_ms)))

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

        at, mass = _looked(self.wars, self.members, self.reads)
        likely = mass > NEGLIGIBLE
        y = (gap_ms - at[likely]).tolist()
        unseen = [_unseen(self.wars, self.members, self.reads, each) for each in y]
        return float(np.sum(mass[likely] * unseen))

    def _quantile(self, there: Leg, back: Leg, needed: int, q: float) -> float:
        import numpy as np
        from scipy.optimize import brentq
        from scipy.stats import binom

        def too_much(x: float) -> float:
            beyond = sum_of(back, there, Leg.beyond, np.array(x))
            return float(binom.cdf(needed - 1, self.members, 1 - beyond)) - (1 - q)

        return float(brentq(too_much, 0.0, LONGEST_MS))


def _ladder(*corners: float) -> Floats:
    """Where panels over all durations end: at 0, at the corners, and on a geometric ladder."""
    import numpy as np

    steps = int(np.log(LONGEST_MS / SHORTEST_MS) / np.log(GROWTH)) + 1
    rungs = SHORTEST_MS * GROWTH ** np.arange(steps + 1)
    return np.unique(np.concatenate(([0.0], corners, rungs)))


def _law(first: Leg, second: Leg) -> tuple[Floats, Floats, Floats]:
    """Instants, survival of the sum of two legs there, and how much of it happens at each."""
    sums = {a + b for a in (0.0, *first.corners) for b in (0.0, *second.corners)}
    at, width = panels(_ladder(*sums))
    beyond, density = (sum_of(second, first, each, at) for each in (Leg.beyond, Leg.density))
    return at, beyond, width * density


@cache
def _completed(wars: Wars, members: int, reads: int, writes: int) -> tuple[Floats, Floats]:
    """When the write completes, and P(it does so then, and `reads` given ones have not).

    One of the others acknowledges then, `writes` − 1 of them did before.
    """
    others = members - reads
    at, beyond, mass = _law(wars.write, wars.ack)
    ways = writes * comb(others, writes)
    return at, ways * (1 - beyond) ** (writes - 1) * beyond ** (others - writes) * mass


@cache
def _looked(wars: Wars, members: int, reads: int) -> tuple[Floats, Floats]:
    """When a look is over, and P(it is then)."""
    at, beyond, mass = _law(wars.read, wars.response)
    ways = reads * comb(members, reads)
    return at, ways * (1 - beyond) ** (reads - 1) * beyond ** (members - reads) * mass


def _unseen(wars: Wars, members: int, reads: int, y: float) -> float:
    """P(W > y + R at all of the first `reads` members to respond).

    By the instant at which the first of the others responds: by then these have.
    """
    import numpy as np

    together = _together(wars, y)
    others, (_, beyond, mass) = members - reads, _law_of_look(wars)
    if not others:
        return float(together[-1] ** reads)
    first_other = others * beyond ** (others - 1) * mass
    return float(comb(members, reads) * np.sum(together[:-1] ** reads * first_other))


@cache
def _law_of_look(wars: Wars) -> tuple[Floats, Floats, Floats]:
    return _law(wars.read, wars.response)


@cache
def _together(wars: Wars, y: float) -> Floats:
    """P(W > y + R and R + S ≤ m) for one member, at each instant m of a look and last at any m."""
    import numpy as np

    late = [corner - y for corner in wars.write.corners if corner > y]
    values, weights = _reads(wars, tuple(late))
    return np.asarray(np.sum(weights * wars.write.beyond(y + values), axis=-1))


@lru_cache(maxsize=1)
def _reads(wars: Wars, corners: tuple[float, ...]) -> tuple[Floats, Floats]:
    """Values of R, and their weights with P(R + S ≤ m): a row for each instant m of a look."""
    import numpy as np

    m = np.append(_law_of_look(wars)[0], np.inf)
    places = [m - corner for corner in wars.response.corners]
    values, weights = wars.read.points([*places, *(np.full_like(m, each) for each in corners)])
    return values, weights * (1 - wars.response.beyond(m[:, None] - values))


@cache
def _unseen_later(wars: Wars, members: int, reads: int) -> Callable[[Floats], Floats]:
    """The reading side at any y from 0, between knots that stand closer together early."""
    import numpy as np
    from scipy.interpolate import CubicSpline

    y = np.append(0.0, np.geomspace(SHORTEST_MS, 2 * LONGEST_MS, KNOTS))
    known = [_unseen(wars, members, reads, each) for each in y]
    logarithm = CubicSpline(np.log(y + SHORTEST_MS), np.log(np.maximum(known, 1e-300)))

    def unseen(later: Floats) -> Floats:
        return np.asarray(np.exp(logarithm(np.log(later + SHORTEST_MS))))

    return unseen
