"""Small worlds to explore, and two ways to look at every end that a run can have."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sim.exploration.bounds import Bounds
from sim.exploration.events import Event
from sim.exploration.execution import Execution, Executor
from sim.exploration.explore import prepared
from sim.exploration.history import History
from sim.exploration.proof import Proof
from sim.exploration.schedule import Schedule
from sim.exploration.search import Search
from sim.exploration.tape import Tape
from sim.scenario import Scenario
from sim.scenario_files import load

#: The flagship story when nothing goes wrong.
QUIET: dict[str, Any] = {
    "workload.warm_up_s": 0,
    "partitions": [],
    "thief.probability": 0,
    "network.access.request_loss_probability": 0,
    "network.access.response_loss_probability": 0,
    "client.retries": 0,
    "client.retry": "none",
    "strategy_settings.grace_s": 0,
}
ONCE = {"client.retries": 1, "client.retry": "immediate"}
LOSSY = {"network.access.request_loss_probability": 0.1}
DEAF = {"network.access.response_loss_probability": 0.1}
DOUBLED = {"network.access.duplicate_probability": 0.1}
THIEF = {"thief.probability": 0.5}
CUT = {"partitions": [{"from_s": 1, "until_s": 5, "between": ["eu", "us"]}]}
SERVER: dict[str, Any] = {
    "name": "payments",
    "replicas": ["eu"],
    "operations": {"POST /payments": "payment"},
}
ALONE: dict[str, Any] = {"servers": [SERVER]}
FAILOVER: dict[str, Any] = {"faults": [{"fault": "failover", "until_s": 50}]}
EFFECT = "at_most_one_effect_per_token"


def small(strategy: str, *parts: Mapping[str, Any]) -> Scenario:
    """The flagship story with one strategy and what these parts say."""
    fields: dict[str, Any] = {**QUIET, "strategy": strategy}
    for part in parts:
        fields |= part
    return load("two-regions-payment", fields)


def crash(node: str, memory: str = "lost") -> dict[str, Any]:
    """A node crashes once, at any moment, and comes back or does not."""
    return {"faults": [{"fault": "crash", "among": [node], "memory": memory, "until_s": 5}]}


def executor(scenario: Scenario, bounds: Bounds, *properties: str) -> Executor:
    """What runs a scenario by schedules."""
    return Executor(prepared(scenario, bounds), properties, bounds)


def proven(scenario: Scenario, bounds: Bounds) -> list[int]:
    """The states in which the runs of a proof end, one for each run."""
    runs = Proof(executor(scenario, bounds)).runs()
    return [run.env.history.state for run in runs if not run.env.blocked]


def searched(scenario: Scenario, bounds: Bounds) -> set[int]:
    """The states in which the runs of a search end that were not given up."""
    search, ends = Search(executor(scenario, bounds)), set[int]()

    def look(run: Execution) -> None:
        if not run.env._enabled():
            ends.add(run.env.history.state)

    for _ in search.levels(look):
        pass
    return ends


class Script(Tape):
    """Follows events by name, and other choices as they were made before."""

    def __init__(self, order: Sequence[str], made: Mapping[str, str]) -> None:
        super().__init__({p: c for p, c in made.items() if not p.startswith("after ")}, len(made))
        self.order = order

    def next(self, last: str, enabled: Sequence[Event], history: History) -> Event | None:
        """The event of this name, if it can happen."""
        wanted = self.order[len(history.steps) : len(history.steps) + 1]
        return next((event for event in enabled if event.key in wanted), None)


def keys(run: Execution) -> list[str]:
    """What happened, in order."""
    return [step.event.key for step in run.env.history.steps]


def facts(run: Execution) -> Counter:
    """What the trace says, whatever the order."""
    cells = ((r.kind, r.node, r.peer, r.intention, r.actor, r.attempt, r.token) for r in run.rows)
    return Counter((*cell, str(row.detail)) for cell, row in zip(cells, run.rows, strict=True))


def swapped(run: Execution, world: Executor) -> Iterator[tuple[str, str, Execution]]:
    """For each two steps in a row of which neither needs the other: the run with them swapped."""
    steps, order = run.env.history.steps, keys(run)
    for place in range(1, len(steps) - 1):
        one, other = steps[place], steps[place + 1]
        if place + 1 not in other.follows:
            swap = [*order[:place], order[place + 1], order[place], *order[place + 2 :]]
            tape = Script(swap, run.env.tape.made)
            yield one.event.key, other.event.key, world.run(Schedule(), tape=tape)
