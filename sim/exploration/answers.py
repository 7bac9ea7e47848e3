"""What an exploration answers: holds within bounds, or the smallest counterexample.

Rule: an exploration in which nothing could have gone wrong says nothing, and says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sim.checker import Verdict
from sim.exploration.bounds import Bounds
from sim.exploration.schedule import Schedule
from sim.trace import Trace

#: What must have happened in some run, or else the exploration says nothing.
SERVED, TWICE = "an honest intention was served", "a token was presented twice"
SOMETIMES = (SERVED, TWICE)


@dataclass(frozen=True, slots=True)
class Counterexample:
    """A run that violates a property, confirmed by the timed world.

    `steps`: how many things happen that it needs; `smallest`: whether no run with fewer deviations
    does; `trace`: the timed run up to the violation, of which `needed` is only what led to it.
    """

    property: str
    schedule: Schedule
    verdict: Verdict
    steps: int
    smallest: bool
    trace: Trace
    needed: Trace


@dataclass(frozen=True)
class Exploration:
    """The answer for one strategy.

    `schedules`: runs in all, of which `levels` by number of deviations and `proof` by reduction;
    `unrealisable`: violations that no clock allows; `cut`: runs that the bound on steps cut off;
    `seen`: which of `SOMETIMES` happened.
    """

    strategy: str
    properties: tuple[str, ...]
    bounds: Bounds
    counterexample: Counterexample | None
    levels: tuple[int, ...]
    proof: int
    unrealisable: int
    cut: int
    exhausted: bool
    seen: frozenset[str]

    @property
    def schedules(self) -> int:
        """Runs in all."""
        return sum(self.levels) + self.proof

    @property
    def missing(self) -> tuple[str, ...]:
        """What should have happened sometimes and never did."""
        return tuple(each for each in SOMETIMES if each not in self.seen)

    @property
    def holds(self) -> bool | None:
        """Whether the properties hold within the bounds; None when nothing can be said."""
        if self.counterexample is not None:
            return False
        return True if self.exhausted and not self.missing else None

    def __str__(self) -> str:
        """The answer in a sentence."""
        runs = f"{self.schedules} schedules"
        if self.counterexample is not None:
            found = self.counterexample
            size, away = "smallest " if found.smallest else "", len(found.schedule)
            return f"violated: {size}counterexample, {away} deviations and {found.steps} steps"
        if self.missing:
            return f"says nothing: in none of {runs} {' nor '.join(self.missing)}"
        if not self.exhausted:
            return f"no violation in {runs} (bounds {self.bounds}); the space is not exhausted"
        return f"holds in all {runs} (bounds {self.bounds}, space exhausted)"

    def to_json(self) -> dict[str, Any]:
        """One document with the answer, the bounds, and the counterexample if there is one."""
        found = self.counterexample
        return {
            "strategy": self.strategy,
            "properties": list(self.properties),
            "holds": self.holds,
            "answer": str(self),
            "bounds": self.bounds.to_json(),
            "schedules": self.schedules,
            "levels": list(self.levels),
            "proof": self.proof,
            "unrealisable": self.unrealisable,
            "cut": self.cut,
            "exhausted": self.exhausted,
            "missing": list(self.missing),
            "counterexample": None if found is None else _found(found),
        }


def _found(found: Counterexample) -> dict[str, Any]:
    return {
        "property": found.property,
        "schedule": str(found.schedule),
        "deviations": len(found.schedule),
        "steps": found.steps,
        "smallest": found.smallest,
        "because": found.verdict.because,
        "clause": found.verdict.clause,
    }
