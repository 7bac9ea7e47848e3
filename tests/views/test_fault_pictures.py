"""Faults in pictures: marks on the nodes they befell, shades for links that are cut or clogged."""

import pytest

from sim.trace import Row, Trace
from sim.views.describe import describe
from sim.views.layout import lay_out
from sim.views.looks import LOOKS
from sim.views.scene import picture
from sim.views.shapes import Text
from sim.views.text import space_time_text
from tests.world.faulty import fault, spoilt


@pytest.fixture(scope="module")
def trace() -> Trace:
    """A store that is down, a clog at the server, a clock that jumps; the second payment of two."""
    parts = [
        fault("crash", 1.5, 2.04, among=["store"], memory="lost"),
        fault("clog", 2.015, 2.017, among=["payments-eu-1"], apart_from="everyone"),
        fault("clock_step", 2.001, among=["payments"], offset_ms=500),
        fault("slow", 9.0, among=["store-eu"]),
    ]
    return spoilt(*parts, count=2).about(1)


def test_marks_stand_on_the_lanes_of_the_nodes_that_were_hit(trace: Trace):
    layout = lay_out(trace)
    names = [lane.name for lane in layout.lanes]
    marks = [(names[m.lane], m.look.word, m.look.note) for m in layout.marks if "o" in m.look.shape]
    assert ("store", "crash", "") in marks
    assert ("store", "is back", "memory lost") in marks
    assert ("payments-eu-1", "clock jumps", "by +500 ms") in marks
    assert "store-eu" not in names


def test_the_text_says_what_happened_and_is_no_wider_than_a_figure_may_be(trace: Trace):
    lines = space_time_text(trace).splitlines()
    assert max(map(len, lines)) <= 69
    text = "\n".join(lines)
    for words in (
        "crash",
        "is back: memory lost",
        "| * clogged",
        "| * unclogged",
        "# link clogged",
    ):
        assert words in text


def test_the_drawing_and_its_description_say_it_too(trace: Trace):
    drawn = picture(trace)
    said = {shape.text for shape in drawn.shapes if isinstance(shape, Text)}
    assert {"crash", "is back", "payments-eu-1 | * clogged"} <= said
    assert "Link payments-eu-1 | * clogged from 2015 ms to 2017 ms" in describe(lay_out(trace))


@pytest.mark.parametrize(
    ("action", "peer", "detail", "look"),
    [
        ("promote", "m1", {}, ("in charge", "in place of m1")),
        ("replace", "m1", {}, ("answers", "in place of m1")),
        ("transfer", "m1", {"entries": 3}, ("has the records", "in place of m1")),
        ("restart", "", {"memory": "copied"}, ("is back", "memory copied")),
        ("slow", "", {"factor": 3.0}, ("slow from here", "")),
        ("step", "", {"offset_ms": -40.0}, ("clock jumps", "by -40 ms")),
        ("something", "", {}, ("something", "")),
    ],
)
def test_every_fault_of_a_node_has_words(action: str, peer: str, detail, look: tuple[str, str]):
    row = Row(1, "fault", "m2", peer, detail={"action": action} | detail)
    assert LOOKS["fault"](row)[1:] == look
