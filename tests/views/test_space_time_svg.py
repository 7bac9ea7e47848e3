"""The diagram as SVG: well formed, the same every time, readable by eye and by ear."""

import os
import re
import subprocess
import sys
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given

from sim.trace import NodeInfo, Row, Trace
from sim.views.glyphs import GLYPHS, RADIUS
from sim.views.looks import DECIDED, SHAPES
from sim.views.places import Rectangle
from sim.views.scene import picture
from sim.views.shapes import Area, Box, Cross, Disc, Line, Picture, Text, text_width
from sim.views.svg import render_svg, space_time_svg, xml
from tests.views.story import CLIENT, EU, HEADER, NODES, STORE_EU, STORE_US, US, story
from tests.views.traces import crowd, few, message, of, race, traces

ROOT = Path(__file__).parents[2]
SVG = "{http://www.w3.org/2000/svg}"
OKABE_ITO = {
    *("#E69F00", "#56B4E9", "#009E73", "#F0E442", "#0072B2", "#D55E00", "#CC79A7", "#000000"),
}


def drawn(trace: Trace) -> ET.Element:
    return ET.fromstring(space_time_svg(trace))


def texts(trace: Trace) -> list[str]:
    return ["".join(t.text or "") for t in drawn(trace).iter(f"{SVG}text")]


def extent(text: Text) -> Rectangle:
    """About where a line of text stands."""
    width = text_width(text.text, text.size)
    left = text.x - {"start": 0.0, "middle": width / 2, "end": width}[text.anchor]
    return Rectangle(left, text.y - 0.7 * text.size, left + width, text.y + 0.1 * text.size)


def words(made: Picture) -> list[Text]:
    return [shape for shape in made.shapes if isinstance(shape, Text)]


def test_it_is_an_image_with_a_title_and_a_description():
    root = drawn(story())
    assert root.get("role") == "img"
    assert [child.tag for child in root][:2] == [f"{SVG}title", f"{SVG}desc"]
    assert root[0].text == "A payment whose response is lost"


def test_the_description_tells_the_story_in_words():
    told = drawn(story())[1].text or ""
    assert "15 messages, 2 of them lost" in told
    assert "Link eu | us cut from 1200 ms to 2000 ms" in told
    assert "At 530.9 ms, payments-eu-1: EFFECT No. 2: POST /payments" in told
    assert told.index("accepted") < told.index("timeout") < told.index("rejected")


def test_the_description_of_a_long_story_says_what_it_leaves_out():
    rows = [Row(t_us, "timeout", EU) for t_us in range(25)]
    assert "5 more events not told" in (drawn(of(*rows))[1].text or "")


def test_a_single_message_is_not_messages():
    assert "1 message, 0 of them lost" in (drawn(of(*message(1, 0, 9, CLIENT, EU)))[1].text or "")


def test_every_loss_ends_in_a_cross():
    crosses = [path for path in drawn(story()).iter(f"{SVG}path") if path.get("class") == "cross"]
    assert len(crosses) - 1 == len(story().of("drop")) == 2  # one more stands in the legend


@pytest.mark.parametrize("ends", ["drop", "copy"])
def test_no_cross_and_no_message_under_way_stands_on_the_lane_of_a_bystander(ends: str):
    """Or it would look as if that one had lost it, or got it."""
    lost = [Row(0, "send", CLIENT, US, message=1), Row(5, ends, CLIENT, US, message=1)]
    made = picture(of(*lost[: 2 if ends == "drop" else 1], *message(2, 9, 20, CLIENT, EU)))
    lanes = {shape.x for shape in words(made) if shape.text in (CLIENT, EU, US)}
    [line] = [each for each in made.shapes if isinstance(each, Line) and each.width == 2.0][:1]
    assert len(lanes) == 3
    assert min(abs(x - line.points[-1][0]) for x in lanes) > 20


def test_a_story_without_losses_has_no_cross():
    assert 'class="cross"' not in space_time_svg(of(*message(1, 0, 9, CLIENT, EU)))


def test_the_same_trace_gives_the_same_bytes():
    assert space_time_svg(story()) == space_time_svg(story())


