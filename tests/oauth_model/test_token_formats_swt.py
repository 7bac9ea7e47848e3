"""Simple Web Tokens: names, order and HMAC as SWT v0.9.5.1 has them, and every forgery."""

import hashlib
from base64 import b64encode
from urllib.parse import parse_qsl, quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oauth_model.errors import InvalidToken
from oauth_model.jose import Keys
from oauth_model.token_formats import FORMATS
from oauth_model.token_formats.base import armoured, unarmoured

SWT, KEYS = FORMATS["swt"], Keys("EdDSA", 7)
READ = SWT.reader(KEYS, "as:email")
FORM = "Issuer=https%3A%2F%2Fas.example.com&Audience=https%3A%2F%2Femail.example.com"
CLAIMS = {
    "iss": "https://as.example.com",
    "aud": "https://email.example.com",
    "exp": 1_700_000_030,
    "scope": "email drafts",
    "cnf": {"jkt": "0ZcO"},
}


def hmac_sha256(secret: bytes, message: bytes) -> bytes:
    """RFC 2104 2, spelt out: a second opinion."""
    padded = secret.ljust(64, b"\0")
    inner, outer = (bytes(octet ^ pad for octet in padded) for pad in (0x36, 0x5C))
    return hashlib.sha256(outer + hashlib.sha256(inner + message).digest()).digest()


def signed(form: str, name: str = "as:email") -> str:
    """A form under the secret of this name, made without our code."""
    mac = b64encode(hmac_sha256(KEYS.secret(name), form.encode())).decode()
    return armoured(f"{form}&HMACSHA256={quote(mac, safe='')}")


def test_the_names_and_their_order():
    pairs = parse_qsl(unarmoured(SWT.issue(KEYS, CLAIMS, key="as:email")))
    assert pairs[:-1] == [
        ("Issuer", "https://as.example.com"),
        ("Audience", "https://email.example.com"),
        ("ExpiresOn", "1700000030"),
        ("scope", "email drafts"),
        ("cnf.json", '{"jkt":"0ZcO"}'),
    ]
    assert pairs[-1][0] == "HMACSHA256"


def test_the_hmac_is_over_all_that_stands_before_it():
    assert READ(signed(f"{FORM}&ExpiresOn=1700000030")).claims == {
        name: CLAIMS[name] for name in ("iss", "aud", "exp")
    }


def test_an_array_of_audiences_goes_as_json():
    form, _, _ = unarmoured(SWT.issue(KEYS, {"aud": ["a", "b"]}, key="k")).partition("&")
    assert form == "aud.json=%5B%22a%22%2C%22b%22%5D"


def test_the_header_says_what_rfc9068_asks_for_and_which_secret_it_was():
    header = SWT.reader(KEYS, "as:voip", "as:email")(signed(FORM)).header
    assert header == {"typ": "at+jwt", "alg": "HS256", "kid": "as:email"}


def test_who_can_read_an_swt_can_make_one():
    forged = signed(f"{FORM}&sub=mallory")
    assert READ(forged).claims["sub"] == "mallory"
    with pytest.raises(InvalidToken, match="signature"):
        SWT.reader(KEYS, "as:voip")(forged)


def test_it_is_a_real_hmac_when_the_suite_is_symbolic():
    made = {SWT.issue(Keys(name, 7), CLAIMS, key="as:email") for name in ("symbolic", "RS256")}
    assert made == {SWT.issue(KEYS, CLAIMS, key="as:email")}


@pytest.mark.parametrize(
    "form",
    [
        f"{FORM}&Issuer=https%3A%2F%2Fevil.example.com",
        f"{FORM}&ExpiresOn=1&ExpiresOn=2",
        f"{FORM}&exp.json=1&ExpiresOn=2",
        f"{FORM}&iss=https%3A%2F%2Fevil.example.com",
    ],
)
def test_a_claim_that_is_there_twice_is_refused(form: str):
    with pytest.raises(InvalidToken, match="repeated"):
        READ(signed(form))


@pytest.mark.parametrize(
    "form",
    [
        f"{FORM}&ExpiresOn=soon",
        f"{FORM}&cnf.json=%7B",
        f"{FORM}&cnf.json={'[' * 40_000}",
        f"{FORM}&sub",
        f"{FORM}&&sub=a",
        f"{FORM}&sub=%FF",
    ],
)
def test_a_malformed_form_is_refused_whoever_signed_it(form: str):
    with pytest.raises(InvalidToken, match="malformed"):
        READ(signed(form))


def test_what_follows_the_hmac_is_refused():
    token = unarmoured(signed(FORM))
    for more in ("&sub=mallory", "&", " ", "&HMACSHA256=", "%3D"):
        with pytest.raises(InvalidToken, match="signature"):
            READ(armoured(token + more))


@settings(derandomize=True, deadline=None)
@given(position=st.integers(0), other=st.characters(codec="ascii"))
def test_a_token_with_one_character_changed_is_refused(position: int, other: str):
    text = unarmoured(signed(FORM))
    position %= len(text)
    changed = text[:position] + other + text[position + 1 :]
    if changed != text:
        with pytest.raises(InvalidToken, match="signature"):
            READ(armoured(changed))
