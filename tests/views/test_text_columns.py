"""Where the lanes of a text diagram stand, and under which names."""

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.trace import NodeInfo, Row, Trace
from sim.views.columns import LEAST_GAP, MOST_LANES, WIDEST_GAP, sheet
from tests.views.story import CLIENT, EU, HEADER, STORE_EU, STORE_US, THIEF, US, story
from tests.views.traces import crowd, few, message, of, traces


def named(*names: str) -> Trace:
    nodes = tuple(NodeInfo(name, "rs", "payments", "eu") for name in names)
    return Trace(replace(HEADER, nodes=nodes), [Row(0, "timeout", name) for name in names])


def gaps(trace: Trace, width: int = 69) -> list[int]:
    at = sheet(trace, 9, width).at
    return [right - left for left, right in pairwise(at)]


def test_names_that_fit_are_kept():
    page = sheet(named("a", "payments-eu-1"), 9, 69)
    assert page.names == ("a", "payments-eu-1")
    assert page.notes == ()


def test_two_lanes_do_not_drift_apart():
    assert gaps(named("a", "b")) == [WIDEST_GAP]


def test_lanes_share_what_room_there_is():
    assert gaps(named("a", "b", "c", "d")) == [20, 20, 19]


def test_the_arrow_with_the_longest_label_gets_room_first():
    nodes = ("a", "b", "c", "d", "e", "f")
    trace = named(*nodes)
    sent = message(1, 0, 5, "b", "c", label="refused: used")
    found = gaps(Trace(trace.header, [*trace.rows, *sent]))
    assert found[1] == len("refused: used") + 5
    assert min(found) >= LEAST_GAP


def test_words_that_would_be_cut_alike_become_numbers():
    alike = sheet(
        named(*(f"{'payments' if n % 2 else 'payroll'}-long-{n}" for n in range(6))), 9, 69
    )
    apart = sheet(named(*(f"{'payments' if n % 2 else 'wages'}-long-{n}" for n in range(6))), 9, 69)
    assert alike.names[0] == "(1)"
    assert apart.names[:2] == ("wag-lon-0", "pay-lon-1")


def test_names_are_cut_no_more_than_they_must_be():
    page = sheet(named(*(f"payments-{n}" for n in range(6))), 9, 69)
    assert page.names[0] == "payment-0"


def test_a_lane_coordinate_between_lanes_is_a_column_between_theirs():
    page = sheet(named("a", "b", "c"), 9, 69)
    assert page.at[0] < page.column(0.5) < page.at[1]
    assert page.column(2) == page.at[2]


def test_up_to_six_lanes_keep_their_stores():
    trace = of(*message(1, 0, 5, EU, STORE_EU), *message(2, 6, 9, CLIENT, EU))
    assert [lane.role for lane in sheet(trace, 9, 69).layout.lanes] == ["client", "rs", "store"]


def test_with_more_lanes_the_stores_go_first():
    page = sheet(story(), 9, 69)
    assert "store" not in [lane.role for lane in page.layout.lanes]
    assert page.notes == (f"store traffic omitted: {STORE_EU}, {STORE_US}",)


def test_the_busiest_node_stays_with_those_it_deals_with():
    sent = [row for n in range(5) for row in message(n + 1, n, n + 9, THIEF, US)]
    page = sheet(Trace(crowd().header, [*crowd().rows, *sent]), 9, 69)
    names = [lane.name for lane in page.layout.lanes]
    assert {THIEF, US} <= set(names)
    assert len(names) <= MOST_LANES


def test_on_a_narrow_page_fewer_lanes_are_left():
    assert len(sheet(story(), 9, 40).layout.lanes) == (40 - 9) // LEAST_GAP


@pytest.mark.parametrize("name", ["κόσμος", "日本語", "a\tb", "tab\x1b[31m"])
def test_names_are_ascii(name: str):
    (shown,) = sheet(named(name), 9, 69).names
    assert shown.isascii()
    assert shown.isprintable()
    assert len(shown) == len(name)


@few
@given(traces(), st.integers(50, 100))
def test_names_stand_on_their_lanes_without_touching(trace: Trace, width: int):
    page = sheet(trace, 12, width)
    starts = [at - len(name) // 2 for at, name in zip(page.at, page.names, strict=False)]
    ends = [start + len(name) for start, name in zip(starts, page.names, strict=True)]
    assert all(end < start for end, start in zip(ends, starts[1:], strict=False))
    assert not starts or (starts[0] >= 12 and ends[-1] <= width)
