"""The wire view: every message as the HTTP text it was, with the claims of the tokens it carries.

Rule: rows are shown as they are, tokens by reference; a line too long for the page is folded as
RFC 8792 folds it, and the page says so.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from sim.trace import Row, Trace
from sim.views.clauses import clauses
from sim.views.svg import xml
from sim.views.words import milliseconds

RFC_WIDTH = 69  #: columns of a figure in an Internet-Draft
INDENT, HANG = 3, 5  #: blanks before the text of a message, and before the rest of a folded line
FOLDED = " NOTE: '\\' line wrapping per RFC 8792 "  #: its section 7.1.1: on top, then a blank line
NOTHING = "No message with its text: only a full trace keeps them."


class Message(NamedTuple):
    """A `send` row and what became of it. `claims`: token reference → claim → value."""

    row: Row
    fate: str
    text: str
    claims: dict[str, dict[str, str]]

    def heading(self) -> str:
        """When, from whom, to whom, and whether it arrived."""
        sent, ends = milliseconds(self.row.t_us), f"{self.row.node} -> {self.row.peer}"
        return f"{sent} ms  {ends}  ({self.fate})"


def messages(trace: Trace) -> list[Message]:
    """The messages of a trace that have a text, in the order in which they were sent."""
    fates: dict[int, list[str]] = {}
    for row in trace.of("deliver", "drop"):
        lost = row.detail.get("reason", "") if row.kind == "drop" else ""
        told = f"lost: {lost}" if row.kind == "drop" else f"arrived {milliseconds(row.t_us)} ms"
        fates.setdefault(row.message, []).append(told)
    return [
        Message(
            row,
            ", again ".join(fates.get(row.message, ["under way"])),
            str(row.detail["wire"]),
            _claims(row.detail.get("claims")),
        )
        for row in trace.of("send")
        if row.detail.get("wire")
    ]


def wire_text(trace: Trace, width: int = RFC_WIDTH) -> str:
    """The messages as plain text, at most `width` columns wide (20 or more)."""
    lines = [line for message in messages(trace) for line in _block(message)]
    folded = [piece for line in lines for piece in _fold(line.rstrip(), width)]
    note = [FOLDED.center(width, "="), ""] if len(folded) > len(lines) else []
    return "\n".join([*note, *(folded or [NOTHING])]).rstrip() + "\n"


def wire_html(trace: Trace) -> str:
    """The messages as an HTML `<section>`: the text with its clauses, the claims beside it."""
    articles = [_article(message) for message in messages(trace)]
    content = articles or [f"<p>{NOTHING}</p>\n"]
    return "".join(['<section class="wire">\n', *content, "</section>\n"])


def _block(message: Message) -> Iterator[str]:
    yield message.heading()
    yield ""
    for line in _lines(message.text):
        yield " " * INDENT + line
    for reference, claims in message.claims.items():
        yield ""
        yield f"{'':{INDENT}}claims of {reference}"
        longest = max(map(len, claims), default=0)
        for name, value in claims.items():
            yield f"{'':{INDENT + 2}}{name:{longest}}  {value}"
    yield ""
    yield ""


def _article(message: Message) -> str:
    tables = [_table(reference, claims) for reference, claims in message.claims.items()]
    parts = [
        "<article>\n",
        f"<h3>{xml(message.heading())}</h3>\n",
        "<pre>" + "\n".join(map(_explained, _lines(message.text))) + "</pre>\n",
        *tables,
        "</article>\n",
    ]
    return "".join(parts)


def _explained(line: str) -> str:
    """A line with the clauses that explain it beside it; they are not taken along with the text."""
    found = clauses(line)
    beside = f'  <i class="clause">{xml("; ".join(found))}</i>' if found else ""
    return xml(line) + beside


def _table(reference: str, claims: dict[str, str]) -> str:
    rows = [
        f'<tr><th scope="row">{xml(name)}</th><td>{xml(value)}</td></tr>\n'
        for name, value in claims.items()
    ]
    return f"<table>\n<caption>claims of {xml(reference)}</caption>\n{''.join(rows)}</table>\n"


def _lines(text: str) -> list[str]:
    """Lines without control characters: what a terminal might take for a command is shown as ?"""
    return ["".join(c if c.isprintable() else "?" for c in line) for line in text.splitlines()]


def _claims(said: object) -> dict[str, dict[str, str]]:
    if not isinstance(said, Mapping):
        return {}
    return {
        str(reference): {str(name): _value(value) for name, value in claims.items()}
        for reference, claims in said.items()
        if isinstance(claims, Mapping)
    }


def _value(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _fold(line: str, width: int) -> Iterator[str]:
    """RFC 8792 section 7.1, one backslash: blanks before the rest do not count, so none are cut."""
    while len(line) > width:
        end = width - 1
        while end > HANG + 1 and line[end] == " ":
            end -= 1
        yield line[:end] + "\\"
        line = " " * HANG + line[end:]
    yield line
