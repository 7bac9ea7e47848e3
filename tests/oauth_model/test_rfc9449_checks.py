"""RFC 9449 4.3: each of the twelve checks, by number, alone; everything else is in order."""

import hmac
import json
from typing import Any

import pytest

from oauth_model.dpop import LONGEST_JTI, ath, check_proof
from oauth_model.errors import InvalidDPoPProof, InvalidToken, OAuthError, UseDPoPNonce
from oauth_model.jose import b64url, thumbprint
from tests.oauth_model.proofs import (
    CLAIMS,
    EXPECTED,
    HEADER,
    JWK,
    NONCE,
    NOW_S,
    PRIVATE,
    VERIFY,
    presented,
    request,
    ring,
    signed,
)

SECRET = b64url(PRIVATE.private_numbers().private_value.to_bytes(32, "big"))
OTHER_KEY = ring("ES256").public_jwk("other")


def without(name: str) -> dict[str, Any]:
    return {member: value for member, value in CLAIMS.items() if member != name}


def hmac_signed(header: dict[str, Any]) -> str:
    """A proof whose signature anybody can make who knows the public key."""
    text = ".".join(b64url(json.dumps(part).encode()) for part in (header, CLAIMS))
    secret = json.dumps(header["jwk"]).encode()
    return f"{text}.{b64url(hmac.digest(secret, text.encode(), 'sha256'))}"


def tampered(part: int) -> str:
    parts = signed().split(".")
    parts[part] = parts[part][:-8] + "AAAAAAAA"
    return ".".join(parts)


Proofs = tuple[str, ...]
#: check, clause, what is wrong, the proofs that the request carries, and what it says of them.
TABLE: list[tuple[int, str, str, Proofs, str]] = [
    (1, "one header", "none", (), "0 DPoP header fields"),
    (1, "one header", "two", (signed(), signed()), "2 DPoP header fields"),
    (2, "well-formed", "empty", ("",), "malformed"),
    (2, "well-formed", "no JWT", ("proof",), "malformed"),
    (2, "well-formed", "two in one", (f"{signed()}, {signed()}",), "malformed"),
    (2, "well-formed", "claims no object", (signed([]),), "malformed"),  # type: ignore[arg-type]
    *(
        (3, "claims", f"no {name}", (signed(without(name)),), f"{name} is missing")
        for name in ("jti", "htm", "htu", "iat")
    ),
    (3, "claims", "jti a number", (signed(CLAIMS | {"jti": 1}),), "jti is missing or malformed"),
    (3, "claims", "iat a text", (signed(CLAIMS | {"iat": "1"}),), "iat is missing or malformed"),
    (3, "claims", "iat true", (signed(CLAIMS | {"iat": True}),), "iat is missing or malformed"),
    (3, "claims", "iat no number", (signed(CLAIMS | {"iat": float("nan")}),), "iat is missing"),
    (3, "claims", "iat endless", (signed(CLAIMS | {"iat": 1e400}),), "iat is missing or malf"),
    (4, "typ", "JWT", (signed(header=HEADER | {"typ": "JWT"}),), "not a DPoP proof"),
    (4, "typ", "at+jwt", (signed(header=HEADER | {"typ": "at+jwt"}),), "not a DPoP proof"),
    (4, "typ", "null", (signed(header=HEADER | {"typ": None}),), "not a DPoP proof"),
    (5, "alg", "none", (signed(header=HEADER | {"alg": "none"}),), "not allowed"),
    (5, "alg", "absent", (signed(header={"typ": "dpop+jwt", "jwk": JWK}),), "not allowed"),
    (5, "alg", "a list", (signed(header=HEADER | {"alg": ["ES256"]}),), "not allowed"),
    (5, "alg", "symmetric", (hmac_signed(HEADER | {"alg": "HS256"}),), "not allowed"),
    (5, "alg", "unsupported", (signed(header=HEADER | {"alg": "ES512"}),), "not allowed"),
    (5, "alg", "of other keys", (signed(header=HEADER | {"alg": "RS256"}),), "not one of the alg"),
    (6, "signature", "claims changed", (tampered(1),), "malformed|signature"),
    (6, "signature", "signature changed", (tampered(2),), "signature is not valid"),
    (6, "signature", "other key", (signed(header=HEADER | {"jwk": OTHER_KEY}),), "signature"),
    (6, "signature", "no key", (signed(header=HEADER | {"jwk": None}),), "carries no key"),
    (6, "signature", "jwk a text", (signed(header=HEADER | {"jwk": "as"}),), "carries no key"),
    (7, "private key", "d", (signed(header=HEADER | {"jwk": JWK | {"d": SECRET}}),), "private"),
    (8, "htm", "other method", (signed(CLAIMS | {"htm": "POST"}),), "htm"),
    (8, "htm", "other case", (signed(CLAIMS | {"htm": "get"}),), "htm"),
    (9, "htu", "other path", (signed(CLAIMS | {"htu": f"{CLAIMS['htu']}/1"}),), "htu"),
    (9, "htu", "other host", (signed(CLAIMS | {"htu": "https://evil.example/messages"}),), "htu"),
    (9, "htu", "other scheme", (signed(CLAIMS | {"htu": f"http{CLAIMS['htu'][5:]}"}),), "htu"),
    (9, "htu", "no URI", (signed(CLAIMS | {"htu": "https://[::1/messages"}),), "htu"),
    (10, "nonce", "absent", (signed(without("nonce")),), "needs the nonce"),
    (10, "nonce", "old", (signed(CLAIMS | {"nonce": "nonce-6"}),), "needs the nonce"),
    (11, "iat", "too old", (signed(CLAIMS | {"iat": NOW_S - 65}),), "too old"),
    (11, "iat", "future", (signed(CLAIMS | {"iat": NOW_S + 6}),), "from the future"),
    (12, "binding", "no ath", (signed(without("ath")),), "ath"),
    (12, "binding", "other token", (signed(CLAIMS | {"ath": ath("other")}),), "ath"),
]


