"""Rare events: the probability that a run shows what plain runs would not show in a lifetime.

Rule: runs are tilted towards the event (`sim.passages`), and each counts with its likelihood ratio;
the mean of what was weighed is unbiased whatever the tilt, but only a good tilt makes it precise,
so the number of runs that really carry the estimate is told with it, and what was left to chance.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from contextlib import closing
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import lru_cache
from math import exp
from typing import Any, NamedTuple

from sim.checker import PROPERTIES, Checker
from sim.choices import Cause, Fate, Law, Option
from sim.distributions import Constant
from sim.experiments import Progress, replication_seed
from sim.metrics import Tally
from sim.passages import Passage, Tilt, Tilted, tilted
from sim.processes import in_order
from sim.rates import RATES
from sim.scenario import Scenario
from sim.statistics import (
    Estimate,
    effective_number,
    mean_with_interval,
    rule_of_three,
    wilson,
)
from sim.trace import Row
from sim.world.simulation import run_into

#: What can be asked about.
EVENTS = (*PROPERTIES, *RATES)
#: The shortest run; its nodes are those of any other.
MOMENT_S = 0.001
#: What stands between the ends of a link and after them.
WAYS = [(way, leg) for way in "><" for leg in ("", " read", " write")]
#: With fewer runs than this behind it, neither an estimate nor its interval is to be trusted.
ENOUGH = 50


class WeighedRun(NamedTuple):
    """What is kept of a tilted run: whether the event was there, and its likelihood ratio.

    `links` were used; `by_chance`: those of them that lose or delay at random and did so untilted.
    """

    seen: bool
    weight: float
    tilted_draws: int
    links: frozenset[str]
    by_chance: frozenset[str] = frozenset()


@dataclass(frozen=True)
class RareEvent:
    """The probability per run that `event` happens.

    `seen`: in how many tilted runs it did. `effective`: how many equally weighed ones would say as
    much (Kish), over the runs that showed it. `mean_weight` is 1 in truth; an interval without 1
    means that runs which matter were not drawn. `plain`: no draw was tilted, so that runs are
    counted and not weighed. `by_chance`: links with random losses or delays that were not tilted.
    """

    event: str
    probability: Estimate
    seen: int
    effective: float
    mean_weight: Estimate
    plain: bool
    by_chance: tuple[str, ...]

    @property
    def below(self) -> float | None:
        """What it is below with 95 % confidence, if none of the plain runs showed it."""
        return rule_of_three(self.probability.n) if self.plain and not self.seen else None

    @property
    def warning(self) -> str:
        """Why not to trust the estimate; "" when there is no reason."""
        return "; ".join(filter(None, (self._too_few(), self._not_drawn())))

    def _too_few(self) -> str:
        n = self.probability.n
        if self.below is not None:
            return f"{self.event}: in none of {n} plain runs; tilt what it needs, or ask for more"
        if self.seen == 0:
            return (
                f"{self.event}: in none of {n} tilted runs, which bounds nothing; tilt further, or "
                "other draws"
            )
        if self.plain or self.effective >= ENOUGH:
            return ""
        return (
            f"{self.event}: the runs that showed it count as {self.effective:.1f} of equal weight; "
            f"{ENOUGH} are needed: tilt less, or other or fewer draws; more runs help only where "
            "the tilt is right"
        )

    def _not_drawn(self) -> str:
        """Whether the weights themselves say that runs are missing, so that too little was seen."""
        _, low, high, _ = self.mean_weight
        if low is None or high is None or low <= 1 <= high:
            return ""
        return (
            f"{self.event}: the mean weight is between {low:.2g} and {high:.2g} (95 %), not 1: "
            "runs that matter were hardly drawn, and neither estimate nor interval holds: tilt "
            "less, or fewer draws"
        )

    def to_json(self) -> dict[str, Any]:
        """The estimate's members and what it rests on."""
        return self.probability.to_json() | {
            "event": self.event,
            "seen": self.seen,
            "effective": self.effective,
            "mean_weight": self.mean_weight.to_json(),
            "plain": self.plain,
            "below": self.below,
            "not_tilted": list(self.by_chance),
            "warning": self.warning,
        }


def estimate_rare(
    scenario: Scenario,
    event: str,
    tilts: Sequence[Tilt],
    replications: int,
    *,
    jobs: int = 1,
    progress: Progress | None = None,
) -> RareEvent:
    """How likely a run violates a property, or shows at least one case of what a rate counts.

    Make the run small (`workload.intentions=1`): every tilted draw makes the weights more unequal.
    Raises ValueError for an event that does not exist, a tilt that names no link, or when the tilts
    concern no draw, and KeyboardInterrupt only when not even one run was finished.
    """
    if event not in EVENTS:
        raise ValueError(f"event: {event!r} does not exist; one of {', '.join(EVENTS)}")
    check_links(scenario, tilts)
    seeds = (replication_seed(scenario.seed, index) for index in range(replications))
    tasks = [(scenario, seed, event, tuple(tilts)) for seed in seeds]
    runs: list[WeighedRun] = []
    try:
        with closing(in_order(run_tilted, tasks, jobs)) as answers:
            for run in answers:
                runs.append(run)
                if progress is not None:
                    progress(len(runs), replications)
    except KeyboardInterrupt:
        if not runs:
            raise
    if tilts and not any(run.tilted_draws for run in runs):
        raise ValueError(_nothing_tilted(tilts, {name for run in runs for name in run.links}))
    return weigh(event, runs)


