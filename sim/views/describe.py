"""A diagram in words: the text that stands for the picture where it cannot be seen.

Rule: it says what a reader would take from the picture, verdicts first to last, and how much it
leaves unsaid.
"""

from __future__ import annotations

from sim.views.layout import Layout, Mark
from sim.views.words import counted, said, trimmed

QUIET = ("issue", "wallet", "store", "note")  #: marks that the words leave out
MOST_TOLD = 20


def describe(layout: Layout) -> str:
    """A few sentences about a diagram, for `<desc>` and `alt`."""
    if not layout.steps:
        return "A space-time diagram without events."
    lanes = ", ".join(lane.name for lane in layout.lanes)
    span = f"from {trimmed(layout.steps[0])} to {trimmed(layout.steps[-1])}"
    sentences = [f"Space-time diagram; time runs downwards {span}", f"Lanes: {lanes}"]
    lost = sum(arrow.fate in ("lost", "cut") for arrow in layout.arrows)
    sentences.append(f"{counted(len(layout.arrows), 'message')}, {lost} of them lost")
    for cut in layout.cuts:
        ends = f"to {trimmed(layout.steps[cut.last])}" if cut.heals else "to the end"
        since = trimmed(layout.steps[cut.first])
        sentences.append(f"Link {cut.label} {cut.words()[0]} from {since} {ends}")
    told = [mark for mark in layout.marks if mark.look.shape not in QUIET]
    sentences += [_sentence(layout, mark) for mark in told[:MOST_TOLD]]
    if len(told) > MOST_TOLD:
        sentences.append(f"{counted(len(told) - MOST_TOLD, 'more event')} not told")
    sentences += [layout.left_out] if layout.left_out else []
    return ". ".join(sentences) + "."


def _sentence(layout: Layout, mark: Mark) -> str:
    instant, name = trimmed(layout.steps[mark.spot.step]), layout.lanes[mark.lane].name
    return f"At {instant}, {name}: {said(mark.look.word, mark.look.note)}"
