"""The wallet over time: for each client and server a bar, in pieces as long as a token was held.

Rule: it is read from the trace's `wallet` rows. A single-use token is hatched and named, so that no
colour is needed to tell it from an ordinary one.
"""

from __future__ import annotations

from typing import NamedTuple

from sim.trace import Row, Trace
from sim.views.shapes import (
    BLACK,
    GREY,
    ORANGE,
    PALE,
    SKY,
    WHITE,
    Box,
    Line,
    Picture,
    Shape,
    Text,
    text_width,
)
from sim.views.words import milliseconds

LEFT, WIDTH, RIGHT = 170, 720, 24  #: px: for names; of the bars; beside them
HEAD, PITCH, THICK, FOOT = 56, 44, 22, 58  #: px: above; from bar to bar; of a bar; below
HATCH = 8  #: px between the lines in the piece of a single-use token
SMALL = 11
TITLE = "What the wallet holds"


class Piece(NamedTuple):
    """A token in a slot, from an instant until another, in µs."""

    token: str
    from_us: int
    until_us: int


def pieces(trace: Trace) -> dict[tuple[str, str], list[Piece]]:
    """(client, server) → the tokens that it held for that server, one after the other."""
    changes = trace.of("wallet")
    end = max(trace.rows[-1].t_us, _later(changes)) if changes else 0
    held: dict[tuple[str, str], list[Piece]] = {}
    for row in changes:
        before = held.setdefault((row.node, row.detail["server"]), [])
        if before:
            before[-1] = before[-1]._replace(until_us=row.t_us)
        before.append(Piece(row.token, row.t_us, end))
    return held


def _later(changes: list[Row]) -> int:
    """Some time after the last change, so that what is held since then can be seen."""
    first, last = changes[0].t_us, changes[-1].t_us
    return last + (last - first) // 8


def wallet_picture(trace: Trace) -> Picture:
    """The bars, over one axis of time. Raises ValueError for a trace in which no wallet changed."""
    held, single = pieces(trace), single_use(trace)
    if not held:
        raise ValueError("no wallet changed in this trace")
    every = [piece for row in held.values() for piece in row]
    start, end = min(p.from_us for p in every), max(p.until_us for p in every)
    scale = WIDTH / max(1, end - start)
    height = HEAD + PITCH * len(held) + FOOT
    width = LEFT + WIDTH + RIGHT
    shapes: list[Shape] = [Box(0, 0, width, height, WHITE), Text(16, 28, TITLE, 15, bold=True)]
    for number, ((client, server), row) in enumerate(held.items()):
        top = HEAD + PITCH * number
        shapes += [
            Text(16, top + 10, client, 12, bold=True),
            Text(16, top + 24, f"for {server}", SMALL, colour=GREY),
        ]
        for piece in row:
            x = LEFT + (piece.from_us - start) * scale
            wide = (piece.until_us - piece.from_us) * scale
            shapes += _bar(piece, x, top, wide, piece.token in single)
    shapes += _axis(start, end, HEAD + PITCH * len(held))
    return Picture(width, height, TITLE, _words(held, single), tuple(shapes))


def single_use(trace: Trace) -> set[str]:
    """The tokens that were issued for one use."""
    return {row.token for row in trace.of("issue") if row.detail["claims"].get("use") == "single"}


def _bar(piece: Piece, x: float, top: float, wide: float, single: bool) -> list[Shape]:
    fill = ORANGE if single else SKY if piece.token else PALE
    shapes: list[Shape] = [Box(x, top, wide, THICK, fill)]
    lines = range(HATCH, int(wide), HATCH) if single else ()
    shapes += [Line(((x + at, top), (x + at, top + THICK)), BLACK, 0.6) for at in lines]
    shapes.append(Line(((x, top - 3), (x, top + THICK + 3)), BLACK, 1.2))
    tip = f"{piece.token or 'nothing'}, {milliseconds(piece.from_us)} ms to {_until(piece)} ms"
    if text_width(piece.token, SMALL) < wide - 4:
        shapes.append(Text(x + 4, top + THICK - 7, piece.token, SMALL, tip=tip))
    return shapes


def _axis(start: int, end: int, y: float) -> list[Shape]:
    ends = ((LEFT, start, "start"), (LEFT + WIDTH, end, "end"))
    words = [Text(x, y + 16, f"{milliseconds(t)} ms", SMALL, a, GREY) for x, t, a in ends]
    key = [(SKY, "ordinary token"), (ORANGE, "single-use token")]
    legend: list[Shape] = []
    for number, (fill, said) in enumerate(key):
        x = LEFT + 200 * number
        legend += [Box(x, y + 30, 22, 12, fill), Text(x + 30, y + 40, said, SMALL)]
        if fill == ORANGE:
            legend += [Line(((x + at, y + 30), (x + at, y + 42)), BLACK, 0.6) for at in (7, 14)]
    return [Line(((LEFT, y), (LEFT + WIDTH, y)), GREY), *words, *legend]


def _until(piece: Piece) -> str:
    return milliseconds(piece.until_us)


def _words(held: dict[tuple[str, str], list[Piece]], single: set[str]) -> str:
    """The bars in words."""
    told = []
    for (client, server), row in held.items():
        parts = [
            f"{'single-use ' if p.token in single else ''}{p.token or 'nothing'} "
            f"from {milliseconds(p.from_us)} ms"
            for p in row
        ]
        told.append(f"{client} for {server} holds {', then '.join(parts)}.")
    return " ".join(told)
