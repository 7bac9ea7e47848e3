"""The demonstration as one HTML page that can be mailed: report and pictures, the rest folded.

Rule: it asks for nothing and leads nowhere: what is not in it is named, and where it is to be had.
"""

from __future__ import annotations

from html import escape

from sim.views.export import STYLE

PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>{style}
.report {{ font-size: 13px; line-height: 1.35; overflow-x: auto; }}
figure {{ break-inside: avoid; }}
figure img {{ max-width: 100%; height: auto; }}
figcaption {{ color: #5F5F5F; }}
details {{ border-top: 1px solid #BDBDBD; }}
details pre {{ font-size: 13px; white-space: pre-wrap; overflow-wrap: anywhere; }}
summary {{ padding: .5rem 0; cursor: pointer; font-weight: bold; }}
@media print {{ .report {{ font-size: 8pt; }} }}
</style>
</head>
<body>
<h1>{title}</h1>
{figures}
<h2>The report</h2>
<pre class="report">{report}</pre>
<h2>More of it</h2>
{folded}
<h2>Beside this page</h2>
<p>In the folder that <code>tokenrace demo</code> wrote; whoever mailed this page has it:</p>
<ul>
{files}
</ul>
</body>
</html>
"""


def page(
    title: str,
    report: str,
    figures: dict[str, str],
    folded: dict[str, str],
    files: dict[str, str],
) -> str:
    """The page. `figures`: caption → HTML or SVG, `folded`: what it is → HTML that is shown when
    asked for, `files`: name in the same folder → what it is.
    """
    return PAGE.format(
        title=escape(title),
        style=STYLE,
        report=escape(report),
        figures="\n".join(
            f"<figure>\n{drawing}\n<figcaption>{escape(caption)}</figcaption>\n</figure>"
            for caption, drawing in figures.items()
        ),
        folded="\n".join(
            f"<details>\n<summary>{escape(what)}</summary>\n{content}\n</details>"
            for what, content in folded.items()
        ),
        files="\n".join(
            f"<li><code>{escape(name)}</code>: {escape(what)}</li>" for name, what in files.items()
        ),
    )


def plain(text: str) -> str:
    """Text as it is, for a fold."""
    return f"<pre>{escape(text)}</pre>"
