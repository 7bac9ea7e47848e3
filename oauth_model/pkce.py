"""Proof Key for Code Exchange (RFC 7636), S256 only, as RFC 9700 2.1.1 wants it."""

from __future__ import annotations

import re

from oauth_model.errors import InvalidGrant, InvalidRequest
from oauth_model.jose import sha256_b64url

#: The one transformation offered: `plain` shows the verifier to whoever sees the request.
S256 = "S256"
#: 43 to 128 unreserved characters: the grammar of verifier and challenge (RFC 7636 4.1, 4.2).
_GRAMMAR = re.compile(r"[A-Za-z0-9\-._~]{43,128}")


def challenge_s256(verifier: str) -> str:
    """BASE64URL(SHA256(ASCII(code_verifier))) (RFC 7636 4.2)."""
    return sha256_b64url(verifier)


def check_challenge(challenge: str | None, method: str | None) -> None:
    """At the authorization endpoint (RFC 7636 4.4.1); raises InvalidRequest.

    An absent method means `plain` (RFC 7636 4.3) and is refused like it.
    """
    if not challenge:
        raise InvalidRequest("code challenge required")
    if method != S256:
        raise InvalidRequest("transform algorithm not supported")
    if not _GRAMMAR.fullmatch(challenge):
        raise InvalidRequest("code challenge malformed")


def check_verifier(challenge: str | None, method: str | None, verifier: str | None) -> None:
    """At the token endpoint (RFC 7636 4.6); raises InvalidGrant.

    A verifier for a code that had no challenge is a downgrade: somebody removed the challenge from
    the authorization request on its way (RFC 9700 4.8.2).
    """
    if challenge is None and verifier is None:
        return
    if challenge is None:
        raise InvalidGrant("code verifier without code challenge")
    if verifier is None:
        raise InvalidGrant("code verifier required")
    matches = method == S256 and challenge_s256(verifier) == challenge
    if not (matches and _GRAMMAR.fullmatch(verifier)):
        raise InvalidGrant("code verifier does not match the code challenge")
