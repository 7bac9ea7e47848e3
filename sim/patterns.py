"""Patterns: what happened to each token, intention and retry of one run, as flags.

Rule: a fold over the rows of a run keeps one number per token and per intention; which flags there
are, and which shares they make, `sim.rates` says.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sim.properties.base import Use, issued_for_single_use
from sim.rates import (
    ACCEPTED,
    ACCEPTED_TWICE,
    COMPENSATED,
    CONSUMED,
    EFFECT,
    EFFECT_TWICE,
    ENDED,
    HAPPENED,
    OWN_ACCEPTED,
    OWN_EFFECT,
    PRESENTED,
    REFUSED,
    SERVED,
    SINGLE,
    STOLEN,
    STOLEN_ANSWER,
    STOLEN_EFFECT,
    THIEF_AFTER,
    THIEF_BEFORE,
    TOLD,
)
from sim.trace import Row

NEVER = 1 << 62
#: How an operation begins that only reads, and so may be repeated (RFC 9110 9.2.1).
SAFE = ("GET ", "HEAD ")
LASTING = frozenset({"", "first", "replay"})
#: What happens once for each use, so at each server where a token is for one use at each.
USES = ACCEPTED | EFFECT
#: Errors that say what to come again with; no check had used the token up (RFC 9449 8; RFC 9470 3).
COME_AGAIN = frozenset(
    {
        "use_dpop_nonce",
        "insufficient_user_authentication",
        "insufficient_authorization",
        "transaction_authorization_required",
    }
)


@dataclass(slots=True)
class _Intention:
    """What is known of an intention while its run goes on, and of its effect at one server.

    Nearly every intention concerns one server; what is known of its effects at further ones is kept
    in further objects, of which only the last six fields and the flag EFFECT are used.
    """

    flags: int = 0
    first_us: int = NEVER  #: when what was definitely answered first, with such a token, came
    refused: Use | None = None  #: what that was a use of, if it was refused for all that was known
    server: str = ""
    done_us: int = NEVER  #: when the client's own effect was executed there
    attempt: int = 0  #: by which attempt
    token: str = ""  #: with which token
    asked: str = ""  #: by which request: METHOD /path
    operation: str = ""  #: the first effect there


class Patterns:
    """A fold over the rows of one run, from the intention `first` on.

    `twice_us`: when tokens were accepted a second time that nobody has made up for since.
    """

    def __init__(self, first: int = 0) -> None:
        self.first = first
        self.twice_us: dict[str, int] = {}
        self._tokens: dict[str, int] = {}
        self._intentions: dict[int, _Intention] = {}
        self._elsewhere: dict[tuple[int, str], _Intention] = {}
        self._retries: Counter[int] = Counter()
        #: tokens that are for one use at each server, and what happened to each of these uses
        self._at_each: dict[str, dict[str, int]] = {}
        #: use → when it was refused, as long as nothing justifies that
        self._refused_us: dict[Use, int] = {}

    def counts(self) -> dict[str, Counter[int]]:
        """Population → flags → how many of it have these flags so far."""
        going_on = (
            i.flags | (REFUSED if i.refused in self._refused_us else 0)
            for i in self._intentions.values()
        )
        return {
            "tokens": Counter(self._tokens.values()),
            "intentions": Counter(going_on),
            "retries": self._retries,
        }

    def from_now_on(self, first: int) -> Patterns:
        """The patterns without what happened so far; what was issued for one use stays known."""
        later = Patterns(first)
        later._tokens = {token: flags & SINGLE for token, flags in self._tokens.items()}
        later._at_each = {token: {} for token in self._at_each}
        return later

    def for_single_use(self, token: str) -> bool:
        """Whether it was issued for one use."""
        return bool(self._tokens.get(token, 0) & SINGLE)

    def _intention(self, number: int) -> _Intention:
        intention = self._intentions.get(number)
        if intention is None:
            intention = self._intentions[number] = _Intention()
        return intention

    def _at(self, number: int, intention: _Intention, server: str) -> _Intention:
        """What is known of the intention of this number at a server."""
        if intention.server == server:
            return intention
        if not intention.server:
            intention.server = server
            return intention
        return self._elsewhere.setdefault((number, server), _Intention(server=server))

    def _use(self, row: Row) -> Use:
        """What the presentation that the row is about is a use of."""
        return row.token, row.detail["server"] if row.token in self._at_each else ""

    def _known(self, token: str, server: str) -> int:
        """The flags of the token; where it is for one use at each server, of its use there."""
        flags = self._tokens.get(token, 0)
        if token not in self._at_each:
            return flags
        return flags & ~USES | self._at_each[token].get(server, 0)

    def _learn(self, token: str, server: str, flags: int) -> None:
        """Add to the flags of the token, and to those of its use there."""
        self._tokens[token] = self._tokens.get(token, 0) | flags
        if token in self._at_each:
            uses = self._at_each[token]
            uses[server] = uses.get(server, 0) | flags & USES

    def _justify(self, row: Row) -> None:
        """A use that was at a server before a refusal is the reason of it."""
        if not self._refused_us:
            return
        use = self._use(row)
        if self._refused_us.get(use, -1) >= row.detail.get("received_us", row.t_us):
            del self._refused_us[use]

    def _issue(self, row: Row) -> None:
        if issued_for_single_use(row):
            self._tokens[row.token] = self._tokens.get(row.token, 0) | SINGLE
            if row.detail.get("one_use_per") == "server":
                self._at_each[row.token] = {}

    def _respond(self, row: Row) -> None:
        detail, token, actor = row.detail, row.token, row.actor
        server, outcome = detail["server"], detail["outcome"]
        now, before = PRESENTED, self._known(token, server)
        if detail["status"] < 300 and outcome != "stored":
            now |= _acceptance(actor, before)
            if before & SINGLE and now & ACCEPTED_TWICE & ~self._tokens[token]:
                self.twice_us[token] = row.t_us
            self._justify(row)
        if actor != "client":
            now |= STOLEN | STOLEN_ANSWER if outcome == "stored" else STOLEN
        elif row.intention >= 0:
            self._honest(row, before)
        if token:  # a page that anybody may ask for takes none
            self._learn(token, server, now)

    def _honest(self, row: Row, before: int) -> None:
        """A server answered the client; `before` is what was known of the token until then."""
        number, attempt, detail = row.intention, row.attempt, row.detail
        intention, received_us = self._intention(number), detail["received_us"]
        if before & SINGLE:
            intention.flags |= PRESENTED
            if _definite(detail) and received_us < intention.first_us:
                intention.first_us, intention.refused = received_us, None
                if detail["status"] >= 400 and not before & (ACCEPTED | EFFECT | CONSUMED):
                    intention.refused = use = self._use(row)
                    self._refused_us[use] = row.t_us
        here = self._at(number, intention, detail["server"])
        if attempt == here.attempt and here.done_us < NEVER:
            here.asked = here.asked or detail["operation"]
        later = attempt > here.attempt and received_us >= here.done_us
        if later and here.asked in ("", detail["operation"]):
            told = REFUSED if detail["error"] == "invalid_token" else 0
            self._retries[PRESENTED | told] += 1

    def _consume(self, row: Row) -> None:
        self._tokens[row.token] = self._tokens.get(row.token, 0) | CONSUMED

    def _effect(self, row: Row) -> None:
        detail, token, number, honest = row.detail, row.token, row.intention, row.actor == "client"
        if not detail["executed"]:
            return
        server = detail["server"]
        now = PRESENTED | (EFFECT_TWICE if self._known(token, server) & EFFECT else EFFECT)
        self._learn(token, server, now if honest else now | STOLEN | STOLEN_EFFECT)
        self._justify(row)
        if number < 0:
            return
        intention, operation = self._intention(number), detail.get("operation", "")
        intention.flags |= HAPPENED
        if operation.startswith(SAFE):
            return
        here = self._at(number, intention, server)
        if here.flags & EFFECT and here.operation == operation:
            intention.flags |= EFFECT_TWICE
        here.flags |= EFFECT
        here.operation = here.operation or operation
        if honest:
            intention.flags |= OWN_EFFECT
            if here.done_us == NEVER:
                here.done_us, here.attempt, here.token = row.t_us, row.attempt, token

    def _compensate(self, row: Row) -> None:
        self._tokens[row.token] = self._tokens.get(row.token, 0) | COMPENSATED

    def _return(self, row: Row) -> None:
        """The client learnt an answer: a success with the token that took effect tells it so."""
        detail, number, token = row.detail, row.intention, row.token
        status = detail["status"]
        if row.actor != "client" or number < 0 or status is None or status >= 300:
            return
        intention = self._intention(number)
        if token and token == self._at(number, intention, detail["server"]).token:
            intention.flags |= TOLD

    def _outcome(self, row: Row) -> None:
        detail = row.detail
        if detail.get("cut_off"):
            return  # the run ended, not the intention
        served = SERVED if detail["kind"] == "served" else 0
        self._intention(row.intention).flags |= ENDED | served


FOLDS: dict[str, Callable[[Patterns, Row], None]] = {
    "issue": Patterns._issue,
    "respond": Patterns._respond,
    "consume": Patterns._consume,
    "effect": Patterns._effect,
    "compensate": Patterns._compensate,
    "return": Patterns._return,
    "outcome": Patterns._outcome,
}


def _definite(detail: dict[str, Any]) -> bool:
    """Served, or a 4xx by which the use is lost: not "come again", not "I do not know"."""
    status, outcome = detail["status"], detail["outcome"]
    if not 400 <= status < 500 or status == 409:
        return bool(status < 300)
    return outcome in LASTING and (outcome != "" or detail["error"] not in COME_AGAIN)


def _acceptance(actor: str, before: int) -> int:
    """What an acceptance adds to the flags of a token."""
    times = ACCEPTED_TWICE if before & ACCEPTED else ACCEPTED
    if actor == "client":
        return times | OWN_ACCEPTED
    return times | (THIEF_AFTER if before & OWN_ACCEPTED else THIEF_BEFORE)
