"""WARS drawn directly, in bulk: the words of the model, and neither a world nor a formula.

Rule: it shares no line with `sim.theory` but the laws of the legs, and none with the world. What
takes a world weeks, such as a 99.9th percentile to 1 %, takes it seconds.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from sim.choices import in_bulk
from sim.theory.legs import Leg, Pareto
from sim.theory.pbs import Wars

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Counts = NDArray[np.int64]

#: Durations are counted on a fixed ladder: 10^(k / 4000) ms, so in steps of 0.06 %.
RUNGS_PER_DECADE, FIRST_DECADE, DECADES = 4000, -3, 9
#: Trials that are drawn at a time.
CHUNK = 400_000


class Sizes(NamedTuple):
    """How many answers a look takes and how many acknowledgements a write."""

    reads: int
    writes: int


class Drawn(NamedTuple):
    """How many of n trials took longer than each rung: a look, a write, and until it was seen."""

    looks: Counts
    writes: Counts
    unseen: Counts
    stale_at_once: int


def rungs() -> Floats:
    """The ladder, in ms."""
    import numpy as np

    return 10.0 ** (FIRST_DECADE + np.arange(DECADES * RUNGS_PER_DECADE + 1) / RUNGS_PER_DECADE)


def draw(wars: Wars, members: int, lines: list[Sizes], n: int, seed: int) -> dict[Sizes, Drawn]:
    """n trials, each looked at with all these sizes."""
    import numpy as np

    random = in_bulk(seed)
    zero = np.zeros(DECADES * RUNGS_PER_DECADE + 1, np.int64)
    found = {sizes: Drawn(zero, zero, zero, 0) for sizes in lines}
    for size in _chunks(n):
        write, ack, read, response = (sample(random, leg, size, members) for leg in wars)
        written, looked = np.sort(write + ack, axis=0), read + response
        order = np.argsort(looked, axis=0)
        looked = np.take_along_axis(looked, order, axis=0)
        needs = np.minimum.accumulate(np.take_along_axis(write - read, order, axis=0), axis=0)
        for sizes, before in found.items():
            done = written[sizes.writes - 1]
            late = needs[sizes.reads - 1] - done
            new = looked[sizes.reads - 1], done, late
            looks, writes, unseen = (
                each + longer_than(x) for each, x in zip(before[:3], new, strict=True)
            )
            at_once = before.stale_at_once + int(np.count_nonzero(late > 0))
            found[sizes] = Drawn(looks, writes, unseen, at_once)
    return found


def sample(random: np.random.Generator, leg: Leg, size: int, members: int) -> Floats:
    """Durations of a leg, a row for each member: for each the component is picked, then drawn."""
    import numpy as np

    which, left = random.random((members, size)), 1 - random.random((members, size))
    drawn = np.empty((members, size))
    bound = 0.0
    for weight, part in leg.parts:
        here = (which >= bound) & (which < bound + weight)
        bound += weight
        if isinstance(part, Pareto):
            drawn[here] = part.least_ms * left[here] ** (-1 / part.alpha)
        else:
            drawn[here] = -np.log(left[here]) / part.rate_per_ms
    return drawn


def longer_than(x: Floats) -> Counts:
    """How many values are beyond each rung."""
    import numpy as np

    above = np.log10(np.maximum(x, 1e-300)) - FIRST_DECADE
    place = np.clip(np.ceil(above * RUNGS_PER_DECADE), 0, DECADES * RUNGS_PER_DECADE + 1)
    counts = np.bincount(place.astype(np.int64), minlength=DECADES * RUNGS_PER_DECADE + 2)
    return np.asarray(counts[::-1].cumsum()[::-1][1:])


def _chunks(n: int) -> Iterator[int]:
    while n > 0:
        yield min(n, CHUNK)
        n -= CHUNK
