"""Put what the commands print into docs/enforcement.md, or (`--check`) say what is out of date.

A block stands between `<!-- made:NAME -->` and `<!-- /made:NAME -->`: the commands as one types
them, and a table of their JSON. So no number on that page is typed in.
"""

from __future__ import annotations

import contextlib
import io
import json
import re
import shlex
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

sys.path.append(str(Path(__file__).resolve().parents[1]))  # a script sees its own folder only
from sim.cli import main as tokenrace
from sim.commands.memory import size
from sim.commands.tables import NOTHING, figure, percent
from tools.generated import filled, refreshed

PAGE = Path(__file__).resolve().parents[1] / "docs" / "enforcement.md"
WIDTH = 80
Document = dict[str, Any]
#: The lines of a cell, or of the head of a column.
Lines = Sequence[str]


class Block(NamedTuple):
    """Commands, and how their documents become the rows of one table under `heads`."""

    commands: tuple[str, ...]
    heads: tuple[str, ...]
    rows: Callable[[Sequence[Document]], Iterable[Sequence[Lines]]]


#: head → the measure under it: a rate, or a quantile of a duration in milliseconds.
MEASURES = {
    "accepted\ntwice": "double_accept_rate",
    "stolen,\nworked": "theft_rate",
    "1st use\nrejected": "first_use_reject_rate",
    "retry\nrejected": "retry_reject_rate",
    "served": "availability",
    "signed\nout": "family_revoke_rate",
    "added\nms p50": "added_latency_ms.p50",
}
SAFE = ("accepted\ntwice", "stolen,\nworked")
COST = ("served", "added\nms p50")
LOST = "run lost-response-strict --set network.access.response_loss_probability=0.2"
MINTS = (
    "--set authorization_server.rotation_grace=mint_new --set authorization_server.grace_s=60 "
    "--set authorization_server.grace_reuses="
)
#: What of `certify` is shown: head → test.
SUITES = {
    "code\nat once": "two redemptions at once",
    "code\n+1 s": "fapi2-security-profile-final-attempt-reuse-authorization-code-after-one-second",
    "code\n+30 s": "oidcc-codereuse-30seconds",
    "refresh\n+30 s": "fapi2-security-profile-final-refresh-token",
}


def comparison(command: str, *heads: str) -> Block:
    """A block for a `compare`: a strategy a line."""

    def rows(documents: Sequence[Document]) -> Iterable[Sequence[Lines]]:
        for each in documents[0]["strategies"]:
            yield [(each["name"],), *(cell(each["metrics"], MEASURES[head]) for head in heads)]

    return Block((command,), ("strategy", *heads), rows)


def grace_rows(documents: Sequence[Document]) -> Iterable[Sequence[Lines]]:
    """Of each run how many are signed out, and how many p ** (g + 1) says."""
    for uses, document in enumerate(documents):
        said = f"{100 * 0.2 ** (uses + 1):.1f} %"
        yield [(str(uses),), (said,), cell(document["metrics"], "family_revoke_rate")]


def memory_rows(documents: Sequence[Document]) -> Iterable[Sequence[Lines]]:
    """Ways of remembering a line each, rates a column each."""
    rooms = documents[0]["rooms"]
    for kind in dict.fromkeys(room["kind"] for room in rooms):
        sizes = [(size(room["bytes"]),) for room in rooms if room["kind"] == kind]
        yield [(kind.partition(" (")[0],), *sizes]


def suite_rows(documents: Sequence[Document]) -> Iterable[Sequence[Lines]]:
    """Products a line each, what some tests say a column each."""
    for product in documents[0]["products"]:
        said = {each["test"]: each["verdict"].lower() for each in product["verdicts"]}
        yield [(product["name"],), *((said.get(test, NOTHING),) for test in SUITES.values())]


def cell(metrics: Document, measure: str) -> Lines:
    """A value over its interval."""
    name, _, quantile = measure.partition(".")
    found = metrics[name]
    return figure(found[quantile]) if quantile else percent(found)


