"""Experiments: a scenario run again and again, and strategies compared under common random numbers.

Rule: replication 0 uses the scenario's own seed, replication i one derived from it and i; results
are merged in that order, so they are the same however many processes did the work, and whether so
many were asked for or needed for a precision. An interrupted experiment keeps every round that all
of its scenarios finished.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from hashlib import blake2b
from math import isnan, nan
from typing import Any, NamedTuple

from sim.certification import certification
from sim.checker import Checker, Verdict
from sim.metrics import Tally
from sim.precision import COMMON, LEAST, MOST, Precision, Watch
from sim.processes import in_order
from sim.scenario import Scenario
from sim.scenario_files import vary
from sim.statistics import Estimate, paired_difference, scatter_of_few
from sim.trace import Row
from sim.world.simulation import run_into

#: Told after each run how many of how many are done.
Progress = Callable[[int, int], None]


#: How grave a verdict is: one run that violates a property outranks any that leave it unknown.
GRAVITY: dict[bool | None, int] = {True: 0, None: 1, False: 2}


class Finding(NamedTuple):
    """A property's verdict over all replications: the first of the gravest.

    `seed` is that of the run it is from, `runs` how many runs ended so.
    """

    verdict: Verdict
    seed: int
    runs: int = 1

    def and_then(self, verdict: Verdict, seed: int) -> Finding:
        """What it becomes with one more run."""
        known, new = GRAVITY[self.verdict.holds], GRAVITY[verdict.holds]
        if new > known:
            return Finding(verdict, seed)
        return self._replace(runs=self.runs + (new == known))

    def to_json(self) -> dict[str, Any]:
        """The verdict's members, `seed` and `runs`."""
        return self.verdict.to_json() | {"seed": self.seed, "runs": self.runs}


class Run(NamedTuple):
    """What is kept of one run."""

    seed: int
    tally: Tally
    verdicts: dict[str, Verdict]


@dataclass
class Result:
    """What the replications of one scenario gave; `replications` counts those that finished.

    `values`: measure → its value in each replication (nan: none). `watch` is there when a precision
    was asked for.
    """

    scenario: Scenario
    replications: int = 0
    asked: int = 0
    tally: Tally = field(default_factory=Tally)
    findings: dict[str, Finding] = field(default_factory=dict)
    values: dict[str, array[float]] = field(default_factory=dict)
    watch: Watch | None = None

    @property
    def interrupted(self) -> bool:
        """Whether fewer replications finished than were asked for."""
        return self.replications < self.asked

    def add(self, run: Run) -> None:
        """Merge one more replication."""
        self.replications += 1
        self.tally.merge(run.tally)
        for name, value in run.tally.values().items():
            self.values.setdefault(name, array("d")).append(nan if value is None else value)
        if self.watch is not None:
            self.watch.look(self.tally)
        for name, verdict in run.verdicts.items():
            known = self.findings.get(name)
            self.findings[name] = (
                known.and_then(verdict, run.seed) if known else Finding(verdict, run.seed)
            )

    def difference(self, baseline: Result) -> dict[str, Estimate]:
        """Measure → its mean difference from another strategy's on the same seeds, with interval.

        A seed on which either has no value is left out.
        """
        return {name: paired_difference(*both) for name, both in self._pairs(baseline).items()}

    def differs_by_few(self, baseline: Result) -> set[str]:
        """The measures whose difference has too narrow an interval (`scatter_of_few`)."""
        return {name for name, both in self._pairs(baseline).items() if scatter_of_few(*both)}

    def _pairs(self, baseline: Result) -> dict[str, tuple[list[float], list[float]]]:
        """Measure → its values in both, where both have one, seed by seed."""
        found = {}
        for name, mine in self.values.items():
            both = zip(mine, baseline.values[name], strict=True)
            pairs = [pair for pair in both if not any(map(isnan, pair))]
            found[name] = [a for a, _ in pairs], [b for _, b in pairs]
        return found

    def report(self) -> dict[str, Any]:
        """The `verdicts` and `metrics` of a JSON document; runs the certification clock.

        With `precision` when one was asked for.
        """
        precision = {} if self.watch is None else {"precision": self.watch.to_json()}
        return precision | {
            "verdicts": {name: finding.to_json() for name, finding in self.findings.items()},
            "metrics": self.tally.measures(certification(self.scenario)),
        }


