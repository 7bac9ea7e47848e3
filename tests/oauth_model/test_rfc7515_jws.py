"""JSON Web Signatures: the vectors of RFC 7515, the rules of RFC 8725, and keys from a seed."""

import hmac
import json
import subprocess
import sys
from functools import cache

import jwt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oauth_model.errors import InvalidToken
from oauth_model.jose import (
    ALGORITHMS,
    Keys,
    b64url,
    b64url_decode,
    verify_jws,
)

repeatable = settings(derandomize=True, deadline=None)
SIGNED = [name for name in ALGORITHMS if name != "symbolic"]
CLAIMS = {"iss": "https://as.example.com", "aud": ["a", "b"], "exp": 1_700_000_030}

# RFC 7515 A.1 and A.3 share their payload.
PAYLOAD = (
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
)
JOE = {"iss": "joe", "exp": 1300819380, "http://example.com/is_root": True}
A1_KEY = "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"
A1 = (
    f"eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.{PAYLOAD}"
    ".dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
)
A3_KEY = {
    "kty": "EC",
    "crv": "P-256",
    "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
    "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
}
A3 = (
    f"eyJhbGciOiJFUzI1NiJ9.{PAYLOAD}"
    ".DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"
)


@cache
def ring(algorithm: str) -> Keys:
    return Keys(algorithm, 7)


def token_of(algorithm: str, key: str = "as") -> str:
    return ring(algorithm).sign(CLAIMS, key=key, typ="at+jwt")


def forged(header: dict[str, object], secret: bytes = b"k" * 32) -> str:
    """A token with any header, under an HMAC with a secret of the forger's choice."""
    signed = ".".join(b64url(json.dumps(part).encode()) for part in (header, CLAIMS))
    return f"{signed}.{b64url(hmac.digest(secret, signed.encode(), 'sha256'))}"


def test_a1_hs256_vector_verifies_in_pyjwt():
    assert json.loads(jwt.PyJWS().decode(A1, b64url_decode(A1_KEY), ["HS256"])) == JOE


def test_a3_es256_vector_verifies():
    verified = verify_jws(A3, A3_KEY, "ES256")
    assert verified.header == {"alg": "ES256"}
    assert verified.claims == JOE


@pytest.mark.parametrize("position", [30, 60, len(A3) - 10])
def test_a3_vector_with_one_character_changed_is_refused(position: int):
    changed = A3[:position] + ("A" if A3[position] != "A" else "B") + A3[position + 1 :]
    with pytest.raises(InvalidToken):
        verify_jws(changed, A3_KEY, "ES256")


@pytest.mark.parametrize("jwk", [{"kty": "EC"}, {"kty": "RSA", "n": "AQ", "e": "AQ"}, {}])
def test_a_key_that_is_no_key_of_the_algorithm_is_an_invalid_token(jwk: dict[str, str]):
    with pytest.raises(InvalidToken, match="key is malformed"):
        verify_jws(A3, jwk, "ES256")


def test_appendix_c_base64url():
    assert b64url(bytes([3, 236, 255, 224, 193])) == "A-z_4ME"
    assert b64url_decode("A-z_4ME") == bytes([3, 236, 255, 224, 193])


@pytest.mark.parametrize("text", ["A-z_4ME=", "A-z_4MF", "A+z/4ME", "A-z_ 4ME", "A", "é"])
def test_base64url_has_one_spelling_per_text_rfc4648_3_5(text: str):
    with pytest.raises(ValueError):  # noqa: PT011  # Python's decoder or ours: both refuse
        b64url_decode(text)


@repeatable
@given(st.binary(max_size=100))
def test_base64url_reads_what_it_wrote(data: bytes):
    assert b64url_decode(b64url(data)) == data


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_what_was_signed_is_what_is_read(algorithm: str):
    verified = ring(algorithm).verifier("as").verify(token_of(algorithm))
    assert verified.header == {"alg": algorithm, "kid": "as", "typ": "at+jwt"}
    assert verified.claims == CLAIMS


@pytest.mark.parametrize("algorithm", SIGNED)
def test_a_jws_has_three_parts_and_a_header_that_names_its_key(algorithm: str):
    header = json.loads(b64url_decode(token_of(algorithm).split(".")[0]))
    assert header == {"alg": algorithm, "kid": "as", "typ": "at+jwt"}


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_claims_are_as_they_were_when_signed(algorithm: str):
    claims = {"aud": ["a"]}
    token = ring(algorithm).sign(claims, key="as", typ="at+jwt")
    claims["aud"].append("b")
    assert ring(algorithm).verifier("as").verify(token).claims == {"aud": ["a"]}


