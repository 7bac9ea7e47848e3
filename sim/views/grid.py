"""From lanes and steps to pixels.

Rule: positions depend on the layout alone, never on the width of a font.
"""

from __future__ import annotations

from sim.views.layout import Layout, Spot

PAGE = 1280  #: px; wider only when there are more lanes than fit
LEFT, RIGHT = 216, 160  #: px beside the outermost lanes
LEAST_GAP, WIDEST_GAP = 150, 270  #: px from lane to lane
NARROWEST = 820  #: px
TOP, NAMES, FIRST_STEP = 72, 108, 176  #: px: where bands, names and steps begin
SLOT, PAUSE = 34, 28  #: px: an event, and what a pause adds
CLOCK = 84  #: px: where the instants end, right-aligned


class Grid:
    """Pixels for lane coordinates and spots. `pauses`: the steps that come after a pause."""

    def __init__(self, layout: Layout) -> None:
        self.between = max(1, len(layout.lanes) - 1)
        self.gap = min(WIDEST_GAP, max(LEAST_GAP, (PAGE - LEFT - RIGHT) // self.between))
        self.width = max(NARROWEST, LEFT + RIGHT + self.gap * self.between)
        self.pauses = layout.pauses()
        self.steps: list[int] = []  #: the y of each step
        self.lowest = FIRST_STEP
        for step, slots in enumerate(_slots(layout)):
            self.steps.append(self.lowest + (PAUSE if step in self.pauses else 0))
            self.lowest = self.steps[-1] + SLOT * slots

    def x(self, lane: float) -> float:
        """The column of a lane coordinate."""
        return LEFT + self.gap * lane

    def y(self, spot: Spot) -> float:
        """The row of a spot."""
        return self.steps[spot.step] + SLOT * spot.slot

    def edges(self, first: int, last: int, count: int) -> tuple[float, float]:
        """Left and right of neighbouring lanes, of `count` lanes in all."""
        left = self.x(first) - (
            min(self.gap / 2, LEFT - CLOCK - 10) if first == 0 else self.gap / 2
        )
        right = self.width - 16 if last == count - 1 else self.x(last) + self.gap / 2
        return left, right


def _slots(layout: Layout) -> list[int]:
    """How many slots high each step is."""
    slots = [1] * len(layout.steps)
    spots = [mark.spot for mark in layout.marks]
    spots += [spot for arrow in layout.arrows for spot in (arrow.sent, arrow.ends)]
    for spot in spots:
        slots[spot.step] = max(slots[spot.step], spot.slot + 1)
    return slots
