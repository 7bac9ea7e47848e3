"""Check, then act: a strategy that looks before it writes, repaired and explored."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from oauth_model.flows import UNKNOWN, Flow, StoreCall
from oauth_model.replay import State
from oauth_model.strategies import STRATEGIES, Outcome, Strategy, Use
from sim.exploration import Bounds, Exploration, explore
from sim.lessons.exercise import Aim, exercise
from sim.lessons.trying import NO_YIELD, waits_for_nothing
from sim.scenario import Scenario
from sim.scenario_files import load, vary
from sim.trace import Trace
from sim.world.simulation import simulate

PROPERTY = ("at_most_one_effect_per_token",)
#: How few questions to a store one payment is to cost, when nothing goes wrong.
MOST_QUESTIONS = 1
ONE_SERVER = {
    "servers__payments__replicas": ("eu",),
    "stores__region": "eu",
    "network__between": (),
}
#: What is explored: one payment at two servers, in which timers may be early and messages late. A
#: right answer takes 373 schedules; of one that asks until it is told there is no end.
EVERY_ORDER = Bounds(faults=0, landmarks=0, schedules=1500)
CLAIMS = ("insert", "remove", "reserve", "count")


@exercise(
    "repair the check",
    "Write `begin` so that one token never has two effects, in one question to the shared store.",
    "Which verb tells who was first? A look cannot: somebody may come after it.",
    "An insert is granted once. Ask `yield self.ask(SHARED, 'insert', use)` and read its answer.",
    "`answer = yield self.ask(SHARED, 'insert', use)`, then `return self.decide(answer)`.",
)
def check_repair(answer: Any) -> Iterator[Aim]:
    """The goal is reachable, no order is bad, nothing is done in the dark, and it is cheap."""
    if waits_for_nothing(answer):
        yield Aim("it asks", False, NO_YIELD)
        return
    trace = run(answer, **ONE_SERVER, workload__intentions=20)
    paid = len(trace.of("effect"))
    yield Aim("the goal", paid == 20, f"{paid} of 20 payments made when nothing goes wrong")
    found = explored(answer)
    yield Aim("every order", found.holds is True, told(found))
    cut = ({"from_s": 0.0, "until_s": 30.0, "between": ("payments-eu-1", "store")},)
    dark = len(run(answer, **ONE_SERVER, partitions=cut).of("effect"))
    yield Aim("the store cut off", not dark, f"{dark} payments made that nobody could check")
    found = explored(answer, without_lock=True)
    yield Aim("the lock removed", found.holds is False, told(found))
    asked = sum(r.node.startswith("payments") and r.peer == "store" for r in trace.of("send")) / 20
    said = f"{asked:.1f} questions to a store for each payment, at most {MOST_QUESTIONS}"
    yield Aim("its price", asked <= MOST_QUESTIONS, said)


def told(found: Exploration) -> str:
    """The answer of an exploration and, where it found something, what happens there."""
    example = found.counterexample
    return f"{found}" if example is None else f"{found}: {example.verdict.because}"


@cache
def explored(answer: Any, *, without_lock: bool = False) -> Exploration:
    """Every order of events in a small world, under a strategy or under its mutant."""
    with _named(_unlocked(answer) if without_lock else answer) as name:
        return explore(_scenario(name, {}), PROPERTY, EVERY_ORDER)


def run(answer: Any, **fields: Any) -> Trace:
    """One run of a world in which no answer is lost."""
    with _named(answer) as name:
        return simulate(_scenario(name, {"network__access__response_loss_probability": 0} | fields))


def _scenario(strategy: str, fields: dict[str, Any]) -> Scenario:
    return vary(load("one-payment"), strategy=strategy, **fields)


@contextmanager
def _named(answer: Any) -> Iterator[str]:
    """A name by which scenarios know a strategy, for so long."""
    STRATEGIES["your_answer"] = type("YourAnswer", (answer,), {"name": "your_answer"})
    try:
        yield "your_answer"
    finally:
        del STRATEGIES["your_answer"]


def _unlocked(answer: Any) -> type[Strategy]:
    """The mutant: whatever it claims in one step is looked at first and claimed afterwards."""

    def begin(self: Strategy, use: Use) -> Flow[Outcome]:
        flow = answer.begin(self, use)
        reply: Any = None
        while True:
            try:
                effect = flow.send(reply)
            except StopIteration as stop:
                return stop.value  # type: ignore[no-any-return]  # StopIteration.value is untyped
            if isinstance(effect, StoreCall) and effect.operation in CLAIMS:
                seen = yield effect._replace(operation="look")
                reply = yield effect
                if UNKNOWN not in (seen, reply):
                    free = seen.before is not State.USED
                    reply = reply._replace(before=seen.before, granted=free, uses=seen.uses + 1)
            else:
                reply = yield effect

    return type("Unlocked", (answer,), {"begin": begin})