@pytest.mark.clause("RFC 9068 4 signature")
@pytest.mark.clause("RFC 8725 3.3 validate")
@pytest.mark.parametrize("algorithm", ALGORITHMS)
@repeatable
@given(place=st.floats(0, 1, exclude_max=True), new=st.sampled_from("AbZ09-_.=~ é"))
def test_a_token_with_any_one_character_changed_is_refused(algorithm: str, place: float, new: str):
    token = token_of(algorithm)
    at = int(place * len(token))
    changed = token[:at] + new + token[at + 1 :]
    if changed == token:
        return
    with pytest.raises(InvalidToken):
        ring(algorithm).verifier("as").verify(changed)


@pytest.mark.parametrize("algorithm", SIGNED)
def test_a_second_spelling_of_a_good_signature_is_refused(algorithm: str):
    token = token_of(algorithm)
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    twin = token[:-1] + alphabet[alphabet.index(token[-1]) ^ 1]  # a bit that no byte holds
    with pytest.raises(InvalidToken, match="malformed"):
        ring(algorithm).verifier("as").verify(twin)


@pytest.mark.parametrize("token", ["", "a", "a.b", "..", "e30.e30", "e30.e30.e30.e30", "W10.e30."])
@pytest.mark.parametrize("algorithm", SIGNED)
def test_what_is_no_compact_serialization_is_malformed(algorithm: str, token: str):
    with pytest.raises(InvalidToken, match="malformed"):
        ring(algorithm).verifier("as").verify(token)


def test_a_header_nested_beyond_reason_is_malformed():
    bottomless = b64url(b"[" * 100_000)
    with pytest.raises(InvalidToken, match="malformed"):
        ring("EdDSA").verifier("as").verify(f"{bottomless}.e30.e30")


def test_claims_that_are_no_object_are_malformed():
    token = jwt.PyJWS().encode(b"[1]", "k" * 32, "HS256")
    with pytest.raises(InvalidToken, match="malformed"):
        verify_jws(token, {"kty": "oct", "k": b64url(b"k" * 32)}, "HS256")


@pytest.mark.clause("RFC 8725 3.1 algorithm")
@pytest.mark.clause("RFC 9068 4 none")
@pytest.mark.parametrize("alg", ["none", "None", "HS256", "PS256", "", None, 1, ["EdDSA"]])
def test_rfc8725_3_1_any_other_algorithm_is_refused(alg: object):
    with pytest.raises(InvalidToken, match="algorithm is not allowed"):
        ring("EdDSA").verifier("as").verify(forged({"alg": alg, "kid": "as"}))


@pytest.mark.clause("RFC 8725 2.1 confusion")
@pytest.mark.clause("RFC 8725 3.1 algorithm")
def test_rfc8725_2_1_a_public_key_is_no_shared_secret():
    secret = json.dumps(ring("RS256").public_jwk("as")).encode()
    token = forged({"alg": "HS256", "kid": "as"}, secret)
    with pytest.raises(InvalidToken, match="algorithm is not allowed"):
        ring("RS256").verifier("as").verify(token)


@pytest.mark.parametrize("kid", ["other", "", None, 1, ["as"], {"as": 1}])
def test_an_unknown_kid_is_refused(kid: object):
    with pytest.raises(InvalidToken, match="key is not trusted"):
        ring("EdDSA").verifier("as").verify(forged({"alg": "EdDSA", "kid": kid}))


def without_kid(algorithm: str, key: str) -> str:
    """As client libraries sign that were given a key and no name for it."""
    private = jwt.PyJWK(ring(algorithm).private_jwk(key), algorithm).key
    return jwt.PyJWS().encode(json.dumps(CLAIMS).encode(), private, algorithm)


@pytest.mark.parametrize("embed_key", [False, True])
@pytest.mark.parametrize("algorithm", SIGNED)
def test_rfc7515_7_1_another_library_signs_alike_and_reads_ours(algorithm: str, embed_key: bool):
    token = ring(algorithm).sign(CLAIMS, key="as", typ="at+jwt", embed_key=embed_key)
    private = jwt.PyJWK(ring(algorithm).private_jwk("as"), algorithm).key
    header = jwt.get_unverified_header(token)
    theirs = jwt.encode(CLAIMS, private, algorithm, header)
    assert token.rpartition(".")[0] == theirs.rpartition(".")[0]
    public = jwt.PyJWK(ring(algorithm).public_jwk("as"), algorithm)
    assert json.loads(jwt.PyJWS().decode(token, public, [algorithm])) == CLAIMS


