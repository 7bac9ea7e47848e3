"""The handle: a name for claims that stay in the database of the AS (the draft's session handle).

Rule: a handle says nothing and cannot be guessed, not even by who knows the claims or holds another
key. The AS keeps the claims by the handle; a resource server asks for them (RFC 7662).
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from typing import Any

from oauth_model.errors import InvalidToken
from oauth_model.jose import Keys, Verified, b64url
from oauth_model.token_formats.base import Reader, TokenFormat


class Opaque(TokenFormat):
    """An HMAC over the `jti`: as unguessable as chance (RFC 6749 10.10), and the same every run."""

    name = "opaque"
    source = "RFC 7662"
    self_contained = False

    def issue(self, keys: Keys, claims: Mapping[str, Any], *, key: str) -> str:
        """The handle of these claims; ValueError when they have no `jti`.

        Its secret is none that a resource server could share: not the one of SWTs under `key`.
        """
        if not claims.get("jti"):
            raise ValueError("a handle needs the claim jti")
        secret = keys.secret(f"{key}/handles")
        return b64url(hmac.digest(secret, claims["jti"].encode(), "sha256"))

    def reader(self, keys: Keys, *names: str) -> Reader:
        """Refuses every token: there is nothing in a handle to read."""
        return _refuse


def _refuse(_token: str) -> Verified:
    raise InvalidToken("only the authorization server knows what a handle stands for")
