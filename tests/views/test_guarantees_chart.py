"""The picture of the guarantees: a sign and a word for every cell, and none needs its colour."""

from typing import NamedTuple
from xml.etree import ElementTree

import pytest

from sim.guarantees.models import MODELS
from sim.guarantees.mutants import MUTANTS
from sim.guarantees.table import Cell
from sim.views.guarantees_chart import (
    COLUMN,
    ROW,
    SIGNS,
    TITLE,
    guarantees_chart,
    guarantees_picture,
    told,
    word,
)
from sim.views.shapes import Box, Text, text_width

HELD = Cell("shared_atomic", "none", "holds")
BROKEN = Cell("shared_atomic", "crash", "violated", deviations=3, steps=12)
OPEN = Cell("two_sites", "none", "open")
SILENT = Cell("two_sites", "crash", "not applicable")
FOUR = [HELD, BROKEN, OPEN, SILENT]
#: As many cells as there can be, each with the longest words there are.
ALL = [
    Cell(strategy, model, "violated", deviations=12, steps=26)
    for strategy in MUTANTS
    for model in MODELS
]


class Place(NamedTuple):
    """Where a text stands."""

    x: float
    y: float


def texts(cells):
    return [shape for shape in guarantees_picture(cells).shapes if isinstance(shape, Text)]


def place(cells, said):
    [found] = [Place(text.x, text.y) for text in texts(cells) if text.text == said]
    return found


def test_a_cell_stands_in_the_line_of_its_strategy_and_the_column_of_its_model():
    assert place(FOUR, "3/12").y == place(FOUR, "shared_atomic").y
    assert place(FOUR, "open").y == place(FOUR, "two_sites").y
    first, second = place(FOUR, "none"), place(FOUR, "crash")
    assert place(FOUR, "3/12").x - second.x == place(FOUR, "open").x - first.x == 27
    assert second.x - first.x == COLUMN
    assert place(FOUR, "two_sites").y - place(FOUR, "shared_atomic").y == ROW


def test_a_violation_says_how_far_its_smallest_counterexample_is():
    assert [word(cell) for cell in FOUR] == ["holds", "3/12", "open", ""]


def test_a_cell_that_is_not_exhausted_says_how_deep_it_was_looked_into():
    assert word(Cell("two_sites", "none", "open", whole=2)) == "holds ≤2"


def signs(verdict):
    """The forms of a sign, without colour and place."""
    return [type(shape).__name__ for shape in SIGNS[verdict].drawn(0, 0)]


def test_no_two_signs_differ_by_their_colour_alone():
    assert len({tuple(signs(verdict)) for verdict in SIGNS}) == len(SIGNS)


@pytest.mark.parametrize("verdict", SIGNS)
def test_a_verdict_that_occurs_is_in_the_legend_and_no_other(verdict):
    drawn = [text.text for text in texts([Cell("quorum", "loss", verdict)])]
    assert [sign.meaning in drawn for sign in SIGNS.values()] == [each == verdict for each in SIGNS]


def test_a_cell_that_was_not_explored_stays_empty():
    assert len(texts([HELD, OPEN, SILENT])) == len(texts(FOUR)) - 2  # its word, and the legend's


def test_a_verdict_that_nobody_knows_is_no_picture():
    with pytest.raises(KeyError, match="maybe"):
        guarantees_chart([Cell("quorum", "loss", "maybe")])  # type: ignore[arg-type]


def test_strategies_that_do_alike_are_told_in_one_sentence():
    like = [Cell("consensus", "none", "open"), Cell("consensus", "crash", "not applicable")]
    assert told([*FOUR, *like]) == (
        "shared_atomic: holds under none; violated under crash. "
        "two_sites, consensus: open under none; not applicable under crash."
    )


def test_the_picture_says_what_it_shows():
    drawn = ElementTree.fromstring(guarantees_chart(FOUR))
    assert [child.text for child in drawn[:2]] == [TITLE, told(FOUR)]


def test_all_strategies_under_all_models_are_less_than_100_kb_and_always_the_same_bytes():
    assert len(guarantees_chart(ALL).encode()) < 100_000
    assert guarantees_chart(ALL) == guarantees_chart(ALL)


@pytest.mark.parametrize("cells", [FOUR, ALL, [OPEN]], ids=["four", "all", "one"])
def test_nothing_is_drawn_outside_the_paper(cells):
    drawn = guarantees_picture(cells)
    for text in texts(cells):
        assert 0 < text.y < drawn.height
        assert text.x + text_width(text.text, text.size) <= drawn.width
    boxes = [shape for shape in drawn.shapes if isinstance(shape, Box)]
    assert all(box.x + box.width <= drawn.width for box in boxes)


def test_no_word_is_wider_than_its_cell():
    words = [text for text in texts(ALL) if text.text == "12/26"]
    assert len(words) == len(ALL)
    assert all(27 + text_width(text.text, text.size) <= COLUMN for text in words)


def test_without_cells_there_is_a_title_and_no_error():
    assert [text.text for text in texts([])] == [TITLE, "strategy"]
