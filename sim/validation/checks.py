"""Checks: what a theory says a simulation must show, and an experiment that shows several at once.

Rule: an experiment has a name, so a seed; what it measures it measures in worlds of this project,
and the theories that it is held against know nothing of them. All checks of a catalogue together
deny true theories with probability below `FAMILYWISE` (Bonferroni), however many trials they have.
An experiment's n is such that an error of 10 % in its theory would be noticed with probability
0.99, where its file does not say otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from math import ceil, sqrt
from statistics import NormalDist
from typing import Any, NamedTuple

from sim.statistics import Estimate
from sim.validation.evidence import Evidence
from sim.world.timed import rarely_collected

FAMILYWISE = 0.001
#: Sizes are planned for so many checks; the catalogue has no more, so its level is no stricter.
PLANNED_CHECKS = 400
LEVEL = FAMILYWISE / PLANNED_CHECKS
#: Normal quantiles of the level and of the power, with a margin for the exact test's discreteness.
Z = NormalDist().inv_cdf(1 - LEVEL / 2) + NormalDist().inv_cdf(0.99) + 0.2


class PaperWay(NamedTuple):
    """What a paper's own way of measuring shows if the theory is true: 5, 50 and 95 %."""

    how: str
    low: float
    median: float
    high: float


class Expected(NamedTuple):
    """What a check is held against: the theory's value, and a paper's where one has published it.

    `unit` is "", "ms" or another unit of the value; `about` says what it is, in a few words.
    `advised`: how far paper and theory may be apart, as a share of the theory's value or, where
    there is no unit, in itself. `remark`: what else to know of the paper's value.
    """

    theory: float
    about: str
    unit: str = ""
    paper: float | None = None
    paper_way: PaperWay | None = None
    advised: float | None = None
    remark: str = ""

    @property
    def paper_agrees(self) -> bool | None:
        """Whether the paper's value is where it is to be: as near as advised, else as its way says.

        None without a paper or anything to hold it against.
        """
        if self.paper is None:
            return None
        if self.advised is not None:
            unit = self.theory if self.unit else 1.0
            return abs(self.paper - self.theory) <= self.advised * unit
        way = self.paper_way
        return None if way is None else way.low <= self.paper <= way.high

    @property
    def note(self) -> str:
        """Why the paper's value is not where it is to be; "" where it is."""
        if self.paper_agrees is not False:
            return ""
        way, said = self.paper_way, f"the paper's {self.paper:g} is not met"
        if self.advised is not None:
            said += f" to {100 * self.advised:g} {'%' if self.unit else 'points'}"
        if way is not None:
            said += f"; its way ({way.how}) shows {way.low:.4g} to {way.high:.4g} in 9 of 10 cases"
        return f"{said}; {self.remark}" if self.remark else said


@dataclass(frozen=True)
class Experiment:
    """A simulation of n trials and the checks that are made of it, by name."""

    name: str
    expect: Callable[[], Mapping[str, Expected]]  #: called when it is carried out: some take long
    n: int
    measure: Callable[[int, int], Mapping[str, Evidence]]  #: n, seed → check → evidence
    least: int = 500  #: it is not worth anything with fewer trials
    names: tuple[str, ...] = ()  #: of its checks, where what is expected takes long to say

    @property
    def checks(self) -> tuple[str, ...]:
        """The names of its checks."""
        return self.names or tuple(self.expect())

    def run(self, share: float = 1.0, level: float = LEVEL) -> list[Check]:
        """Carry it out, with a share of its n."""
        with rarely_collected():
            found = self.measure(max(self.least, round(self.n * share)), seed_of(self.name))
        return [
            Check(self.name, name, expected, *judge(found[name], expected.theory, level))
            for name, expected in self.expect().items()
        ]


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
            "paper_way": way._asdict() if (way := self.expected.paper_way) else None,
            "paper_agrees": self.expected.paper_agrees,
            "note": self.expected.note,
            "simulated": self.simulated.value,
            "interval": [self.simulated.low, self.simulated.high],
            "holds": self.holds,
            "n": self.simulated.n,
            "unit": self.expected.unit,
            "about": self.expected.about,
        }


def judge(evidence: Evidence, theory: float, level: float) -> tuple[Estimate, bool | None]:
    """The estimate, and whether the theory holds: unknown when it or a bound of it is missing."""
    estimate = evidence.estimate()
    allowed = evidence.allows(theory, level)
    if allowed is False:
        return estimate, False
    return estimate, None if None in estimate[:3] else allowed


def samples(p: float) -> int:
    """How many trials notice a rate of 1.1 p or 0.9 p, in place of p, with probability 0.99."""
    return ceil(Z**2 * (1 - p * 0.9) / (p * 0.01))


def noticing(p: float, difference: float, power: float = 0.9) -> int:
    """How many trials notice a rate so far from p, to either side, with this probability."""
    tail, beyond = NormalDist().inv_cdf(1 - LEVEL / 2), NormalDist().inv_cdf(power)
    errors = (sqrt(rate * (1 - rate)) for rate in (p - difference, p + difference) if rate < 1)
    return ceil(((tail * sqrt(p * (1 - p)) + beyond * max(errors)) / difference) ** 2)


def seed_of(name: str) -> int:
    """The seed that belongs to an experiment, and is never another to make a check hold."""
    return int.from_bytes(blake2b(name.encode(), digest_size=6).digest(), "big")