@pytest.mark.parametrize("algorithm", ["EdDSA", "ES256"])
def test_rfc7515_4_1_4_who_names_no_key_is_checked_under_each_that_is_trusted(algorithm: str):
    token = without_kid(algorithm, "rs")
    assert "kid" not in jwt.get_unverified_header(token)
    assert ring(algorithm).verifier("as", "rs").verify(token).claims == CLAIMS
    for trusted in (["as", "other"], []):
        with pytest.raises(InvalidToken, match="key is not trusted"):
            ring(algorithm).verifier(*trusted).verify(token)


@pytest.mark.clause("RFC 8725 3.8 iss")
@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_verifier_trusts_the_keys_it_was_given_and_no_other(algorithm: str):
    token = token_of(algorithm, key="rs")
    with pytest.raises(InvalidToken, match="key is not trusted"):
        ring(algorithm).verifier("as").verify(token)
    assert ring(algorithm).verifier("as", "rs").verify(token).claims == CLAIMS


@pytest.mark.clause("RFC 8725 3.3 validate")
@pytest.mark.parametrize("algorithm", SIGNED)
def test_a_key_under_a_trusted_name_but_of_another_seed_is_refused(algorithm: str):
    if algorithm == "RS256":
        stranger = forged({"alg": "RS256", "kid": "as"})
    else:
        stranger = Keys(algorithm, 8).sign(CLAIMS, key="as", typ="at+jwt")
    with pytest.raises(InvalidToken, match="signature is not valid"):
        ring(algorithm).verifier("as").verify(stranger)


def test_a_symbolic_handle_of_another_ring_is_refused():
    handle = Keys("symbolic", 8).sign(CLAIMS, key="as", typ="at+jwt")
    keys = Keys("symbolic", 7)
    assert keys.sign(CLAIMS, key="as", typ="at+jwt") != handle
    with pytest.raises(InvalidToken, match="signature is not valid"):
        keys.verifier("as").verify(handle)


def test_symbolic_handles_are_numbered_in_their_ring_and_the_same_in_every_run():
    keys = Keys("symbolic", 1)
    made = [keys.sign({}, key="as", typ="at+jwt") for _ in range(2)]
    assert made == [
        "sym.at+jwt.as.0.c3b2d320a2464009",
        "sym.at+jwt.as.1.3c60d5de8a90e929",
    ]


def test_a_ring_that_forgot_all_makes_new_handles_and_knows_no_old_one():
    keys = Keys("symbolic", 7)
    old = keys.sign(CLAIMS, key="as", typ="at+jwt")
    sealed = keys.encrypt(old, key="rs")
    keys.forget_all()
    new = keys.sign(CLAIMS, key="as", typ="at+jwt")
    assert keys.verifier("as").verify(new).claims == CLAIMS
    assert new != old
    with pytest.raises(InvalidToken, match="signature is not valid"):
        keys.verifier("as").verify(old)
    with pytest.raises(InvalidToken, match="malformed"):
        keys.decrypter("rs").decrypt(sealed)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_who_trusts_the_same_keys_has_the_same_verifier_and_nobody_else_has(algorithm: str):
    keys = ring(algorithm)
    assert keys.verifier("as", "rs") is keys.verifier("as", "rs")
    assert keys.self_verifier() is keys.self_verifier()
    others = [keys.verifier("as"), keys.verifier("rs", "as"), keys.self_verifier()]
    others += [keys.self_verifier("ES256"), Keys(algorithm, 7).verifier("as", "rs")]
    assert keys.verifier("as", "rs") not in others
    assert len(set(others)) == 5


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_replayed_token_is_verified_once(algorithm: str):
    verifier, token = ring(algorithm).verifier("as"), token_of(algorithm)
    first = verifier.verify(token)
    assert verifier.verify(token[:5] + token[5:]) is first


def test_a_failed_verification_is_not_remembered():
    keys = Keys("symbolic", 1)
    verifier = keys.verifier("as")
    with pytest.raises(InvalidToken):
        verifier.verify(Keys("symbolic", 1).sign(CLAIMS, key="as", typ="at+jwt"))
    assert verifier.verify(keys.sign(CLAIMS, key="as", typ="at+jwt")).claims == CLAIMS


@pytest.mark.parametrize("algorithm", SIGNED)
def test_a_published_jwk_verifies_what_its_ring_signs(algorithm: str):
    jwk = ring(algorithm).public_jwk("as")
    assert verify_jws(token_of(algorithm), jwk, algorithm).claims == CLAIMS


@pytest.mark.parametrize("claims", [{"exp": float("nan")}, {"exp": float("inf")}])
def test_what_is_not_json_cannot_be_signed(claims: dict[str, float]):
    with pytest.raises(ValueError, match="JSON compliant"):
        ring("symbolic").sign(claims, key="as", typ="at+jwt")


def test_importing_jose_loads_no_cryptography():
    code = (
        "import sys, oauth_model.jose; print({'jwt', 'joserfc', 'cryptography'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
