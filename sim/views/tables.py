"""Tables of strings, as plain text and as HTML, for notebooks and the terminal.

Rule: the cells are shown as they are; a column of numbers is aligned right, so that its digits can
be compared.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from sim.views.svg import xml
from sim.views.words import columns

NUMBER = re.compile(r"[<>≤≥~±+−-]?\s?\d[\d,.]*(e[+-]?\d+)?\s?(%|ms|s|us|µs|B|kB|MB)?")
NO_NUMBER = ("", "-", "–", "?", "n/a")  #: what a column of numbers may hold instead

Rows = Sequence[Sequence[str]]


def table(headers: Sequence[str], rows: Rows) -> str:
    """The table as lines of text without trailing blanks; short rows are filled up."""
    cells = [_full(row, len(headers)) for row in [headers, *rows]]
    widths = [max(columns(cell) for cell in column) for column in zip(*cells, strict=True)]
    numeric = _numeric(len(headers), rows)
    lines = [_line(row, widths, numeric) for row in cells]
    lines.insert(1, "  ".join("-" * width for width in widths))
    return "".join(f"{line}\n" for line in lines)


def html_table(headers: Sequence[str], rows: Rows, caption: str) -> str:
    """The table as an HTML `<table>` with a caption and header cells that have a scope."""
    numeric = _numeric(len(headers), rows)
    align = [
        ' style="text-align:right"' if right else ' style="text-align:left"' for right in numeric
    ]
    head = "".join(
        f'<th scope="col"{style}>{xml(cell)}</th>'
        for cell, style in zip(headers, align, strict=True)
    )
    body = [
        "<tr>"
        + "".join(
            f"<td{style}>{xml(cell)}</td>"
            for cell, style in zip(_full(row, len(headers)), align, strict=True)
        )
        + "</tr>"
        for row in rows
    ]
    lines = ["<table>", f"<caption>{xml(caption)}</caption>", "<thead>", f"<tr>{head}</tr>"]
    lines += ["</thead>", "<tbody>", *body, "</tbody>", "</table>"]
    return "".join(f"{line}\n" for line in lines)


def _full(row: Sequence[str], count: int) -> list[str]:
    return [*row, *[""] * (count - len(row))][:count]


def _numeric(count: int, rows: Rows) -> list[bool]:
    """Which columns hold numbers and nothing else, and at least one."""
    cells = [[row[n] for row in rows if n < len(row)] for n in range(count)]
    return [
        any(map(NUMBER.fullmatch, column))
        and all(NUMBER.fullmatch(cell) or cell in NO_NUMBER for cell in column)
        for column in cells
    ]


def _line(row: Sequence[str], widths: Sequence[int], numeric: Sequence[bool]) -> str:
    cells = []
    for cell, width, right in zip(row, widths, numeric, strict=True):
        blanks = " " * (width - columns(cell))
        cells.append(blanks + cell if right else cell + blanks)
    return "  ".join(cells).rstrip()
