"""Rates: what a share in the metrics is a share of, as patterns of flags.

Rule: a rate counts tokens, intentions or retries; what happened to each of them is a pattern of
`FLAGS` in the end, and `RATES` says which patterns are counted, and among which.

Words of the definitions. *Reached*: a server answered it, or its effect happened. *Accepted*: a 2xx
that is no stored answer. *Thief*: every presenter that is not the client. *Twice*, of a token that
is for one use at each server: at one of them. *Definite*: a 2xx, or a 4xx unless it only says "not
now" (409, a challenge, an undecided check) or, before any check used the token up, "come again
with" a nonce (use_dpop_nonce), a sign-in (RFC 9470) or more authorization. *Ended*: for its client;
what only the end of the run cut off has not.
"""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

(
    SINGLE,  # a token was issued with `use` "single"
    PRESENTED,  # a token, or an intention's single-use token, or a retry, reached a server
    ACCEPTED,
    ACCEPTED_TWICE,
    CONSUMED,  # a store recorded it as used
    EFFECT,  # executed
    EFFECT_TWICE,
    OWN_EFFECT,  # of an intention, by its client's own presentation
    STOLEN,
    STOLEN_EFFECT,
    STOLEN_ANSWER,
    REFUSED,  # a first use definitely, without a reason; a retry by invalid_token
    ENDED,
    SERVED,
    TOLD,  # of an intention: a success answer to the presentation that took effect came back
    OWN_ACCEPTED,  # of a token, by its client's presentation
    THIEF_BEFORE,  # a thief's was accepted when the client's had not been
    THIEF_AFTER,
    COMPENSATED,
    HAPPENED,  # of an intention: an effect, at any server, of whatever kind
    REVOKED,  # a family, by the AS of its own accord
    OWN,  # of another one-time object: its client presented it
    LET_THROUGH,  # the check of it said that it was good
    ANSWERED,  # the check gave its client a definite answer
) = FLAGS = tuple(1 << bit for bit in range(24))


class Rate(NamedTuple):
    """A share: among those with the flags `of`, those with `has` and without `lacks`."""

    population: str
    of: int
    has: int
    lacks: int
    definition: str

    def counts(self, patterns: Counter[int]) -> tuple[int, int]:
        """How many of these patterns are counted, and among how many."""
        among = {p: count for p, count in patterns.items() if p & self.of == self.of}
        hits = (c for p, c in among.items() if p & self.has == self.has and not p & self.lacks)
        return sum(hits), sum(among.values())


_USED = SINGLE | PRESENTED


class OneTimeKind(NamedTuple):
    """What is good for one use beside access tokens: what many are called, when one is accepted."""

    many: str
    accepted: str


#: kind of a one-time key → what its rates say of it.
ONE_TIME: dict[str, OneTimeKind] = {
    "code": OneTimeKind("authorization codes", "an access token came of it"),
    "refresh_token": OneTimeKind(
        "refresh tokens that are rotated",
        "an access token came of it that is for more than one use, also where grace allowed that",
    ),
    "dpop_proof": OneTimeKind("DPoP proofs whose one use is counted", "the count let it through"),
    "client_assertion": OneTimeKind("client assertions", "the count of their uses let it through"),
    "action_token": OneTimeKind(
        "action tokens (mailed links, which the rates of single-use tokens count too)",
        "it had its effect",
    ),
    "idempotency_key": OneTimeKind(
        "idempotency keys", "an effect was executed under it at one server"
    ),
}


def _of_kind(kind: str) -> dict[str, Rate]:
    """The three rates of a kind of one-time object, by the words of those of access tokens."""
    many, accepted = ONE_TIME[kind]
    return {
        f"{kind}_double_accept_rate": Rate(
            *(kind, PRESENTED, ACCEPTED_TWICE, 0),
            f"{many}, accepted at least twice / those presented: a check decided about them, or a "
            f"store recorded them as used. Accepted: {accepted}",
        ),
        f"{kind}_first_use_reject_rate": Rate(
            *(kind, OWN, REFUSED, 0),
            f"{many}, of which the first definite answer to their client was that they had been "
            "used, although no check had let one through before and no store had recorded it / "
            "those that their client presented",
        ),
        f"{kind}_burned_rate": Rate(
            *(kind, PRESENTED, CONSUMED, ACCEPTED),
            f"{many}, that a store recorded as used and that were never accepted / those presented",
        ),
    }


