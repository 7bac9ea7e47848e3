"""Every message as HTTP text, folded as RFC 8792 folds it, with the claims it carries."""

from xml.etree import ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from sim.trace import OUTCOMES, Row, Trace
from sim.views.wire import FOLDED, NOTHING, RFC_WIDTH, messages, wire_html, wire_text
from tests.views.story import CLIENT, EU, HEADER, PAY, STORE_EU, story
from tests.views.traces import few, message, of, traces

PAYMENT = """\
18.000 ms  client-eu -> payments-us-1  (arrived 63.400 ms)

   POST /payments HTTP/1.1
   Host: payments.example
   Authorization: Bearer <at-1>
   Content-Type: application/json

   {"amount": "10.00"}

   claims of at-1
     iss  https://as.example
     aud  https://payments.example
     jti  at-1
     exp  1767225630
     use  single
"""


def unfolded(text: str) -> str:
    """RFC 8792 7.1.2: a backslash, the end of the line and the blanks after it are dropped."""
    lines = iter(text.splitlines())
    whole = []
    for line in lines:
        joined = line
        while joined.endswith("\\"):
            joined = joined[:-1] + next(lines).lstrip(" ")
        whole.append(joined)
    return "\n".join(whole)


def sent(wire: str, **detail: object) -> Row:
    return Row(0, "send", CLIENT, EU, message=1, detail={"wire": wire, **detail})


def test_a_message_is_its_http_text_and_the_claims_of_its_token():
    assert PAYMENT in wire_text(story())


def test_messages_stand_in_the_order_in_which_they_were_sent():
    instants = [message.row.t_us for message in messages(story())]
    assert instants == sorted(instants)
    assert len(instants) == 9  # stores speak no HTTP


def test_what_became_of_a_message_is_said():
    fates = [message.fate for message in messages(story())]
    assert fates[:2] == ["arrived 8.200 ms", "arrived 17.900 ms"]
    assert fates[3] == "lost: loss"
    assert fates[-1] == "lost: partition"


def test_a_message_that_is_neither_here_nor_lost_is_under_way():
    assert [message.fate for message in messages(of(sent("GET / HTTP/1.1")))] == ["under way"]


def test_a_second_copy_is_told():
    arrived = [Row(t_us, "deliver", EU, CLIENT, message=1) for t_us in (5_000, 7_000)]
    (told,) = messages(of(sent("GET / HTTP/1.1"), *arrived))
    assert told.fate == "arrived 5.000 ms, again arrived 7.000 ms"


def test_long_lines_are_folded_and_the_first_line_says_so():
    lines = wire_text(story()).splitlines()
    assert lines[0] == FOLDED.center(RFC_WIDTH, "=")
    assert lines[1] == ""
    assert max(map(len, lines)) == RFC_WIDTH


def test_unfolding_gives_the_message_back():
    body = "grant_type=client_credentials&scope=pay&resource=https%3A%2F%2Fpayments.example"
    assert body in unfolded(wire_text(story()))


def test_no_line_is_folded_before_a_blank():
    (text,) = [wire_text(of(sent("x" * 63 + "    " + "y" * 30)))]
    assert "x" * 63 + "    " + "y" * 30 in unfolded(text)


def test_a_page_without_long_lines_needs_no_note():
    assert FOLDED not in wire_text(of(sent(PAY)))
    assert FOLDED not in wire_text(story(), width=120)


def test_a_value_that_is_no_string_is_json():
    claims = {"at-1": {"aud": ["mail", "files"], "exp": 5, "cnf": {"jkt": "x"}}}
    text = wire_text(of(sent("GET / HTTP/1.1", claims=claims)))
    assert '     aud  ["mail", "files"]' in text
    assert '     cnf  {"jkt": "x"}' in text
    assert "     exp  5" in text


def test_control_characters_reach_no_terminal():
    text = wire_text(of(sent("GET / HTTP/1.1\nX: \x1b[31mred\x07")))
    assert "X: ?[31mred?" in text


def test_a_trace_of_outcomes_alone_has_no_messages_and_says_so():
    rows = [row for row in story() if row.kind in OUTCOMES]
    assert wire_text(Trace(HEADER, rows)) == NOTHING + "\n"
    assert NOTHING in wire_html(Trace(HEADER, rows))


def test_store_traffic_has_no_text():
    assert messages(of(*message(1, 0, 5, EU, STORE_EU, label="insert"))) == []


def test_html_is_well_formed_and_escaped():
    section = ET.fromstring(wire_html(story()))
    assert section.get("class") == "wire"
    assert len(section.findall("article")) == 9
    assert "Authorization: Bearer <at-1>" in (section[2].findtext("pre") or "")


def test_html_puts_the_claims_into_a_table_with_row_headers():
    article = ET.fromstring(wire_html(story()))[2]
    assert article.findtext("table/caption") == "claims of at-1"
    names = [cell.text for cell in article.iter("th") if cell.get("scope") == "row"]
    assert names == ["iss", "aud", "jti", "exp", "use"]


@few
@given(traces(), st.integers(20, 100))
def test_any_width_is_kept_and_no_line_ends_in_a_blank(trace: Trace, width: int):
    for line in wire_text(trace, width).splitlines()[2:]:
        assert len(line) <= max(width, len(NOTHING))
        assert line == line.rstrip()


@few
@given(traces())
def test_html_is_well_formed_whatever_the_rows_are(trace: Trace):
    assert ET.fromstring(wire_html(trace)).tag == "section"
