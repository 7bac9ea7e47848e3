"""Texts: base64url, JSON and hashes, each in one spelling; no keys."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import blake2b, sha256
from typing import Any

from oauth_model.errors import InvalidToken
from oauth_model.short_texts import remembered

_COMPACT = json.JSONEncoder(separators=(",", ":"), allow_nan=False)


def compact(value: Any) -> str:
    """A value as JSON without spaces; ValueError for what JSON does not know, such as NaN."""
    return _COMPACT.encode(value)


def json_object(data: bytes) -> dict[str, Any]:
    """The members of a JSON object; raises InvalidToken for anything else."""
    try:
        members = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise InvalidToken("the token is malformed") from error
    if not isinstance(members, dict):
        raise InvalidToken("the token is malformed")
    return members


def parts(token: str, count: int) -> list[bytes]:
    """The decoded parts of a compact serialization; raises InvalidToken if there are not `count`.

    Every part is canonical base64url (RFC 7515 7.1, RFC 7516 7.1).
    """
    try:
        decoded = [b64url_decode(part) for part in token.split(".", count)]
    except ValueError as error:
        raise InvalidToken("the token is malformed") from error
    if len(decoded) != count:
        raise InvalidToken("the token is malformed")
    return decoded


def b64url(data: bytes) -> str:
    """Base64url without padding (RFC 7515 2)."""
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def b64url_decode(text: str) -> bytes:
    """The bytes of a base64url text; ValueError for any text that `b64url` would not have written.

    Python's decoder skips foreign characters and ignores stray bits in the last one, which would
    give one signature many spellings (RFC 4648 3.3, 3.5).
    """
    data = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if b64url(data) != text:
        raise ValueError("not canonical base64url")
    return data


@remembered
def sha256_b64url(text: str) -> str:
    """BASE64URL(SHA256(text)): PKCE's S256, DPoP's `ath`, a thumbprint's last step."""
    return b64url(sha256(text.encode()).digest())


def fingerprint(*parts: str) -> str:
    """A short stable hash (16 hexadecimal digits) that tells whether two requests are the same."""
    return blake2b(repr(parts).encode(), digest_size=8).hexdigest()
