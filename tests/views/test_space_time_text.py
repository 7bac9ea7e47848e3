"""The diagram in plain ASCII: the story as a whole, and what every such diagram keeps to."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.trace import NodeInfo, Row, Trace
from sim.views.text import RFC_WIDTH, space_time_text
from tests.views.story import CLIENT, EU, HEADER, NODES, STORE_EU, THIEF, US, story
from tests.views.traces import crowd, few, message, of, race, traces

STORY = """\
A payment whose response is lost
strategy replicated_async, issuance rfc8707, seed 7

    ms   client-eu     thief      as-eu-1 payments-eu-1 payments-us-1
   0.0       |--POST /token--------->|          |             |
   9.7       |           |           o  issues at-1: single_use
             |<-----------------200--|          |             |
  17.9       o  wallet put: at-1     |          |             |
  18.0       |--POST /payments------------------------------->|
  64.7       |           |           |          |   accepted (+)
  66.1       |           |            EFFECT: POST /payments (*)
             |           |           |X------------------201--|
             :           :           :          :             :
 518.0      (T) timeout: payments-us-1          |             |
 520.0       |--POST /payments----------------->|             |
 529.5       |           |           |         (+) accepted   |
 530.9       |    EFFECT No. 2: POST /payments (*)            |
             |<----------------------------201--|             |
 539.3      (=) served: 2 attempts, 539 ms      |             |
             :           :           :          :             :
 900.0       |           |--POST /payments------------------->|
 909.1       |           |           |      rejected: replay (x)
 909.2       |           |<----------------401 invalid_token--|
             :           :           :          :             :
1200.0   == eu | us cut =============================================
             :     #     :     #     :          :      #      :
1400.0       |     #     |----X# POST /payments |      #      |
             :     #     :     #     :          :      #      :
1900.0       |     #    (T) timeout: payments-eu-1     #      |
2000.0   == eu | us healed ==========================================

