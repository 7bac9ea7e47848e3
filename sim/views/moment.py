"""One instant of a run: who holds which token, what stores know, each clock, what is under way.

Rule: it is read from the trace, row by row until that instant, and knows nothing that comes later.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from sim.trace import Row, Trace
from sim.views.tables import html_table

#: What an operation that a store granted makes of a record; any other leaves it as it was.
AFTER = {
    **{"insert": "used", "remove": "used", "commit": "used", "count": "used"},
    **{"add": "available", "reserve": "reserved", "release": "absent", "renew": "reserved"},
}
#: A store forgets without a word, when a record is no longer needed.
STORES = "Replay stores, as last recorded"


class Moment(NamedTuple):
    """What stands after some rows of a trace.

    `clock_ms`: node → what its clock is ahead by; `wallet`: node, server → token; `stores`: node →
    token → state; `under_way`: messages sent and neither arrived nor lost.
    """

    t_us: int
    clock_ms: dict[str, float]
    wallet: dict[tuple[str, str], str]
    stores: dict[str, dict[str, str]]
    under_way: tuple[Row, ...]


def moment(trace: Trace, rows: int) -> Moment:
    """The instant after the first so many rows."""
    past = trace.rows[:rows]
    t_us = past[-1].t_us if past else 0
    return Moment(t_us, _clocks(trace, past, t_us), _wallet(past), _stores(past), _under_way(past))


def _clocks(trace: Trace, past: Iterable[Row], t_us: int) -> dict[str, float]:
    steps: dict[str, float] = {}
    for row in past:
        if row.kind == "fault" and row.detail["action"] == "step":
            steps[row.node] = steps.get(row.node, 0.0) + row.detail["offset_ms"]
    return {
        node.name: (node.clock_offset_us + t_us * node.clock_drift_ppm / 1e6) / 1e3
        + steps.get(node.name, 0.0)
        for node in trace.header.nodes
    }


def _wallet(past: Iterable[Row]) -> dict[tuple[str, str], str]:
    return {(row.node, row.detail["server"]): row.token for row in past if row.kind == "wallet"}


def _stores(past: Iterable[Row]) -> dict[str, dict[str, str]]:
    stores: dict[str, dict[str, str]] = {}
    for row in past:
        if row.kind == "fault" and row.detail.get("memory") == "lost":
            stores.pop(row.node, None)
        if row.kind == "store" and row.detail["granted"] and row.detail["operation"] in AFTER:
            records = stores.setdefault(row.node, {})
            records[row.detail["key"][-1]] = AFTER[row.detail["operation"]]
    return stores


def _under_way(past: Iterable[Row]) -> tuple[Row, ...]:
    sent: dict[int, Row] = {}
    for row in past:
        if row.kind == "send":
            sent[row.message] = row
        elif row.kind in ("deliver", "drop"):
            sent.pop(row.message, None)
    return tuple(sent.values())


def moment_html(trace: Trace, at: Moment) -> str:
    """The instant as tables: wallet, stores, messages under way, clocks of who took part."""
    known = {row.node for row in trace} | {row.peer for row in trace}
    wallet = [[node, server, token or "-"] for (node, server), token in at.wallet.items()]
    records = [[node, *record] for node, kept in at.stores.items() for record in kept.items()]
    clocks = [[node, f"{ahead:+.1f} ms"] for node, ahead in at.clock_ms.items() if node in known]
    sent = [
        [row.detail["label"], row.node, row.peer, f"{(at.t_us - row.t_us) / 1e3:.1f} ms ago"]
        for row in at.under_way
    ]
    return (
        html_table(["client", "for", "holds"], wallet, "Wallet")
        + html_table(["store", "token", "is"], records, STORES)
        + html_table(["message", "from", "to", "left"], sent, "Messages under way")
        + html_table(["node", "ahead by"], clocks, "Clocks")
    )
