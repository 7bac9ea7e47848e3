"""How a row looks on its lane: a shape, a word and a note. A table, one line per kind of row.

Rule: a shape never means anything by its colour alone, and the words are those of the trace.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from sim.trace import Row
from sim.views.words import counted, roughly

#: shape → what it means, in the order of the legend.
SHAPES: dict[str, str] = {
    "accepted": "accepted",
    "rejected": "rejected",
    "undecided": "undecided or unknown",
    "effect": "effect",
    "effect_again": "the same effect again",
    "no_effect": "effect withheld",
    "timeout": "timeout",
    "outcome": "end of the intention",
    "issue": "credential issued",
    "wallet": "wallet changed",
    "store": "store operation",
    "note": "event",
}
#: a strategy's decision (`sim.trace.DECISIONS`) → shape and word.
DECIDED: dict[str, tuple[str, str]] = {
    "first": ("accepted", "accepted"),
    "stored": ("accepted", "stored answer"),
    "replay": ("rejected", "rejected"),
    "in_flight": ("undecided", "in flight"),
    "challenge": ("undecided", "challenge"),
    "undecided": ("undecided", "undecided"),
}

#: what happened to a node → how a picture says it.
FAULTS: dict[str, str] = {
    "restart": "is back",
    "slow": "slow from here",
    "normal": "as fast as before",
    "step": "clock jumps",
    "promote": "in charge",
    "replace": "answers",
    "transfer": "has the records",
    "follow": "follows",
}


class Look(NamedTuple):
    """A mark as words: `shape` is a key of `SHAPES`."""

    shape: str
    word: str
    note: str = ""


def _decide(row: Row) -> Look:
    outcome = said_in(row, "outcome")
    shape, word = DECIDED.get(outcome, ("note", outcome))
    return Look(shape, word, "replay" if outcome == "replay" else "")


def _respond(row: Row) -> Look:
    return Look("rejected" if refused(row) else "accepted", said_in(row, "status"), _error(row))


def _return(row: Row) -> Look:
    if row.detail.get("status") is None:
        return Look("undecided", "unknown")
    return Look("note", said_in(row, "status"), _error(row))


def _effect(row: Row) -> Look:
    if row.detail.get("executed", True):
        return Look("effect", "EFFECT", said_in(row, "operation"))
    return Look("no_effect", "no effect", "done before")


def _timeout(row: Row) -> Look:
    return Look("timeout", "timeout", row.peer)


def _outcome(row: Row) -> Look:
    attempts, latency_us = row.detail.get("attempts"), row.detail.get("latency_us")
    notes = [counted(attempts, "attempt")] if isinstance(attempts, int) else []
    notes += [roughly(latency_us)] if isinstance(latency_us, int) else []
    return Look("outcome", said_in(row, "kind"), ", ".join(notes))


def _wallet(row: Row) -> Look:
    return Look("wallet", f"wallet {said_in(row, 'action')}".rstrip(), row.token)


def _issue(row: Row) -> Look:
    return Look("issue", f"issues {row.token}".rstrip(), said_in(row, "kind"))


def _consume(row: Row) -> Look:
    return Look("store", "key used", said_in(row, "operation"))


def _store(row: Row) -> Look:
    before = said_in(row, "before")
    verdict = "granted" if row.detail.get("granted") else f"refused, {before}".rstrip(", ")
    return Look("store", said_in(row, "operation"), verdict)


def _fault(row: Row) -> Look:
    action = said_in(row, "action")
    note = f"in place of {row.peer}" if row.peer else ""
    if "memory" in row.detail:
        note = f"memory {row.detail['memory']}"
    if "offset_ms" in row.detail:
        note = f"by {row.detail['offset_ms']:+g} ms"
    return Look("note", FAULTS.get(action, action) or "fault", note)


LOOKS: dict[str, Callable[[Row], Look]] = {
    "decide": _decide,
    "respond": _respond,
    "return": _return,
    "effect": _effect,
    "timeout": _timeout,
    "outcome": _outcome,
    "wallet": _wallet,
    "issue": _issue,
    "consume": _consume,
    "store": _store,
    "fault": _fault,
}


def refused(row: Row) -> bool:
    """Whether a server's answer says no (RFC 9110 15: 4xx and 5xx are errors)."""
    status = row.detail.get("status")
    return isinstance(status, int) and status >= 400


def said_in(row: Row, key: str) -> str:
    """A member of the row's detail as text; "" when it says nothing."""
    value = row.detail.get(key)
    return "" if value is None else str(value)


def _error(row: Row) -> str:
    return said_in(row, "error")