X message lost, # link cut
payments-eu-1 clock -250 ms; payments-us-1 clock +3000 ms, +40 ppm
store traffic omitted: store-eu, store-us
"""
RACE = """\
0.0       |--POST /payments (1)..            |                |
0.5       |                 |--POST /payments---------------->|
9.0       |                 |         ..(1)->|                |
9.9       |                 |    ..(1) copy->|                |
"""


def body(trace: Trace) -> list[str]:
    """The lines below the names of the lanes."""
    lines = space_time_text(trace).splitlines()
    return lines[4:]


def test_the_story_as_a_whole():
    assert space_time_text(story()) == STORY


def test_the_story_fits_an_internet_draft():
    assert max(map(len, STORY.splitlines())) == RFC_WIDTH


def test_a_message_that_is_overtaken_leaves_and_arrives_in_lines_of_their_own():
    assert body(race())[:4] == RACE.splitlines()


def test_being_overtaken_needs_no_copy():
    sent = *message(1, 0, 9_000, CLIENT, EU), *message(2, 1_000, 2_000, THIEF, EU)
    told = body(of(*sorted(sent, key=lambda row: row.t_us)))
    assert [("(1).." in line, "..(1)->" in line) for line in told[:3]] == [
        (True, False),
        (False, False),
        (False, True),
    ]


def test_a_message_that_nothing_overtakes_is_one_line():
    (line,) = body(of(*message(1, 0, 9_000, CLIENT, EU, label="GET /mail")))[:1]
    assert "|--GET /mail---" in line
    assert line.endswith(">|")


def test_leftwards_the_label_still_reads_from_left_to_right():
    (line,) = body(of(*message(1, 0, 9_000, EU, CLIENT, label="200")))[:1]
    assert line.endswith("--200--|")
    assert "|<---" in line


def test_a_message_on_its_way_has_no_head():
    lines = body(of(message(1, 0, 0, CLIENT, EU, label="GET /")[0]))
    assert "|--GET /--..  " in lines[0]
    assert ".. message on its way" in lines


def test_a_label_too_long_for_its_arrow_stands_beside_it():
    trace = of(*message(1, 0, 9, CLIENT, EU, label="a label longer than its arrow"))
    (line,) = body(trace)[:1]
    assert line.endswith(">| a label longer than its arrow")


@pytest.mark.parametrize(
    ("kind", "detail", "symbol"),
    [
        ("decide", {"outcome": "first"}, "(+) accepted"),
        ("decide", {"outcome": "replay"}, "(x) rejected: replay"),
        ("decide", {"outcome": "undecided"}, "(?) undecided"),
        ("effect", {"operation": "GET /", "executed": True}, "(*) EFFECT: GET /"),
        ("effect", {"executed": False}, "( ) no effect: done before"),
        ("timeout", {}, "(T) timeout: payments-us-1"),
        (
            "outcome",
            {"kind": "served", "attempts": 1, "latency_us": 8_200},
            "(=) served: 1 attempt, 8.2 ms",
        ),
        ("wallet", {"action": "swap_in"}, "o  wallet swap_in"),
    ],
)
def test_every_mark_has_a_symbol_and_its_words(kind: str, detail: dict[str, object], symbol: str):
    trace = of(Row(0, kind, EU, US if kind == "timeout" else "", detail=detail))
    assert body(trace)[0].endswith(f" {symbol}")


def test_words_stand_left_of_the_last_lane():
    assert [line for line in STORY.splitlines() if line.endswith("|   accepted (+)")]


def test_an_instant_is_written_once():
    rows = [Row(5_000, "timeout", node, CLIENT) for node in (EU, US)]
    first, second = body(of(*rows))[:2]
    assert first.split()[0] == "5.0"
    assert second.split()[0] != "5.0"


def test_stores_are_left_out_when_lanes_are_many_and_a_line_says_so():
    assert STORY.splitlines()[-1] == "store traffic omitted: store-eu, store-us"
    few_lanes = of(*message(1, 0, 400, EU, STORE_EU, label="insert"))
    assert "store-eu" in space_time_text(few_lanes).splitlines()[3]


def test_sixty_lanes_become_six_and_a_line_says_so():
    lines = space_time_text(crowd()).splitlines()
    assert len(lines[3].split()) == 1 + 6
    assert "omitted: 54 nodes; shown: the busiest one and those it deals with" in lines


def test_long_names_are_cut_alike_and_a_line_says_how():
    nodes = tuple(NodeInfo(f"payments-region-{n}", "rs", "payments", "eu") for n in range(6))
    trace = Trace(replace(HEADER, nodes=nodes), [Row(0, "timeout", node.name) for node in nodes])
    lines = space_time_text(trace).splitlines()
    assert lines[3].split()[1:] == [f"pay-reg-{n}" for n in range(6)]
    assert lines[-1] == "names: pay = payments, reg = region"


def test_names_that_cannot_be_cut_become_numbers():
    nodes = tuple(NodeInfo(f"{n}{'0123456789' * 2}", "rs", "", "") for n in range(6))
    trace = Trace(replace(HEADER, nodes=nodes), [Row(0, "timeout", node.name) for node in nodes])
    lines = space_time_text(trace).splitlines()
    assert lines[3].split()[1:] == [f"({n})" for n in range(1, 7)]
    assert f"(6) = {nodes[5].name}" in lines


def test_a_partition_is_a_wall_while_it_stands():
    walls = {
        line.split()[0]: line.count("#") for line in STORY.splitlines()[4:-4] if line[:6].strip()
    }
    assert walls["1400.0"] == 3
    assert walls["1900.0"] == 2  # a mark and its words stand before the wall
    assert walls["900.0"] == walls["2000.0"] == 0


def test_a_loss_at_the_wall_stands_before_it():
    assert "----X# POST /payments" in STORY


def test_a_trace_without_events_says_so():
    assert space_time_text(Trace(HEADER)).splitlines()[-1] == "(no events)"


def test_a_wide_page_shows_the_stores_again():
    names = space_time_text(of(*story()), width=110).splitlines()[3]
    assert "store-eu" not in names
    assert len(names) > RFC_WIDTH


def test_text_that_ascii_cannot_show_becomes_question_marks():
    trace = of(*message(1, 0, 9, CLIENT, THIEF, label="zahle 5 €\n"))
    assert "zahle 5 ??" in space_time_text(trace)


@few
@given(traces())
def test_no_line_is_too_wide_or_ends_in_a_blank_or_is_not_ascii(trace: Trace):
    text = space_time_text(trace)
    assert text.isascii()
    assert text.endswith("\n")
    for line in text.split("\n"):
        assert len(line) <= RFC_WIDTH
        assert line == line.rstrip()
        assert line.isprintable()


@few
@given(traces(), st.integers(40, 120))
def test_any_width_is_kept(trace: Trace, width: int):
    assert max(map(len, space_time_text(trace, width).splitlines())) <= width


def test_the_same_trace_gives_the_same_text():
    assert space_time_text(story()) == space_time_text(story())


def test_the_header_of_the_story_has_more_nodes_than_the_picture():
    assert len(NODES) == 8
    assert len(STORY.splitlines()[3].split()) == 1 + 5
