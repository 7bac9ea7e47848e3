"""What tests about DPoP share: a key that is no ring's, the request it proves, and forgeries."""

import json
from functools import cache
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

from oauth_model.dpop import Proof, Window, ath, check_proof
from oauth_model.jose import Keys, b64url, thumbprint
from oauth_model.messages import Request

URL = "https://mail.example.com/messages"
NOW_S = 1_700_000_000.0
TOKEN = "an.access.token"
NONCE = "nonce-7"
CLAIMS: dict[str, Any] = {
    "jti": "proof-1",
    "htm": "GET",
    "htu": URL,
    "iat": 1_700_000_000,
    "ath": ath(TOKEN),
    "nonce": NONCE,
}
PRIVATE = ec.derive_private_key(20_250_120, ec.SECP256R1())
JWK: dict[str, Any] = ECAlgorithm.to_jwk(PRIVATE.public_key(), as_dict=True)
HEADER: dict[str, Any] = {"typ": "dpop+jwt", "alg": "ES256", "jwk": JWK}
#: How the server that the tests present to accepts a proof.
EXPECTED: dict[str, Any] = {
    "now_s": NOW_S,
    "window": Window(age_s=60.0, leeway_s=5.0),
    "access_token": TOKEN,
    "jkt": thumbprint(JWK),
    "nonces": (NONCE,),
}


@cache
def ring(algorithm: str) -> Keys:
    return Keys(algorithm, 7)


VERIFY = ring("EdDSA").self_verifier("ES256", "EdDSA", "RS256").verify


def signed(claims: dict[str, Any] = CLAIMS, header: dict[str, Any] = HEADER) -> str:
    """A proof under the key of the tests, with any claims and any header."""
    text = json.dumps(claims).encode()
    signing = ".".join(b64url(part) for part in (json.dumps(header).encode(), text))
    return f"{signing}.{b64url(_es256(signing))}"


def _es256(signing: str) -> bytes:
    return jwt.get_algorithm_by_name("ES256").sign(signing.encode(), PRIVATE)


def request(*proofs: str, method: str = "GET", url: str = URL) -> Request:
    return Request(method, url, tuple(("DPoP", proof) for proof in proofs))


def presented(*proofs: str, **changes: Any) -> Proof:
    """What the server of the tests says to a GET with these proofs."""
    return check_proof(request(*proofs), VERIFY, **(EXPECTED | changes))
