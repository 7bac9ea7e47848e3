"""Per replica: each replica remembers only what it saw itself."""

from __future__ import annotations

from oauth_model.strategies.base import Strategy, strategy
from oauth_model.strategies.pickers import in_this_replica


@strategy
class PerReplica(Strategy):
    """A deny-list in each replica's own memory; no message, no shared state.

    RFC 9449 11.1 names the case: the check "may not always be feasible in practice, e.g., when
    multiple servers behind a single endpoint have no shared state".
    """

    name = "per_replica"
    promise = "at most one use per replica; k replicas accept up to k"
    fails = "open: each further replica, and each restart, accepts once more"
    costs = "no message; a record in each replica that saw the key"
    in_the_field = "Spring Security's default DPoP cache; TLS 1.3 0-RTT, RFC 8446 8.2 per server"
    placement = "each replica's own memory"
    stores_for = in_this_replica
