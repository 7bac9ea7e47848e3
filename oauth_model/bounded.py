"""A memory with a limit: what happens to a list of used keys when there is no room for one more."""

from __future__ import annotations

from math import inf

from oauth_model.flows import StoreCall
from oauth_model.replay import ReplayStore, State, StoreAnswer


class BoundedStore(ReplayStore):
    """A `ReplayStore` of at most `capacity` entries.

    `when_full` "evict" forgets what was recorded first (an LRU cache: what was asked for longest
    ago), so that it may be used again: fails open. "refuse" takes no new key until an old one
    expires: fails closed, and whoever can make up keys can shut everybody out (RFC 9449 11.1 on
    memory exhaustion).
    """

    def __init__(self, capacity: int, when_full: str, since_s: float = -inf) -> None:
        super().__init__(since_s)
        self.capacity, self.when_full = capacity, when_full

    def apply(self, call: StoreCall, now_s: float) -> StoreAnswer:
        """Carry out one operation; a key for which there is no room is refused as absent."""
        self._forget(now_s)
        if (
            call.key in self.records
            or len(self.records) < self.capacity
            or call.operation == "look"
        ):
            return super().apply(call, now_s)
        if self.when_full == "refuse":
            return StoreAnswer(False, State.ABSENT, age_s=now_s - self.since_s)
        del self.records[next(iter(self.records))]
        return super().apply(call, now_s)
