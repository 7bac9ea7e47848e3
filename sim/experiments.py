"""Experiments: a scenario run again and again, and strategies compared under common random numbers.

Rule: replication 0 uses the scenario's own seed, replication i one derived from it and i; results
are merged in that order, so they are the same however many processes did the work. An interrupted
experiment keeps every round that all of its scenarios finished.
"""

from __future__ import annotations

import multiprocessing
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass, field
from hashlib import blake2b
from itertools import islice
from typing import Any, NamedTuple

from sim.certification import certification
from sim.checker import Checker, Verdict
from sim.metrics import Tally
from sim.scenario import Scenario
from sim.scenario_files import vary
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
    """What the replications of one scenario gave; `replications` counts those that finished."""

    scenario: Scenario
    replications: int = 0
    asked: int = 0
    tally: Tally = field(default_factory=Tally)
    findings: dict[str, Finding] = field(default_factory=dict)

    @property
    def interrupted(self) -> bool:
        """Whether fewer replications finished than were asked for."""
        return self.replications < self.asked

    def add(self, run: Run) -> None:
        """Merge one more replication."""
        self.replications += 1
        self.tally.merge(run.tally)
        for name, verdict in run.verdicts.items():
            known = self.findings.get(name)
            self.findings[name] = (
                known.and_then(verdict, run.seed) if known else Finding(verdict, run.seed)
            )

    def report(self) -> dict[str, Any]:
        """The `verdicts` and `metrics` of a JSON document; runs the certification clock."""
        return {
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
    replications: int = 1,
    *,
    jobs: int = 1,
    progress: Progress | None = None,
) -> Result:
    """Run a scenario so many times, in so many processes.

    Raises KeyboardInterrupt only when not even one replication was finished.
    """
    return run_all([scenario], replications, jobs=jobs, progress=progress)[0]


def compare(
    scenario: Scenario,
    strategies: Sequence[str],
    replications: int = 1,
    *,
    jobs: int = 1,
    progress: Progress | None = None,
) -> list[Result]:
    """Run a scenario under each strategy, with the same seeds and so the same network and thief."""
    scenarios = [vary(scenario, strategy=name) for name in strategies]
    return run_all(scenarios, replications, jobs=jobs, progress=progress)


def run_all(
    scenarios: Sequence[Scenario],
    replications: int,
    *,
    jobs: int = 1,
    progress: Progress | None = None,
) -> list[Result]:
    """Run each scenario so many times; a round is one replication of each."""
    results = [Result(scenario, asked=replications) for scenario in scenarios]
    tasks = [
        (scenario, replication_seed(scenario.seed, index))
        for index in range(replications)
        for scenario in scenarios
    ]
    finished: list[Run] = []
    try:
        for done, run in enumerate(_runs(tasks, jobs), 1):
            finished.append(run)
            if len(finished) == len(scenarios):
                for result, part in zip(results, finished, strict=True):
                    result.add(part)
                finished.clear()
            if progress is not None:
                progress(done, len(tasks))
    except KeyboardInterrupt:
        if results[0].replications == 0:
            raise
    return results


def run_once(scenario: Scenario, seed: int) -> Run:
    """One run, folded into measures and verdicts; no row is kept."""
    tally, checker = Tally(), Checker(scenario.properties)

    def sink(row: Row) -> None:
        tally(row)
        checker(row)

    run_into(scenario, sink, seed=seed)
    return Run(seed, tally, checker.verdicts())


def _runs(tasks: Sequence[tuple[Scenario, int]], jobs: int) -> Iterator[Run]:
    """The runs of all tasks, in the order of the tasks."""
    if jobs == 1 or len(tasks) == 1:
        yield from (run_once(*task) for task in tasks)
        return
    others = set(multiprocessing.active_children())
    with ProcessPoolExecutor(min(jobs, len(tasks)), initializer=_leave_interrupts) as pool:
        try:
            yield from _in_order(pool, tasks, ahead=2 * jobs)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            for worker in set(multiprocessing.active_children()) - others:
                worker.terminate()
            raise


def _in_order(
    pool: ProcessPoolExecutor, tasks: Iterable[tuple[Scenario, int]], ahead: int
) -> Iterator[Run]:
    """Results in the order of their tasks, with no more than so many tasks handed out at a time."""
    rest = iter(tasks)
    waiting: deque[Future[Run]] = deque(pool.submit(run_once, *t) for t in islice(rest, ahead))
    while waiting:
        run = waiting.popleft().result()
        waiting.extend(pool.submit(run_once, *task) for task in islice(rest, 1))
        yield run


def _leave_interrupts() -> None:
    """In a worker: Ctrl-C reaches all processes, and the one that started them deals with it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
