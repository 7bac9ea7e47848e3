"""Checks: what a theory says a simulation must show, and an experiment that shows several at once.

Rule: an experiment has a name, so a seed; what it measures it measures in worlds of this project,
and the theories that it is held against know nothing of them. All checks together deny true
theories with probability below `FAMILYWISE` (Bonferroni). An experiment's n is such that an error
of 10 % in its theory would be noticed with probability 0.99, where its file does not say otherwise.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import blake2b
from math import ceil
from statistics import NormalDist
from typing import Any, NamedTuple

from sim.statistics import Estimate
from sim.validation.evidence import Evidence

FAMILYWISE = 0.001
#: At most so many checks: the level of each follows.
MOST_CHECKS = 250
LEVEL = FAMILYWISE / MOST_CHECKS
#: Normal quantiles of the level and of the power, with a margin for the exact test's discreteness.
Z = NormalDist().inv_cdf(1 - LEVEL / 2) + NormalDist().inv_cdf(0.99) + 0.2


class Expected(NamedTuple):
    """What a check is held against: the theory's value, and a paper's where one has published it.

    `unit` is "", "ms" or another unit of the value; `about` says what it is, in a few words.
    """

    theory: float
    about: str
    unit: str = ""
    paper: float | None = None


@dataclass(frozen=True)
class Experiment:
    """A simulation of n trials and the checks that are made of it, by name."""

    name: str
    expect: Callable[[], Mapping[str, Expected]]  #: called when it is carried out: some take long
    n: int
    measure: Callable[[int, int], Mapping[str, Evidence]]  #: n, seed → check → evidence

    def run(self, share: float = 1.0) -> list[Check]:
        """Carry it out, with a share of its n."""
        with rarely_collected():
            found = self.measure(max(LEAST, round(self.n * share)), seed_of(self.name))
        return [
            Check(self.name, name, expected, *judge(found[name], expected.theory))
            for name, expected in self.expect().items()
        ]


@contextmanager
def rarely_collected() -> Iterator[None]:
    """Garbage is looked for a hundred times less often, which saves a quarter of the time.

    The objects of a run live until its end, and most of the others die without being looked for.
    """
    before = gc.get_threshold()
    gc.set_threshold(100 * before[0], *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


#: No experiment is worth less than so many trials.
LEAST = 500


class Check(NamedTuple):
    """Theory and simulation side by side."""

    experiment: str
    of: str  #: which of its checks
    expected: Expected
    simulated: Estimate
    holds: bool | None

    @property
    def name(self) -> str:
        """What it is called where there is one name for it."""
        return f"{self.experiment}.{self.of}"

    def to_json(self) -> dict[str, Any]:
        """The keys of DESIGN 6, and what the value is, its unit and its n."""
        return {
            "name": self.name,
            "theory": self.expected.theory,
            "paper": self.expected.paper,
            "simulated": self.simulated.value,
            "interval": [self.simulated.low, self.simulated.high],
            "holds": self.holds,
            "n": self.simulated.n,
            "unit": self.expected.unit,
            "about": self.expected.about,
        }


def judge(evidence: Evidence, theory: float) -> tuple[Estimate, bool | None]:
    """The estimate, and whether the theory holds: unknown when there is none and nothing denied."""
    estimate = evidence.estimate()
    if not evidence.allows(theory, LEVEL):
        return estimate, False
    return estimate, True if estimate.value is not None else None


def samples(p: float) -> int:
    """How many trials notice a rate of 1.1 p or 0.9 p, in place of p, with probability 0.99."""
    return ceil(Z**2 * (1 - p * 0.9) / (p * 0.01))


def seed_of(name: str) -> int:
    """The seed that belongs to an experiment, and is never another to make a check hold."""
    return int.from_bytes(blake2b(name.encode(), digest_size=6).digest(), "big")
