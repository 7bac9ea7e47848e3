"""The space-time diagram as a Mermaid `sequenceDiagram`, for pages that render Mermaid.

Rule: Mermaid has no time, so events stand in the order of the trace and each says its instant; a
message stands where it arrived or was lost, and says when it was sent.
"""

from __future__ import annotations

import re

from sim.trace import NodeInfo, Trace
from sim.views.layout import Arrow, Band, Layout, Mark, lay_out
from sim.views.shapes import region_tint
from sim.views.words import clock_note, labels_ms, said

HEADS = {"arrived": "->>", "lost": "-x", "cut": "-x", "under way": "-)"}
FATES = {"lost": ", lost", "cut": ", lost to the partition", "under way": ", under way"}
FIRST, LAST = -1, 1 << 62  #: in the order of the events of one instant
#: What Mermaid would take for its own: entities begin with "#", statements end with ";".
SPECIAL = re.compile(r"[#;<>%\x00-\x1f\ud800-\udfff]|\bend\b", re.IGNORECASE)


def space_time_mermaid(trace: Trace) -> str:
    """The diagram as Mermaid text, ending in a newline; regions are boxes."""
    layout = lay_out(trace)
    title = layout.header.title or layout.header.scenario
    lines = ["---", f"title: {_quoted(title)}", "---", "sequenceDiagram"]
    lines += _participants(layout)
    if layout.lanes:
        lines += _statements(layout)
    return "".join(f"{line}\n" for line in lines)


def _statements(layout: Layout) -> list[str]:
    """Messages, marks and the ends of partitions, in the order in which they happened."""
    instants = [f"{label} ms" for label in labels_ms(layout.steps)]
    everyone = f"n0,n{len(layout.lanes) - 1}" if len(layout.lanes) > 1 else "n0"
    placed = [(m.spot.step, m.order, _mark(m, instants)) for m in layout.marks]
    placed += [(a.ends.step, a.until, _arrow(a, instants)) for a in layout.arrows]
    for cut in layout.cuts:
        for step, order, what, told in (
            (cut.first, FIRST, "cut", cut.begins),
            (cut.last, LAST, "healed", cut.heals),
        ):
            note = text(f"{cut.label} {what} at {instants[step]}")
            placed += [(step, order, f"    Note over {everyone}: {note}")] if told else []
    if layout.left_out:
        placed.append((len(instants), LAST, f"    Note over {everyone}: {text(layout.left_out)}"))
    return [statement for _, _, statement in sorted(placed)]


def _mark(mark: Mark, instants: list[str]) -> str:
    words = text(said(mark.look.word, mark.look.note))
    return f"    Note over n{mark.lane}: {words}<br/>{instants[mark.spot.step]}"


def _arrow(arrow: Arrow, instants: list[str]) -> str:
    sent, ended = instants[arrow.sent.step], instants[arrow.ends.step]
    when = f"{sent} to {ended}" if arrow.fate == "arrived" else f"{sent}{FATES[arrow.fate]}"
    ends = f"n{arrow.source}{HEADS[arrow.fate]}n{arrow.target}"
    return f"    {ends}: {text(arrow.caption())}<br/>{when}"


def text(said_there: str) -> str:
    """Text that Mermaid shows as it is: what it would interpret becomes a character code."""
    return SPECIAL.sub(lambda found: f"#{ord(found[0][0])};{found[0][1:]}", said_there)


def _quoted(title: str) -> str:
    """A YAML string, for the front matter."""
    plain = "".join(c if c >= " " and not "\ud800" <= c <= "\udfff" else "?" for c in title)
    return '"' + plain.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _participants(layout: Layout) -> list[str]:
    lines = []
    for band in layout.bands:
        lanes = [f"    participant n{n} as {_alias(layout.lanes[n])}" for n in _range(band)]
        if band.region:
            lanes = [f"    box {_tint(layout, band)} {text(band.region)}", *lanes, "    end"]
        lines += lanes
    return lines


def _tint(layout: Layout, band: Band) -> str:
    """The colour of a region; it must stand there, else a region called "red" would be one."""
    tint = bytes.fromhex(region_tint(layout.header, band.region)[1:])
    return f"rgb({tint[0]},{tint[1]},{tint[2]})"


def _range(band: Band) -> range:
    return range(band.first, band.last + 1)


def _alias(lane: NodeInfo) -> str:
    note = clock_note(lane)
    return text(lane.name) + (f"<br/>{note}" if note else "")
