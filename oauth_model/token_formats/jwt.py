"""The JWT access token of RFC 9068: signed by the AS, read by whoever knows its public key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from oauth_model.jose import Keys
from oauth_model.token_formats.base import ACCESS_TOKEN_TYPE, Reader, TokenFormat


class Jwt(TokenFormat):
    """A compact JWS; claims are JSON already."""

    name = "jwt"
    source = "RFC 9068"

    def issue(self, keys: Keys, claims: Mapping[str, Any], *, key: str) -> str:
        """A signed JWT of type `at+jwt` (RFC 9068 2.1)."""
        return keys.sign(claims, key=key, typ=ACCESS_TOKEN_TYPE)

    def reader(self, keys: Keys, *names: str) -> Reader:
        """Checks the signature with public keys (RFC 9068 4)."""
        return keys.verifier(*names).verify