POPULATIONS = ("tokens", "intentions", "retries", "families", *ONE_TIME)
#: name → which share it is, and its definition: numerator / denominator.
RATES: dict[str, Rate] = {
    "double_accept_rate": Rate(
        *("tokens", _USED, ACCEPTED_TWICE, 0),
        "single-use tokens accepted at least twice / single-use tokens that reached a server",
    ),
    "first_use_reject_rate": Rate(
        *("intentions", PRESENTED, REFUSED, 0),
        "intentions whose client's first definite answer to a single-use token was a refusal "
        "although no presentation of that token that had reached a server by then was ever "
        "accepted or had an effect, and no store had recorded it as used / intentions whose "
        "client's single-use token reached a server",
    ),
    "retry_reject_rate": Rate(
        *("retries", PRESENTED, REFUSED, 0),
        "honest retries told invalid_token / honest retries: a client's later presentation that "
        "reached a server at which an earlier one of the same intention, for the same operation, "
        "had taken effect",
    ),
    "burned_rate": Rate(
        *("tokens", _USED, CONSUMED, EFFECT | ACCEPTED),
        "single-use tokens that a store recorded as used and that were never accepted nor had an "
        "effect / single-use tokens that reached a server",
    ),
    "consumed_unknown_rate": Rate(
        *("intentions", ENDED, OWN_EFFECT, SERVED | TOLD),
        "intentions that ended refused or unknown although the client's own presentation took "
        "effect, and no success answer to it came back / intentions ended",
    ),
    "duplicate_effect_per_token_rate": Rate(
        *("tokens", _USED, EFFECT_TWICE, 0),
        "single-use tokens with at least two effects / single-use tokens that reached a server",
    ),
    "duplicate_effect_per_intention_rate": Rate(
        *("intentions", ENDED, EFFECT_TWICE, 0),
        "intentions with the same effect at least twice at a server, a thief's included (the user "
        "pays for both), what only reads (RFC 9110 9.2.1) left out / intentions ended",
    ),
    "theft_rate": Rate(
        *("tokens", STOLEN, STOLEN_EFFECT, 0),
        "stolen tokens with an effect for a thief / stolen tokens: a thief's presentation reached "
        "a server",
    ),
    "stored_answer_to_thief_rate": Rate(
        *("tokens", STOLEN, STOLEN_ANSWER, 0),
        "stolen tokens for which a thief got a stored answer / stolen tokens",
    ),
    "thief_before_rate": Rate(
        *("tokens", STOLEN, THIEF_BEFORE, 0),
        "stolen tokens accepted from a thief when none had been accepted from the client / stolen "
        "tokens",
    ),
    "thief_after_rate": Rate(
        *("tokens", STOLEN, THIEF_AFTER, 0),
        "stolen tokens accepted from a thief after the client's had been accepted / stolen tokens",
    ),
    "family_revoke_rate": Rate(
        *("families", PRESENTED, REVOKED, STOLEN),
        "authorizations that the AS revoked of its own accord although nobody but the client had "
        "shown it a code or refresh token of theirs / authorizations of which one was shown to it",
    ),
    "compensated_rate": Rate(
        *("tokens", _USED | ACCEPTED_TWICE, COMPENSATED, 0),
        "single-use tokens accepted at least twice that a strategy noticed and compensated / "
        "single-use tokens accepted at least twice",
    ),
    "no_effect_per_token_rate": Rate(
        *("tokens", _USED, _USED, EFFECT),
        "single-use tokens without an effect / single-use tokens that reached a server",
    ),
    "no_effect_per_intention_rate": Rate(
        *("intentions", ENDED, ENDED, HAPPENED),
        "intentions without an effect anywhere / intentions ended",
    ),
    "availability": Rate(
        *("intentions", ENDED, SERVED, 0),
        "intentions served / intentions ended",
    ),
    **{name: rate for kind in ONE_TIME for name, rate in _of_kind(kind).items()},
}
