"""The trace: the only output of a run, a header and a stream of rows, one per event.

Rule: whatever checks, measures or draws reads this and nothing before it. A row names tokens by
reference and claims, never by signature bytes, so a trace repeats byte for byte under every
algorithm. Rows go to a sink as they happen; a `Trace` keeps them, a fold forgets them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

#: kind → what the row says. `OUTCOMES` are recorded always, the rest only when the trace is full.
KINDS: dict[str, str] = {
    "issue": "the AS issued a credential; detail: kind, claims, with_refresh_token, source (the "
    "code or refresh token that brought it); of a code its rights; of a single-use token for "
    "several servers one_use_per (server, token)",
    "refuse": "the AS refused a token request; token = the code or refresh token presented; "
    "detail: grant_type, resources, error, state (the truth about that token), outcome",
    "revoke": "the AS revoked a grant; token = the code or refresh token presented, if any; "
    "detail: client, operation (the request that brought it about), outcome",
    "respond": "a server answered; detail: server, operation (the request: METHOD /path), status, "
    "error, outcome, handling_us and more",
    "decide": "a check of a one-time object decided; token = its identifier; detail: outcome (of "
    "`DECISIONS`), key (kind, issuer, context, identifier)",
    "consume": "a store recorded a one-time key as used; detail: kind of key, operation",
    "effect": "the protected effect; detail: server, operation, executed, consumed_before, "
    "received_us, and idempotency_key (whose it is, and its value) where there is one",
    "compensate": "a strategy found that a token was used twice and made up for it; "
    "detail: key, and what it says of itself",
    "return": "a presenter learnt; detail: server, status (null: unknown), error, invoked_us",
    "outcome": "an intention ended; detail: kind (served, refused, unknown), latency_us, attempts, "
    "and cut_off when only the run ended",
    "wallet": "the client's store changed; detail: server, action, token, before",
    "fault": "something went wrong or was mended; detail: action: cut and heal, clog and unclog "
    "(with between, one_way); crash, restart (with memory), slow, normal, step (with offset_ms) of "
    "node; promote, replace, transfer: from now on node stands for peer; follow (with memory): "
    "node has turned to peer, which was promoted without its knowing",
    "warm_up": "what is counted begins here; detail: first (the number of the first intention that "
    "counts)",
    "total": "counts at the end of the run; detail: messages, store_operations, "
    "store_peak_entries, intentions, begun",
    "send": "a message left; peer = its destination; detail: label, link, and what it carries",
    "deliver": "a message arrived; peer = its source",
    "drop": "a message was lost; peer = its destination; detail: reason (loss, partition, crash)",
    "timeout": "an answer did not come in time; peer = whom was asked",
    "store": "a store applied an operation; detail: operation, key, granted, before, entries",
}
OUTCOMES = frozenset(list(KINDS)[: list(KINDS).index("send")])
#: What a strategy's decision is called in a `respond` row's `outcome`; "" when none was asked.
DECISIONS = ("first", "replay", "stored", "in_flight", "challenge", "undecided")


class Row(NamedTuple):
    """One event. `t_us`: simulation time. `node`: where, "" for the run itself.

    `intention`: the job it belongs to (−1: none). `actor`: who presents ("client", "thief", the
    mail's "scanner", or a server's name); `attempt`: the actor's n-th presentation, from 0;
    `token`: the reference of the token concerned ("" = none); `message`: number that ties `send`,
    `deliver` and `drop` together (0 = none).
    """

    t_us: int
    kind: str
    node: str = ""
    peer: str = ""
    intention: int = -1
    actor: str = ""
    attempt: int = 0
    token: str = ""
    message: int = 0
    detail: dict[str, Any] = {}  # noqa: RUF012  # a NamedTuple's default; rows are never mutated


#: `new_row(Row, …)` is `Row(…)` in less than half the time (`oauth_model.messages`).
new_row = Row.__new__

Sink = Callable[[Row], None]


@dataclass(frozen=True, slots=True)
class NodeInfo:
    """A lane of the diagram. `role`: client, thief, mailbox, as, rs, store; `server`: its party."""

    name: str
    role: str
    server: str
    region: str
    clock_offset_us: int = 0
    clock_drift_ppm: float = 0.0


@dataclass(frozen=True, slots=True)
class Header:
    """What a reader of the rows must know: which run this is, and who took part."""

    scenario: str
    title: str
    seed: int
    strategy: str
    issuance: str
    duration_us: int
    nodes: tuple[NodeInfo, ...]
    level: str = "full"


@dataclass(slots=True)
class Trace:
    """A header and its rows, in the order in which they happened."""

    header: Header
    rows: list[Row] = field(default_factory=list)

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def of(self, *kinds: str) -> list[Row]:
        """The rows of these kinds, in order."""
        return [row for row in self.rows if row.kind in kinds]

    def about(self, intention: int) -> Trace:
        """The trace of one intention: its own rows, and the faults that stood around it."""
        rows = [row for row in self.rows if row.intention == intention or row.kind == "fault"]
        return Trace(self.header, rows)

    def lines(self) -> Iterator[str]:
        """JSON lines: the header, then a row each; the same run gives the same bytes."""
        yield _dump(asdict(self.header))
        for row in self.rows:
            yield _dump({k: v for k, v in row._asdict().items() if v not in EMPTY})

    def write(self, path: Path) -> None:
        """Store as JSON lines (UTF-8)."""
        path.write_text("".join(f"{line}\n" for line in self.lines()), encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> Trace:
        """Load what `write` stored. Raises ValueError, naming the line, when it is no trace."""
        with path.open(encoding="utf-8", newline="\n") as lines:
            return cls.parse(lines, str(path))

    @classmethod
    def parse(cls, lines: Iterable[str], name: str = "trace") -> Trace:
        """Read JSON lines. Raises ValueError, naming file and line, when a line is no row."""
        header, rows = None, []
        for number, line in enumerate(lines, 1):
            try:
                members = json.loads(line)
                if header is None:
                    nodes = tuple(NodeInfo(**node) for node in members.pop("nodes"))
                    header = Header(nodes=nodes, **members)
                else:
                    rows.append(Row(**members))
            except (ValueError, TypeError, KeyError, AttributeError) as error:
                raise ValueError(
                    f"{name}, line {number}: not a row of a trace ({error})"
                ) from error
        if header is None:
            raise ValueError(f"{name}: empty; a trace begins with its header line")
        return cls(header, rows)


EMPTY: tuple[Any, ...] = ("", {}, -1)


def _dump(members: dict[str, Any]) -> str:
    return json.dumps(members, ensure_ascii=False, separators=(",", ":"))
