"""Signatures alone: what PyJWT takes to sign and to verify a token, with nothing around it.

Whoever simulates with real signatures pays at least this: a verification for each token that a
server sees for the first time, a signature for each that is issued.
"""

from __future__ import annotations

from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

ALGORITHM = "EdDSA"
PRIVATE = Ed25519PrivateKey.from_private_bytes(bytes(32))
PUBLIC = PRIVATE.public_key()
#: Claims are checked against the clock of a node, never by PyJWT.
SIGNATURE_ONLY: Any = {"verify_exp": False, "verify_iat": False, "verify_aud": False}


def sign(count: int) -> list[str]:
    """So many tokens like the ones that a presentation carries (RFC 9068), each different."""
    claims = {
        "iss": "https://as.example.com",
        "sub": "resource-owner",
        "aud": "https://payments.example.com",
        "client_id": "s6BhdRkqt3",
        "scope": "payment",
        "iat": 1_767_225_600,
        "exp": 1_767_225_630,
        "use": "single",
    }
    header = {"kid": "as", "typ": "at+jwt"}
    return [
        jwt.encode(claims | {"jti": f"at-{n}"}, PRIVATE, ALGORITHM, header) for n in range(count)
    ]


def verify(tokens: list[str]) -> int:
    """Verify each signature; returns how many were good. Raises jwt.PyJWTError for another."""
    return len([jwt.decode(t, PUBLIC, [ALGORITHM], SIGNATURE_ONLY) for t in tokens])
