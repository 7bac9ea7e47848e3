"""The demonstration as one self-contained HTML page: the report as text, its pictures inside."""

from __future__ import annotations

from html import escape

PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem;
  color: #1b1b1b; background: #fff; }}
pre {{ font: 13px/1.35 ui-monospace, Menlo, Consolas, monospace; overflow-x: auto; }}
figure {{ margin: 2rem 0; overflow-x: auto; }}
figure svg, figure img {{ max-width: 100%; height: auto; }}
figcaption {{ color: #555; }}
</style>
</head>
<body>
<h1>{title}</h1>
{figures}
<h2>The report</h2>
<pre>{report}</pre>
<h2>The files</h2>
<ul>
{files}
</ul>
</body>
</html>
"""


def page(title: str, report: str, figures: dict[str, str], files: dict[str, str]) -> str:
    """The page; `figures`: caption → HTML or SVG, `files`: name in the same folder → what it is."""
    return PAGE.format(
        title=escape(title),
        report=escape(report),
        figures="\n".join(
            f"<figure>\n{drawing}\n<figcaption>{escape(caption)}</figcaption>\n</figure>"
            for caption, drawing in figures.items()
        ),
        files="\n".join(
            f'<li><a href="{escape(name)}">{escape(name)}</a>: {escape(what)}</li>'
            for name, what in files.items()
        ),
    )