BLOCKS: dict[str, Block] = {
    "polarity": comparison(
        'compare failover-polarity --set \'stores.members=["eu","eu","eu"]\' '
        "--strategies failover_deny_list,failover_allow_list,consensus,in_transaction",
        *(*SAFE, "1st use\nrejected", *COST),
    ),
    "acks": comparison(
        "compare failover-polarity --set strategy_settings.acks=1 "
        "--strategies failover_deny_list,failover_allow_list",
        *(*SAFE, "1st use\nrejected", *COST),
    ),
    "split": comparison(
        "compare split-brain "
        "--strategies failover_deny_list,failover_allow_list,consensus,in_transaction",
        *(*SAFE, "1st use\nrejected", *COST),
    ),
    "price": comparison(
        "compare two-regions-payment --replications 3 --strategies per_replica,"
        "replicated_async,shared_check_then_act,shared_atomic,two_sites,consensus,"
        "idempotent_response,in_transaction",
        *(*SAFE, "retry\nrejected", *COST),
    ),
    "grace": Block(
        (LOST, f"{LOST} {MINTS}1", f"{LOST} {MINTS}2"),
        ("further uses g", "p^(g+1)", "signed\nout"),
        grace_rows,
    ),
    "memory": Block(("memory",), ("", "1000/s", "20 000/s", "100 000/s"), memory_rows),
    "suites": Block(
        ("certify keycloak oidc_provider hydra hydra_graceful supabase atproto",),
        ("product", *SUITES),
        suite_rows,
    ),
}


def made(block: Block) -> str:
    """A block as the page shows it: its commands as typed, and the table."""
    documents = [printed(command) for command in block.commands]
    typed = [typed_as(command) for command in block.commands]
    return "\n".join([*typed, "", *aligned(block.heads, block.rows(documents))])


def printed(command: str) -> Document:
    """The JSON of a command."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        tokenrace([*shlex.split(command), "--json"])
    document: Document = json.loads(out.getvalue())
    return document


def typed_as(command: str) -> str:
    """The command line, broken where it is too long: before options, or within a list."""
    lines = ["$ ./run"]
    for part in re.split(r" (?=--)", command):
        if len(lines[-1]) + len(part) + 3 > WIDTH:
            lines[-1] += " \\"
            lines.append("   ")
        lines[-1] += f" {part}"
        while len(lines[-1]) > WIDTH:
            cut = lines[-1].rindex(",", 0, WIDTH - 1) + 1
            lines[-1:] = [f"{lines[-1][:cut]}\\", lines[-1][cut:]]
    return "\n".join(lines)


def aligned(heads: Sequence[str], rows: Iterable[Sequence[Lines]]) -> list[str]:
    """The lines of a table: the first column to the left, the others to the right."""
    cells = [tuple(head.split("\n") for head in heads), *rows]
    widths = [
        max(len(line) for lines in column for line in lines) for column in zip(*cells, strict=True)
    ]
    drawn = [line for row in cells for line in drawn_row(row, widths)]
    drawn.insert(max(map(len, cells[0])), f" {'─' * (sum(widths) + 2 * (len(widths) - 1))}")
    return drawn


def drawn_row(row: Sequence[Lines], widths: Sequence[int]) -> Iterable[str]:
    """A row, as many lines as its highest cell has."""
    for n in range(max(map(len, row))):
        parts = [lines[n] if n < len(lines) else "" for lines in row]
        first, *others = [
            part.ljust(width) if column == 0 else part.rjust(width)
            for column, (part, width) in enumerate(zip(parts, widths, strict=True))
        ]
        yield f" {'  '.join([first, *others])}".rstrip()


def main() -> int:
    """Write the page, or with `--check` compare; 1 when it is out of date."""
    said = "docs/{late} is out of date: run python tools/enforcement.py"
    return refreshed({PAGE: filled(PAGE, "made", BLOCKS, made)}, said)


if __name__ == "__main__":
    sys.exit(main())
