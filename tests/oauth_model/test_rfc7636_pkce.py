"""PKCE: the vectors, the grammar, and the downgrade that RFC 9700 describes."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oauth_model.errors import InvalidGrant, InvalidRequest
from oauth_model.pkce import challenge_s256, check_challenge, check_verifier

VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
UNRESERVED = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"


@pytest.mark.clause("RFC 7636 4.2 S256")
@pytest.mark.clause("RFC 7636 B")
@pytest.mark.parametrize(
    ("verifier", "challenge"),
    [
        (VERIFIER, CHALLENGE),  # RFC 7636 appendix B
        (  # OAuth 2.1
            "3641a2d12d66101249cdf7a79c000c1f8c05d2aafcf14bf146497bed",
            "6fdkQaPm51l13DSukcAH3Mdx7_ntecHYd1vi3n0hMZY",
        ),
        (  # computed for RFC 9449's verifier, which publishes no challenge
            "bEaL42izcC-o-xBk0K2vuJ6U-y1p9r_wW2dFWIWgjz-",
            "HtPJkE32DJkowXxFcEC5nnFXgv1Z97Cn_krX96qwH0E",
        ),
    ],
)
def test_appendix_b_s256_vectors(verifier: str, challenge: str):
    assert challenge_s256(verifier) == challenge
    check_challenge(challenge, "S256")
    check_verifier(challenge, "S256", verifier)


@pytest.mark.clause("RFC 7636 4.1 grammar")
@settings(derandomize=True, deadline=None)
@given(st.text(UNRESERVED, min_size=43, max_size=128))
def test_section_4_1_every_verifier_of_the_grammar_opens_its_challenge(verifier: str):
    check_challenge(challenge_s256(verifier), "S256")
    check_verifier(challenge_s256(verifier), "S256", verifier)


@pytest.mark.clause("RFC 7636 4.4.1 required")
@pytest.mark.parametrize("challenge", [None, ""])
def test_section_4_4_1_a_challenge_is_required(challenge: str | None):
    with pytest.raises(InvalidRequest, match="code challenge required"):
        check_challenge(challenge, "S256")


@pytest.mark.clause("RFC 7636 4.4.1 method")
@pytest.mark.parametrize("method", ["plain", None, "", "s256", "S512"])
def test_section_4_4_1_only_s256_is_supported_and_absent_means_plain(method: str | None):
    with pytest.raises(InvalidRequest, match="transform algorithm not supported"):
        check_challenge(CHALLENGE, method)


@pytest.mark.clause("RFC 7636 4.2 grammar")
@pytest.mark.parametrize(
    "challenge", ["a" * 42, "a" * 129, "a" * 43 + "=", "a" * 42 + "é", "a" * 43 + "\n"]
)
def test_section_4_2_a_malformed_challenge_is_refused(challenge: str):
    with pytest.raises(InvalidRequest, match="malformed"):
        check_challenge(challenge, "S256")


@pytest.mark.clause("RFC 7636 4.2 grammar")
@pytest.mark.parametrize("length", [43, 128])
def test_section_4_2_the_grammar_includes_its_bounds(length: int):
    check_challenge("~" * length, "S256")


@pytest.mark.clause("RFC 7636 4.6 mismatch")
@pytest.mark.parametrize("verifier", [VERIFIER[:-1] + "l", VERIFIER.lower(), CHALLENGE, ""])
def test_section_4_6_another_verifier_is_refused(verifier: str):
    with pytest.raises(InvalidGrant, match="does not match"):
        check_verifier(CHALLENGE, "S256", verifier)


@pytest.mark.clause("RFC 7636 4.6 missing")
def test_section_4_6_a_missing_verifier_is_refused():
    with pytest.raises(InvalidGrant, match="code verifier required"):
        check_verifier(CHALLENGE, "S256", None)


@pytest.mark.clause("RFC 9700 2.1.1 downgrade")
def test_rfc9700_4_8_2_a_verifier_without_a_challenge_is_a_downgrade():
    with pytest.raises(InvalidGrant, match="without code challenge"):
        check_verifier(None, None, VERIFIER)


def test_a_code_without_pkce_needs_no_verifier():
    check_verifier(None, None, None)


@pytest.mark.clause("RFC 7636 4.1 grammar")
@pytest.mark.parametrize("verifier", ["short", "a" * 129, "é" * 43])
def test_section_4_1_a_verifier_outside_the_grammar_is_refused_even_if_it_matches(verifier: str):
    with pytest.raises(InvalidGrant):
        check_verifier(challenge_s256(verifier), "S256", verifier)


@pytest.mark.parametrize("challenge", [VERIFIER, CHALLENGE])
def test_a_challenge_of_another_method_is_never_opened(challenge: str):
    with pytest.raises(InvalidGrant, match="does not match"):
        check_verifier(challenge, "plain", VERIFIER)
