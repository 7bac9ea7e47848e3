"""Histories of one single-use token: what presenters saw, and whether an order explains it.

Rule: the object has two states, unused and used by a request. `accepted` takes it from the first to
the second; `rejected` is legal when it is used; `stored` (an answer repeated from store) when it is
used by that same request; `unknown` may have been an acceptance at any later time, or nothing.
`contradiction` decides that in one pass; `STRICT` and `REPEATING` say it to a search, step by step.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from sim.properties.base import ms, whose
from sim.properties.search import NEVER, Model

#: What happened to a token by a presentation that needs an earlier use as its cause.
SAID = {"rejected": "was refused as used", "stored": "was answered from store"}
#: Why one presentation came before another in any order (Herlihy and Wing 1990, real-time order).
BEFORE = "because the one was answered before the other was sent"

Request = tuple[int, str]


class Presentation(NamedTuple):
    """One operation: a closed interval in µs, what it came to, and which request it carried.

    `kind`: accepted, rejected, stored or unknown; an unknown one returns NEVER. Two presentations
    carry the same request when they are for the same intention at the same server, whoever sent
    them: a stored answer that a thief gets is a theft, and no contradiction.
    """

    kind: str
    call_us: int
    return_us: int
    request: Request = (0, "")
    node: str = ""
    actor: str = "client"
    attempt: int = 0

    def __str__(self) -> str:
        answered = "never answered" if self.return_us == NEVER else f"answered {ms(self.return_us)}"
        sent = f"sent {ms(self.call_us)}, {answered}"
        return f"{self.node} for {whose(self.actor)} attempt {self.attempt} ({sent})"

    def facts(self) -> dict[str, Any]:
        """Itself as JSON-able members; an answer that never came is null."""
        intention, server = self.request
        answered_us = None if self.return_us == NEVER else self.return_us
        told = {"intention": intention, "server": server, "return_us": answered_us}
        return {k: v for k, v in self._asdict().items() if k != "request"} | told


def _repeating(said: Presentation, used_by: Request | None) -> list[Request]:
    legal = {
        "accepted": used_by is None,
        "rejected": used_by is not None,
        "stored": used_by == said.request,
        "unknown": True,
    }
    return [used_by or said.request] if legal[said.kind] else []


def _strict(said: Presentation, used_by: Request | None) -> list[Request]:
    return [] if said.kind == "stored" else _repeating(said, used_by)


#: One use, and every other one is refused.
STRICT: Model[Presentation, Request | None] = Model(None, _strict)
#: The same, where a retry may be answered from store: that of the same request, and no other.
REPEATING: Model[Presentation, Request | None] = Model(None, _repeating)


def specification(history: Sequence[Presentation]) -> Model[Presentation, Request | None]:
    """What is to be asked of a history: a strategy that stores answers shows itself in it."""
    return REPEATING if any(p.kind == "stored" for p in history) else STRICT


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
        return _accepted_twice(*sorted(accepted, key=lambda p: p.call_us)[:2])
    later = [p for p in history if p.kind in SAID]
    if not later:
        return None
    first = min(later, key=lambda p: p.return_us)
    causes = accepted or [p for p in history if p.kind == "unknown"]
    in_time = [cause for cause in causes if cause.call_us <= first.return_us]
    if in_time:
        return _other_request([p for p in later if p.kind == "stored"], in_time)
    return _without_cause(first, accepted, causes)


def _accepted_twice(one: Presentation, two: Presentation) -> Contradiction:
    """Two acceptances, the first by when it was sent."""
    order = f"before it was accepted at {two}, {BEFORE}"
    if two.call_us <= one.return_us:
        order = f"and accepted at {two}, in either order, because each was sent before the other "
        order += "was answered"
    but = "but one server with one memory accepts a token once"
    return Contradiction(f"was accepted at {one}, {order}; {but}", (one, two))


def _without_cause(
    first: Presentation, accepted: list[Presentation], causes: list[Presentation]
) -> Contradiction:
    """An answer that says "used" before any use can have begun."""
    said, but = SAID[first.kind], "but a token is not used before its first use"
    if accepted:
        says = f"{said} at {first}, before its one accepted use at {accepted[0]}, {BEFORE}; {but}"
        return Contradiction(says, (first, accepted[0]))
    why = "because no other presentation was accepted or is without an answer"
    if causes:
        soonest = min(causes, key=lambda p: p.call_us)
        why = f"because the soonest, at {soonest}, was sent after that answer"
    says = f"{said} at {first}, before anything was sent that can have used it, {why}; {but}"
    return Contradiction(says, (first,))


def _other_request(stored: list[Presentation], causes: list[Presentation]) -> Contradiction | None:
    """One cause must carry the request of every stored answer."""
    odd = None
    for cause in causes:
        odd = next((p for p in stored if p.request != cause.request), None)
        if odd is None:
            return None
    assert odd is not None
    cause = causes[-1]
    use, answer = (f"intention {p.request[0]} at {p.request[1]}" for p in (cause, odd))
    why = f"because the use was for {use} and the answer for {answer}"
    says = f"was answered from store at {odd}, although its one use was another request at {cause}"
    but = "but a stored answer is for the same request sent again"
    return Contradiction(f"{says}, {why}; {but}", (odd, cause))
