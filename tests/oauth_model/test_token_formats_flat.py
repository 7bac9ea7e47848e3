"""Claims as pairs of texts, and instants as the dates of XML."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oauth_model.errors import InvalidToken
from oauth_model.token_formats.flat import Place, flatten, unflatten
from oauth_model.token_formats.instants import EARLIEST, LATEST, date_time, seconds

repeatable = settings(derandomize=True, deadline=None)
PLACES = {"iss": Place("Issuer")}


@pytest.mark.parametrize(
    ("claim", "value", "pair"),
    [
        ("iss", "https://as.example.com", ("Issuer", "https://as.example.com")),
        ("iss", None, ("iss.json", "null")),
        ("scope", "a b", ("scope", "a b")),
        ("scope", "a\nb", ("scope.json", '"a\\nb"')),
        ("count", "5", ("count", "5")),
        ("count", 5, ("count.json", "5")),
        ("Issuer", "x", ("Issuer.json", '"x"')),
        ("cnf.json", "x", ("cnf.json.json", '"x"')),
        ("cnf", {"jkt": "é"}, ("cnf.json", '{"jkt":"\\u00e9"}')),
    ],
)
def test_a_claim_has_one_way_in_and_the_same_way_back(claim: str, value: object, pair: tuple):
    assert flatten({claim: value}, PLACES) == [pair]
    assert unflatten([pair], PLACES) == {claim: value}


@repeatable
@given(
    st.dictionaries(
        st.text(max_size=5) | st.sampled_from(["iss", "Issuer", "iss.json", ".json"]),
        st.text(st.characters(), max_size=5) | st.integers() | st.none(),
    )
)
def test_no_two_claims_are_written_alike(claims: dict):
    pairs = flatten(claims, PLACES)
    assert len(dict(pairs)) == len(claims)
    assert unflatten(pairs, PLACES) == claims
    assert all(text.isprintable() for _, text in pairs)


@pytest.mark.parametrize("pairs", [[("a", "1"), ("a", "1")], [("a", "1"), ("a.json", "2")]])
def test_a_claim_that_is_there_twice_is_refused(pairs: list):
    with pytest.raises(InvalidToken, match="claim a is repeated"):
        unflatten(pairs, PLACES)


@pytest.mark.parametrize("text", ["", "{", "1 2", "[" * 100_000])
def test_what_is_marked_as_json_and_is_none_is_refused(text: str):
    with pytest.raises(InvalidToken, match="malformed"):
        unflatten([("a.json", text)], PLACES)


# --- instants ---------------------------------------------------------------------------------


@repeatable
@given(st.integers(EARLIEST, LATEST))
def test_every_second_of_the_calendar_is_written_as_python_writes_it(instant: int):
    python = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=instant)
    assert date_time(instant) == python.isoformat().replace("+00:00", "Z")
    assert seconds(date_time(instant) or "") == instant


@pytest.mark.parametrize(
    ("instant", "text"),
    [
        (EARLIEST, "0001-01-01T00:00:00Z"),
        (-1, "1969-12-31T23:59:59Z"),
        (951_782_400, "2000-02-29T00:00:00Z"),
        (4_107_542_400, "2100-03-01T00:00:00Z"),
        (LATEST, "9999-12-31T23:59:59Z"),
    ],
)
def test_the_edges_of_the_calendar(instant: int, text: str):
    assert (date_time(instant), seconds(text)) == (text, instant)


@pytest.mark.parametrize("instant", [1.0, True, "1", None, EARLIEST - 1, LATEST + 1])
def test_what_is_no_whole_second_of_the_calendar_has_no_date(instant: object):
    assert date_time(instant) is None


@pytest.mark.parametrize(
    "text",
    [
        "2023-02-29T00:00:00Z",
        "0000-01-01T00:00:00Z",
        "2023-13-01T00:00:00Z",
        "2023-00-01T00:00:00Z",
        "2023-01-01T24:00:00Z",
        "2023-01-01T00:00:00",
        "2023-01-01T00:00:00Z\n",
        "٢٠٢٣-01-01T00:00:00Z",
    ],
)
def test_what_is_no_date_is_not_read(text: str):
    with pytest.raises(ValueError, match="not a date"):
        seconds(text)
