"""The diagram as Mermaid text: every statement in the order of the trace, nothing to misread."""

import re
from dataclasses import replace

import pytest
from hypothesis import given

from sim.trace import NodeInfo, Row, Trace
from sim.views.layout import MOST_STEPS
from sim.views.mermaid import space_time_mermaid, text
from tests.views.story import CLIENT, EU, HEADER, US, story
from tests.views.traces import few, message, of, race, traces

STATEMENT = re.compile(
    r"---|title: \".*\"|sequenceDiagram"
    r"|    box rgb\(\d+,\d+,\d+\) [^;]*|    end|    participant n\d+ as .*"
    r"|    n\d+(->>|-x|-\))n\d+: .*|    Note over n\d+(,n\d+)?: .*"
)


def lines(trace: Trace) -> list[str]:
    return space_time_mermaid(trace).splitlines()


def events(trace: Trace) -> list[str]:
    return [line.strip() for line in lines(trace) if re.match(r"    (n\d|Note)", line)]


def test_it_begins_with_title_and_kind():
    assert lines(story())[:4] == [
        "---",
        'title: "A payment whose response is lost"',
        "---",
        "sequenceDiagram",
    ]


def test_a_region_is_a_box_in_its_colour():
    boxes = [line.strip() for line in lines(story()) if " box " in line]
    assert boxes == [
        "box rgb(238,244,250) eu",
        "box rgb(251,245,233) us",
        "box rgb(238,244,250) eu",
        "box rgb(251,245,233) us",
    ]


def test_a_participant_says_how_its_clock_differs():
    assert "    participant n3 as payments-eu-1<br/>clock -250 ms" in lines(story())


def test_a_message_says_when_it_left_and_when_it_arrived():
    sent = message(1, 0, 8_200, CLIENT, EU, label="POST /token")
    assert events(of(*sent)) == ["n0->>n1: POST /token<br/>0.0 ms to 8.2 ms"]


def test_a_lost_message_ends_in_a_cross():
    told = events(story())
    assert "n5-xn0: 201<br/>66.1 ms, lost" in told
    assert "n1-xn3: POST /payments<br/>1400.0 ms, lost to the partition" in told


def test_a_message_under_way_has_an_open_head():
    (told,) = events(of(message(1, 0, 0, CLIENT, EU, label="GET /")[0]))
    assert told.startswith("n0-)n1: GET /")
    assert told.endswith(", under way")


def test_marks_and_partitions_are_notes():
    told = events(story())
    assert "Note over n3: EFFECT No. 2: POST /payments<br/>530.9 ms" in told
    assert told.index("Note over n0,n6: eu | us cut at 1200.0 ms") < len(told) - 1
    assert told[-1] == "Note over n0,n6: eu | us healed at 2000.0 ms"


def test_messages_stand_where_they_arrived():
    told = [line.split(":")[0] for line in events(race())]
    assert told == ["n1->>n3", "n0->>n2", "n0->>n2"]


def test_a_picture_that_leaves_events_out_says_so():
    rows = [Row(t_us, "timeout", EU, US) for t_us in range(MOST_STEPS + 1)]
    assert events(of(*rows))[-1] == "Note over n0,n1: left out: 1 later events"


def test_a_trace_without_events_is_a_diagram_without_statements():
    assert lines(Trace(HEADER))[-1] == "sequenceDiagram"


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("POST /payments", "POST /payments"),
        ("a; b #1", "a#59; b #35;1"),
        ("end", "#101;nd"),
        ("the END", "the #69;ND"),
        ("send, ended", "send, ended"),
        ("<b>", "#60;b#62;"),
        ("a\nb", "a#10;b"),
    ],
)
def test_what_mermaid_would_interpret_becomes_a_character_code(said: str, shown: str):
    assert text(said) == shown


def test_a_title_is_a_yaml_string():
    header = replace(HEADER, title='say "x"\\\n')
    assert lines(Trace(header))[1] == 'title: "say \\"x\\"\\\\?"'


def test_a_region_named_like_a_colour_is_still_a_name():
    nodes = (NodeInfo("a", "rs", "a", "red"),)
    trace = Trace(replace(HEADER, nodes=nodes), [Row(0, "timeout", "a")])
    assert "    box rgb(238,244,250) red" in lines(trace)


@few
@given(traces())
def test_every_line_is_a_statement(trace: Trace):
    for line in lines(trace):
        assert STATEMENT.fullmatch(line), line


@few
@given(traces())
def test_boxes_are_closed(trace: Trace):
    told = lines(trace)
    assert sum(" box " in line for line in told) == told.count("    end")
