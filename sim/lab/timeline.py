"""Time travel: a recorded run, forwards and backwards, an event at a time.

Rule: nothing runs again. What stands at an instant is read from the trace (`sim.views.moment`).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import ipywidgets as W  # noqa: N812  # what its users call it

from sim.checker import check
from sim.lab.controls import button, slider
from sim.lab.panel import Panel, Shown
from sim.lab.words import told as listed
from sim.trace import Row, Trace
from sim.views.layout import lay_out
from sim.views.moment import moment, moment_html
from sim.views.scene import picture
from sim.views.words import counted

#: What of an event is said, whichever is there; and what its peer is to it.
SAYS = ("label", "outcome", "action", "operation", "kind")
PEER = {
    **{"send": "to", "drop": "on the way to", "deliver": "from", "return": "from"},
    **{"timeout": "waiting for", "consume": "for", "store": "for"},
}


class TimelinePanel(Panel):
    """A slider over the events of a trace; buttons for one back, one on, and the first violation.

    It starts at the first violation, or at the end when nothing was violated, so that a reader
    without a kernel sees the point.
    """

    parts = ("actions", "verdict", "picture", "details")

    def __init__(self, trace: Trace, properties: Iterable[str] | None = None) -> None:
        self.trace = trace
        self.violations = violations(trace, properties)
        self._lanes = lay_out(trace).lanes  # they stand still, whatever is yet to come
        last = len(trace.rows)
        moves = {
            "one back": lambda: self._go(self.controls["event"].value - 1),
            "one on": lambda: self._go(self.controls["event"].value + 1),
            "first violation": lambda: self._go(min(self.violations, default=last)),
        }
        self.actions = W.HBox([button(name, move) for name, move in moves.items()])
        start = min(self.violations, default=last)
        super().__init__({"event": slider("event", 1, max(1, last), max(1, start))})

    def look(self, **values: Any) -> Shown:
        """The run until after this event."""
        number = min(values["event"], len(self.trace.rows))
        if not number:
            return Shown("Nothing happened.", "no event")
        row, at = self.trace.rows[number - 1], moment(self.trace, number)
        here = self.violations.get(number, [])
        verdict = f" From here on violated: {listed(here)}." if here else ""
        sentence = f"{at.t_us / 1e3:.3f} ms, event {number} of {len(self.trace.rows)}: {told(row)}."
        numbers = f"{counted(len(at.under_way), 'message')} under way; violated at {_places(self)}"
        past = Trace(self.trace.header, self.trace.rows[:number])
        drawn = picture(past, all_lanes=self._lanes)
        tables = f'<div class="beside">{moment_html(self.trace, at)}</div>'
        return Shown(sentence + verdict, numbers, drawn, tables)

    def _go(self, event: int) -> None:
        control = self.controls["event"]
        control.value = min(max(event, control.min), control.max)


def _places(panel: TimelinePanel) -> str:
    return ", ".join(f"event {number}" for number in panel.violations) or "no event"


def violations(trace: Trace, properties: Iterable[str] | None = None) -> dict[int, list[str]]:
    """Number of an event → the properties (of all, or of these) that are violated from then on."""
    found: dict[int, list[str]] = {}
    broken = {name for name, said in check(trace, properties).items() if said.holds is False}
    for name in sorted(broken):
        found.setdefault(_first(trace, name), []).append(name)
    return dict(sorted(found.items()))


def _first(trace: Trace, name: str) -> int:
    """After how many events a property is violated: it stays so, and halving finds the place."""
    low, high = 0, len(trace.rows)
    while high - low > 1:
        middle = (low + high) // 2
        early = check(Trace(trace.header, trace.rows[:middle]), [name])[name]
        low, high = (low, middle) if early.holds is False else (middle, high)
    return high


def told(row: Row) -> str:
    """An event in a line: "client-eu: send POST /payments to payments-eu-1"."""
    what = next((row.detail[name] for name in SAYS if row.detail.get(name)), "")
    whom = f"{PEER.get(row.kind, 'with')} {row.peer}" if row.peer not in ("", row.node) else ""
    return " ".join(part for part in (f"{row.node or 'network'}:", row.kind, what, whom) if part)
