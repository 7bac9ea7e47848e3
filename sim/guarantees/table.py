"""The table: each strategy under each fault model, explored within bounds.

Rule: a cell that finds nothing says how much it looked at, and which mutant of the strategy the
same exploration finds out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

from sim.exploration.answers import Exploration
from sim.exploration.bounds import Bounds
from sim.exploration.explore import explore
from sim.guarantees.models import MODELS, PROPERTY, bounds, changes, scenario
from sim.guarantees.mutants import MUTANTS, Mutant, broken
from sim.processes import in_order
from sim.scenario import Scenario

#: So many runs of a cell at most.
SCHEDULES = 600
#: holds: in all schedules. open: in those looked at, which are not all. vacuous: in all, but nobody
#: honest was ever served, or no token came twice.
Verdict = Literal["holds", "violated", "open", "vacuous", "not applicable"]


class Caught(NamedTuple):
    """The mutant that an exploration found out, and the schedule by which it did."""

    mutant: str
    schedule: str


class Question(NamedTuple):
    """What is explored for a cell."""

    scenario: Scenario
    bounds: Bounds

    @classmethod
    def of(cls, strategy: str, model: str, schedules: int) -> Question:
        """The same for a strategy and for its mutants."""
        chosen = MODELS[model]
        return cls(scenario(strategy, chosen), bounds(strategy, chosen, schedules))

    def answer(self) -> Exploration:
        """Explored anew."""
        return explore(self.scenario, [PROPERTY], self.bounds)


@dataclass(frozen=True, slots=True)
class Cell:
    """What an exploration says of a strategy under a fault model.

    `schedules`: how many runs there were; `deviations`, `steps`, `schedule`: of the counterexample,
    `smallest` whether there is certainly no smaller one, and `because` what is wrong, or why the
    model says nothing of this strategy. `caught`: where nothing was found, the mutant that is.
    """

    strategy: str
    model: str
    verdict: Verdict
    bounds: str = ""
    schedules: int = 0
    deviations: int = 0
    steps: int = 0
    schedule: str = ""
    smallest: bool = True
    because: str = ""
    caught: Caught | None = None


def guarantees(
    strategies: Iterable[str] | None = None,
    models: Iterable[str] | None = None,
    *,
    jobs: int = 1,
    schedules: int = SCHEDULES,
) -> Iterator[Cell]:
    """The cells of the table, strategy after strategy, in so many processes.

    Raises KeyError for a strategy or a model that there is not.
    """
    tasks = [
        (strategy, model, schedules)
        for strategy in (MUTANTS if strategies is None else strategies)
        for model in (MODELS if models is None else models)
    ]
    with closing(in_order(cell, tasks, jobs)) as cells:
        yield from cells


def cell(strategy: str, model: str, schedules: int = SCHEDULES) -> Cell:
    """One cell. Raises KeyError for a strategy or a model that there is not."""
    fields = changes(strategy, MODELS[model])
    if isinstance(fields, str):
        return Cell(strategy, model, "not applicable", because=fields)
    answer = Question.of(strategy, model, schedules).answer()
    looked = Cell(strategy, model, _verdict(answer), str(answer.bounds), answer.schedules)
    found = answer.counterexample
    if found is None:
        return replace(looked, caught=_caught(strategy, model, schedules))
    return replace(
        looked,
        deviations=len(found.schedule),
        steps=found.steps,
        schedule=str(found.schedule),
        smallest=found.smallest,
        because=found.verdict.because,
    )


def _verdict(answer: Exploration) -> Verdict:
    if answer.counterexample is not None:
        return "violated"
    if not answer.exhausted or answer.unconfirmed:
        return "open"
    return "vacuous" if answer.missing else "holds"


def _caught(strategy: str, model: str, schedules: int) -> Caught | None:
    for mutant in MUTANTS[strategy]:
        if schedule := found_out(strategy, mutant, model, schedules):
            return Caught(mutant.name, schedule)
    return None


def found_out(strategy: str, mutant: Mutant, model: str, schedules: int = SCHEDULES) -> str:
    """The schedule by which a mutant is found out under a fault model; "" if it is not."""
    question = Question.of(strategy, model, schedules)  # of the strategy, not of the mutant
    with broken(strategy, mutant):
        found = question.answer().counterexample
    return str(found.schedule) if found else ""
