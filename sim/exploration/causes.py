"""How a schedule calls a cause."""

from __future__ import annotations

from sim.choices import Cause


def named(cause: Cause) -> str:
    """A cause in a schedule: intention, actor, attempt, and the message's number unless it is 0."""
    intention, actor, attempt, ordinal = cause
    parts = [str(intention), actor, str(attempt), *([str(ordinal)] if ordinal else [])]
    return ".".join(parts)
