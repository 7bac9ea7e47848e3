"""The space-time diagram as SVG, written by hand: the same trace gives the same bytes.

Rule: no ids, no scripts, no fonts to fetch; numbers have at most one decimal. It can stand alone in
a file or inside a page, and says what it shows in `<title>` and `<desc>`.
"""

from __future__ import annotations

from html import escape

from sim.trace import Trace
from sim.views.scene import picture
from sim.views.shapes import Area, Box, Cross, Disc, Line, Picture, Shape, Text

FONT = "Helvetica, Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif"


def space_time_svg(trace: Trace) -> str:
    """The diagram as one `<svg>` element, ending in a newline."""
    return render_svg(picture(trace))


def render_svg(drawn: Picture) -> str:
    """A picture as one `<svg>` element, ending in a newline."""
    font = f'font-family="{FONT}"'
    size = f'width="{drawn.width}" height="{drawn.height}"'
    box = f'viewBox="0 0 {drawn.width} {drawn.height}"'
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" {size} {box} {font}>',
        f"<title>{xml(drawn.title)}</title>",
        f"<desc>{xml(drawn.description)}</desc>",
        *map(_element, drawn.shapes),
        "</svg>",
    ]
    return "".join(f"{line}\n" for line in lines)


def xml(text: str) -> str:
    """Escaped for element content and attributes; characters that XML forbids become U+FFFD."""
    return escape("".join(c if _allowed(c) else "\ufffd" for c in text))


def _allowed(character: str) -> bool:
    """XML 1.0, production 2 (Char); line breaks too are replaced, as they would be folded."""
    return " " <= character <= "\ud7ff" or "\ue000" <= character <= "\ufffd" or character > "\uffff"


def _element(shape: Shape) -> str:
    match shape:
        case Box(x, y, width, height, fill, opacity):
            size = f'width="{_n(width)}" height="{_n(height)}"'
            see_through = f' fill-opacity="{opacity:.2f}"' if opacity < 1 else ""
            return f'<rect x="{_n(x)}" y="{_n(y)}" {size} fill="{fill}"{see_through}/>'
        case Line(points, colour, width, dash):
            dashes = f' stroke-dasharray="{" ".join(map(str, dash))}"' if dash else ""
            stroke = f'stroke="{colour}" stroke-width="{_n(width)}"{dashes}'
            return f'<polyline points="{_points(points)}" fill="none" {stroke}/>'
        case Area(points, fill, outline):
            return f'<polygon points="{_points(points)}" fill="{fill}" stroke="{outline}"/>'
        case Disc(x, y, radius, fill, outline):
            at = f'cx="{_n(x)}" cy="{_n(y)}" r="{_n(radius)}"'
            return f'<circle {at} fill="{fill}" stroke="{outline}" stroke-width="1.5"/>'
        case Cross(x, y, size, colour):
            a, b = _n(size), _n(2 * size)
            path = f'd="M{_n(x)} {_n(y)}m-{a} -{a}l{b} {b}m-{b} 0l{b} -{b}"'
            stroke = f'stroke="{colour}" stroke-width="3.5" stroke-linecap="round"'
            return f'<path class="cross" {path} fill="none" {stroke}/>'
        case _:
            return _text(shape)


def _text(text: Text) -> str:
    at = f'x="{_n(text.x)}" y="{_n(text.y)}" font-size="{text.size}" fill="{text.colour}"'
    anchor = f' text-anchor="{text.anchor}"' if text.anchor != "start" else ""
    weight = ' font-weight="bold"' if text.bold else ""
    halo = ' stroke="#FFFFFF" stroke-width="3" stroke-linejoin="round" paint-order="stroke"'
    tip = f"<title>{xml(text.tip)}</title>" if text.tip else ""
    return f"<text {at}{anchor}{weight}{halo}>{xml(text.text)}{tip}</text>"


def _points(points: tuple[tuple[float, float], ...]) -> str:
    return " ".join(f"{_n(x)},{_n(y)}" for x, y in points)


def _n(number: float) -> str:
    """At most one decimal, and never a negative zero."""
    text = f"{number:.1f}".removesuffix(".0")
    return "0" if text == "-0" else text
