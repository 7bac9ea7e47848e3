"""The ledger: what was really done. One per server, shared by its replicas, never wrong.

It stands for the database that the protected effect writes to: it can consume a one-time key in the
same transaction as the effect, and it knows the idempotency keys of the effects it has executed.
"""

from __future__ import annotations

from oauth_model.flows import OneTimeKey, Perform, Performed

EXECUTED = Performed(executed=True)
DONE_BEFORE = Performed(executed=False)
CONSUMED_BEFORE = Performed(executed=False, consumed_before=True)


class Ledger:
    """The effects of one server."""

    def __init__(self) -> None:
        self._consumed: set[OneTimeKey] = set()
        self._idempotency_keys: set[str] = set()
        self._fences: dict[OneTimeKey, int] = {}

    def perform(self, effect: Perform) -> Performed:
        """Execute, unless the key was consumed, its lease is an old one, or the effect is known."""
        if effect.fence is not None:
            key, lease = effect.fence
            if lease <= self._fences.get(key, 0):
                return CONSUMED_BEFORE
            self._fences[key] = lease
        if effect.consume is not None:
            if effect.consume in self._consumed:
                return CONSUMED_BEFORE
            self._consumed.add(effect.consume)
        if effect.idempotency_key is not None:
            if effect.idempotency_key in self._idempotency_keys:
                return DONE_BEFORE
            self._idempotency_keys.add(effect.idempotency_key)
        return EXECUTED
