"""Which violations a strategy's own promise leaves room for, by its own words.

Rule: a promise is read as its reader would; whoever says "at most one use per replica" has said
what a second replica does. What is not here is against the promise.
"""

from __future__ import annotations

from collections.abc import Mapping

#: strategy → what in its promise leaves room under whatever fault.
ALWAYS_ROOM: Mapping[str, str] = {
    "no_check": "every presentation in time is accepted",
    "per_replica": "k replicas accept up to k",
    **dict.fromkeys(
        ("bounded_per_replica", "sliding_bloom", "cuckoo_filter", "numbered_tokens"), "per replica"
    ),
    "shared_check_then_act": "if presentations are further apart than a round trip to the store",
    "quorum": "if presentations are further apart than a look and a write",
    "multi_master": "per member and lag",
    "replicated_async": "per region and replication lag",
    "server_nonce": "as often as anybody likes until then",
    "introspection_cached": "as many uses as anybody likes while it believes an answer",
}
_RECORDS = "while the store keeps its records"
_MEMBERS = "members must keep what they acknowledged"
_IN_TIME = {
    "reserve_commit": "work and commit fit into the lease",
    "reserve_commit_fenced": "renewals and commit arrive within the lease",
    "idempotent_response": "if the commit is in time",
}
#: (strategy, model) → what leaves room under this one.
ROOM: Mapping[tuple[str, str], str] = {
    **{
        (name, model): words
        for name, words in _IN_TIME.items()
        for model in ("none", "loss", "duplication", "partition")
    },
    **{
        (name, model): _RECORDS
        for name in (
            *("shared_atomic", "collapsed_namespace", "introspect_and_consume"),
            *("grace_window", *_IN_TIME),
        )
        for model in ("crash", "clock")
    },
    **{
        (name, model): "until a failover" if model == "failover" else _MEMBERS
        for name in ("failover_deny_list", "failover_allow_list")
        for model in ("crash", "clock", "failover")
    },
    **{
        (name, model): _MEMBERS
        for name in ("consensus", "two_sites", "lightweight_transaction", "home_owner")
        for model in ("crash", "clock")
    },
}


def room_for(strategy: str, model: str) -> str:
    """The words that leave room for a violation; "" when none do."""
    return ALWAYS_ROOM.get(strategy) or ROOM.get((strategy, model), "")
