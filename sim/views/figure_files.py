"""Matplotlib figures as bytes: SVG, PNG, and HTML that says what the figure shows.

Rule: the same figure gives the same bytes: the ids come from a fixed salt, and no date, host or
program name is written.
"""

from __future__ import annotations

from base64 import b64encode
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from sim.views.svg import xml

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DOTS_PER_INCH = 150
STEADY = {"svg.hashsalt": "tokenrace", "svg.fonttype": "path"}
NAMELESS = {
    "svg": {"Date": None, "Creator": None},
    "png": {"Software": None},
}
SUFFIXES = tuple(f".{known}" for known in NAMELESS)


def save_figure(figure: Figure, path: Path | str, alt: str = "") -> None:
    """Write `.svg` or `.png`, with the words that stand for it. Raises ValueError for another."""
    suffix = Path(path).suffix.removeprefix(".")
    if suffix not in NAMELESS:
        allowed = ", ".join(SUFFIXES)
        raise ValueError(f"no figure has the suffix {Path(path).suffix!r}; allowed are {allowed}")
    Path(path).write_bytes(_bytes(figure, suffix, alt))


def svg_of(figure: Figure) -> str:
    """The figure as SVG text."""
    return _bytes(figure, "svg").decode()


def html_of(figure: Figure, alt: str) -> str:
    """The figure as an `<img>` with its alternative text: notebooks show no other."""
    data = b64encode(_bytes(figure, "svg")).decode()
    return f'<img alt="{xml(alt)}" src="data:image/svg+xml;base64,{data}">\n'


def _bytes(figure: Figure, suffix: str, alt: str = "") -> bytes:
    from matplotlib import rc_context

    target = BytesIO()
    said = {"Description": alt} if alt else {}
    with rc_context(STEADY):  # type: ignore[arg-type]  # the stub knows only literal keys
        figure.savefig(target, format=suffix, dpi=DOTS_PER_INCH, metadata=NAMELESS[suffix] | said)
    if alt and suffix == "svg":  # of its metadata no reader is told
        spoken = f'<svg role="img" aria-label="{xml(alt)}" '.encode()
        return target.getvalue().replace(b"<svg ", spoken, 1)
    return target.getvalue()