def _nothing_tilted(tilts: Sequence[Tilt], used: Set[str]) -> str:
    """Why tilts made no difference to any draw."""
    said = f"tilt {', '.join(tilt.link for tilt in tilts)}: no draw is tilted;"
    if any(fnmatchcase(name, tilt.link) for name in used for tilt in tilts):
        return f"{said} such links lose nothing, delay always as much, or another actor used them"
    return f"{said} links that were used: {', '.join(sorted(used))}"


def check_links(scenario: Scenario, tilts: Sequence[Tilt]) -> None:
    """Raise ValueError for a tilt whose pattern fits no link that there could be."""
    if not tilts:
        return
    nodes = run_into(scenario.model_copy(update={"duration_s": MOMENT_S}), lambda row: None).nodes
    places = sorted({f"{node.server} {node.region}" for node in nodes})
    ways = [f"{a} {way} {b}{leg}" for a in places for b in places for way, leg in WAYS]
    for link in (tilt.link for tilt in tilts):
        if not any(fnmatchcase(way, link) for way in ways):
            raise ValueError(
                f"tilt {link}: no link has such a name; one is 'FROM > TO' (requests) or "
                f"'TO < FROM' (answers), * is anything, and there are {', '.join(places)}"
            )


def weigh(event: str, runs: Sequence[WeighedRun]) -> RareEvent:
    """The estimate from runs with their weights; plain ones are counted, with Wilson's interval."""
    weighed = [run.weight * run.seen for run in runs]
    squares = sum(each * each for each in weighed)
    seen, plain = sum(run.seen for run in runs), not any(run.tilted_draws for run in runs)
    return RareEvent(
        event,
        wilson(seen, len(runs)) if plain else _mean(weighed),
        seen,
        effective_number(sum(weighed), squares) if squares else 0.0,
        mean_with_interval([run.weight for run in runs]).at_least_zero(),
        plain,
        tuple(sorted({name for run in runs for name in run.by_chance})),
    )


def _mean(weighed: Sequence[float]) -> Estimate:
    """With Student's interval, which does not go below 0; of nothing there is no upper bound."""
    found = mean_with_interval(weighed).at_least_zero()
    return found if any(weighed) else Estimate(found.value, 0.0, None, found.n)


@lru_cache(maxsize=1024)
def is_tilted(draw: Passage, tilt: Tilt) -> bool:
    """Whether a tilt makes a difference to a draw that it is about."""
    return tilted(draw, tilt) is not None


def is_random(draw: Passage) -> bool:
    """Whether it may lose or not, or is not always as late."""
    return 0 < draw.loss < 1 or not all(isinstance(each, Constant) for each in draw.delays)


@dataclass(frozen=True)
class Noted:
    """Tilted choices; `by_chance` are the links of which a random draw was left as it was."""

    tilted: Tilted
    by_chance: set[str] = field(default_factory=set)

    def fate(self, law: Law, cause: Cause) -> Fate:
        """The tilted fate."""
        draw = law.draw
        if law.name not in self.by_chance and isinstance(draw, Passage) and is_random(draw):
            tilt = next((each for each in self.tilted.tilts if each.of(law, cause)), None)
            if tilt is None or not is_tilted(draw, tilt):
                self.by_chance.add(law.name)
        return self.tilted.fate(law, cause)

    def pick(self, point: str, options: Sequence[Option], cause: Cause) -> Option:
        """As plain choices do."""
        return self.tilted.pick(point, options, cause)


def run_tilted(scenario: Scenario, seed: int, event: str, tilts: tuple[Tilt, ...]) -> WeighedRun:
    """One tilted run, folded into whether it showed the event."""
    choices = Tilted(seed, tilts)
    noted = Noted(choices)
    tally, checker = Tally(), Checker([event] if event in PROPERTIES else [])

    def sink(row: Row) -> None:
        tally(row)
        checker(row)

    run_into(scenario, sink, seed=seed, choices=noted)
    if event in PROPERTIES:
        seen = checker.verdicts()[event].holds is False
    else:
        seen = tally.clusters()[event].hits > 0
    weight = exp(choices.log_weight)
    links = frozenset(choices.links), frozenset(noted.by_chance)
    return WeighedRun(seen, weight, choices.tilted_draws, *links)
