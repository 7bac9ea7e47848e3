"""A trace as a file: the suffix chooses, and every file is whole and the same each time."""

import csv
import json
from io import StringIO
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from sim.trace import Row, Trace
from sim.views.export import FORMATS, page, render, rows_csv
from sim.views.mermaid import space_time_mermaid
from sim.views.svg import space_time_svg
from sim.views.text import space_time_text
from tests.views.story import HEADER, story
from tests.views.traces import race


def written(trace: Trace, path: Path, verdict: str = "") -> str:
    render(trace, path, verdict)
    return path.read_bytes().decode()


def body(html: str) -> ET.Element:
    return ET.fromstring(html[html.index("<body>") : html.index("</html>")])


@pytest.mark.parametrize(
    ("suffix", "made"),
    [("svg", space_time_svg), ("mmd", space_time_mermaid), ("txt", space_time_text)],
)
def test_the_suffix_chooses_the_format(tmp_path: Path, suffix: str, made):
    assert written(story(), tmp_path / f"a.{suffix}") == made(story())


@pytest.mark.slow
def test_png_is_png(tmp_path: Path):
    render(race(), tmp_path / "a.png")
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG\r\n")


@pytest.mark.parametrize("name", ["a.gif", "a", "a.SVG", ".svg"])
def test_an_unknown_suffix_names_what_is_allowed(tmp_path: Path, name: str):
    with pytest.raises(ValueError, match=r"allowed are \.svg, \.png, \.mmd, \.txt, \.html, \.csv"):
        render(story(), tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_a_path_may_be_text(tmp_path: Path):
    render(race(), f"{tmp_path}/a.txt")
    assert (tmp_path / "a.txt").read_text() == space_time_text(race())


def test_every_format_gives_the_same_file_twice(tmp_path: Path):
    for suffix in set(FORMATS) - {"png"}:
        assert written(story(), tmp_path / f"a.{suffix}") == written(
            story(), tmp_path / f"b.{suffix}"
        )


def test_csv_has_a_line_for_each_row_and_one_for_the_names():
    told = list(csv.reader(StringIO(rows_csv(story()))))
    assert told[0] == list(Row._fields)
    assert len(told) == 1 + len(story().rows)


def test_csv_holds_what_the_rows_hold():
    first = next(csv.DictReader(StringIO(rows_csv(story()))))
    row = story().rows[0]
    assert (first["t_us"], first["kind"], first["peer"]) == ("0", "send", "as-eu-1")
    assert json.loads(first["detail"]) == row.detail


def test_csv_lines_end_as_rfc_4180_says(tmp_path: Path):
    render(race(), tmp_path / "a.csv")
    assert (tmp_path / "a.csv").read_bytes().count(b"\r\n") == 1 + len(race().rows)


def test_the_page_stands_alone():
    html = page(story())
    for outside in ("<link", "<script", "<img", "@import", "url("):
        assert outside not in html


def test_the_page_has_title_diagram_and_messages():
    html = page(story())
    assert "<title>A payment whose response is lost</title>" in html
    assert space_time_svg(story()) in html
    assert [child.tag for child in body(html)] == ["h1", "figure", "h2", "section"]


def test_a_verdict_is_a_paragraph_and_escaped(tmp_path: Path):
    html = written(story(), tmp_path / "a.html", "twice, & that is <wrong>")
    assert body(html).findtext("p") == "twice, & that is <wrong>"
    assert "verdict" in (body(html)[1].get("class") or "")


def test_without_a_verdict_there_is_no_empty_paragraph():
    assert body(page(story())).find("p") is None


def test_the_page_says_its_language_and_encoding():
    html = page(story())
    assert html.startswith('<!DOCTYPE html>\n<html lang="en">')
    assert '<meta charset="utf-8">' in html


def test_an_empty_trace_has_every_format(tmp_path: Path):
    for suffix in set(FORMATS) - {"png"}:
        assert written(Trace(HEADER), tmp_path / f"a.{suffix}")
