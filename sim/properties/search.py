"""A second opinion on linearizability: a search for an order, whatever the specification.

Rule: it knows nothing of tokens. A history is linearizable when one of its orders keeps what was
over before what was sent later, and every step of it is legal (Herlihy and Wing 1990). Orders are
tried step by step (Wing and Gong 1993); which operations are done and in what state the object is
then is looked at once only (Lowe 2017); each key is searched apart (Horn and Kroening 2015).
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Generic, NamedTuple, Protocol, TypeVar

#: An operation that returns then is pending: it may have happened any time since, or never.
NEVER = 1 << 62
MOST_STEPS = 100_000


class Operation(Protocol):
    """A closed interval in µs; two that touch overlap."""

    @property
    def call_us(self) -> int:
        """When it was sent."""

    @property
    def return_us(self) -> int:
        """When its answer was learnt; `NEVER` for a pending one."""


O = TypeVar("O", bound=Operation)  # noqa: E741  # the usual letter of an operation
State = TypeVar("State", bound=Hashable)


class Model(NamedTuple, Generic[O, State]):
    """A sequential specification: the state at first, and the states that a step may lead to.

    No state at all: one object with one memory would not have answered so.
    """

    init: State
    step: Callable[[O, State], Iterable[State]]


class Opinion(NamedTuple):
    """Whether an order explains a history (None: given up), and how many steps were tried."""

    explained: bool | None
    steps: int


def search(history: Sequence[O], model: Model[O, State], most_steps: int = MOST_STEPS) -> Opinion:
    """Look for an order of one key's operations; give up after so many steps.

    A pending operation may be left out of the order, or stand anywhere after it was sent.
    """
    whole = sum(1 << i for i, each in enumerate(history) if each.return_us != NEVER)
    steps, known = 0, {(0, model.init)}
    open_ends = list(known)
    while open_ends:
        done, state = open_ends.pop()
        if done & whole == whole:
            return Opinion(True, steps)
        for i in _next(history, done):
            steps += 1
            if steps > most_steps:
                return Opinion(None, most_steps)
            found = {(done | 1 << i, after) for after in model.step(history[i], state)} - known
            known |= found
            open_ends += found
    return Opinion(False, steps)


def _next(history: Sequence[O], done: int) -> list[int]:
    """What may come next: whatever was sent before anything that is left was over."""
    left = [i for i in range(len(history)) if not done >> i & 1]
    first_over_us = min(history[i].return_us for i in left)
    return [i for i in left if history[i].call_us <= first_over_us]


def search_by_key(
    history: Iterable[O],
    key: Callable[[O], Hashable],
    model: Model[O, State],
    most_steps: int = MOST_STEPS,
) -> Opinion:
    """Search each key's operations apart; the whole is explained when every part of it is.

    One part without an order decides; else one that was given up leaves it open.
    """
    parts: dict[Hashable, list[O]] = {}
    for each in history:
        parts.setdefault(key(each), []).append(each)
    opinions = [search(part, model, most_steps) for part in parts.values()]
    verdicts = {opinion.explained for opinion in opinions}
    explained = next((verdict for verdict in (False, None) if verdict in verdicts), True)
    return Opinion(explained, sum(opinion.steps for opinion in opinions))
