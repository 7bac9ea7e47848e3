"""The matrix of blast radii: every pair that was tried has a mark, and no mark needs its colour."""

from xml.etree import ElementTree

import pytest

from sim.views.reach import MARKS, TITLE, WAYS, places_of, reach_picture, told
from sim.views.shapes import Area, Box, Disc, Line, Text, text_width
from sim.views.svg import render_svg

SERVERS = ["email", "webdav", "voip"]
NOWHERE: dict[str, list[str]] = {server: [] for server in SERVERS}
ELSEWHERE = {server: [other for other in SERVERS if other != server] for server in SERVERS}


def row(name="each", **reach):
    """A row of the issuance table; what is not said worked nowhere."""
    found = dict.fromkeys(WAYS, NOWHERE) | {"referer": {"page": []}} | reach
    leaks = {way: found.pop(way) for way in ("log", "referer")}
    return {"name": name, **found, "leaks": leaks}


FAT = row("fat", blast_radius=ELSEWHERE, log=dict.fromkeys(SERVERS, SERVERS))
ONE = row("one", blast_radius=NOWHERE | {"webdav": ["voip"]})


def shapes(kind, *rows):
    return [shape for shape in reach_picture(rows).shapes if isinstance(shape, kind)]


def marks(kind, *rows):
    """The marks of this shape without those of the legend."""
    return len(shapes(kind, *rows)) - len(shapes(kind))


def scores(*rows):
    return [text.text for text in shapes(Text, *rows) if " of " in text.text and text.size == 12]


def test_a_square_for_each_pair_of_servers_at_which_something_worked():
    assert marks(Box, row()) == 0
    assert marks(Box, ONE) == 1
    assert marks(Box, FAT) == 6 + 6  # as it is, and from the logs


def test_a_diamond_where_what_was_seen_works_again():
    assert marks(Area, FAT) == 3
    assert marks(Area, ONE) == 0


def test_a_ring_for_each_pair_that_was_tried_in_vain():
    assert marks(Disc, row()) == 4 * 6 + 3
    assert marks(Disc, ONE) == marks(Disc, row()) - 1


def test_a_dash_for_what_a_server_may_use_because_it_is_its_own():
    dashes = [line for line in shapes(Line, row()) if line.width == 2]
    assert len(dashes) == 4 * 3 + 1  # and one in the legend


def test_no_two_marks_differ_by_their_colour_alone():
    assert len({(works, own) for works, own, _ in MARKS}) == 4
    kinds = [type(shape) for shape in shapes((Box, Disc, Area, Line))]
    assert [kind.__name__ for kind in kinds] == ["Box", "Box", "Disc", "Area", "Line"]  # and paper


def test_the_count_beside_each_grid_is_of_pairs():
    assert scores(ONE) == ["1 of 6", "0 of 6", "0 of 6", "0 of 6", "0 of 3"]
    assert scores(FAT)[:4] == ["6 of 6", "0 of 6", "0 of 6", "6 of 6"]


def test_only_a_count_above_none_is_bold():
    bold = [text.text for text in shapes(Text, ONE) if text.bold]
    assert bold == ["one", "1 of 6"]


def test_a_place_that_only_an_attacker_calls_has_a_column_too():
    reached = row(blast_radius=NOWHERE | {"email": ["userinfo"]})
    assert places_of([reached]) == (*SERVERS, "userinfo")
    assert scores(reached)[0] == "1 of 9"


def test_each_server_that_is_named_stands_in_the_legend_in_the_order_of_the_columns():
    assert any("email, webdav, voip" in text.text for text in shapes(Text, FAT))


def test_designs_that_do_alike_are_told_in_one_sentence():
    said = told([FAT, row("a"), ONE, row("b")])
    assert said.count(".") == 3
    assert "a, b: malicious server: as it is 0 of 6, " in said
    assert "one: malicious server: as it is 1 of 6, " in said


def test_the_picture_says_what_it_shows_and_names_every_design():
    drawn = reach_picture([FAT, ONE])
    assert drawn.title == TITLE
    assert drawn.description == told([FAT, ONE])


@pytest.mark.parametrize("names", [["fat"], ["a", "b", "c"], ["a_name_that_is_rather_long"]])
def test_nothing_is_drawn_outside_the_paper(names):
    drawn = reach_picture([row(name) for name in names])
    for text in (shape for shape in drawn.shapes if isinstance(shape, Text)):
        assert 0 < text.y < drawn.height
        assert text.x + text_width(text.text, text.size) <= drawn.width
    boxes = [shape for shape in drawn.shapes if isinstance(shape, Box)]
    assert all(box.y + box.height <= drawn.height for box in boxes)


def test_no_name_is_written_over_a_grid():
    long = row("a_name_that_is_rather_long")
    [name] = [text for text in shapes(Text, long) if text.bold]
    rings = [disc.x for disc in shapes(Disc, long) if abs(disc.y - name.y) < 20]
    assert name.x + text_width(name.text, name.size) < min(rings)


def test_the_same_rows_give_the_same_bytes_and_they_are_xml():
    first, second = (render_svg(reach_picture([FAT, ONE])) for _ in range(2))
    assert first == second
    assert ElementTree.fromstring(first).tag.endswith("svg")


def test_without_rows_there_is_a_legend_and_no_error():
    assert [text.text for text in shapes(Text)][:2] == ["malicious server:", "as it is"]
