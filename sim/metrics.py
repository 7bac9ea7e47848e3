"""Metrics: what a run comes to in numbers, folded from its rows as they happen.

Rule: a tally keeps a pattern of flags per token and per intention while a run goes on, and after it
only counts of patterns (`sim.rates`), so that tallies are small, mergeable and picklable.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sim.clusters import Clusters, Durations
from sim.properties.base import issued_for_single_use
from sim.rates import (
    ACCEPTED,
    ACCEPTED_TWICE,
    CONSUMED,
    EFFECT,
    EFFECT_TWICE,
    ENDED,
    OWN_EFFECT,
    POPULATIONS,
    PRESENTED,
    RATES,
    REFUSED,
    SERVED,
    SINGLE,
    STOLEN,
    STOLEN_ANSWER,
    STOLEN_EFFECT,
    TOLD,
)
from sim.trace import Row

QUANTILES = {"p50": 0.50, "p95": 0.95, "p99": 0.99}
#: Redis 7.0, key of 36 to 43 bytes (a UUID, a SHA-256 in base64url) with an expiry: measured.
BYTES_PER_ENTRY = 129

#: name → one line, for documents and help texts. The last four are plain numbers and an object.
#: Intervals are over runs where there are several (`sim.clusters`); those of one run take what is
#: counted as independent, and do not see what its faults have in common.
DEFINITIONS: dict[str, str] = {name: rate.definition for name, rate in RATES.items()} | {
    "latency_ms": "from the start of an intention to its outcome, over intentions served",
    "added_latency_ms": "a server's handling time, over answers that a one-time check decided",
    "messages_per_use": "messages sent / intentions begun; null when no run has ended",
    "store_peak_entries": "most entries that the stores of a run held; of several runs, the most",
    "store_peak_bytes": f"store_peak_entries × {BYTES_PER_ENTRY} bytes",
    "certification": "answers to a second use after 0 s, 1 s and 30 s, as certification asks for",
}

NEVER = 1 << 62
#: How an operation begins that only reads, and so may be repeated (RFC 9110 9.2.1).
SAFE = ("GET ", "HEAD ")
LASTING = frozenset({"", "first", "replay"})


@dataclass(slots=True)
class _Intention:
    """What is known of an intention while its run goes on, and of its effect at one server.

    Nearly every intention concerns one server; what is known of its effects at further ones is kept
    in further objects, of which only the last five fields and the flag EFFECT are used.
    """

    flags: int = 0
    first_us: int = NEVER  #: when its first single-use presentation reached a server
    refused: str = ""  #: the token of that presentation if it was refused, for all that was known
    server: str = ""
    done_us: int = NEVER  #: when the client's own effect was executed there
    attempt: int = 0  #: by which attempt
    token: str = ""  #: with which token
    operation: str = ""  #: the first effect there


class Tally:
    """A fold over rows: call it with each, in order; a `total` row ends a run.

    What is kept per token and per intention is counted and forgotten at the end of the run, so the
    same names may come again in the next one, and merging two tallies is folding both traces.
    """

    def __init__(self) -> None:
        self.latency, self.added_latency = Durations(), Durations()
        self.messages = self.begun = self.store_peak_entries = 0
        self._counted: dict[str, Counter[int]] = {name: Counter() for name in POPULATIONS}
        self._ended_runs = dict.fromkeys(RATES, Clusters())
        self._start_run()

    def __call__(self, row: Row) -> None:
        """Fold one row; what is of an intention begun in the warm-up is passed over."""
        if 0 <= row.intention < self._first:
            return
        fold = FOLDS.get(row.kind)
        if fold is not None:
            fold(self, row)

    def merge(self, other: Tally) -> Tally:
        """Add what the other has counted; an unfinished run of the other counts as ended."""
        for name, patterns in other.patterns().items():
            self._counted[name].update(patterns)
        for name, clusters in other.clusters().items():
            self._ended_runs[name] = self._ended_runs[name].merged(clusters)
        self.latency.merge(other.latency)
        self.added_latency.merge(other.added_latency)
        self.messages += other.messages
        self.begun += other.begun
        self.store_peak_entries = max(self.store_peak_entries, other.store_peak_entries)
        return self

    def patterns(self) -> dict[str, Counter[int]]:
        """Population → flags → how many of it ended with these flags, the present run included."""
        going_on = (
            i.flags | (REFUSED if i.refused in self._refused_us else 0)
            for i in self._intentions.values()
        )
        return {
            "tokens": self._counted["tokens"] + Counter(self._tokens.values()),
            "intentions": self._counted["intentions"] + Counter(going_on),
            "retries": self._counted["retries"] + self._retries,
        }

    def clusters(self) -> dict[str, Clusters]:
        """Rate → its hits and trials run by run, the present run included."""
        patterns, found = self.patterns(), {}
        for name, rate in RATES.items():
            hits, trials = rate.counts(patterns[rate.population])
            ended = self._ended_runs[name]
            found[name] = ended.and_run(hits - ended.hits, trials - ended.trials)
        return found

    def values(self) -> dict[str, float | None]:
        """Every number of `measures` without its interval; a quantile is named `latency_ms.p50`."""
        values: dict[str, float | None] = {n: c.value() for n, c in self.clusters().items()}
        durations = {"latency_ms": self.latency, "added_latency_ms": self.added_latency}
        for name, each in durations.items():
            values |= {f"{name}.{which}": each.value_ms(q) for which, q in QUANTILES.items()}
        values["messages_per_use"] = self.messages / self.begun if self.begun else None
        return values | {"store_peak_entries": float(self.store_peak_entries)}

    def measures(self, certification: dict[str, Any] | None = None) -> dict[str, Any]:
        """The `metrics` object: every name of `DEFINITIONS`; durations in ms.

        Rates and quantiles are `{"value", "ci95", "n"}`, and `runs` where the interval is over
        several; the three about messages and stores are plain numbers; `certification` is handed in
        by who ran the certification clock.
        """
        rates = {name: clusters.to_json() for name, clusters in self.clusters().items()}
        return rates | {
            "latency_ms": self.latency.to_json(QUANTILES),
            "added_latency_ms": self.added_latency.to_json(QUANTILES),
            "messages_per_use": self.messages / self.begun if self.begun else None,
            "store_peak_entries": self.store_peak_entries,
            "store_peak_bytes": self.store_peak_entries * BYTES_PER_ENTRY,
            "certification": certification or {},
        }

    def _start_run(self) -> None:
        self._tokens: dict[str, int] = {}
        self._intentions: dict[int, _Intention] = {}
        self._elsewhere: dict[tuple[int, str], _Intention] = {}
        self._retries: Counter[int] = Counter()
        #: token → when its first presentation was refused, as long as nothing justifies that
        self._refused_us: dict[str, int] = {}
        self._first = 0  #: the first intention that counts

    def _intention(self, number: int) -> _Intention:
        intention = self._intentions.get(number)
        if intention is None:
            intention = self._intentions[number] = _Intention()
        return intention

    def _at(self, intention: _Intention, row: Row) -> _Intention:
        """What is known of the intention at the server that the row is about."""
        server = row.detail["server"]
        if intention.server == server:
            return intention
        if not intention.server:
            intention.server = server
            return intention
        return self._elsewhere.setdefault((row.intention, server), _Intention(server=server))

    def _issue(self, row: Row) -> None:
        if issued_for_single_use(row):
            self._tokens[row.token] = self._tokens.get(row.token, 0) | SINGLE

    def _respond(self, row: Row) -> None:
        detail, token = row.detail, row.token
        outcome, before = detail["outcome"], self._tokens.get(token, 0)
        now = before | PRESENTED
        if outcome:
            self.added_latency.values_us.append(detail["handling_us"])
        if detail["status"] < 300 and outcome != "stored":
            now |= ACCEPTED_TWICE if before & ACCEPTED else ACCEPTED
            if self._refused_us.get(token, -1) >= detail["received_us"]:
                del self._refused_us[token]
        if row.actor != "client":
            now |= STOLEN | STOLEN_ANSWER if outcome == "stored" else STOLEN
        elif row.intention >= 0:
            self._honest(row, before)
        if token:  # a page that anybody may ask for takes none
            self._tokens[token] = now

    def _honest(self, row: Row, before: int) -> None:
        """A server answered the client; `before` is what was known of the token until then."""
        intention, detail = self._intention(row.intention), row.detail
        received_us = detail["received_us"]
        if before & SINGLE and received_us < intention.first_us:
            intention.flags |= PRESENTED
            intention.first_us, intention.refused = received_us, ""
            if _definitely_refused(detail) and not before & (ACCEPTED | EFFECT):
                intention.refused = row.token
                self._refused_us[row.token] = row.t_us
        here = self._at(intention, row)
        if received_us >= here.done_us and row.attempt > here.attempt:
            told = REFUSED if detail["error"] == "invalid_token" else 0
            self._retries[PRESENTED | told] += 1

    def _consume(self, row: Row) -> None:
        self._tokens[row.token] = self._tokens.get(row.token, 0) | CONSUMED

    def _effect(self, row: Row) -> None:
        if not row.detail["executed"]:
            return
        before = self._tokens.get(row.token, 0)
        now = before | PRESENTED | (EFFECT_TWICE if before & EFFECT else EFFECT)
        honest = row.actor == "client"
        self._tokens[row.token] = now if honest else now | STOLEN | STOLEN_EFFECT
        operation = row.detail.get("operation", "")
        if row.intention < 0 or operation.startswith(SAFE):
            return
        intention = self._intention(row.intention)
        here = self._at(intention, row)
        if here.flags & EFFECT and here.operation == operation:
            intention.flags |= EFFECT_TWICE
        here.flags |= EFFECT
        here.operation = here.operation or operation
        if honest:
            intention.flags |= OWN_EFFECT
            if here.done_us == NEVER:
                here.done_us, here.attempt, here.token = row.t_us, row.attempt, row.token

    def _return(self, row: Row) -> None:
        """The client learnt an answer: a success with the token that took effect tells it so."""
        status = row.detail["status"]
        if row.actor != "client" or row.intention < 0 or status is None or status >= 300:
            return
        intention = self._intention(row.intention)
        if row.token and row.token == self._at(intention, row).token:
            intention.flags |= TOLD

    def _outcome(self, row: Row) -> None:
        intention = self._intention(row.intention)
        intention.flags |= ENDED
        if row.detail["kind"] == "served":
            intention.flags |= SERVED
            self.latency.values_us.append(row.detail["latency_us"])

    def _warm_up(self, row: Row) -> None:
        """Forget what the intentions so far did; what was issued to the session stays known."""
        issued = {token: flags & SINGLE for token, flags in self._tokens.items()}
        self._start_run()
        self._tokens, self._first = issued, row.detail["first"]
        self.latency.drop_run()
        self.added_latency.drop_run()

    def _total(self, row: Row) -> None:
        detail = row.detail
        self._ended_runs, self._counted = self.clusters(), self.patterns()
        self.latency.end_run()
        self.added_latency.end_run()
        self._start_run()
        self.messages += sum(detail["messages"].values())
        self.begun += detail["begun"]
        self.store_peak_entries = max(self.store_peak_entries, detail["store_peak_entries"])


FOLDS: dict[str, Callable[[Tally, Row], None]] = {
    "issue": Tally._issue,
    "respond": Tally._respond,
    "consume": Tally._consume,
    "effect": Tally._effect,
    "outcome": Tally._outcome,
    "return": Tally._return,
    "warm_up": Tally._warm_up,
    "total": Tally._total,
}


def _definitely_refused(detail: dict[str, Any]) -> bool:
    """A 4xx by which the use is lost: not "come again", not "I do not know"."""
    status = detail["status"]
    return 400 <= status < 500 and status != 409 and detail["outcome"] in LASTING
