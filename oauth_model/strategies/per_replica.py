"""Per replica: each replica remembers only what it saw itself."""

from __future__ import annotations

from oauth_model.flows import Flow, StoreCall
from oauth_model.strategies.base import LOCAL, Outcome, Strategy, Use, strategy


@strategy
class PerReplica(Strategy):
    """A deny-list in each replica's own memory; no message, no shared state.

    RFC 9449 11.1 names the case: the check "may not always be feasible in practice, e.g., when
    multiple servers behind a single endpoint have no shared state".
    """

    name = "per_replica"
    promise = "at most one use per replica; k replicas accept up to k"
    in_the_field = "Spring Security's default DPoP cache; TLS 1.3 0-RTT, RFC 8446 8.1 per server"

    def begin(self, use: Use) -> Flow[Outcome]:
        """Insert in this replica's memory."""
        key, keep_until_s = use.key, self.keep_until_s(use)
        return self.decide((yield StoreCall(LOCAL, "insert", key, keep_until_s)))
