"""Whom a strategy asks about a use, where that does not depend on the key.

Rule: each stands in a class as its `stores_for`.
"""

from __future__ import annotations

from oauth_model.strategies.base import LOCAL, SHARED, Strategy, Use


def in_this_replica(self: Strategy, use: Use) -> tuple[str, ...]:
    """The memory of the replica that asks."""
    return (LOCAL,)


def in_the_shared_store(self: Strategy, use: Use) -> tuple[str, ...]:
    """The one store of all replicas."""
    return (SHARED,)


def at_the_nearest_member(self: Strategy, use: Use) -> tuple[str, ...]:
    """A member in the same region, if there is one."""
    return (self.place.nearest,)
