"""Tokens that carry their own key (RFC 7515 4.1.3), in every suite."""

import json
from typing import Any

import pytest

from oauth_model.dpop import check_proof, make_proof, read_proof
from oauth_model.errors import InvalidDPoPProof, InvalidToken
from oauth_model.jose import ALGORITHMS, Keys, b64url, b64url_decode, thumbprint
from oauth_model.jose.jwk import PRIVATE
from tests.oauth_model.proofs import (
    CLAIMS,
    EXPECTED,
    HEADER,
    JWK,
    NONCE,
    NOW_S,
    TOKEN,
    URL,
    VERIFY,
    request,
    ring,
    signed,
)

SIGNED = ALGORITHMS[1:]


def proof_of(algorithm: str, key: str = "client", **changes: Any) -> str:
    asked: dict[str, Any] = {"method": "GET", "url": URL, "jti": "1", "now_s": NOW_S} | changes
    return make_proof(ring(algorithm), key, access_token=TOKEN, nonce=NONCE, **asked)


@pytest.mark.clause("RFC 9449 4.2 proof", "RFC 9449 4.2 ath")
@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_proof_that_we_make_passes_and_shows_the_key_that_made_it(algorithm: str):
    jkt = thumbprint(ring(algorithm).public_jwk("client"))
    verify, expected = ring(algorithm).self_verifier().verify, EXPECTED | {"jkt": jkt}
    proof = check_proof(request(proof_of(algorithm, url=f"{URL}?a=1#b")), verify, **expected)
    assert proof[:-1] == ("1", "GET", URL, NOW_S, CLAIMS["ath"], NONCE, jkt)


@pytest.mark.clause("RFC 9449 4.2 proof")
@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_the_header_has_the_public_key_and_no_kid(algorithm: str):
    header = ring(algorithm).self_verifier().verify(proof_of(algorithm)).header
    assert set(header) == {"typ", "alg", "jwk"}
    assert not PRIVATE & set(header["jwk"])


@pytest.mark.clause("RFC 9449 4.2 proof")
@pytest.mark.parametrize("rest", ["?card=4711", "#top", "?a#b?c", ""])
def test_htu_is_written_without_query_and_fragment(rest: str):
    proof = proof_of("symbolic", url=f"{URL}{rest}")
    assert ring("symbolic").self_verifier().verify(proof).claims["htu"] == URL


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_proof_is_no_token_of_a_named_key(algorithm: str):
    with pytest.raises(InvalidToken, match="key is not trusted"):
        ring(algorithm).verifier("client").verify(proof_of(algorithm))


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_token_of_a_named_key_is_no_proof(algorithm: str):
    token = ring(algorithm).sign(CLAIMS, key="client", typ="dpop+jwt")
    with pytest.raises(InvalidDPoPProof, match="carries no key"):
        read_proof(token, ring(algorithm).self_verifier().verify)


@pytest.mark.parametrize("algorithm", SIGNED)
def test_a_verifier_needs_no_key_of_the_ring_whose_proof_it_checks(algorithm: str):
    assert VERIFY(proof_of(algorithm)).claims["htu"] == URL


def test_a_symbolic_ring_knows_its_own_handles_only():
    stranger = Keys("symbolic", 7).sign(CLAIMS, key="client", typ="dpop+jwt", embed_key=True)
    with pytest.raises(InvalidToken, match="signature is not valid"):
        Keys("symbolic", 7).self_verifier().verify(stranger)


def test_a_symbolic_ring_accepts_its_handles_whatever_algorithms_are_named():
    proof = proof_of("symbolic")
    assert ring("symbolic").self_verifier("ES256").verify(proof).header["alg"] == "symbolic"


@pytest.mark.clause("RFC 9449 4.3 alg")
def test_an_algorithm_that_was_not_named_is_refused():
    with pytest.raises(InvalidToken, match="algorithm is not allowed"):
        ring("EdDSA").self_verifier().verify(signed())


@pytest.mark.parametrize("algorithm", ["HS256", "none", "symbolic", "ES512"])
def test_only_asymmetric_algorithms_can_be_named(algorithm: str):
    with pytest.raises(ValueError, match="allowed: EdDSA, ES256, RS256"):
        ring("ES256").self_verifier("ES256", algorithm)


@pytest.mark.clause("RFC 9449 4.3 private key")
@pytest.mark.parametrize("member", sorted(PRIVATE))
def test_no_member_of_a_private_key_is_let_pass(member: str):
    with pytest.raises(InvalidToken, match="key in the header is private"):
        VERIFY(signed(header=HEADER | {"jwk": JWK | {member: "AQ"}}))


@pytest.mark.parametrize("member", ["crv", "kty", "x", "y"])
@pytest.mark.parametrize("value", [None, 1, "", "AQ", "é", "A", "=", "\ud800", [], {}, "P-521"])
def test_a_key_that_is_none_is_an_invalid_token(member: str, value: Any):
    with pytest.raises(InvalidToken, match=r"key is malformed|not one of the algorithm"):
        VERIFY(signed(header=HEADER | {"jwk": JWK | {member: value}}))


@pytest.mark.parametrize(("bits", "exponent"), [(1024, 65537), (8192, 65537), (2048, 2**64 + 1)])
def test_an_rsa_key_too_weak_or_too_costly_is_refused(bits: int, exponent: int):
    def number(value: int) -> str:
        return b64url(value.to_bytes((value.bit_length() + 7) // 8, "big"))

    jwk = {"kty": "RSA", "n": number(2**bits - 1), "e": number(exponent)}
    with pytest.raises(InvalidToken, match="too short or too long"):
        VERIFY(signed(header={"typ": "dpop+jwt", "alg": "RS256", "jwk": jwk}))


def test_what_a_jwk_says_beside_the_key_changes_nothing():
    beside = {"alg": "HS256", "use": "enc", "kid": "as", "key_ops": [], "x5c": ["evil"]}
    assert VERIFY(signed(header=HEADER | {"jwk": JWK | beside})).claims == CLAIMS
    assert read_proof(signed(header=HEADER | {"jwk": JWK | beside}), VERIFY).jkt == thumbprint(JWK)


def test_a_key_without_a_member_is_malformed():
    header = json.loads(b64url_decode(signed().split(".")[0]))
    del header["jwk"]["y"]
    with pytest.raises(InvalidToken, match="key is malformed"):
        VERIFY(signed(header=header))
