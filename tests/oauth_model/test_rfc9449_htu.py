"""RFC 9449 4.3, check 9: `htu` compares in the normal form of RFC 3986 6.2.2 and 6.2.3."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oauth_model.dpop import check_proof
from oauth_model.errors import InvalidDPoPProof
from oauth_model.uris import normalised_uri
from tests.oauth_model.proofs import CLAIMS, EXPECTED, VERIFY, request, signed

repeatable = settings(derandomize=True, deadline=None)
pytestmark = pytest.mark.clause("RFC 9449 4.3 htu")
SEGMENTS = st.lists(st.sampled_from(["a", "", ".", "..", "%2e", "%7Ea", "%2f", "B", "..."]))
QUERIES = st.sampled_from(["", "?a=1", "#b", "?a=1#b"])


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("HTTPS://A.Example/b", "https://a.example/b"),  # 6.2.2.1
        ("https://a.example/%c3%a9", "https://a.example/%C3%A9"),
        ("https://a.example/%7Eme%2d", "https://a.example/~me-"),  # 6.2.2.2
        ("https://a.example/b/./c/../d", "https://a.example/b/d"),  # 6.2.2.3
        ("https://a.example/b/%2E%2e/c/.", "https://a.example/c/"),
        ("https://a.example/../../b", "https://a.example/b"),
        ("https://a.example", "https://a.example/"),  # 6.2.3
        ("https://a.example:443/b", "https://a.example/b"),
        ("http://a.example:80", "http://a.example/"),
        ("http://a.example:/", "http://a.example/"),
        ("http://[::1]:8080/b", "http://[::1]:8080/b"),
        ("https://a.example/b?c=d#e", "https://a.example/b"),
    ],
)
def test_the_normal_form(written: str, normal: str):
    assert normalised_uri(written) == normal


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://a.example/B", "https://a.example/b"),
        ("https://a.example/b/", "https://a.example/b"),
        ("https://a.example/b//c", "https://a.example/b/c"),
        ("https://a.example/b%2Fc", "https://a.example/b/c"),
        ("https://a.example:80/", "https://a.example/"),
        ("http://a.example/", "https://a.example/"),
        ("https://a.example./", "https://a.example/"),
    ],
)
def test_what_differs_beyond_spelling_stays_different(one: str, other: str):
    assert normalised_uri(one) != normalised_uri(other)


@pytest.mark.parametrize(
    "text",
    [
        *("", "/b", "a.example/b", "https:///b", "https://a\n.example/", " https://a.example/"),
        *("https://u@a.example/", "https://a.example:x/", "https://a.example/%zz", "https://é/"),
        *("https://[::1/", "https://a.example:99999/", "urn:a:b", "https://a.example/\ud800"),
    ],
)
def test_what_is_no_absolute_uri_of_a_host_is_refused(text: str):
    with pytest.raises(ValueError):  # noqa: PT011  # the library's words or ours
        normalised_uri(text)
    with pytest.raises(InvalidDPoPProof, match="htu"):
        check_proof(request(signed(CLAIMS | {"htu": text})), VERIFY, **EXPECTED)
    with pytest.raises(InvalidDPoPProof, match="htu"):
        check_proof(request(signed(), url=text), VERIFY, **EXPECTED)


@repeatable
@given(SEGMENTS, QUERIES)
def test_the_normal_form_is_its_own_and_has_no_query(segments: list[str], query: str):
    normal = normalised_uri(f"https://a.example/{'/'.join(segments)}{query}")
    assert normalised_uri(normal) == normal
    assert not {"?", "#"} & set(normal)
    assert not {".", ".."} & set(normal.split("/"))


@repeatable
@given(QUERIES, st.sampled_from(["", ":443"]), st.sampled_from(["mail", "MAIL", "%6dail"]))
def test_a_request_passes_however_its_uri_is_spelt(query: str, port: str, host: str):
    url = f"https://{host}.example.com{port}/./messages{query}"
    assert check_proof(request(signed(), url=url), VERIFY, **EXPECTED).htu == CLAIMS["htu"]