@pytest.mark.parametrize("seed", ["0", "1"])
def test_the_hash_seed_changes_nothing(seed: str):
    program = (
        "import sys; from tests.views.story import story; from sim.views.svg import space_time_svg;"
        "sys.stdout.buffer.write(space_time_svg(story()).encode())"
    )
    environment = {**os.environ, "PYTHONHASHSEED": seed}
    made = subprocess.run(
        [sys.executable, "-c", program],
        check=True,
        stdout=subprocess.PIPE,
        env=environment,
        cwd=ROOT,
    )
    assert made.stdout.decode() == space_time_svg(story())


def test_numbers_have_one_decimal_at_most_and_nothing_has_an_id():
    svg = space_time_svg(race())
    assert not re.search(r'="[^"]*\d\.\d\d+[^"]*"', svg.replace('fill-opacity="0.16"', ""))
    assert not re.search(r'\bid="|url\(|<script', svg)


def test_colours_are_okabe_and_itos_or_shades_of_grey_or_pale_or_for_text():
    used = set(re.findall(r'(?:fill|stroke)="(#[0-9A-F]{6})"', space_time_svg(story())))
    others = used - OKABE_ITO
    assert others <= {"#FFFFFF", "#5F5F5F", "#BDBDBD", "#A34700", "#EEF4FA", "#FBF5E9"}


def test_every_decision_and_every_shape_has_a_glyph_and_a_meaning():
    assert set(GLYPHS) == set(SHAPES)
    assert {shape for shape, _ in DECIDED.values()} <= set(SHAPES)


def form(shape: str) -> list[object]:
    """What is left of a glyph on a black-and-white printer."""
    colours = ("fill", "outline", "colour")
    parts = [part._asdict() for part in GLYPHS[shape](0, 0)]
    return [
        ({k: v for k, v in part.items() if k not in colours}, part.get("fill") == "#FFFFFF")
        for part in parts
    ]


@pytest.mark.parametrize(("one", "other"), list(combinations(GLYPHS, 2)))
def test_no_two_glyphs_differ_by_colour_alone(one: str, other: str):
    assert form(one) != form(other)


def test_a_glyph_stays_within_its_radius():
    for shape, glyph in GLYPHS.items():
        for part in glyph(0, 0):
            assert isinstance(part, Line | Area | Disc)
            if not isinstance(part, Disc):
                assert all(max(map(abs, point)) <= RADIUS + 2 for point in part.points), shape


def test_lanes_are_named_above_and_below():
    assert texts(story()).count("payments-us-1") == 2 + 1  # and once as whom the client waited for


def test_a_clock_that_is_off_is_told_under_the_name():
    assert "clock +3000 ms, +40 ppm" in texts(story())
    assert "clock -250 ms" in texts(story())


def test_a_region_is_a_band_with_its_name():
    assert texts(story()).count("region eu") == 2


def test_the_partition_is_shaded_from_cut_to_heal():
    (shade,) = (s for s in picture(story()).shapes if isinstance(s, Box) and s.opacity < 1)
    said = {text.text: text.y for text in words(picture(story()))}
    assert said["1200.0"] - 4 == shade.y
    assert said["2000.0"] - 4 == shade.y + shade.height
    assert "eu | us cut" in said
    assert "eu | us healed" in said


def test_the_legend_explains_what_is_used_and_nothing_else():
    told = texts(story())
    assert {"the same effect again", "caused by the thief", "message lost", "partition"} <= set(
        told
    )
    assert "effect withheld" not in told
    assert "partition" not in texts(race())


@pytest.mark.parametrize("make", [story, race])
def test_no_label_covers_another(make):
    for one, other in combinations(words(picture(make())), 2):
        assert extent(one).overlap(extent(other)) < 12, (one.text, other.text)


@pytest.mark.parametrize("make", [story, race, crowd])
def test_everything_is_inside_the_picture(make):
    made = picture(make())
    for text in words(made):
        place = extent(text)
        assert 0 <= place.left <= place.right <= made.width, text
        assert 0 <= place.top <= place.bottom <= made.height, text


def test_a_page_holds_what_few_lanes_need():
    assert picture(story()).width <= 1280 < picture(crowd()).width


