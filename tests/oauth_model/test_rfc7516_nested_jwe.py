"""RFC 7516: a signed token sealed to one server; a leaked key opens that server's tokens only."""

import json
from functools import cache

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from joserfc import jwe
from joserfc.jwk import ECKey

from oauth_model.errors import InvalidToken
from oauth_model.jose import ALGORITHMS, IDENTITY, Keys, b64url, b64url_decode, thumbprint

repeatable = settings(derandomize=True, deadline=None)
CLAIMS = {"iss": "https://as.example.com", "aud": "https://mail.example.com"}
SUITES = ["ECDH-ES+A256KW", "A256GCM"]


@cache
def ring(algorithm: str) -> Keys:
    return Keys(algorithm, 7)


@cache
def nested(algorithm: str) -> str:
    keys = ring(algorithm)
    return keys.encrypt(keys.sign(CLAIMS, key="as", typ="at+jwt"), key="mail")


def header_of(token: str) -> dict[str, object]:
    return dict(json.loads(b64url_decode(token.partition(".")[0])))


def sealed_by_a_stranger(**header: object) -> str:
    """A JWE to the published key of the server, with a header of the stranger's choice."""
    key = ECKey.import_key(ring("EdDSA").public_jwk("mail", "enc") | {"alg": header["alg"]})
    registry = jwe.JWERegistry(algorithms=[*SUITES, "ECDH-ES", "A128GCM", "DEF"])
    return jwe.encrypt_compact({"kid": "mail", **header}, "text", key, registry=registry)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_sealed_after_signing_and_opened_before_verifying(algorithm: str):
    opened = ring(algorithm).decrypter("mail").decrypt(nested(algorithm))
    assert ring(algorithm).verifier("as").verify(opened).claims == CLAIMS


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_another_servers_key_opens_nothing(algorithm: str):
    with pytest.raises(InvalidToken, match="encrypted to somebody else"):
        ring(algorithm).decrypter("voip", "webdav").decrypt(nested(algorithm))


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_holder_of_several_keys_opens_what_is_for_each(algorithm: str):
    keys = ring(algorithm)
    both = keys.decrypter("mail", "voip")
    assert [both.decrypt(keys.encrypt("text", key=name)) for name in ("mail", "voip")] == [
        "text"
    ] * 2


@pytest.mark.clause("RFC 7519 5.2")
@pytest.mark.parametrize("algorithm", ALGORITHMS[1:])
def test_the_header_names_the_key_and_says_that_a_jwt_is_within(algorithm: str):
    header = header_of(nested(algorithm))
    assert header.pop("epk")
    assert header == {"alg": SUITES[0], "enc": SUITES[1], "kid": "mail", "cty": "JWT"}
    assert len(nested(algorithm).split(".")) == 5


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_sealed_token_shows_nothing_to_a_verifier(algorithm: str):
    with pytest.raises(InvalidToken):
        ring(algorithm).verifier("as").verify(nested(algorithm))


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_signed_token_is_nothing_to_open(algorithm: str):
    signed = ring(algorithm).sign(CLAIMS, key="as", typ="at+jwt")
    with pytest.raises(InvalidToken, match="malformed"):
        ring(algorithm).decrypter("as").decrypt(signed)


@pytest.mark.parametrize("algorithm", ["symbolic", "EdDSA"])
@repeatable
@given(place=st.floats(0, 1, exclude_max=True), new=st.sampled_from("AbZ09-_.=~ é"))
def test_one_character_changed_is_refused(algorithm: str, place: float, new: str):
    token = nested(algorithm)
    at = int(place * len(token))
    assume(token[at] != new)
    with pytest.raises(InvalidToken):
        ring(algorithm).decrypter("mail").decrypt(token[:at] + new + token[at + 1 :])


@pytest.mark.parametrize("header", [{}, {"kid": None}, {"kid": "voip"}, {"kid": ["mail"]}, []])
def test_a_kid_that_is_not_held_is_refused(header: object):
    parts = [b64url(json.dumps(header).encode()), *nested("EdDSA").split(".")[1:]]
    with pytest.raises(InvalidToken, match=r"somebody else|malformed"):
        ring("EdDSA").decrypter("mail").decrypt(".".join(parts))


@pytest.mark.clause("RFC 8725 3.1 algorithm")
@pytest.mark.parametrize(
    "header",
    [
        {"alg": "ECDH-ES", "enc": "A256GCM"},
        {"alg": "ECDH-ES+A256KW", "enc": "A128GCM"},
        {"alg": "ECDH-ES+A256KW", "enc": "A256GCM", "zip": "DEF"},
    ],
    ids=["alg", "enc", "zip"],
)
def test_no_other_algorithm_is_opened_and_nothing_compressed(header: dict[str, object]):
    token = sealed_by_a_stranger(**header)
    with pytest.raises(InvalidToken, match="cannot be decrypted"):
        ring("EdDSA").decrypter("mail").decrypt(token)


def test_a_text_that_is_no_text_is_refused():
    key = ECKey.import_key(ring("EdDSA").public_jwk("mail", "enc"))
    header = {"kid": "mail", "alg": SUITES[0], "enc": SUITES[1]}
    token = jwe.encrypt_compact(header, b"\xff\xfe", key, algorithms=SUITES)
    with pytest.raises(InvalidToken, match="cannot be decrypted"):
        ring("EdDSA").decrypter("mail").decrypt(token)


@pytest.mark.parametrize("point", [{"x": "AQ"}, {"crv": "P-384"}, {"kty": "OKP"}, {"y": 1}])
def test_an_ephemeral_key_off_the_curve_is_refused(point: dict[str, object]):
    """The invalid-curve attack: a foreign point would leak the private key bit by bit."""
    header = header_of(nested("EdDSA"))
    header["epk"] = dict(header["epk"], **point)  # type: ignore[call-overload]
    parts = [b64url(json.dumps(header).encode()), *nested("EdDSA").split(".")[1:]]
    with pytest.raises(InvalidToken, match="cannot be decrypted"):
        ring("EdDSA").decrypter("mail").decrypt(".".join(parts))


@pytest.mark.parametrize("algorithm", ["symbolic", "EdDSA", "ES256"])
def test_the_published_key_is_for_encryption_and_no_signing_key(algorithm: str):
    keys = ring(algorithm)
    (jwk,) = keys.jwks(("mail",), use="enc")["keys"]
    assert set(jwk) == {*IDENTITY[jwk["kty"]], "kid", "use", "alg"}
    assert (jwk["kid"], jwk["use"]) == ("mail", "enc")
    assert thumbprint(jwk) != thumbprint(keys.public_jwk("mail"))


@pytest.mark.parametrize("algorithm", ALGORITHMS[1:])
def test_whatever_a_ring_signs_with_its_encryption_keys_are_the_same(algorithm: str):
    jwk = ring(algorithm).public_jwk("mail", "enc")
    assert (jwk["alg"], jwk["crv"]) == ("ECDH-ES+A256KW", "P-256")
    assert thumbprint(jwk) == "7a3R8rz1lKBVINb4RySCEyjBTzFjmVAnvzTC3bWqgko"


def test_a_secret_depends_on_seed_and_name_alone():
    secrets = [Keys(algorithm, 7).secret("mail") for algorithm in ALGORITHMS]
    assert len(set(secrets)) == 1
    assert len(secrets[0]) == 32
    assert secrets[0] not in (Keys("EdDSA", 8).secret("mail"), Keys("EdDSA", 7).secret("voip"))
