"""The interaction hash (RFC 9635 4.2.3): what ties what the browser brings to a request."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

from oauth_model.jose import b64url

#: Names of the registry of named information hash algorithms; the first is the default.
HASH_METHODS: dict[str, Callable[[bytes], Any]] = {
    "sha-256": hashlib.sha256,
    "sha3-512": hashlib.sha3_512,
}
DEFAULT = "sha-256"


def interaction_hash(
    client_nonce: str, nonce: str, interact_ref: str, grant_endpoint: str, method: str = DEFAULT
) -> str:
    """The hash of what only the parties to a request know; KeyError for an unknown method."""
    base = "\n".join((client_nonce, nonce, interact_ref, grant_endpoint))
    return b64url(HASH_METHODS[method](base.encode()).digest())
