"""A strategy that meets targets: sound in every order, and near, cheap and available enough.

Law: the targets are judged in runs that all answers share; a strategy is lent to scenarios for the
check and is not entered among those of the laboratory.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from oauth_model.strategies import STRATEGIES, Strategy
from sim.experiments import replicate
from sim.exploration import Bounds, Exploration, explore
from sim.lessons.exercise import Aim, exercise
from sim.lessons.trying import NO_YIELD, SMALL, lent, waits_for_nothing
from sim.scenario import Scenario
from sim.scenario_files import load, vary
from sim.world.simulation import simulate

MOST_P99_MS, MOST_MESSAGES, LEAST_SERVED = 150.0, 4.0, 0.95
ONCE = "at_most_one_effect_per_token"
BOUNDS = Bounds(landmarks=0, schedules=800)
#: Nothing of an answer is lost on its way to the client; the cut stays, and so does the thief.
TARGET = {
    "network__access__request_loss_probability": 0.0,
    "network__access__response_loss_probability": 0.0,
    "thief__region": "eu",
    "workload__gap": {"distribution": "constant", "value_ms": 500.0},
    "duration_s": 150,
}


@exercise(
    "a strategy that meets targets",
    "Write a strategy, or name one, that is sound, near, cheap and available enough.",
    "One indivisible step at one store is enough: ask(store, 'insert', use), then decide(answer).",
    "Availability: during the cut, which region's store can the client's own region reach?",
    "answer = yield self.ask(regional('eu'), 'insert', use), and return self.decide(answer).",
)
def check_strategy(answer: type[Strategy] | str) -> Iterator[Aim]:
    """The name of a strategy, or a class with `begin`. ValueError: no strategy is called so."""
    if isinstance(answer, str) and answer not in STRATEGIES:
        raise ValueError(f"no strategy is called {answer!r}")
    made = STRATEGIES[answer] if isinstance(answer, str) else answer
    if waits_for_nothing(made):
        yield Aim("it asks", False, NO_YIELD)
        return
    with lent(STRATEGIES, made.name, made):
        found = explore(small(made.name), [ONCE], BOUNDS)
        yield Aim("accepted twice: never, in any order", _sound(found), str(found))
        measures = replicate(target(made.name)).tally.measures()
        nothing = _effects(made.name)
    p99 = measures["added_latency_ms"]["p99"]["value"]
    yield Aim("added latency, p99", p99 < MOST_P99_MS, f"{p99:.0f} ms, of {MOST_P99_MS:.0f}")
    added = measures["messages_per_use"] - free_messages()
    told = f"{added:.1f} for each use beyond those of no_check, of {MOST_MESSAGES:.0f}"
    yield Aim("messages", added < MOST_MESSAGES, told)
    served = measures["availability"]["value"]
    told = f"{100 * served:.1f} %, of {100 * LEAST_SERVED:.0f} %"
    yield Aim("served, cut and all", served > LEAST_SERVED, told)
    told = f"{nothing} of 5 payments were made while no store could be asked"
    yield Aim("no payment without a store", nothing == 0, told)


def target(strategy: str) -> Scenario:
    """Two regions, the link between them cut for half a minute, the shared store far away."""
    return vary(load("two-regions-payment"), strategy=strategy, **TARGET)


def small(strategy: str) -> Scenario:
    """What is explored."""
    return vary(load("one-payment"), strategy=strategy, **SMALL)


@cache
def free_messages() -> float:
    """Messages for each use without any check: the token, the payment, and the thief's."""
    return float(replicate(target("no_check")).tally.measures()["messages_per_use"])


def _sound(found: Exploration) -> bool:
    return found.exhausted and found.counterexample is None and not found.missing


def _effects(strategy: str) -> int:
    """How many of five payments are made when no message reaches a store."""
    silent = {"network__internal__request_loss_probability": 1.0, "workload__intentions": 5}
    trace = simulate(vary(target(strategy), partitions=(), thief__probability=0.0, **silent))
    return sum(row.detail["executed"] for row in trace.of("effect"))
