"""What a learner wrote, in a world: lent to scenarios by its name, and taken back.

Law: when a check has ended, the registry is what it was before.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from inspect import isfunction, isgeneratorfunction
from typing import Any

#: One payment, a thief who has the token too, and stores that one message may not reach.
SMALL: dict[str, Any] = {
    "client__retry": "none",
    "thief__probability": 1.0,
    "network__access__response_loss_probability": 0.0,
    "network__internal__request_loss_probability": 0.01,
}
#: What is said of a strategy that forgot to wait.
NO_YIELD = "begin has no yield: it is `answer = yield self.ask(...)` that waits for an answer"


@contextmanager
def lent(registry: dict[str, Any], name: str, made: object) -> Iterator[str]:
    """Let scenarios name this strategy, or story, for a while; gives its name."""
    before = registry.get(name)
    registry[name] = made
    try:
        yield name
    finally:
        if before is None:
            del registry[name]
        else:
            registry[name] = before


def waits_for_nothing(made: object) -> bool:
    """Whether a strategy has a `begin` of its own without `yield`, which calls no other one."""
    begin = vars(made).get("begin") if isinstance(made, type) else None
    if not isfunction(begin) or isgeneratorfunction(begin):
        return False
    return "begin" not in begin.__code__.co_names
