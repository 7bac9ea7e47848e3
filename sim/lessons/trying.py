"""What a learner wrote, in a world: lent to scenarios by its name, and taken back.

Law: when a check has ended, the registry is what it was before.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def lent(registry: dict[str, Any], name: str, made: object) -> Iterator[str]:
    """Let scenarios name this strategy, or story, for a while; gives its name."""
    before = registry.get(name)
    registry[name] = made
    try:
        yield name
    finally:
        del registry[name]
        if before is not None:
            registry[name] = before
