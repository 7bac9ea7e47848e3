"""Linearizability: is there an order in which the answers that presenters got make sense?

Rule: one token at a time (Herlihy and Wing 1990, locality), from what presenters saw, between the
instant they sent and the instant they learnt. A closed form decides (`histories.contradiction`);
on the history that is shown a search gives its own opinion.
"""

from __future__ import annotations

from typing import NamedTuple

from sim.properties.base import (
    MINUTES,
    Property,
    Use,
    Uses,
    Verdict,
    counted,
    prop,
)
from sim.properties.histories import Presentation, contradiction, specification
from sim.properties.search import NEVER, search
from sim.trace import Row

#: Decisions after which the token may be used up although the presenter was not served.
MAYBE_USED = frozenset({"first", "undecided"})


class _Answer(NamedTuple):
    """What a server answered to a presentation, whether or not it arrived."""

    received_us: int
    status: int
    outcome: str


_Name = tuple[str, str, int, int, str]  #: token, actor, intention, attempt, server


@prop
class SingleUseLinearizable(Property):
    """Every replica together answers as one server with one memory would."""

    name = "single_use_linearizable"
    sentence = (
        "The answers to a single-use token could have come from one server, one at a time; those "
        "of each server, where it is for one use at each."
    )
    clause = f"Herlihy and Wing 1990; {MINUTES}: best effort or eventual consistency"
    subject = "presentation of a single-use token that its presenter learnt about"
    held = "for each single-use token an order explains its answers; histories: {seen}"

    def __init__(self) -> None:
        super().__init__()
        self._uses = Uses()
        self.on_issue = self._uses.learn
        self._histories: dict[Use, list[Presentation]] = {}
        self._answers: dict[_Name, list[_Answer]] = {}  #: not learnt yet

    def on_respond(self, row: Row) -> None:
        """What a presenter cannot see: whether the check refused it, and whether from store."""
        detail = row.detail
        if self._uses.of(row.token, detail["server"]):
            answer = _Answer(detail["received_us"], detail["status"], detail["outcome"])
            self._answers.setdefault(_name(row), []).append(answer)

    def on_return(self, row: Row) -> None:
        """An operation is complete, or will never be."""
        use = self._uses.of(row.token, row.detail["server"])
        if use is None:
            return
        status, invoked_us = row.detail["status"], row.detail["invoked_us"]
        answers = self._answers.pop(_name(row), [])
        kind = _reading(row, {a.outcome for a in answers if a.status == status})
        self.seen += use not in self._histories
        history = self._histories.setdefault(use, [])
        if kind:
            return_us = NEVER if kind == "unknown" else row.t_us
            history.append(_presentation(row, kind, invoked_us, return_us))
        # a duplicate that the network made may have been the use, whatever this copy was told
        if any(a.status != status and a.outcome in MAYBE_USED for a in answers):
            history.append(_presentation(row, "unknown", invoked_us, NEVER))

    def at_end(self) -> Verdict | None:
        """Judge every token; an answer that nobody learnt is an operation that never returned."""
        unlearnt = self._unlearnt()
        found = []
        for use, learnt in self._histories.items():
            history = [*learnt, *unlearnt.get(use, ())]
            if (wrong := contradiction(history)) is not None:
                found.append((use, history, wrong))
        if not found:
            return None
        (token, _), history, wrong = found[0]
        opinion = search(history, specification(history))
        shown = [presentation.facts() for presentation in wrong.shown]
        facts = {"token": token, "intention": shown[0]["intention"], "presentations": shown}
        because = f"single-use token {token} {wrong.says}"
        verdict = self.judged(False, because, **facts, search=opinion._asdict())
        return counted(verdict, len(found))

    def _unlearnt(self) -> dict[Use, list[Presentation]]:
        """Use → answers that may have been it and that nobody learnt."""
        found: dict[Use, list[Presentation]] = {}
        for (token, actor, intention, attempt, server), answers in self._answers.items():
            who = (intention, server), server, actor, attempt
            use = self._uses.of(token, server)
            assert use is not None, "an answer is kept of single-use tokens alone"
            found.setdefault(use, []).extend(
                Presentation("unknown", answer.received_us, NEVER, *who)
                for answer in answers
                if answer.outcome in MAYBE_USED
            )
        return found


def _reading(row: Row, outcomes: set[str]) -> str:
    """What an answer comes to; "" when it says nothing about the token's use.

    `outcomes`: what the check decided where the answer came from; empty if no row says.
    """
    status = row.detail["status"]
    if status is None:
        return "unknown"
    if status < 300:
        return "stored" if outcomes == {"stored"} else "accepted"
    if not outcomes:
        return "rejected" if row.detail["error"] == "invalid_token" else ""
    if "stored" in outcomes:
        return "stored"
    if "replay" in outcomes:
        return "rejected"
    return "unknown" if outcomes & MAYBE_USED else ""


def _name(row: Row) -> _Name:
    return row.token, row.actor, row.intention, row.attempt, row.detail["server"]


def _presentation(row: Row, kind: str, call_us: int, return_us: int) -> Presentation:
    request = row.intention, row.detail["server"]
    node = row.peer or row.detail["server"]
    return Presentation(kind, call_us, return_us, request, node, row.actor, row.attempt)
