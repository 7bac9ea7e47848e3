"""Metrics: what a run comes to in numbers, folded from its rows as they happen.

Rule: a rate counts tokens, intentions or retries, each of which is a pattern of `FLAGS` in the end;
`RATES` says which patterns count. So a tally is a few counters: it can be merged and sent about.

Words of the definitions. *Reached*: a server answered it or its effect happened. *Accepted*: a 2xx
that is not a stored answer. *Thief*: every presenter that is not the client. *Definitely refused*: a
4xx by the one-time check or for a lasting reason; 503, 409, a challenge and an undecided check are not.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sim.statistics import Estimate, quantile_with_interval, wilson
from sim.trace import Row

(
    SINGLE,  # a token was issued with `use` "single"
    PRESENTED,  # a token, or an intention's single-use token, or a retry, reached a server
    ACCEPTED,
    ACCEPTED_TWICE,
    CONSUMED,  # the one-time check said first, replay or undecided
    EFFECT,  # executed
    EFFECT_TWICE,
    OWN_EFFECT,  # of an intention, by its client's own presentation
    STOLEN,
    STOLEN_EFFECT,
    STOLEN_ANSWER,
    REFUSED,  # a first use definitely, without a reason; a retry by invalid_token
    ENDED,
    SERVED,
) = FLAGS = tuple(1 << bit for bit in range(14))


class Rate(NamedTuple):
    """A share: of the `population`, those with the flags `of`; of these, with `has`, without `lacks`."""

    population: str
    of: int
    has: int
    lacks: int
    definition: str

    def estimate(self, patterns: Counter[int]) -> Estimate:
        """The share among these patterns, with its interval."""
        among = {p: count for p, count in patterns.items() if p & self.of == self.of}
        hits = (c for p, c in among.items() if p & self.has == self.has and not p & self.lacks)
        return wilson(sum(hits), sum(among.values()))


_USED = SINGLE | PRESENTED

#: name → which share it is, and its definition: numerator / denominator.
RATES: dict[str, Rate] = {
    "double_accept_rate": Rate(
        *("tokens", _USED, ACCEPTED_TWICE, 0),
        "single-use tokens accepted at least twice / single-use tokens that reached a server",
    ),
    "first_use_reject_rate": Rate(
        *("intentions", PRESENTED, REFUSED, 0),
        "intentions whose client's first single-use presentation to reach a server was definitely "
        "refused although no presentation of that token that had reached one by then was ever "
        "accepted / intentions whose client's single-use token reached a server",
    ),
    "retry_reject_rate": Rate(
        *("retries", PRESENTED, REFUSED, 0),
        "honest retries told invalid_token / honest retries: a client's later presentation that "
        "reached a server at which an earlier one of the same intention had taken effect",
    ),
    "burned_rate": Rate(
        *("tokens", _USED, CONSUMED, EFFECT | ACCEPTED),
        "single-use tokens that the check called first, replay or undecided and that were never "
        "accepted nor had an effect / single-use tokens that reached a server",
    ),
    "consumed_unknown_rate": Rate(
        *("intentions", ENDED, OWN_EFFECT, SERVED),
        "intentions that ended refused or unknown although the client's own presentation took "
        "effect / intentions ended",
    ),
    "duplicate_effect_per_token_rate": Rate(
        *("tokens", _USED, EFFECT_TWICE, 0),
        "single-use tokens with at least two effects / single-use tokens that reached a server",
    ),
    "duplicate_effect_per_intention_rate": Rate(
        *("intentions", ENDED, EFFECT_TWICE, 0),
        "intentions with at least two effects at one server, a thief's included (the user pays for "
        "both) / intentions ended",
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
    "availability": Rate(
        *("intentions", ENDED, SERVED, 0),
        "intentions served / intentions ended",
    ),
}
POPULATIONS = ("tokens", "intentions", "retries")
QUANTILES = {"p50": 0.50, "p95": 0.95, "p99": 0.99}
#: Redis 7.0, key of 36 to 43 bytes (a UUID, a SHA-256 in base64url) with an expiry: measured.
BYTES_PER_ENTRY = 129

#: name → one line, for documents and help texts. The last four are plain numbers and an object.
DEFINITIONS: dict[str, str] = {name: rate.definition for name, rate in RATES.items()} | {
    "latency_ms": "from the start of an intention to its outcome, over intentions served",
    "added_latency_ms": "a server's handling time, over answers that a one-time check decided",
    "messages_per_use": "messages sent / intentions begun; null when no run has ended",
    "store_peak_entries": "most entries that the stores of a run held; of several runs, the most",
    "store_peak_bytes": f"store_peak_entries × {BYTES_PER_ENTRY} bytes",
    "certification": "answers to a second use after 0 s, 1 s and 30 s, as certification asks for",
}

NEVER = 1 << 62
CONSUMING = frozenset({"first", "replay", "undecided"})
LASTING = frozenset({"", "first", "replay"})


@dataclass(slots=True)
class _Intention:
    """What is known of an intention while its run goes on; instants in µs."""

    flags: int = 0
    first_us: int = NEVER  #: when its first single-use presentation reached a server
    refused: str = ""  #: the token of that presentation if it was refused, for all that was known
    #: server → when an effect for the client was first executed there, and by which attempt
    done: dict[str, tuple[int, int]] = field(default_factory=dict)


class Tally:
    """A fold over rows: call it with each, in order; a `total` row ends a run.

    What is kept per token and per intention is counted and forgotten at the end of the run, so the
    same names may come again in the next one, and merging two tallies is folding both traces.
    """

    def __init__(self) -> None:
        self.latency_us, self.added_latency_us = array("q"), array("q")
        self.messages = self.begun = self.store_peak_entries = 0
        self._counted: dict[str, Counter[int]] = {name: Counter() for name in POPULATIONS}
        self._start_run()

    def __call__(self, row: Row) -> None:
        """Fold one row."""
        fold = FOLDS.get(row.kind)
        if fold is not None:
            fold(self, row)

    def merge(self, other: Tally) -> Tally:
        """Add what the other has counted; an unfinished run of the other counts as ended."""
        for name, patterns in other.patterns().items():
            self._counted[name].update(patterns)
        self.latency_us.extend(other.latency_us)
        self.added_latency_us.extend(other.added_latency_us)
        self.messages += other.messages
        self.begun += other.begun
        self.store_peak_entries = max(self.store_peak_entries, other.store_peak_entries)
        return self

    def patterns(self) -> dict[str, Counter[int]]:
        """Population → flags → how many of it ended with these flags, the present run included."""
        spurned = {token for token, justified in self._refusals.items() if not justified}
        open_intentions = (
            i.flags | (REFUSED if i.refused in spurned else 0) for i in self._intentions.values()
        )
        return {
            "tokens": self._counted["tokens"] + Counter(self._tokens.values()),
            "intentions": self._counted["intentions"] + Counter(open_intentions),
            "retries": Counter(self._counted["retries"]),
        }

    def measures(self, certification: dict[str, Any] | None = None) -> dict[str, Any]:
        """The `metrics` object: every name of `DEFINITIONS`; durations in ms.

        Rates and quantiles are `{"value", "ci95", "n"}`; the three about messages and stores are
        plain numbers; `certification` is handed in by who ran the certification clock.
        """
        patterns = self.patterns()
        rates = {n: r.estimate(patterns[r.population]).to_json() for n, r in RATES.items()}
        return rates | {
            "latency_ms": _quantiles_ms(self.latency_us),
            "added_latency_ms": _quantiles_ms(self.added_latency_us),
            "messages_per_use": self.messages / self.begun if self.begun else None,
            "store_peak_entries": self.store_peak_entries,
            "store_peak_bytes": self.store_peak_entries * BYTES_PER_ENTRY,
            "certification": certification or {},
        }

    def _start_run(self) -> None:
        self._tokens: dict[str, int] = {}
        self._intentions: dict[int, _Intention] = {}
        self._refused_us: dict[str, int] = {}

    def _intention(self, number: int) -> _Intention:
        intention = self._intentions.get(number)
        if intention is None:
            intention = self._intentions[number] = _Intention()
        return intention
