"""The space-time diagram in plain ASCII, narrow enough for an Internet-Draft or a mail.

Rule: one line per event, its instant in ms at the left; no line is wider than asked for and none
ends in a blank. A message is one line where it was sent, unless something else happened before it
arrived: then it leaves with "(n).." and arrives with "..(n)".
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from textwrap import wrap
from typing import NamedTuple

from sim.trace import Trace
from sim.views.columns import Sheet, sheet
from sim.views.layout import Arrow, Mark, lay_out
from sim.views.partitions import Cut
from sim.views.words import ascii_line, clip, clock_note, labels_ms, said

RFC_WIDTH = 69  #: columns of a figure in an Internet-Draft
SYMBOLS = {
    "accepted": "(+)",
    "rejected": "(x)",
    "undecided": "(?)",
    "effect": "(*)",
    "effect_again": "(*)",
    "no_effect": "( )",
    "timeout": "(T)",
    "outcome": "(=)",
}
OTHER_SYMBOL = "o"
HEADS = {"lost": "X", "cut": "X", "under way": ".."}
SHORTEST_LABEL = 5  #: of a label that is cut
FIRST, LAST = -1, 1 << 62  #: in the order of the events of one instant


class _Event(NamedTuple):
    """A line of the diagram: an arrow, one of its ends, a mark, or the edge of a partition."""

    step: int
    order: int
    kind: str  #: "whole", "leaves" or "arrives" (arrows), "mark", "edge"
    what: Arrow | Mark | str


def space_time_text(trace: Trace, width: int = RFC_WIDTH) -> str:
    """The diagram, at most `width` columns wide (40 or more), as lines that end in a newline."""
    instants = labels_ms(lay_out(trace).steps)
    page = sheet(trace, max(map(len, instants), default=2) + 3, width)
    lines = [*_head(page), *_body(page, width), *_foot(page, width)]
    return "".join(clip(line, width).rstrip() + "\n" for line in lines)


def _head(page: Sheet) -> Iterator[str]:
    header = page.layout.header
    yield ascii_line(header.title or header.scenario)
    yield ascii_line(f"strategy {header.strategy}, issuance {header.issuance}, seed {header.seed}")
    yield ""
    line = f"{'ms':>{page.left - 3}}"
    for name, column in zip(page.names, page.at, strict=False):
        line = line.ljust(column - len(name) // 2) + name
    yield line


def _body(page: Sheet, width: int) -> Iterator[str]:
    layout, before = page.layout, -1
    instants, pauses = labels_ms(layout.steps), layout.pauses()
    numbers: dict[int, int] = {}
    for event in _events(page):
        if not pauses.isdisjoint(range(before + 1, event.step + 1)):
            yield "".join(_lanes(page, before, ":", width))
        line = _lanes(page, event.step, "|", width)
        instant = instants[event.step] if event.step != before else ""
        _write(line, 0, instant.rjust(page.left - 3))
        _draw(page, line, event, numbers)
        yield "".join(line)
        before = event.step


def _foot(page: Sheet, width: int) -> Iterator[str]:
    layout = page.layout
    fates = {arrow.fate for arrow in layout.arrows}
    under_way = "under way" in fates or any(event.kind == "leaves" for event in _events(page))
    if not layout.steps:
        yield "(no events)"
    legend = ["X message lost"] if fates & {"lost", "cut"} else []
    walls = sorted({cut.words()[0] for cut in layout.cuts if cut.walls}, reverse=True)
    legend += [f"# link {' or '.join(walls)}"] if walls else []
    legend += [".. message on its way"] if under_way else []
    clocks = [f"{lane.name} {note}" for lane in layout.lanes if (note := clock_note(lane))]
    notes = [", ".join(legend), "; ".join(clocks), *page.notes, layout.left_out]
    if any(notes):
        yield ""
    for note in filter(None, notes):
        yield from wrap(ascii_line(note), width, subsequent_indent="  ", break_on_hyphens=False)


def _events(page: Sheet) -> list[_Event]:
    """Everything that gets a line, in the order in which it happened."""
    layout = page.layout
    events = [_Event(mark.spot.step, mark.order, "mark", mark) for mark in layout.marks]
    for cut in layout.cuts:
        begun, ended = (f"{cut.label} {word} " for word in cut.words())
        events += [_Event(cut.first, FIRST, "edge", begun)] if cut.begins else []
        events += [_Event(cut.last, LAST, "edge", ended)] if cut.heals else []
    busy = {event.step for event in events}
    for arrow in layout.arrows:
        busy |= {arrow.sent.step} | ({arrow.ends.step} if arrow.fate == "arrived" else set())
    split = {
        arrow.order
        for arrow in layout.arrows
        if arrow.copy or not busy.isdisjoint(range(arrow.sent.step + 1, arrow.ends.step))
    }
    for arrow in layout.arrows:
        if arrow.fate != "arrived" or arrow.order not in split:
            events.append(_Event(arrow.sent.step, arrow.order, "whole", arrow))
            continue
        if not arrow.copy:
            events.append(_Event(arrow.sent.step, arrow.order, "leaves", arrow))
        events.append(_Event(arrow.ends.step, arrow.until, "arrives", arrow))
    return sorted(events, key=lambda event: event[:2])


def _lanes(page: Sheet, step: int, lifeline: str, width: int) -> list[str]:
    """A line with nothing on it but lanes, and the walls of the partitions that stand."""
    line = [" "] * width
    for wall in (wall for cut in page.layout.cuts if _stands(cut, step) for wall in cut.walls):
        _write(line, page.column(wall), "#")
    for column in page.at:
        _write(line, column, lifeline)
    return line


def _stands(cut: Cut, step: int) -> bool:
    return cut.first <= step and (step < cut.last or not cut.heals)


def _draw(page: Sheet, line: list[str], event: _Event, numbers: dict[int, int]) -> None:
    what = event.what
    if isinstance(what, str):
        _write(line, page.left, f"== {ascii_line(what)}".ljust(len(line) - page.left, "="))
    elif isinstance(what, Mark):
        _draw_mark(page, line, what)
    elif event.kind == "whole":
        _draw_arrow(page, line, what)
    else:
        number = numbers.setdefault(what.order, len(numbers) + 1)
        _draw_end(page, line, what, f"({number})", leaves=event.kind == "leaves")


def _draw_mark(page: Sheet, line: list[str], mark: Mark) -> None:
    """A symbol on the lane, and its words on the side where they cross fewer lanes."""
    column, symbol = page.at[mark.lane], SYMBOLS.get(mark.look.shape, OTHER_SYMBOL)
    words = ascii_line(said(mark.look.word, mark.look.note))
    room_left, room_right = column - 2 - page.left, len(line) - column - 3
    sides = {
        "right": (
            max(0, len(words) - room_right),
            _crossed(page, column + 1, column + 3 + len(words)),
        ),
        "left": (max(0, len(words) - room_left), _crossed(page, column - 2 - len(words), column)),
    }
    if min(sides, key=lambda side: sides[side]) == "right":
        _write(line, column + 2, f" {clip(words, room_right)} ")
    else:
        words = f" {clip(words, room_left)} "
        _write(line, column - 1 - len(words), words)
    _write(line, column - len(symbol) // 2, symbol)


def _crossed(page: Sheet, first: int, end: int) -> int:
    return sum(first <= column < end for column in page.at)


def _draw_arrow(page: Sheet, line: list[str], arrow: Arrow) -> None:
    """A whole message: its label on the shaft, or beside it where the shaft is too short."""
    start, stop = page.at[arrow.source], page.column(arrow.stop)
    rightwards = arrow.target > arrow.source
    head = HEADS.get(arrow.fate, ">" if rightwards else "<")
    cells, label = abs(stop - start) - 1, ascii_line(arrow.caption())
    label = _unless_beside(page, line, label, cells - len(head) - 3, sorted((start, stop)))
    if rightwards:
        _write(line, start + 1, f"--{label}".ljust(cells - len(head), "-") + head)
    else:
        _write(line, start - cells, head + f"{label}--".rjust(cells - len(head), "-"))


def _draw_end(page: Sheet, line: list[str], arrow: Arrow, number: str, *, leaves: bool) -> None:
    """The end of a message that others overtake, with the number that ties its two ends."""
    column = page.at[arrow.source if leaves else arrow.target]
    rightwards = arrow.target > arrow.source
    if leaves:
        label, room = ascii_line(arrow.caption()), abs(page.at[arrow.target] - column)
        edges = [column, column + len(number) + 4] if rightwards else [column - room, column]
        label = _unless_beside(page, line, label, room - len(number) - 6, edges)
        words = [label, number] if rightwards else [number, label]
        stub = " ".join(filter(None, words)).join(["--", ".."] if rightwards else ["..", "--"])
    else:
        said_once = f"{number} copy" if arrow.copy else number
        stub = f"..{said_once}->" if rightwards else f"<-{said_once}.."
    _write(line, column + 1 if rightwards == leaves else column - len(stub), stub)


def _unless_beside(
    page: Sheet, line: list[str], label: str, room: int, edges: Sequence[int]
) -> str:
    """The label if there is room for it; else write it beside the edges, and nothing is left."""
    words = f" {label} "
    if len(label) <= room:
        return label
    if edges[1] + len(words) < len(line):
        _write(line, edges[1] + 1, words)
    elif edges[0] - len(words) >= page.left:
        _write(line, edges[0] - len(words), words)
    else:
        return clip(label, room) if room >= SHORTEST_LABEL else ""
    return ""


def _write(line: list[str], column: int, text: str) -> None:
    """Overwrite from a column on; what would stand outside the line is not written."""
    for n, character in enumerate(text, column):
        if 0 <= n < len(line):
            line[n] = character