def test_messages_slant_down():
    lines = [s for s in picture(story()).shapes if isinstance(s, Line) and s.width in (1.2, 2.0)]
    slanted = [s.points for s in lines if s.points[0][0] != s.points[1][0]]
    assert len(slanted) >= 15
    assert all(start[1] <= end[1] for start, end in slanted)
    assert sum(start[1] < end[1] for start, end in slanted) >= 15  # all but those of the legend


def test_events_of_one_instant_stand_below_each_other_and_above_the_next():
    rows = [Row(0, "timeout", EU), Row(0, "timeout", EU), Row(5, "timeout", EU)]
    below = [t.y for t in words(picture(of(*rows))) if t.text == "timeout" and t.tip]
    assert len(below) == 3
    assert below == sorted(set(below))


def test_words_give_way_to_the_messages_beside_them():
    rows = Row(0, "wallet", CLIENT, detail={"action": "put"}), *message(1, 0, 5, CLIENT, EU)
    (text,) = (t for t in words(picture(of(*rows))) if t.text == "wallet put")
    assert text.anchor == "end"


def test_store_traffic_is_drawn_thinner():
    sent = *message(1, 0, 5, EU, STORE_EU), *message(2, 6, 9, CLIENT, EU)
    widths = {
        s.width
        for s in picture(of(*sent)).shapes
        if isinstance(s, Line) and s.colour == "#0072B2" and s.points[0][1] > 150
    }
    assert {1.2, 2.0} <= widths


def test_a_thiefs_messages_are_dashed_too():
    dashes = {s.colour: s.dash for s in picture(story()).shapes if isinstance(s, Line) and s.dash}
    assert dashes["#D55E00"] == (8, 3)


def test_a_label_that_is_cut_short_has_a_tip_with_all_of_it():
    label = "POST /a/very/long/path/that/does/not/fit/between/lanes"
    sent = message(1, 0, 5, EU, STORE_EU, label=label)
    others = [Row(9, "timeout", node) for node in (CLIENT, US, STORE_US, "as-eu-1", "thief")]
    (text,) = (t for t in words(picture(of(*sent, *others))) if t.text.startswith("POST"))
    assert text.text.endswith("…")
    assert text.tip == f"{label}: payments-eu-1 to store-eu, sent 0.000 ms, arrived 0.005 ms"


def test_names_are_escaped():
    nodes = (NodeInfo("<b>&", "rs", "", "<eu>"), *NODES)
    trace = Trace(replace(HEADER, nodes=nodes), [Row(0, "timeout", "<b>&")])
    assert texts(trace).count("<b>&") == 2
    assert "region <eu>" in texts(trace)


@pytest.mark.parametrize("character", ["\x00", "\x0b", "\n", "\ud800", "\ufffe", "\uffff"])
def test_characters_that_xml_forbids_are_replaced(character: str):
    assert xml(f"a{character}b") == "a\ufffdb"


def test_characters_beyond_the_basic_plane_are_kept():
    assert xml("🔑") == "🔑"


def test_a_trace_without_events_is_a_picture_too():
    assert "no events" in texts(Trace(HEADER))


def test_each_shape_is_one_element():
    shapes = (
        Box(0, 0, 5, 5, "#FFFFFF"),
        Line(((0, 0), (1.25, -0.04)), "#000000", 1.0, (2, 3)),
        Area(((0, 0), (1, 0), (1, 1)), "#000000", "#000000"),
        Disc(1, 1, 2, "#000000", "#000000"),
        Cross(3, 3),
        Text(1, 2, "a<b", tip="all of it"),
    )
    root = ET.fromstring(render_svg(Picture(10, 10, "t", "d", shapes)))
    tags = [child.tag.removeprefix(SVG) for child in root]
    assert tags == ["title", "desc", "rect", "polyline", "polygon", "circle", "path", "text"]
    assert root[3].get("points") == "0,0 1.2,0"


@few
@given(traces())
def test_whatever_the_rows_are_it_is_well_formed(trace: Trace):
    root = drawn(trace)
    assert root[1].text
    lost = sum(row.node != row.peer for row in trace.of("drop") if row.node and row.peer)
    crosses = [path for path in root.iter(f"{SVG}path") if path.get("class") == "cross"]
    assert len(crosses) == (lost + 1 if lost else 0)
