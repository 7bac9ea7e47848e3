"""Traces that no world would write: whatever the rows are, a picture of them must come out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st

from sim.trace import DECISIONS, KINDS, NodeInfo, Row, Trace
from tests.views.story import HEADER, NODES

#: Odd rows are slow to make; the same few are made each time.
few = settings(max_examples=25, derandomize=True, deadline=None)
MANY = tuple(
    NodeInfo(f"payments-{region}-{n}", "rs", "payments", region)
    for n in range(20)
    for region in ("eu", "us", "ap")
)
ODD = (
    NodeInfo("κλίεντ-日本語-with-a-very-long-name-indeed", "client", "c", "eu"),
    NodeInfo('R<&>"\x00;#end', "rs", "r", "us"),
    NodeInfo("", "rs", "", ""),
)
NAMES = [node.name for node in (*NODES, *MANY[:6], *ODD)] + ["stranger"]

words = st.sampled_from(["", "POST /payments", "end; #1 <b>", "日本語", "x" * 90, "\n\x07"])
details: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {},
    optional={
        "label": words,
        "reason": st.sampled_from(["loss", "partition"]),
        "outcome": st.sampled_from([*DECISIONS, "", "odd"]),
        "status": st.sampled_from([None, 200, 401, 503, "?"]),
        "executed": st.booleans(),
        "operation": words,
        "action": st.sampled_from(["cut", "heal", "crash"]),
        "between": st.lists(st.sampled_from(["eu", "us", "as-eu-1", "nowhere"]), max_size=3),
        "one_way": st.booleans(),
        "kind": words,
        "error": words,
        "wire": words,
        "claims": st.dictionaries(words, st.dictionaries(words, words, max_size=2), max_size=2),
        "latency_us": st.integers(0, 10**10),
        "attempts": st.integers(0, 20),
    },
)
rows = st.builds(
    Row,
    t_us=st.integers(0, 10**7) | st.integers(0, 9),
    kind=st.sampled_from(list(KINDS)),
    node=st.sampled_from(NAMES),
    peer=st.sampled_from(NAMES),
    intention=st.integers(-1, 2),
    actor=st.sampled_from(["client", "thief", "webdav", ""]),
    attempt=st.integers(0, 2),
    token=st.sampled_from(["", "at-1"]),
    message=st.integers(0, 6),
    detail=details,
)


@st.composite
def traces(draw: st.DrawFn) -> Trace:
    """Any rows, in the order of their instants, under a header that knows most of their nodes."""
    told = sorted(draw(st.lists(rows, max_size=25)), key=lambda row: row.t_us)
    nodes = draw(st.sampled_from([NODES, NODES + MANY[:6], NODES + ODD, ()]))
    return Trace(replace(HEADER, nodes=nodes, title=draw(words)), told)


def of(*told: Row) -> Trace:
    """A trace of these rows under the story's header."""
    return Trace(HEADER, list(told))


def message(
    number: int, t_us: int, until_us: int, node: str, peer: str, **detail: Any
) -> list[Row]:
    """A message that arrives."""
    return [
        Row(t_us, "send", node, peer, 0, "client", message=number, detail=detail),
        Row(until_us, "deliver", peer, node, 0, "client", message=number, detail={"copy": 0}),
    ]


def race() -> Trace:
    """Two presentations under way at once; the later one overtakes, the earlier has a copy."""
    told = [
        *message(1, 0, 9_000, "client-eu", "payments-eu-1", label="POST /payments"),
        *message(2, 500, 7_000, "thief", "payments-us-1", label="POST /payments"),
        Row(9_950, "deliver", "payments-eu-1", "client-eu", 0, "client", message=1),
    ]
    return of(*sorted(told, key=lambda row: row.t_us))


def crowd() -> Trace:
    """Sixty nodes that gossip."""
    told = [
        row
        for n in range(59)
        for row in message(
            n + 1,
            n * 1000,
            n * 1000 + 2500,
            MANY[n].name,
            MANY[(n * 7 + 3) % 60].name,
            label="gossip",
        )
    ]
    return Trace(replace(HEADER, nodes=MANY), sorted(told, key=lambda row: row.t_us))
