"""Linearizability: is there an order in which the answers that presenters got make sense?

Rule: one token at a time (Herlihy and Wing 1990, locality), from what presenters saw, between the
instant they sent and the instant they learnt. A closed form decides in one pass; no search.

The object has two states, unused and used by a request. `accepted` takes it from the first to the
second; `rejected` is legal when it is used; `stored` (an answer repeated from store) when it is
used by that same request; `unknown` may have been an acceptance at any later time, or nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from sim.properties.base import (
    MINUTES,
    Property,
    Verdict,
    counted,
    issued_for_single_use,
    ms,
    prop,
    whose,
)
from sim.trace import Row

NEVER = 1 << 62
#: What happened to a token by a presentation that needs an earlier use as its cause.
SAID = {"rejected": "was refused as used", "stored": "was answered from store"}
#: Decisions after which the token may be used up although the presenter was not served.
MAYBE_USED = frozenset({"first", "undecided"})


class Presentation(NamedTuple):
    """One operation: a closed interval in µs, what it came to, and which request it carried.

    `kind`: accepted, rejected, stored or unknown; an unknown one returns NEVER. Two presentations
    carry the same request when they are for the same intention at the same server.
    """

    kind: str
    call_us: int
    return_us: int
    request: tuple[int, str] = (0, "")
    node: str = ""
    actor: str = "client"
    attempt: int = 0

    def __str__(self) -> str:
        answered = "never answered" if self.return_us == NEVER else f"{ms(self.return_us)}"
        return (
            f"{self.node} to {whose(self.actor)} attempt {self.attempt} "
            f"({ms(self.call_us)} to {answered})"
        )

    def facts(self) -> dict[str, Any]:
        """Itself as JSON-able members; an answer that never came is null."""
        intention, server = self.request
        answered_us = None if self.return_us == NEVER else self.return_us
        told = {"intention": intention, "server": server, "return_us": answered_us}
        return {k: v for k, v in self._asdict().items() if k != "request"} | told


class Contradiction(NamedTuple):
    """Why no order explains the history of a token, and the presentations that show it."""

    says: str
    shown: tuple[Presentation, ...]


def contradiction(history: Sequence[Presentation]) -> Contradiction | None:
    """What is wrong with the history of one token; None when an order explains it.

    At most one may be accepted. Whatever was rejected or answered from store needs a cause: the
    accepted one or, if there is none, an unknown one. The cause must have been sent before the
    first of them returned, and must carry the request of every stored answer.
    """
    accepted = [p for p in history if p.kind == "accepted"]
    if len(accepted) > 1:
        one, two = accepted[:2]
        return Contradiction(f"was accepted by {one} and again by {two}", (one, two))
    later = [p for p in history if p.kind in SAID]
    if not later:
        return None
    first = min(later, key=lambda p: p.return_us)
    causes = accepted or [p for p in history if p.kind == "unknown"]
    in_time = [cause for cause in causes if cause.call_us <= first.return_us]
    if in_time:
        return _other_request([p for p in later if p.kind == "stored"], in_time)
    if not accepted:
        says = f"{SAID[first.kind]} by {first}, when nothing that could have used it had been sent"
        return Contradiction(says, (first,))
    says = f"{SAID[first.kind]} by {first}, before its one accepted use was sent: {accepted[0]}"
    return Contradiction(says, (first, accepted[0]))


def _other_request(stored: list[Presentation], causes: list[Presentation]) -> Contradiction | None:
    """One cause must carry the request of every stored answer."""
    odd = None
    for cause in causes:
        odd = next((p for p in stored if p.request != cause.request), None)
        if odd is None:
            return None
    assert odd is not None
    says = f"was answered from store by {odd}, but its one use was another request: {causes[-1]}"
    return Contradiction(says, (odd, causes[-1]))


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
    sentence = "The answers to a single-use token could have come from one server, one at a time."
    clause = f"Herlihy and Wing 1990; {MINUTES}: best effort or eventual consistency"
    subject = "presentation of a single-use token that its presenter learnt about"
    held = "for each single-use token an order explains its answers; tokens: {seen}"

    def __init__(self) -> None:
        super().__init__()
        self._single: set[str] = set()
        self._histories: dict[str, list[Presentation]] = {}
        self._answers: dict[_Name, list[_Answer]] = {}  #: not learnt yet

    def on_issue(self, row: Row) -> None:
        """Remember which tokens are for one use."""
        if issued_for_single_use(row):
            self._single.add(row.token)

    def on_respond(self, row: Row) -> None:
        """What a presenter cannot see: whether the check refused it, and whether from store."""
        if row.token in self._single:
            detail = row.detail
            answer = _Answer(detail["received_us"], detail["status"], detail["outcome"])
            self._answers.setdefault(_name(row), []).append(answer)

    def on_return(self, row: Row) -> None:
        """An operation is complete, or will never be."""
        if row.token not in self._single:
            return
        status, invoked_us = row.detail["status"], row.detail["invoked_us"]
        answers = self._answers.pop(_name(row), [])
        kind = _reading(row, {a.outcome for a in answers if a.status == status})
        self.seen += row.token not in self._histories
        history = self._histories.setdefault(row.token, [])
        if kind:
            return_us = NEVER if kind == "unknown" else row.t_us
            history.append(_presentation(row, kind, invoked_us, return_us))
        # a duplicate that the network made may have been the use, whatever this copy was told
        if any(a.status != status and a.outcome in MAYBE_USED for a in answers):
            history.append(_presentation(row, "unknown", invoked_us, NEVER))

    def at_end(self) -> Verdict | None:
        """Judge every token; an answer that nobody learnt is an operation that never returned."""
        unlearnt: dict[str, list[Presentation]] = {}
        for (token, actor, intention, attempt, server), answers in self._answers.items():
            unlearnt.setdefault(token, []).extend(
                Presentation(
                    "unknown", a.received_us, NEVER, (intention, server), "", actor, attempt
                )
                for a in answers
                if a.outcome in MAYBE_USED
            )
        found = [
            (token, wrong)
            for token, history in self._histories.items()
            if (wrong := contradiction([*history, *unlearnt.get(token, ())])) is not None
        ]
        if not found:
            return None
        token, wrong = found[0]
        shown = [presentation.facts() for presentation in wrong.shown]
        because = f"single-use token {token} {wrong.says}"
        facts = {"token": token, "intention": shown[0]["intention"], "presentations": shown}
        return counted(self.judged(False, because, **facts), len(found))


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
