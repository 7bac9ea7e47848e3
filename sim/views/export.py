"""A trace as a file: the suffix of its name chooses the format.

Rule: every format is made from the rows alone, and the same trace gives the same file.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from io import StringIO
from pathlib import Path

from sim.trace import Row, Trace
from sim.views.mermaid import space_time_mermaid
from sim.views.png import space_time_png
from sim.views.svg import space_time_svg, xml
from sim.views.text import space_time_text
from sim.views.wire import wire_html

STYLE = """
:root { color-scheme: light; }
body { font: 16px/1.5 Helvetica, Arial, sans-serif; color: #000; background: #fff;
       max-width: 1320px; margin: 0 auto; padding: 1rem 20px 4rem; }
figure { margin: 1rem 0; overflow-x: auto; }
figure svg { max-width: 100%; height: auto; }
@media screen { figure svg, figure img { min-width: 720px; } }
.verdict { border-left: 6px solid #D55E00; padding: .5rem 1rem; background: #FBF5E9; }
.wire article { display: flex; flex-wrap: wrap; gap: .5rem 2rem; border-top: 1px solid #BDBDBD;
                padding: .5rem 0 1rem; }
.wire h3 { flex-basis: 100%; font-size: 1rem; margin: .5rem 0 0; }
.wire pre { flex: 2 1 30rem; margin: 0; padding: .5rem .8rem; background: #F4F4F4; font-size: 13px;
            white-space: pre-wrap; overflow-wrap: anywhere; }
.wire .clause { color: #5F5F5F; user-select: none; }
.wire table { flex: 1 1 18rem; align-self: flex-start; font-size: 13px; border-collapse: collapse; }
caption { text-align: left; font-weight: bold; }
th, td { text-align: left; padding: .1rem .8rem .1rem 0; overflow-wrap: anywhere; }
@page { margin: 15mm; }
@media print { article { break-inside: avoid; } body { padding: 0; } }
"""


def render(trace: Trace, path: Path | str, verdict: str = "") -> None:
    """Write the trace to a file; `verdict` is a paragraph for formats that have room for one.

    Raises ValueError, naming what is allowed, for a suffix that no format has.
    """
    target = Path(path)
    suffix = target.suffix.removeprefix(".")
    if suffix == "png":
        space_time_png(trace, target)
    elif suffix == "html":
        target.write_text(page(trace, verdict), encoding="utf-8")
    elif suffix in TEXTS:
        target.write_text(TEXTS[suffix](trace), encoding="utf-8")
    else:
        allowed = ", ".join(f".{known}" for known in FORMATS)
        raise ValueError(f"no format has the suffix {target.suffix!r}; allowed are {allowed}")


def page(trace: Trace, verdict: str = "") -> str:
    """One self-contained HTML page: title, verdict, diagram, and the messages with their claims."""
    title = xml(trace.header.title or trace.header.scenario)
    lines = [
        "<!DOCTYPE html>",
        '<html lang="en">',
        "<head>",
        '<meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{title}</title>",
        f"<style>{STYLE}</style>",
        "</head>",
        "<body>",
        f"<h1>{title}</h1>",
        *([f'<p class="verdict">{xml(verdict)}</p>'] if verdict else []),
        f"<figure>\n{space_time_svg(trace)}</figure>",
        "<h2>Messages</h2>",
        f"{wire_html(trace)}</body>",
        "</html>",
    ]
    return "".join(f"{line}\n" for line in lines)


def rows_csv(trace: Trace) -> str:
    """The rows as CSV (RFC 4180) with a header line; `detail` is a JSON object."""
    target = StringIO()
    writer = csv.writer(target)
    writer.writerow(Row._fields)
    for row in trace:
        writer.writerow([*row[:-1], json.dumps(row.detail, ensure_ascii=False)])
    return target.getvalue()


#: suffix → the file as text
TEXTS: dict[str, Callable[[Trace], str]] = {
    "svg": space_time_svg,
    "mmd": space_time_mermaid,
    "txt": space_time_text,
    "csv": rows_csv,
}
FORMATS = ("svg", "png", "mmd", "txt", "html", "csv")
