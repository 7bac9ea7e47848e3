"""A witness to show: of the runs that went wrong, the intention that tells most of a story.

Rule: nothing is staged. The search looks at ordinary runs, in the order of their seeds, and takes
the first of the most telling; that it was chosen is said wherever it is shown.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sim.checker import Verdict, check
from sim.experiments import replication_seed
from sim.scenario import Scenario
from sim.scenario_files import vary
from sim.trace import Trace
from sim.world.simulation import simulate

#: The property whose violation is shown; what single use is about.
SHOWN = "at_most_one_effect_per_token"
#: So many runs of each strategy are looked at.
RUNS = 6


@dataclass(frozen=True)
class Witness:
    """An intention whose token had two effects: the verdict on it, and the trace of its run."""

    scenario: Scenario
    seed: int
    verdict: Verdict
    trace: Trace
    story: Trace


def find(scenario: Scenario, strategies: Sequence[str]) -> Witness | None:
    """The most telling violation under any of these strategies; None when there is none."""
    candidates = [
        (told(run.about(intention)), each, run.header.seed, intention)
        for each in (vary(scenario, strategy=name) for name in strategies)
        for run in _runs(each)
        for intention in done_twice(run)
    ]
    if not candidates:
        return None
    _, found, seed, intention = max(candidates, key=lambda candidate: candidate[0])
    trace = simulate(found, seed=seed)
    story = trace.about(intention)
    return Witness(found, seed, check(story, [SHOWN])[SHOWN], trace, story)


def _runs(scenario: Scenario) -> Iterator[Trace]:
    for index in range(RUNS):
        yield simulate(scenario, seed=replication_seed(scenario.seed, index), full=False)


def done_twice(trace: Trace) -> list[int]:
    """The intentions whose effect was executed more than once with one token."""
    done = Counter(
        (row.intention, row.token) for row in trace.of("effect") if row.detail["executed"]
    )
    return sorted({intention for (intention, _), times in done.items() if times > 1})


def told(story: Trace) -> int:
    """How much a witness tells: an honest retry that paid again, and a thief who tried too."""
    effects = [row for row in story.of("effect") if row.detail["executed"]]
    retried = {row.node for row in effects if row.actor == "client"}
    thief = any(row.actor == "thief" for row in story.of("respond"))
    return 2 * (len(retried) > 1) + thief
