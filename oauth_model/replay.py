"""ReplayStore: the pure state machine of one-time keys.

Rule: everything that can happen to a record is in `TRANSITIONS`; everything else here is about
time (a record is forgotten, a lease runs out) and about what a record carries. It serves both
polarities: a deny-list knows a key from its use on (`insert`), an allow-list from its issuance on
(`add`, then `remove`). Where the store stands, how far it is away and how it is replicated is the
world's affair.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum
from heapq import heappop, heappush
from math import inf
from typing import NamedTuple, Protocol

from oauth_model.flows import OneTimeKey, StoreCall
from oauth_model.messages import Response


class State(Enum):
    """What a store knows of a key."""

    ABSENT = "absent"  #: no record, or it was forgotten
    AVAILABLE = "available"  #: issued and not used yet (allow-list)
    RESERVED = "reserved"  #: somebody holds a lease and has not said how it went
    USED = "used"  #: consumed

    # Members are singletons; Enum's own hash is written in Python and costs ten times as much.
    __hash__ = object.__hash__


#: By names of their own, for to look one up in its class takes as long as to make an object.
ABSENT, AVAILABLE, RESERVED, USED = _A, _V, _R, _U = State

#: verb → {state before → (state after, granted)}. `granted` says that the caller got what it asked.
#: `commit`, `release` and `renew` reach their row only with the lease in force; any other is
#: refused. The two polarities do not mix on one key: a deny-list verb leaves an allow-list record
#: alone. A key that was removed leaves a tombstone, or an `add` that arrives late would make it
#: good again. `count` is granted however often: its caller looks at the number.
TRANSITIONS: dict[str, dict[State, tuple[State, bool]]] = {
    "look": {_A: (_A, False), _V: (_V, False), _R: (_R, False), _U: (_U, False)},
    "insert": {_A: (_U, True), _V: (_V, False), _R: (_R, False), _U: (_U, False)},
    "add": {_A: (_V, True), _V: (_V, False), _R: (_R, False), _U: (_U, False)},
    "remove": {_A: (_A, False), _V: (_U, True), _R: (_R, False), _U: (_U, False)},
    "reserve": {_A: (_R, True), _V: (_V, False), _R: (_R, False), _U: (_U, False)},
    "commit": {_A: (_A, False), _V: (_V, False), _R: (_U, True), _U: (_U, False)},
    "release": {_A: (_A, False), _V: (_V, False), _R: (_A, True), _U: (_U, False)},
    "renew": {_A: (_A, False), _V: (_V, False), _R: (_R, True), _U: (_U, False)},
    "count": {_A: (_U, True), _V: (_V, False), _R: (_R, False), _U: (_U, True)},
}
NEEDS_LEASE = ("commit", "release", "renew")
#: Redis 7.0, key of 36 to 43 bytes (a UUID, a SHA-256 in base64url) with an expiry: measured.
BYTES_PER_ENTRY = 129


class StoreAnswer(NamedTuple):
    """What a store says: whether the verb was granted, and what it knew before.

    `lease` is the number to commit or release with (0 when none was given); `fingerprint` and
    `response` are those of the record, for strategies that answer a retry from store. `uses`: how
    often the key was used, this time included; `used_for_s`: how long ago for the first time.
    `age_s`: for how long this memory has been recording. `acks`: how many other stores are known
    to have recorded it too. `keep_s`: for how long a record that was made must yet stand.
    """

    granted: bool
    before: State
    lease: int = 0
    fingerprint: str = ""
    response: Response | None = None
    uses: int = 0
    used_for_s: float = 0.0
    age_s: float = inf
    acks: int = 0
    keep_s: float = 0.0


#: `new_answer(StoreAnswer, …)` is `StoreAnswer(…)` in less than half the time (`messages`).
new_answer = StoreAnswer.__new__


class Memory(Protocol):
    """Whatever can stand in for a `ReplayStore`: it applies verbs and says how big it has become.

    `len` is the number of its entries; `since_s`: since when it has been recording.
    """

    since_s: float

    def apply(self, call: StoreCall, now_s: float) -> StoreAnswer:
        """Carry out one operation at `now_s` (seconds of the store's clock)."""

    def size_bytes(self) -> int:
        """How much room the entries take."""

    def __len__(self) -> int:
        """How many entries there are."""


@dataclass(slots=True)
class Record:
    """One key's entry; instants in seconds of the store's own clock."""

    state: State
    keep_until_s: float
    fingerprint: str = ""
    lease: int = 0
    lease_until_s: float = 0.0
    response: Response | None = None
    uses: int = 0
    used_s: float = 0.0


_NOTHING = Record(ABSENT, 0.0)
#: state → how much is known of a key in it.
_WEIGHT = {state: weight for weight, state in enumerate(State)}


class ReplayStore:
    """Records of one-time keys, by the rules of `TRANSITIONS`."""

    def __init__(self, since_s: float = -inf) -> None:
        self.records: dict[OneTimeKey, Record] = {}
        self.since_s = since_s  #: when it began to record
        self._expiries: list[tuple[float, OneTimeKey]] = []
        # Whoever holds a lease of a memory that has forgotten must not hold one of the next.
        self._last_lease = max(0, int(since_s * 1e6)) if since_s > -inf else 0

    def __len__(self) -> int:
        return len(self.records)

    def size_bytes(self) -> int:
        """What as many entries take in Redis."""
        return len(self.records) * BYTES_PER_ENTRY

    def apply(self, call: StoreCall, now_s: float) -> StoreAnswer:
        """Carry out one operation at `now_s` (seconds of the store's clock).

        Raises KeyError for a verb that `TRANSITIONS` does not know.
        """
        self._forget(now_s)
        record = self.records.get(call.key, _NOTHING)
        before = record.state
        if before is RESERVED and now_s >= record.lease_until_s:
            before = ABSENT
        after, granted = TRANSITIONS[call.operation][before]
        if call.operation in NEEDS_LEASE and call.lease != record.lease:
            after, granted = before, False
        answered, response, lease, keep_s = record.fingerprint, record.response, 0, 0.0
        if granted:
            record, answered, response = self._write(call, before, after, now_s), "", None
            lease, keep_s = record.lease, call.keep_until_s - now_s
        uses, age_s = record.uses, now_s - self.since_s
        used_for_s = now_s - record.used_s if uses else 0.0
        return new_answer(
            StoreAnswer,
            granted,
            before,
            lease,
            answered,
            response,
            uses,
            used_for_s,
            age_s,
            0,
            keep_s,
        )

    def absorb(self, other: ReplayStore, wanted: Callable[[OneTimeKey], bool]) -> None:
        """Take over copies of another store's records, of wanted keys of which it knows more.

        So what either of them has recorded as used stays used.
        """
        for key, record in other.records.items():
            mine = self.records.get(key, _NOTHING)
            more = (_WEIGHT[record.state], record.uses) > (_WEIGHT[mine.state], mine.uses)
            if more and wanted(key):
                self.records[key] = replace(record)
                heappush(self._expiries, (record.keep_until_s, key))
        self._last_lease = max(self._last_lease, other._last_lease)

    def _write(self, call: StoreCall, before: State, after: State, now_s: float) -> Record:
        """Carry out what was granted; returns the record that stands now."""
        key = call.key
        if after is ABSENT:
            del self.records[key]
            return _NOTHING
        if before is RESERVED or before is after:
            return self._rewrite(call, self.records[key], now_s)
        record = Record(after, call.keep_until_s, call.fingerprint)
        if after is RESERVED:
            self._last_lease = record.lease = self._last_lease + 1
            record.lease_until_s = now_s + call.lease_s
        if after is USED:
            record.uses, record.used_s = 1, now_s
        self.records[key] = record
        heappush(self._expiries, (call.keep_until_s, key))
        return record

    def _rewrite(self, call: StoreCall, record: Record, now_s: float) -> Record:
        """A record that stays: committed, its lease renewed, or counted once more."""
        if call.operation == "commit":
            record.state, record.response = USED, call.response
            record.uses, record.used_s = 1, now_s
        elif call.operation == "renew":
            record.lease_until_s = now_s + call.lease_s
        else:
            record.uses += 1
        return record

    def _forget(self, now_s: float) -> None:
        expiries = self._expiries
        while expiries and expiries[0][0] <= now_s:
            key = heappop(expiries)[1]
            record = self.records.get(key)
            if record is not None and record.keep_until_s <= now_s:
                del self.records[key]
