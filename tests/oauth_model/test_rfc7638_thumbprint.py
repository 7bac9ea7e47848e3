"""JWK thumbprints: the vectors of RFC 7638, RFC 8037 and RFC 9449."""

import pytest

from oauth_model.jose import IDENTITY, thumbprint

RSA = {
    "kty": "RSA",
    "n": "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_B"
    "JECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2Qv"
    "zqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu"
    "0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw",
    "e": "AQAB",
    "alg": "RS256",
    "kid": "2011-04-29",
}
OKP = {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
EC = {
    "kty": "EC",
    "x": "l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs",
    "y": "9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA",
    "crv": "P-256",
}


def test_section_3_1_rsa_vector():
    assert thumbprint(RSA) == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"


def test_rfc8037_a_3_ed25519_vector():
    assert thumbprint(OKP) == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"


@pytest.mark.clause("RFC 9449 6.1 vector")
def test_rfc9449_6_1_jkt_of_the_proof_key():
    assert thumbprint(EC) == "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"


@pytest.mark.parametrize("jwk", [RSA, OKP, EC])
def test_section_3_1_only_the_required_members_count_in_any_order(jwk: dict[str, str]):
    more = dict(reversed(jwk.items())) | {"use": "sig", "kid": "another"}
    assert thumbprint(more) == thumbprint(jwk)


@pytest.mark.parametrize(
    ("jwk", "member"),
    [(jwk, member) for jwk in (RSA, OKP, EC) for member in IDENTITY[jwk["kty"]]],
)
def test_a_key_without_a_required_member_has_no_thumbprint(jwk: dict[str, str], member: str):
    with pytest.raises(KeyError):
        thumbprint({name: value for name, value in jwk.items() if name != member})


@pytest.mark.parametrize("kty", IDENTITY)
def test_section_3_3_members_are_hashed_in_lexicographic_order(kty: str):
    assert list(IDENTITY[kty]) == sorted(IDENTITY[kty])
