"""The space-time diagram as PNG, for documents that cannot show SVG.

Rule: the same picture as the SVG, drawn by matplotlib (Agg, without pyplot) with its own font and
fixed metadata, so that the same trace gives the same bytes on one machine.
"""

from __future__ import annotations

from math import sqrt
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from sim.trace import Trace
from sim.views.scene import picture
from sim.views.shapes import WHITE, Area, Box, Cross, Disc, Line, Picture, Shape, Text

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.figure import Figure

POINTS = 72 / 100  #: per px, at the 100 px per inch in which pictures are planned
SHARPNESS = 1.5  #: px of the PNG per px of the picture
MOST_PIXELS = 24e6  #: of the PNG; a larger picture is made less sharp
NARROWER = 0.92  #: matplotlib's own font is wider than those that browsers choose
ALIGNMENT: dict[str, Literal["left", "center", "right"]] = {
    "start": "left",
    "middle": "center",
    "end": "right",
}


def space_time_png(trace: Trace, path: Path | str) -> None:
    """Write the diagram to a file. Raises OSError when that cannot be written."""
    drawn = picture(trace)
    metadata = {"Software": None, "Title": drawn.title, "Description": drawn.description}
    figure(drawn).savefig(path, format="png", dpi=100 * sharpness(drawn), metadata=metadata)


def sharpness(drawn: Picture) -> float:
    """How many px of the PNG there are per px of the picture, in each direction."""
    return min(SHARPNESS, sqrt(MOST_PIXELS / (drawn.width * drawn.height)))


def figure(drawn: Picture) -> Figure:
    """A picture as a matplotlib figure whose data coordinates are its pixels."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    made = Figure(figsize=(drawn.width / 100, drawn.height / 100), facecolor=WHITE)
    FigureCanvasAgg(made)
    axes = made.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, drawn.width), ylim=(drawn.height, 0))
    axes.set_axis_off()
    for order, shape in enumerate(drawn.shapes):
        for artist in _artists(shape):
            artist.set_zorder(order)
            axes.add_artist(artist)
    return made


def _artists(shape: Shape) -> list[Artist]:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Circle, Polygon, Rectangle

    match shape:
        case Box(x, y, width, height, fill, opacity):
            return [Rectangle((x, y), width, height, facecolor=fill, alpha=opacity, linewidth=0)]
        case Line(points, colour, width, dash):
            xs, ys = zip(*points, strict=True)
            style: Any = (0, [length / width for length in dash]) if dash else "solid"
            return [Line2D(xs, ys, linewidth=width * POINTS, linestyle=style, color=colour)]
        case Area(points, fill, outline):
            return [Polygon(points, facecolor=fill, edgecolor=outline, linewidth=POINTS)]
        case Disc(x, y, radius, fill, outline):
            look = {"facecolor": fill, "edgecolor": outline, "linewidth": 1.5 * POINTS}
            return [Circle((x, y), radius, **look)]
        case Cross(x, y, size, colour):
            strokes = (y - size, y + size), (y + size, y - size)
            return [
                Line2D((x - size, x + size), ys, color=colour, linewidth=3.5 * POINTS)
                for ys in strokes
            ]
        case _:
            return [_text(shape)]


def _text(text: Text) -> Artist:
    from matplotlib.patheffects import withStroke
    from matplotlib.text import Text as Words

    words = Words(
        text.x,
        text.y,
        _showable(text.text),
        color=text.colour,
        fontsize=text.size * POINTS * NARROWER,
        fontweight="bold" if text.bold else "normal",
        fontfamily="DejaVu Sans",
        horizontalalignment=ALIGNMENT[text.anchor],
        verticalalignment="baseline",
        parse_math=False,
    )
    words.set_path_effects([withStroke(linewidth=3 * POINTS, foreground=WHITE)])
    return words


def _showable(text: str) -> str:
    """The text with a question mark for each character that the font lacks."""
    from matplotlib.font_manager import findfont, get_font

    known = get_font(findfont("DejaVu Sans"))
    return "".join(c if c >= " " and known.get_char_index(ord(c)) else "?" for c in text)
