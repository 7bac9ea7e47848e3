"""Acceptors: the memory by which members agree on one use of a key (Lamport's single-decree Paxos).

Rule: an acceptor promises a ballot only above every other that it promised, and accepts none below.
What it promised it must not forget while the key is acceptable, or two uses may be decided.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from heapq import heappop, heappush
from math import inf

from oauth_model.flows import OneTimeKey, StoreCall
from oauth_model.replay import BYTES_PER_ENTRY, State, StoreAnswer

#: Ballots of a round: a ballot is its round times this, plus the rank of who numbers it.
RANKS = 1024


@dataclass(slots=True)
class Acceptor:
    """One key's entry. Ballots from 1 on, 0 for none; `rounds`: how far ballots are numbered."""

    keep_until_s: float
    rounds: int = 0
    promised: int = 0
    accepted: int = 0
    value: str = ""
    committed: bool = False

    def look(self, call: StoreCall) -> bool:
        """The row as it was committed."""
        return False

    def ballot(self, call: StoreCall) -> bool:
        """Number a round, above what was numbered or promised here."""
        self.rounds = max(self.rounds, self.promised // RANKS) + 1
        return True

    def promise(self, call: StoreCall) -> bool:
        """Phase 1: no ballot below this one will be accepted."""
        granted = call.lease > self.promised
        self.promised = max(self.promised, call.lease)
        return granted

    def accept(self, call: StoreCall) -> bool:
        """Phase 2: this value, unless a higher ballot was promised."""
        if call.lease < self.promised:
            return False
        self.promised = self.accepted = call.lease
        self.value = call.fingerprint
        return True

    def commit(self, call: StoreCall) -> bool:
        """The value was chosen; every later ballot carries the same one."""
        news, self.committed = not self.committed, True
        self.accepted, self.value = max(self.accepted, call.lease), call.fingerprint
        return news

    def state(self) -> State:
        """Absent until a value is accepted, used from its commit on."""
        if self.committed:
            return State.USED
        return State.RESERVED if self.accepted else State.ABSENT


#: `lease` of a call is its ballot, `fingerprint` the value: which use it is.
VERBS: dict[str, Callable[[Acceptor, StoreCall], bool]] = {
    "look": Acceptor.look,
    "ballot": Acceptor.ballot,
    "promise": Acceptor.promise,
    "accept": Acceptor.accept,
    "commit": Acceptor.commit,
}


class Acceptors:
    """The acceptors of one member, one for each key, until the key may be forgotten."""

    def __init__(self, since_s: float = -inf) -> None:
        self.since_s = since_s  #: when it began to record
        self.acceptors: dict[OneTimeKey, Acceptor] = {}
        self._expiries: list[tuple[float, OneTimeKey]] = []

    def __len__(self) -> int:
        return len(self.acceptors)

    def size_bytes(self) -> int:
        """As for a record: five numbers more are lost in the rounding of an allocator."""
        return len(self) * BYTES_PER_ENTRY

    def apply(self, call: StoreCall, now_s: float) -> StoreAnswer:
        """Carry out one of `VERBS` at `now_s` (seconds of the store's clock).

        The answer's `lease` is the last ballot that was accepted, and `fingerprint` the value that
        was accepted with it; for `ballot`, the round and when it was numbered. Rounds begin anew in
        a memory that has forgotten, instants do not. Raises KeyError for any other verb.
        """
        verb = VERBS[call.operation]
        while self._expiries and self._expiries[0][0] <= now_s:
            del self.acceptors[heappop(self._expiries)[1]]
        acceptor = self.acceptors.get(call.key) or Acceptor(call.keep_until_s)
        before = acceptor.state()
        granted = verb(acceptor, call)
        if call.operation != "look" and call.key not in self.acceptors:
            self.acceptors[call.key] = acceptor
            heappush(self._expiries, (call.keep_until_s, call.key))
        lease, value = acceptor.accepted, acceptor.value
        if call.operation == "ballot":
            lease, value = acceptor.rounds, repr(now_s)
        return StoreAnswer(granted, before, lease, value, age_s=now_s - self.since_s)
