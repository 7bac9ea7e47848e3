"""A picture in a notebook: live inside a panel, still inside a saved file.

Rule: no picture without words. A saved notebook that nobody has trusted yet shows `<img alt>` and
drops `<svg>`, so the still picture is an image; the live one keeps the tips of its labels.
"""

from __future__ import annotations

from base64 import encodebytes
from dataclasses import dataclass
from html import escape

from sim.trace import Trace
from sim.views.scene import picture
from sim.views.shapes import Picture
from sim.views.svg import render_svg

FITTED = "max-width:100%;height:auto"


@dataclass(frozen=True)
class Figure:
    """A picture, or the diagram of a trace, under a caption: what the reader should see in it."""

    shows: Trace | Picture
    caption: str

    def __repr__(self) -> str:
        return f"Figure: {self.caption}"

    def _repr_html_(self) -> str:
        drawn = picture(self.shows) if isinstance(self.shows, Trace) else self.shows
        image = still(render_svg(drawn), f"{self.caption} {drawn.description}")
        caption = f"<figcaption>{escape(self.caption)}</figcaption>"
        return f'<figure style="margin:0">{image}{caption}</figure>'


def live(drawn: Picture) -> str:
    """The picture as an element of the page: it can be searched, and its labels have tips."""
    return render_svg(drawn).replace("<svg ", f'<svg style="{FITTED}" ', 1)


def still(svg: str, alt: str) -> str:
    """A picture as an image, and the words that stand for it.

    Its data are broken into lines, which a URL may be (WHATWG URL 4.4): the differences of a
    notebook can then be read, and expressions that look for words in it end soon.
    """
    data = encodebytes(svg.encode()).decode()
    return f'<img alt="{escape(alt)}" style="{FITTED}" src="data:image/svg+xml;base64,\n{data}">'
