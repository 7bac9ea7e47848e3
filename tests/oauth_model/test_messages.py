"""HTTP messages: wire text as the figures of the RFCs print it, parameters, header fields."""

import re
from pathlib import Path
from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oauth_model import messages
from oauth_model.errors import OAuthError
from oauth_model.messages import (
    NO_STORE,
    REASONS,
    Request,
    Response,
    form_post,
    json_response,
    parsed,
    repeated,
    with_query,
    written,
)
from oauth_model.short_texts import LONGEST

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


def test_rfc6749_4_1_1_authorization_request():
    url = with_query(
        "https://server.example.com/authorize",
        [
            ("response_type", "code"),
            ("client_id", "s6BhdRkqt3"),
            ("state", "xyz"),
            ("redirect_uri", "https://client.example.com/cb"),
        ],
    )
    assert Request("GET", url).wire() == (
        "GET /authorize?response_type=code&client_id=s6BhdRkqt3&state=xyz"
        "&redirect_uri=https%3A%2F%2Fclient.example.com%2Fcb HTTP/1.1\n"
        "Host: server.example.com"
    )


def test_rfc6749_4_1_3_access_token_request():
    request = form_post(
        "https://server.example.com/token",
        [
            ("grant_type", "authorization_code"),
            ("code", "SplxlOBeZQQYbYS6WxSbIA"),
            ("redirect_uri", "https://client.example.com/cb"),
        ],
        (("Authorization", "Basic czZCaGRSa3F0MzpnWDFmQmF0M2JW"),),
    )
    assert request.wire() == (
        "POST /token HTTP/1.1\n"
        "Host: server.example.com\n"
        "Authorization: Basic czZCaGRSa3F0MzpnWDFmQmF0M2JW\n"
        "Content-Type: application/x-www-form-urlencoded\n"
        "\n"
        "grant_type=authorization_code&code=SplxlOBeZQQYbYS6WxSbIA"
        "&redirect_uri=https%3A%2F%2Fclient.example.com%2Fcb"
    )


@pytest.mark.clause("RFC 6750 2.1 header")
def test_rfc6750_2_1_a_protected_resource_request():
    request = Request(
        "GET", "https://server.example.com/resource", (("Authorization", "Bearer mF_9.B5f-4.1JqM"),)
    )
    assert request.wire() == (
        "GET /resource HTTP/1.1\nHost: server.example.com\nAuthorization: Bearer mF_9.B5f-4.1JqM"
    )


def test_rfc9112_3_2_1_an_empty_path_is_a_slash():
    assert Request("GET", "https://a.example?x=1").wire().startswith("GET /?x=1 HTTP/1.1")


@pytest.mark.clause("RFC 6749 5.1 no-store")
def test_rfc6749_5_1_a_token_response_is_never_stored():
    response = json_response(200, {"access_token": "2YotnFZFEjr1zCsicMWpAA"}, NO_STORE)
    assert response.wire() == (
        "HTTP/1.1 200 OK\n"
        "Content-Type: application/json\n"
        "Cache-Control: no-store\n"
        "Pragma: no-cache\n"
        "\n"
        '{"access_token": "2YotnFZFEjr1zCsicMWpAA"}'
    )


@pytest.mark.parametrize("name", ["Retry-After", "retry-after", "RETRY-AFTER"])
def test_rfc9110_5_1_field_names_compare_without_case(name: str):
    headers = (("X", "0"), ("Retry-After", "1"), ("retry-after", "2"))
    assert Response(503, headers).header(name) == "1"
    assert Request("GET", "https://a.example", headers).header(name) == "1"


def test_a_field_that_is_not_there_is_none():
    assert Response(200, (("Retry", "1"),)).header("Retry-After") is None


@pytest.mark.parametrize("body", ["", "no json", "[1, 2]", '"text"', "{", "null"])
def test_a_body_that_is_no_json_object_has_no_members(body: str):
    assert Response(200, (), body).json() == {}


def test_a_json_body_keeps_its_members():
    assert json_response(200, {"status": "done"}).json() == {"status": "done"}


def test_rfc8707_2_a_parameter_may_be_repeated_and_keeps_its_order():
    pairs = [
        ("resource", "https://b.example/"),
        ("scope", "x y"),
        ("resource", "https://a.example/"),
    ]
    assert form_post("https://as.example/token", pairs).form() == pairs
    assert Request("GET", with_query("https://as.example/authorize", pairs)).query() == pairs


def test_rfc6749_3_1_a_name_that_comes_twice_is_repeated_whatever_its_values():
    assert repeated([("code", "c"), ("code", "")])
    assert not repeated([("code", "c"), ("Code", "c")])


@pytest.mark.clause("RFC 6749 3.1.2 query")
def test_a_query_is_added_to_one_that_is_there():
    assert with_query("https://a.example/cb?x=1", [("code", "c")]) == (
        "https://a.example/cb?x=1&code=c"
    )


@settings(derandomize=True, deadline=None)
@given(st.lists(st.tuples(TEXT, TEXT)))
def test_rfc6749_b_parameters_arrive_as_they_were_sent(pairs: list[tuple[str, str]]):
    assert form_post("https://as.example/token", pairs).form() == pairs
    assert Request("GET", with_query("https://as.example/", pairs)).query() == pairs


def statuses() -> list[int]:
    """Every status that stands in the source of a party, or in the class of an error."""
    sources = Path(messages.__file__).parent.rglob("*.py")
    text = "".join(source.read_text(encoding="utf-8") for source in sources)
    stated = map(int, re.findall(r"\b(?:Response|page|json_response)\((\d{3})\b", text))
    return sorted({*stated, *(error.status for error in OAuthError.__subclasses__())})


@pytest.mark.parametrize("status", statuses())
def test_every_status_that_a_party_answers_with_has_its_reason_on_the_wire(status: int):
    assert Response(status).wire() == f"HTTP/1.1 {status} {REASONS[status]}"


@settings(max_examples=200)
@given(st.lists(st.tuples(TEXT, TEXT), max_size=4), st.sampled_from([0, LONGEST]))
def test_a_form_is_written_as_pythons_own_library_writes_it(pairs, more):
    pairs = [*pairs, ("x", "x" * more)]
    assert [written(pairs) for _ in range(2)] == [urlencode(pairs)] * 2


@settings(max_examples=200)
@given(st.text("ab=&;+%20Fé\ud800", max_size=20), st.sampled_from([0, LONGEST]))
def test_a_form_is_read_as_pythons_own_library_reads_it(text, more):
    text += "&x=" + "x" * more
    assert [parsed(text) for _ in range(2)] == [parse_qsl(text, keep_blank_values=True)] * 2


def test_what_was_read_is_the_readers_own():
    parsed("a=1").append(("b", "2"))
    assert parsed("a=1") == [("a", "1")]


def test_a_lone_surrogate_is_refused_in_a_form_and_replaced_in_a_query():
    with pytest.raises(UnicodeEncodeError):
        written([("a", "\ud800")])
    assert with_query("https://a.example", [("a", "\ud800")]) == "https://a.example?a=%3F"
