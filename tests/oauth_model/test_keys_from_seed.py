"""Keys and hashes that depend on a seed and a name alone."""

from functools import cache

import jwt
import pytest

from oauth_model.jose import ALGORITHMS, IDENTITY, Keys, fingerprint, sha256_b64url, thumbprint
from oauth_model.rsa_from_seed import E, _is_prime, rsa_from_seed


@cache
def ring(algorithm: str, seed: int = 7) -> Keys:
    return Keys(algorithm, seed)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_rfc7517_a_jwk_set_holds_public_members_only(algorithm: str):
    (jwk,) = ring(algorithm).jwks(("as",))["keys"]
    assert set(jwk) == {*IDENTITY[jwk["kty"]], "kid", "use", "alg"}
    assert (jwk["kid"], jwk["use"], jwk["alg"]) == ("as", "sig", algorithm)


@pytest.mark.parametrize(
    ("algorithm", "expected"),
    [
        ("symbolic", "mK7LMsX9XGwyZPozlcuRywf4vKA5htWIzP0DYXgWzPM"),
        ("EdDSA", "Cs7osSappwzMW1oAlNEHHMgdXGZOfnnNj_JKlCQ5WYM"),
        ("ES256", "HL_xiLCNwx9z6iC6nLztrWHlAyL4dsWl8TuSeKP0la0"),
        ("RS256", "neHJnm_3MOUMYxBXImfQ7ndckOyzr93bSeQpx4XgIUs"),
    ],
)
def test_a_key_is_the_same_in_every_process(algorithm: str, expected: str):
    assert thumbprint(ring(algorithm).public_jwk("as")) == expected


@pytest.mark.parametrize("algorithm", ["EdDSA", "ES256"])
def test_rfc7517_who_holds_a_private_jwk_signs_as_its_name(algorithm: str):
    keys = ring(algorithm)
    jwk = keys.private_jwk("client")
    assert {name: jwk[name] for name in jwk if name != "d"} == keys.public_jwk("client")
    token = jwt.encode({"a": 1}, jwt.PyJWK(jwk).key, algorithm, {"kid": jwk["kid"]})
    assert keys.verifier("client").verify(token).claims == {"a": 1}


def test_a_symbolic_key_is_nothing_elsewhere():
    with pytest.raises(KeyError):
        ring("symbolic").private_jwk("client")


@pytest.mark.parametrize("algorithm", ["symbolic", "EdDSA", "ES256"])
def test_another_name_or_seed_gives_another_key(algorithm: str):
    rings = [(7, "as"), (7, "rs"), (8, "as")]
    assert len({thumbprint(ring(algorithm, seed).public_jwk(name)) for seed, name in rings}) == 3


def test_an_unknown_algorithm_is_named():
    with pytest.raises(ValueError, match="'HS256' is not one of symbolic, EdDSA, ES256, RS256"):
        Keys("HS256", 1)


def test_an_rsa_key_from_a_seed_has_2048_bits_and_fits_together():
    key = rsa_from_seed("a text")
    assert key.n == key.p * key.q
    assert key.n.bit_length() == 2048
    assert key.p != key.q
    assert pow(pow(42, key.e, key.n), key.d, key.n) == 42
    assert key.e == E == 65537


def test_miller_rabin_tells_primes_from_pseudoprimes():
    mersenne = 2**521 - 1
    assert _is_prime(mersenne)
    assert not _is_prime(mersenne * (2**607 - 1))
    # Composite, and a strong pseudoprime to the first twelve prime bases (Sorenson, Webster 2015).
    assert not _is_prime(318665857834031151167461)


@pytest.mark.clause("RFC 9449 4.2 ath vector")
def test_rfc9449_7_ath_is_the_hash_of_the_token():
    token = "Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU"
    assert sha256_b64url(token) == "fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo"


def test_a_fingerprint_keeps_its_parts_apart():
    assert fingerprint("POST", "/a") == fingerprint("POST", "/a")
    assert len({fingerprint("ab", "c"), fingerprint("a", "bc"), fingerprint("abc")}) == 3
    assert len(fingerprint("x")) == 16