@pytest.mark.parametrize(
    ("check", "proofs", "says"),
    [
        pytest.param(
            *(check, proofs, says),
            id=f"check {check} {topic}: {fault}",
            marks=pytest.mark.clause(f"RFC 9449 4.3 {topic}"),
        )
        for check, topic, fault, proofs, says in TABLE
    ],
)
def test_one_fault_fails_one_check(check: int, proofs: Proofs, says: str):
    with pytest.raises(OAuthError, match=says) as raised:
        presented(*proofs, **({"nonces": ()} if check == 11 else {}))
    assert raised.type is (UseDPoPNonce if check == 10 else InvalidDPoPProof)


@pytest.mark.clause("RFC 9449 4.3 binding")
@pytest.mark.parametrize(("token", "error"), [("a", InvalidToken), ("", InvalidDPoPProof)])
def test_check_12_the_token_is_bound_to_another_key(token: str, error: type[OAuthError]):
    proof = signed(CLAIMS | {"ath": ath(token)})
    with pytest.raises(OAuthError, match="Invalid DPoP key binding") as raised:
        presented(proof, access_token=token, jkt=thumbprint(OTHER_KEY))
    assert raised.type is error


def test_every_check_stands_in_the_table():
    assert {check for check, *_ in TABLE} == set(range(1, 13))


@pytest.mark.clause("RFC 9449 4.3 one header")
def test_what_passes_all_twelve_is_read():
    proof = presented(signed())
    said = ("proof-1", "GET", CLAIMS["htu"], NOW_S, CLAIMS["ath"], NONCE, EXPECTED["jkt"])
    assert proof == (*said, NOW_S + 60)


@pytest.mark.clause("RFC 9449 4.3 iat", "RFC 9449 4.3 nonce")
@pytest.mark.parametrize("iat", [0, NOW_S - 3600, NOW_S + 3600])
def test_check_11_the_nonce_says_when_where_the_clock_of_the_client_is_wrong(iat: float):
    proof = presented(signed(CLAIMS | {"iat": iat}))
    assert (proof.iat_s, proof.until_s) == (iat, NOW_S + 60)  # as long as the nonce is good


@pytest.mark.clause("RFC 9449 4.3 one header")
def test_the_name_of_the_header_field_has_no_case():
    asked = request()._replace(headers=(("dpop", signed()), ("DPOP", signed())))
    with pytest.raises(InvalidDPoPProof, match="2 DPoP header fields"):
        check_proof(asked, VERIFY, **EXPECTED)


@pytest.mark.clause("RFC 9449 4.3 nonce")
def test_without_a_token_or_a_nonce_of_the_server_neither_claim_is_needed():
    bare = {name: CLAIMS[name] for name in ("jti", "htm", "htu", "iat")}
    proof = presented(signed(bare), access_token="", jkt="", nonces=())
    assert (proof.ath, proof.nonce) == ("", "")


@pytest.mark.clause("RFC 9449 4.3 iat", "RFC 9449 11.1 window")
@pytest.mark.parametrize(("late_s", "good"), [(-6, False), (-5, True), (64, True), (65, False)])
def test_the_window_is_age_and_leeway_to_the_second(late_s: float, good: bool):
    try:
        presented(signed(), now_s=NOW_S + late_s, nonces=())
    except InvalidDPoPProof:
        assert not good
    else:
        assert good


@pytest.mark.clause("RFC 9449 11.1 jti store")
def test_a_jti_that_nobody_wants_to_remember_is_refused():
    assert presented(signed(CLAIMS | {"jti": "j" * LONGEST_JTI})).jti == "j" * LONGEST_JTI
    with pytest.raises(InvalidDPoPProof, match="too long"):
        presented(signed(CLAIMS | {"jti": "j" * (LONGEST_JTI + 1)}))
