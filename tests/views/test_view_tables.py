"""Tables of strings: aligned, complete, escaped."""

from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.views.tables import html_table, table
from sim.views.words import columns
from tests.views.traces import few

HEADERS = ["strategy", "double", "µs/use"]
ROWS = [["per_replica", "12.3 %", "1.5"], ["shared_atomic", "0 %", "–"], ["no_check"]]
PLAIN = """\
strategy       double  µs/use
-------------  ------  ------
per_replica    12.3 %     1.5
shared_atomic     0 %       –
no_check
"""
cells = st.text(
    st.characters(exclude_categories=["C"], exclude_characters="\u2028\u2029"), max_size=9
)


def test_names_stand_left_and_numbers_right():
    assert table(HEADERS, ROWS) == PLAIN


def test_a_table_without_rows_is_its_header():
    assert table(HEADERS, []) == "strategy  double  µs/use\n--------  ------  ------\n"


@pytest.mark.parametrize(
    "number", ["7", "-3", "−3", "1,234.5", "2e-05", "< 0.1 %", "±0.2", "8.2 ms", "40 kB"]
)
def test_what_counts_as_a_number(number: str):
    assert table(["a long header"], [[number]]).endswith(f"{number:>13}\n")


@pytest.mark.parametrize("name", ["p-1", "at-0.1", "1 of 3", "ms", "10.0.0.1:8080"])
def test_what_does_not(name: str):
    assert table(["a long header"], [[name]]).endswith(f"\n{name}\n")


def test_a_column_with_one_word_in_it_is_no_column_of_numbers():
    assert table(["number"], [["1"], ["two"]]).splitlines()[2] == "1"


def test_a_column_of_dashes_holds_no_numbers():
    assert table(["column"], [["-"]]).splitlines()[2] == "-"


def test_wide_characters_take_two_columns():
    lines = table(["a", "b"], [["日本", "x"], ["abcd", "x"]]).splitlines()
    assert [columns(line) for line in lines[2:]] == [7, 7]


def test_a_row_that_is_too_long_is_cut_to_the_headers():
    assert table(["a"], [["x", "y"]]) == "a\n-\nx\n"


def test_html_has_a_caption_and_column_headers_with_a_scope():
    root = ET.fromstring(html_table(HEADERS, ROWS, "Rates"))
    assert root.findtext("caption") == "Rates"
    assert [cell.get("scope") for cell in root.iter("th")] == ["col"] * 3
    assert [cell.text for cell in root.iter("th")] == HEADERS


def test_html_aligns_as_the_text_does():
    root = ET.fromstring(html_table(HEADERS, ROWS, "Rates"))
    styles = [cell.get("style") for cell in root.findall("tbody/tr")[0]]
    assert styles == ["text-align:left", "text-align:right", "text-align:right"]


def test_html_is_escaped():
    html = html_table(["<h>"], [["a & b"]], '"c"')
    assert "&lt;h&gt;" in html
    assert "a &amp; b" in html
    assert "&quot;c&quot;" in html


@few
@given(st.lists(st.lists(cells, max_size=4), max_size=6))
def test_every_line_of_a_table_is_as_wide_as_its_rule_at_most(rows: list[list[str]]):
    lines = table(["a", "b", "c"], rows).split("\n")[:-1]
    assert len(lines) == 2 + len(rows)
    assert all(columns(line) <= len(lines[1]) for line in lines)
    assert all(not line.endswith(" ") for line in lines)


@few
@given(st.lists(st.lists(st.text(max_size=9), max_size=4), max_size=6), st.text(max_size=9))
def test_html_is_well_formed_whatever_the_cells_are(rows: list[list[str]], caption: str):
    root = ET.fromstring(html_table(["a", "b"], rows, caption))
    assert [len(row) for row in root.iter("tr")] == [2] * (1 + len(rows))
