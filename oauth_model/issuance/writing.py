"""How a token for some servers is written, and with what each of them reads it.

Rule: a server gets its own format, encryption and keys only in a token that is for it alone. A
token for several is a JWT, and encrypted only when all want that, under a key that all have.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from oauth_model.issuance.base import Design, ProtectedResource
from oauth_model.jose import Keys
from oauth_model.token_formats import FORMATS, Reader, nested


def write_token(
    keys: Keys, design: Design, servers: Sequence[ProtectedResource], claims: Mapping[str, Any]
) -> str:
    """The token that carries these claims to these servers."""
    formats = {server.token_format for server in servers}
    name = formats.pop() if len(formats) == 1 else "jwt"
    key = design.signing_key(servers)
    token = FORMATS[name].issue(keys, claims, key=key)
    if servers and all(server.encrypted for server in servers):
        return keys.encrypt(token, key=encryption_key(key))
    return token


def token_reader(keys: Keys, design: Design, server: ProtectedResource) -> Reader:
    """What this server reads its tokens with: it holds its keys and no others.

    A server that wants encryption refuses what is only signed.
    """
    names = design.verifier_keys(server)
    reader = FORMATS[server.token_format].reader(keys, *names)
    if not server.encrypted:
        return reader
    return nested(reader, keys.decrypter(*map(encryption_key, names)))


def encryption_key(signing_key: str) -> str:
    """The name of the encryption key that goes with a signing key."""
    return f"{signing_key}/encryption"
