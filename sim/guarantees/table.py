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
from sim.guarantees.mistakes import Mutant
from sim.guarantees.models import MODELS, ONCE, bounds, changes, scenario
from sim.guarantees.mutants import MUTANTS, broken, mutants
from sim.processes import in_order
from sim.scenario import Scenario

#: So many runs of a cell at most; and of a mutant, which is found out sooner or too late to matter.
SCHEDULES, ENOUGH = 9000, 1500
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
    asked: str

    @classmethod
    def of(cls, strategy: str, model: str, schedules: int, asked: str = ONCE) -> Question:
        """The same for a strategy and for its mutants; `asked`: of which property."""
        chosen = MODELS[model]
        return cls(scenario(strategy, chosen), bounds(strategy, chosen, schedules), asked)

    def answer(self) -> Exploration:
        """Explored anew."""
        return explore(self.scenario, [self.asked], self.bounds)


@dataclass(frozen=True, slots=True)
class Cell:
    """What an exploration says of a strategy under a fault model, `asked` for a property.

    `schedules`: how many runs there were; `deviations`, `steps`, `schedule`: of the counterexample,
    `smallest` whether there is certainly no smaller one, and `because` what is wrong, or why the
    model says nothing of this strategy. Where nothing was found: the mutant that was (`caught`),
    and up to how many deviations every schedule was looked at, if not all were (`whole`).
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
    whole: int = 0
    asked: str = ONCE


def guarantees(
    strategies: Iterable[str] | None = None,
    models: Iterable[str] | None = None,
    *,
    asked: str = ONCE,
    jobs: int = 1,
    schedules: int = SCHEDULES,
) -> Iterator[Cell]:
    """The cells of the table, strategy after strategy, in so many processes.

    Raises KeyError for a strategy or a model that there is not.
    """
    tasks = [
        (strategy, model, schedules, asked)
        for strategy in (MUTANTS if strategies is None else strategies)
        for model in (MODELS if models is None else models)
    ]
    with closing(in_order(cell, tasks, jobs)) as cells:
        yield from cells


def cell(strategy: str, model: str, schedules: int = SCHEDULES, asked: str = ONCE) -> Cell:
    """One cell. Raises KeyError for a strategy or a model that there is not."""
    fields = changes(strategy, MODELS[model])
    if isinstance(fields, str):
        return Cell(strategy, model, "not applicable", because=fields, asked=asked)
    answer = Question.of(strategy, model, schedules, asked).answer()
    verdict, limits = _verdict(answer), str(answer.bounds)
    looked = Cell(strategy, model, verdict, limits, answer.schedules, asked=asked)
    found = answer.counterexample
    if found is None:
        whole = 0 if answer.exhausted else max(0, len(answer.levels) - 2)  # the last was cut off
        return replace(looked, whole=whole, caught=_caught(looked, min(schedules, ENOUGH)))
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


def _caught(cell: Cell, schedules: int) -> Caught | None:
    for mutant in mutants(cell.strategy, cell.asked):
        if schedule := found_out(cell.strategy, mutant, cell.model, schedules, cell.asked):
            return Caught(mutant.name, schedule)
    return None


def found_out(
    strategy: str, mutant: Mutant, model: str, schedules: int = ENOUGH, asked: str = ONCE
) -> str:
    """The schedule by which a mutant is found out under a fault model; "" if it is not."""
    question = Question.of(strategy, model, schedules, asked)  # of the strategy, not of the mutant
    with broken(strategy, mutant):
        found = question.answer().counterexample
    return str(found.schedule) if found else ""