def replication_seed(seed: int, index: int) -> int:
    """The seed of the index-th replication; the first is the scenario's own.

    Below 2⁵³, so that any reader of JSON keeps it exactly.
    """
    if index == 0:
        return seed
    digest = blake2b(f"{seed}/{index}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 11


def replicate(
    scenario: Scenario,
    replications: int | None = None,
    *,
    precision: float | None = None,
    of: str = COMMON,
    least: int = LEAST,
    jobs: int = 1,
    progress: Progress | None = None,
) -> Result:
    """Run a scenario so many times (once when nothing is said), in so many processes.

    With `precision`, until the 95 % interval of the measure `of` is within that share of its value
    (`sim.precision`): at least `least` times, at most `replications` (MOST when left out). Raises
    ValueError for a precision that cannot be, KeyboardInterrupt only when not even one replication
    was finished.
    """
    until = None if precision is None else Precision(precision, of, least, replications or MOST)
    return run_all([scenario], replications or 1, until=until, jobs=jobs, progress=progress)[0]


def compare(  # noqa: PLR0913  # each says how to repeat, but the first three
    scenario: Scenario,
    strategies: Sequence[str],
    replications: int | None = None,
    *,
    where: str = "strategy",
    precision: float | None = None,
    of: str = COMMON,
    least: int = LEAST,
    jobs: int = 1,
    progress: Progress | None = None,
) -> list[Result]:
    """Run a scenario under each strategy, with the same seeds and so the same network and thief.

    `where`: the field that names the strategy, such as "authorization_server.strategy".
    With `precision`, as in `replicate`, until every strategy has reached it.
    """
    scenarios = [vary(scenario, **{where: name}) for name in strategies]
    until = None if precision is None else Precision(precision, of, least, replications or MOST)
    return run_all(scenarios, replications or 1, until=until, jobs=jobs, progress=progress)


def run_all(
    scenarios: Sequence[Scenario],
    replications: int,
    *,
    until: Precision | None = None,
    jobs: int = 1,
    progress: Progress | None = None,
) -> list[Result]:
    """Run each scenario so many times, or until a precision; a round is one replication of each."""
    most = replications if until is None else until.most
    results = [Result(s, asked=most, watch=Watch(until) if until else None) for s in scenarios]
    tasks = [
        (scenario, replication_seed(scenario.seed, index))
        for index in range(most)
        for scenario in scenarios
    ]
    finished: list[Run] = []
    try:
        with closing(in_order(run_once, tasks, jobs)) as runs:
            for done, run in enumerate(runs, 1):
                finished.append(run)
                if len(finished) == len(scenarios):
                    _end_round(results, finished)
                if progress is not None:
                    progress(done, len(tasks))
                if not finished and _all_settled(results):
                    break
    except KeyboardInterrupt:
        if results[0].replications == 0:
            raise
    return results


def _end_round(results: list[Result], finished: list[Run]) -> None:
    for result, part in zip(results, finished, strict=True):
        result.add(part)
    finished.clear()


def _all_settled(results: list[Result]) -> bool:
    """Whether all have reached their precision; then what was asked for is what was made."""
    settled = all(result.watch is not None and result.watch.settled for result in results)
    for result in results if settled else ():
        result.asked = result.replications
    return settled


def run_once(scenario: Scenario, seed: int) -> Run:
    """One run, folded into measures and verdicts; no row is kept."""
    tally, checker = Tally(), Checker(scenario.properties)
    count, check = tally.__call__, checker.__call__  # looked up once, not at each of many rows

    def sink(row: Row) -> None:
        count(row)
        check(row)

    run_into(scenario, sink, seed=seed)
    return Run(seed, tally, checker.verdicts())
