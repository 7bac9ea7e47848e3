"""What a notebook shows of an exploration: the answer, the schedule, the picture.

Rule: nothing is decided here; the pictures are those of every other run, under a caption in words.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from sim.trace import Trace

if TYPE_CHECKING:
    from sim.exploration.answers import Counterexample, Exploration
    from sim.exploration.replaying import Replay


def exploration_html(found: Exploration) -> str:
    """The answer for a strategy, and the counterexample if there is one."""
    shown = "" if found.counterexample is None else counterexample_html(found.counterexample)
    return f"<p><b>{escape(found.strategy)}</b>: {escape(str(found))}</p>{shown}"


def counterexample_html(found: Counterexample) -> str:
    """The schedule as text to copy, and what happens."""
    caption = f"{found.property}: {found.verdict.because}"
    return _schedule(str(found.schedule)) + _figure(found.needed, caption)


def replay_html(found: Replay) -> str:
    """What came of a schedule, and what happens."""
    told = [verdict.because for name, verdict in found.verdicts.items() if name in found.violated]
    said = f"<p><b>{escape(found.strategy)}</b>: {escape(str(found))}</p>"
    return (
        said + _schedule(str(found.schedule)) + _figure(found.needed, "; ".join(told) or str(found))
    )


def _schedule(text: str) -> str:
    return f'<pre style="white-space:pre-wrap">{escape(text)}</pre>' if text else ""


def _figure(trace: Trace, caption: str) -> str:
    from sim.lab.figure import Figure

    return Figure(trace, caption)._repr_html_()
