"""ReplayStore: the pure state machine of one-time keys.

Rule: everything that can happen to a record is in `TRANSITIONS`; everything else here is about
time (a record is forgotten, a lease runs out) and about what a record carries. It serves both
polarities: a deny-list knows a key from its use on (`insert`), an allow-list from its issuance on
(`add`, then `remove`). Where the store stands, how far it is away and how it is replicated is the
world's affair.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from heapq import heappop, heappush
from typing import NamedTuple

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


_A, _V, _R, _U = State.ABSENT, State.AVAILABLE, State.RESERVED, State.USED

#: verb → {state before → (state after, granted)}. `granted` says that the caller got what it asked.
#: `commit` and `release` reach their row only with the lease in force; any other is refused. The
#: two polarities do not mix on one key: a deny-list verb leaves an allow-list record alone. A key
#: that was removed leaves a tombstone, or an `add` that arrives late would make it good again.
TRANSITIONS: dict[str, dict[State, tuple[State, bool]]] = {
    "look": {_A: (_A, False), _V: (_V, False), _R: (_R, False), _U: (_U, False)},
    "insert": {_A: (_U, True), _V: (_V, False), _R: (_R, False), _U: (_U, False)},
    "add": {_A: (_V, True), _V: (_V, False), _R: (_R, False), _U: (_U, False)},
    "remove": {_A: (_A, False), _V: (_U, True), _R: (_R, False), _U: (_U, False)},
    "reserve": {_A: (_R, True), _V: (_V, False), _R: (_R, False), _U: (_U, False)},
    "commit": {_A: (_A, False), _V: (_V, False), _R: (_U, True), _U: (_U, False)},
    "release": {_A: (_A, False), _V: (_V, False), _R: (_A, True), _U: (_U, False)},
}
NEEDS_LEASE = ("commit", "release")


class StoreAnswer(NamedTuple):
    """What a store says: whether the verb was granted, and what it knew before.

    `lease` is the number to commit or release with (0 when none was given); `fingerprint` and
    `response` are those of the record, for strategies that answer a retry from store.
    """

    granted: bool
    before: State
    lease: int = 0
    fingerprint: str = ""
    response: Response | None = None


@dataclass(slots=True)
class Record:
    """One key's entry; instants in seconds of the store's own clock."""

    state: State
    keep_until_s: float
    fingerprint: str = ""
    lease: int = 0
    lease_until_s: float = 0.0
    response: Response | None = None


_NOTHING = Record(State.ABSENT, 0.0)


class ReplayStore:
    """Records of one-time keys, by the rules of `TRANSITIONS`."""

    def __init__(self) -> None:
        self.records: dict[OneTimeKey, Record] = {}
        self.peak_entries = 0
        self._expiries: list[tuple[float, OneTimeKey]] = []
        self._last_lease = 0

    def apply(self, call: StoreCall, now_s: float) -> StoreAnswer:
        """Carry out one operation at `now_s` (seconds of the store's clock).

        Raises KeyError for a verb that `TRANSITIONS` does not know.
        """
        self._forget(now_s)
        record = self.records.get(call.key, _NOTHING)
        before = record.state
        if before is State.RESERVED and now_s >= record.lease_until_s:
            before = State.ABSENT
        after, granted = TRANSITIONS[call.operation][before]
        if call.operation in NEEDS_LEASE and call.lease != record.lease:
            after, granted = before, False
        if not granted:
            return StoreAnswer(False, before, 0, record.fingerprint, record.response)
        return StoreAnswer(True, before, self._write(call, after, record, now_s))

    def _write(self, call: StoreCall, after: State, record: Record, now_s: float) -> int:
        if after is State.ABSENT:
            del self.records[call.key]
            return 0
        if call.operation == "commit":
            record.state, record.response = State.USED, call.response
            return call.lease
        lease = 0
        if after is State.RESERVED:
            self._last_lease = lease = self._last_lease + 1
        self.records[call.key] = Record(
            after, call.keep_until_s, call.fingerprint, lease, now_s + call.lease_s
        )
        heappush(self._expiries, (call.keep_until_s, call.key))
        self.peak_entries = max(self.peak_entries, len(self.records))
        return lease

    def _forget(self, now_s: float) -> None:
        expiries = self._expiries
        while expiries and expiries[0][0] <= now_s:
            key = heappop(expiries)[1]
            record = self.records.get(key)
            if record is not None and record.keep_until_s <= now_s:
                del self.records[key]
