"""The diagram as PNG: the same bytes each time, and no character that breaks it."""

import struct
from pathlib import Path

import pytest

from sim.trace import Row, Trace
from sim.views.png import MOST_PIXELS, SHARPNESS, figure, sharpness, space_time_png
from sim.views.scene import picture
from sim.views.shapes import BLACK, Area, Box, Cross, Disc, Line, Picture, Text
from tests.views.story import EU, HEADER, story
from tests.views.traces import MANY, crowd, message, of, race

pytestmark = pytest.mark.slow


def made(trace: Trace, folder: Path, name: str = "a.png") -> bytes:
    space_time_png(trace, folder / name)
    return (folder / name).read_bytes()


def size(png: bytes) -> tuple[int, int]:
    """PNG (RFC 2083) 4.1.1: width and height stand first in the first chunk."""
    width, height = struct.unpack(">II", png[16:24])
    return width, height


def test_the_same_trace_gives_the_same_bytes(tmp_path: Path):
    assert made(race(), tmp_path, "a.png") == made(race(), tmp_path, "b.png")


def test_it_has_the_proportions_of_the_svg(tmp_path: Path):
    drawn = picture(story())
    assert size(made(story(), tmp_path)) == (drawn.width * 3 // 2, drawn.height * 3 // 2)


def test_it_names_its_title_and_what_it_shows_but_no_program(tmp_path: Path):
    png = made(story(), tmp_path)
    assert b"A payment whose response is lost" in png
    assert b"Space-time diagram; time runs downwards" in png
    assert b"atplotlib" not in png


def test_a_large_picture_is_made_less_sharp_rather_than_too_large():
    drawn = picture(crowd())
    assert sharpness(picture(race())) == SHARPNESS > sharpness(drawn)
    assert drawn.width * drawn.height * sharpness(drawn) ** 2 == pytest.approx(MOST_PIXELS)


def test_a_trace_without_events_is_a_picture_too(tmp_path: Path):
    assert size(made(Trace(HEADER), tmp_path))[0] > 0


def test_characters_that_the_font_lacks_become_question_marks(tmp_path: Path):
    trace = of(*message(1, 0, 9, EU, "as-eu-1", label="日本 $x$ \x07 €"))
    texts = [t.get_text() for t in figure(picture(trace)).axes[0].texts]
    assert "?? $x$ ? €" in texts
    assert made(trace, tmp_path)


def test_every_shape_is_drawn():
    shapes = (
        Box(0, 0, 5, 5, "#FFFFFF", 0.5),
        Line(((0, 0), (9, 9)), BLACK, 2.0, (4, 2)),
        Area(((0, 0), (1, 0), (1, 1)), BLACK, BLACK),
        Disc(1, 1, 2, BLACK, BLACK),
        Cross(3, 3),
        Text(1, 2, "words", anchor="end", bold=True),
    )
    axes = figure(Picture(100, 50, "t", "d", shapes)).axes[0]
    counts = len(axes.patches), len(axes.lines), len(axes.texts)
    assert counts == (3, 1 + 2, 1)
    assert axes.get_ylim() == (50, 0)  # downwards, as in SVG


def test_later_shapes_cover_earlier_ones():
    shapes = Box(0, 0, 5, 5, "#FFFFFF"), Disc(1, 1, 2, BLACK, BLACK), Text(1, 2, "words")
    axes = figure(Picture(100, 50, "t", "d", shapes)).axes[0]
    orders = [artist.get_zorder() for artist in (*axes.patches, *axes.texts)]
    assert orders == sorted(orders)
    assert len(set(orders)) == 3


def test_a_file_that_cannot_be_written_is_an_os_error(tmp_path: Path):
    with pytest.raises(OSError, match="No such file"):
        space_time_png(Trace(HEADER, [Row(0, "timeout", MANY[0].name)]), tmp_path / "no" / "a.png")
