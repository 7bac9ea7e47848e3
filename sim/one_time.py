"""One-time objects: what happened to codes, refresh tokens, proofs, assertions, links and keys.

Rule: a check that decided, a store that recorded, and what came of it, by the words that
`sim.rates` has for access tokens, which `sim.patterns` counts. What belongs to no intention, as the
sign-in before a run, is not counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from sim.properties.base import issued_for_single_use
from sim.rates import (
    ACCEPTED,
    ACCEPTED_TWICE,
    ANSWERED,
    CONSUMED,
    LET_THROUGH,
    ONE_TIME,
    OWN,
    PRESENTED,
    REFUSED,
)
from sim.trace import Row

#: Kind and identifier of a one-time object.
Thing = tuple[str, str]
#: Which request: intention, actor, attempt.
Cause = tuple[int, str, int]
#: Decisions that leave open whether the object is good.
OPEN = ("in_flight", "undecided")
#: What is accepted when its check lets it through; the others when something comes of them.
PROOFS = ("dpop_proof", "client_assertion")
#: What the authorization server turns into access tokens.
FOR_TOKENS = ("code", "refresh_token")
#: What a row calls a credential that there is not, or that nobody issued.
NOT_NAMED = ("", "unknown")


class OneTime:
    """A fold over the rows of one run."""

    def __init__(self) -> None:
        self._kind: dict[str, str] = {}  #: what was issued → its kind
        self._flags: dict[Thing, int] = {}
        self._refused: dict[Thing, Cause] = {}  #: without a reason → by which request

    def counts(self) -> dict[str, Counter[int]]:
        """Kind → flags → how many of it have these flags so far."""
        counts: dict[str, Counter[int]] = {kind: Counter() for kind in ONE_TIME}
        for (kind, _), flags in self._flags.items():
            counts[kind][flags] += 1
        return counts

    def from_now_on(self) -> OneTime:
        """The fold without what happened so far; what was issued stays known."""
        later = OneTime()
        later._kind = self._kind
        return later

    def _learn(self, thing: Thing, flags: int) -> None:
        self._flags[thing] = self._flags.get(thing, 0) | flags

    def _accept(self, thing: Thing) -> None:
        self._learn(thing, ACCEPTED_TWICE if self._flags.get(thing, 0) & ACCEPTED else ACCEPTED)

    def _refuse(self, thing: Thing, row: Row) -> None:
        self._learn(thing, REFUSED)
        self._refused[thing] = _cause(row)

    def _decide(self, row: Row) -> None:
        kind, outcome = row.detail["key"][0], row.detail["outcome"]
        if kind not in ONE_TIME or row.intention < 0:
            return
        thing = kind, row.token
        before, own = self._flags.get(thing, 0), row.actor == "client"
        self._learn(thing, PRESENTED | OWN if own else PRESENTED)
        if outcome == "first":
            self._learn(thing, LET_THROUGH)
            if kind in PROOFS:
                self._accept(thing)
        if own and outcome not in OPEN:
            self._learn(thing, ANSWERED)
            if outcome != "first" and not before & (ANSWERED | LET_THROUGH | CONSUMED):
                self._refuse(thing, row)

    def _consume(self, row: Row) -> None:
        """A key that its strategy made a number of has not its own name there, and is passed over.

        Who issued what bears that name says of which kind it is.
        """
        kind, token = row.detail["kind"], row.token
        if kind not in ONE_TIME or row.intention < 0 or token in NOT_NAMED:
            return
        if self._kind.get(token, kind) == kind:
            self._learn((kind, token), CONSUMED | PRESENTED)

    def _issue(self, row: Row) -> None:
        kind, source = row.detail["kind"], row.detail.get("source", "")
        self._kind[row.token] = kind
        brought_by = self._kind.get(source, "")
        if kind != "access_token" or row.intention < 0 or brought_by not in FOR_TOKENS:
            return
        if brought_by == "refresh_token" and issued_for_single_use(row):
            return  # which rotates nothing
        thing = brought_by, source
        if self._refused.get(thing) == _cause(row):  # what was called a replay was excused
            del self._refused[thing]
            self._flags[thing] &= ~REFUSED
        self._accept(thing)

    def _effect(self, row: Row) -> None:
        detail = row.detail
        if self._kind.get(row.token) == "action_token" and detail["executed"]:
            self._accept(("action_token", row.token))
        if "idempotency_key" in detail:
            name = f"{detail['server']} {detail['idempotency_key']}"
            self._under_key(("idempotency_key", name), row)

    def _under_key(self, thing: Thing, row: Row) -> None:
        """The database of the effects is check and store of idempotency keys."""
        before, executed = self._flags.get(thing, 0), row.detail["executed"]
        self._learn(thing, PRESENTED | OWN if row.actor == "client" else PRESENTED)
        if executed:
            self._learn(thing, LET_THROUGH | CONSUMED)
            self._accept(thing)
        elif not row.detail["consumed_before"] and not before & LET_THROUGH:
            self._learn(thing, CONSUMED)
            self._refuse(thing, row)


FOLDS: dict[str, Callable[[OneTime, Row], None]] = {
    "decide": OneTime._decide,
    "consume": OneTime._consume,
    "issue": OneTime._issue,
    "effect": OneTime._effect,
}


def _cause(row: Row) -> Cause:
    return row.intention, row.actor, row.attempt
