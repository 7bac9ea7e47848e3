"""What an exploration answers: holds within bounds, or the smallest counterexample.

Rule: an exploration in which nothing could have gone wrong says nothing, and says so.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sim.checker import Verdict
from sim.exploration.bounds import Bounds
from sim.exploration.schedule import Schedule
from sim.trace import Trace
from sim.views.words import counted

#: What must have happened in some run, or else the exploration says nothing; the last is enough
#: for `WHATEVER_TOKEN`, which are about what was wanted, with whichever token.
SERVED, TWICE = "an honest intention was served", "a token was presented twice"
AGAIN = "a server was asked twice for one intention"
SOMETIMES = (SERVED, TWICE, AGAIN)
WHATEVER_TOKEN = ("at_most_one_effect_per_intention",)


@dataclass(frozen=True, slots=True)
class Counterexample:
    """A run that violates a property, confirmed by the timed world.

    `steps`: how many things happen that it needs; `smallest`: whether none has fewer deviations,
    or as many and fewer steps; `trace`: the timed run up to the violation, of which `needed` is
    only what led to it.
    """

    property: str
    schedule: Schedule
    verdict: Verdict
    steps: int
    smallest: bool
    trace: Trace = field(repr=False)
    needed: Trace = field(repr=False)

    def _repr_html_(self) -> str:
        from sim.exploration.shown import counterexample_html

        return counterexample_html(self)


class Drawn(NamedTuple):
    """How schedules were drawn: so many, by this mode, from this seed.

    Of a mode that promises something: the most `chains` and `steps` that a run had, and the `depth`
    of the violations that the promise is about; 0 otherwise.
    """

    mode: str
    schedules: int
    seed: int
    chains: int = 0
    steps: int = 0
    depth: int = 0

    @property
    def bound(self) -> float | None:
        """The least probability with which one schedule finds a violation; None: none is known."""
        return 1 / (self.chains * self.steps ** (self.depth - 1)) if self.depth else None

    def promise(self) -> str:
        """The bound in a sentence; "" where there is none."""
        if self.bound is None:
            return ""
        return (
            f"with the losses and routes that it takes, an order of depth {self.depth} is found by "
            f"one schedule with probability 1/(n k^{self.depth - 1}) = {self.bound:.2g} or more "
            f"(n = {self.chains} chains, k = {self.steps} steps)"
        )


@dataclass(frozen=True, repr=False)
class Exploration:
    """The answer for one strategy.

    `schedules`: runs in all, of which `levels` by number of deviations and `proof` by reduction;
    `interrupted`: whether there would have been more, had nobody pressed Ctrl-C;
    `unrealisable`: violations that no clock allows; `unconfirmed`: those that a clock would allow
    and the timed world did not repeat; `cut`: runs that the bound on steps cut off; `seen`: which
    of `SOMETIMES` happened; `drawn`: how, where schedules were drawn instead.
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
    drawn: Drawn | None = None
    unconfirmed: int = 0
    interrupted: bool = False

    @property
    def schedules(self) -> int:
        """Runs in all."""
        return sum(self.levels) + self.proof + (self.drawn.schedules if self.drawn else 0)

    @property
    def missing(self) -> tuple[str, ...]:
        """What should have happened sometimes and never did."""
        twice = AGAIN if set(self.properties) <= set(WHATEVER_TOKEN) else TWICE
        return tuple(each for each in (SERVED, twice) if each not in self.seen)

    @property
    def holds(self) -> bool | None:
        """Whether the properties hold within the bounds; None when nothing can be said."""
        if self.counterexample is not None:
            return False
        return True if self.exhausted and not self.missing and not self.unconfirmed else None

    @property
    def verdict(self) -> str:
        """The answer in a word or two."""
        if self.holds is None:
            unsure = "unconfirmed" if self.unconfirmed else "not exhausted"
            return "says nothing" if self.missing else unsure
        return "holds" if self.holds else "violated"

    def __repr__(self) -> str:
        return f"{self.strategy}: {self}"

    def _repr_html_(self) -> str:
        from sim.exploration.shown import exploration_html

        return exploration_html(self)

    def __str__(self) -> str:
        """The answer in a sentence."""
        runs = counted(self.schedules, f"{self.drawn.mode} schedule" if self.drawn else "schedule")
        if self.counterexample is not None:
            found = self.counterexample
            size, away = "smallest " if found.smallest else "", len(found.schedule)
            much = f"{counted(away, 'deviation')} and {counted(found.steps, 'step')}"
            return f"violated: {size}counterexample, {much}"
        if self.missing:
            never = " or that ".join(self.missing)
            return f"says nothing: in none of {runs} did it happen that {never}"
        if self.unconfirmed:
            often = counted(self.unconfirmed, "violation")
            return f"{often} in {runs} that the timed world did not repeat (bounds {self.bounds})"
        if not self.exhausted:
            return f"no violation in {runs} (bounds {self.bounds}); the space is not exhausted"
        return f"holds in all {runs} (bounds {self.bounds}, space exhausted)"

    def to_json(self) -> dict[str, Any]:
        """One document with the answer, the bounds, and the counterexample if there is one."""
        found = self.counterexample
        return {
            "strategy": self.strategy,
            "properties": list(self.properties),
            "verdict": self.verdict,
            "schedule": None if found is None else str(found.schedule),
            "schedules_explored": self.schedules,
            "events": None if found is None else found.steps,
            "holds": self.holds,
            "answer": str(self),
            "bounds": self.bounds.to_json(),
            "schedules": self.schedules,
            "levels": list(self.levels),
            "proof": self.proof,
            "unrealisable": self.unrealisable,
            "unconfirmed": self.unconfirmed,
            "cut": self.cut,
            "interrupted": self.interrupted,
            "exhausted": self.exhausted,
            "missing": list(self.missing),
            "drawn": None
            if self.drawn is None
            else self.drawn._asdict() | {"bound": self.drawn.bound},
            "counterexample": None if found is None else _found(found),
        }


class Interrupted(KeyboardInterrupt):
    """Somebody pressed Ctrl-C; `so_far` is what can be said of the schedules before."""

    def __init__(self, so_far: Exploration) -> None:
        super().__init__(f"so far: {so_far!r}")
        self.so_far = so_far


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
