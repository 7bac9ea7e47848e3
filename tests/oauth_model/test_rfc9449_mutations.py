"""RFC 9449: one thing changed, in a proof or in what it is presented with, and it is refused."""

import json
from typing import Any

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from oauth_model.dpop import check_proof, make_proof, proof_key, read_proof
from oauth_model.errors import InvalidDPoPProof, InvalidToken, UseDPoPNonce
from oauth_model.jose import ALGORITHMS, b64url, b64url_decode, thumbprint
from tests.oauth_model.proofs import (
    CLAIMS,
    EXPECTED,
    HEADER,
    NONCE,
    NOW_S,
    TOKEN,
    URL,
    VERIFY,
    presented,
    request,
    ring,
    signed,
)

repeatable = settings(derandomize=True, deadline=None, max_examples=150)
GOOD = signed()
#: Every member of the header and of the claims, and those of the key: part and path.
FIELDS = [
    *((0, (name,)) for name in HEADER),
    *((0, ("jwk", name)) for name in HEADER["jwk"]),
    *((1, (name,)) for name in CLAIMS),
]
HOSTILE = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=40),
    st.lists(st.text(max_size=5), max_size=3),
    st.sampled_from(["none", "HS256", "RS256", "at+jwt", "POST", f"{URL}/x", "P-521", 10**400]),
)


def changed(part: int, path: tuple[str, ...], value: Any, *, gone: bool) -> str:
    """The good proof with one member changed or gone, and its old signature."""
    parts = GOOD.split(".")
    whole = inner = json.loads(b64url_decode(parts[part]))
    for name in path[:-1]:
        inner = inner[name]
    assume(gone or inner[path[-1]] != value)
    inner.pop(path[-1]) if gone else inner.update({path[-1]: value})
    parts[part] = b64url(json.dumps(whole).encode())
    return ".".join(parts)


@pytest.mark.clause("RFC 9449 4.3 signature")
@repeatable
@given(st.sampled_from(FIELDS), HOSTILE, st.booleans())
def test_a_member_changed_after_signing(field: tuple[int, Any], value: Any, gone: bool):
    with pytest.raises(InvalidDPoPProof):
        presented(changed(*field, value, gone=gone))


@repeatable
@given(st.sampled_from(sorted(set(CLAIMS) - {"jti"})), HOSTILE)
def test_a_claim_changed_by_the_holder_of_the_key(name: str, value: Any):
    same = type(value) is not bool and value == CLAIMS[name]
    assume(not same and not (name == "iat" and value in range(int(NOW_S) - 64, int(NOW_S) + 6)))
    with pytest.raises((InvalidDPoPProof, UseDPoPNonce)):
        presented(signed(CLAIMS | {name: value}), **({"nonces": ()} if name == "iat" else {}))


@pytest.mark.clause("RFC 9449 4.3 signature")
@pytest.mark.parametrize("algorithm", ALGORITHMS)
@repeatable
@given(place=st.floats(0, 1, exclude_max=True), new=st.sampled_from("AbZ09-_.=~ é,"))
@example(place=0.0, new="é")
def test_one_character_changed(algorithm: str, place: float, new: str):
    asked: dict[str, Any] = {"method": "GET", "url": URL, "jti": "1", "now_s": NOW_S}
    proof = make_proof(ring(algorithm), "client", **asked)
    at = int(place * len(proof))
    assume(proof[at] != new)
    with pytest.raises(InvalidDPoPProof):
        read_proof(proof[:at] + new + proof[at + 1 :], ring(algorithm).self_verifier().verify)


@pytest.mark.parametrize(
    "changes",
    [
        {"access_token": "an.other.token"},
        {"jkt": thumbprint(ring("ES256").public_jwk("thief"))},
        {"nonces": ("nonce-8", "nonce-9")},
        {"now_s": NOW_S + 65, "nonces": ()},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_a_good_proof_presented_with_or_at_something_else(changes: dict[str, Any]):
    assert presented(GOOD).jti == CLAIMS["jti"]
    with pytest.raises((InvalidDPoPProof, InvalidToken, UseDPoPNonce)):
        presented(GOOD, **changes)


@pytest.mark.parametrize(("method", "url"), [("POST", URL), ("GET", f"{URL}/1")])
def test_a_good_proof_does_not_serve_another_request(method: str, url: str):
    with pytest.raises(InvalidDPoPProof, match=r"htm|htu"):
        check_proof(request(GOOD, method=method, url=url), VERIFY, **EXPECTED)


@pytest.mark.clause("RFC 9449 4.3 binding")
@pytest.mark.parametrize("algorithm", ["symbolic", "EdDSA", "ES256"])
def test_a_thief_with_token_and_nonce_but_without_the_key(algorithm: str):
    keys = ring(algorithm)
    asked: dict[str, Any] = {"method": "GET", "url": URL, "jti": "1", "now_s": NOW_S}
    proof = make_proof(keys, "thief", access_token=TOKEN, nonce=NONCE, **asked)
    bound = EXPECTED | {"jkt": thumbprint(keys.public_jwk("honest"))}
    with pytest.raises(InvalidToken, match="Invalid DPoP key binding"):
        check_proof(request(proof), keys.self_verifier().verify, **bound)


@pytest.mark.clause("RFC 9449 11.1 jti store")
def test_the_one_use_is_per_client_uri_and_jti():
    proof = read_proof(GOOD, VERIFY)
    spelt = read_proof(signed(CLAIMS | {"htu": f"{URL[:8].upper()}{URL[8:]}"}), VERIFY)
    assert proof_key("mail-client", proof) == ("dpop_proof", "mail-client", URL, "proof-1")
    assert proof_key("mail-client", spelt) == proof_key("mail-client", proof)
    others = [proof._replace(jti="proof-2"), proof._replace(htu=f"{URL}/1")]
    keys = {proof_key("mail-client", one) for one in (proof, *others)}
    assert len(keys | {proof_key("other-client", proof)}) == 4
