"""How a schedule calls a cause."""

from __future__ import annotations

from sim.choices import Cause


def named(cause: Cause) -> str:
    """A cause in a schedule: intention, actor, attempt, and the message's number unless it is 0."""
    intention, actor, attempt, ordinal = cause
    whose = f"{intention}.{actor}.{attempt}"
    return f"{whose}.{ordinal}" if ordinal else whose
