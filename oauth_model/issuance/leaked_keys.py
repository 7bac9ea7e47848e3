"""What comes of a key that leaks, or of a server that turns on its keys: tokens read, tokens made.

The draft's second bullet: servers at different places should not share the secrets that sign and
encrypt. Rule: a key is worth what a server could do with it, and no more than that is assumed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from oauth_model.errors import InvalidToken
from oauth_model.issuance.base import SHARED_KEY, Design, ProtectedResource
from oauth_model.issuance.writing import encryption_key
from oauth_model.jose import Keys
from oauth_model.token_formats import FORMATS

#: Formats that whoever can check a token can also make one in.
SYMMETRIC = ("swt",)


def opening_keys(design: Design, server: ProtectedResource) -> tuple[str, ...]:
    """The names of the private keys that a server opens its tokens with."""
    return tuple(map(encryption_key, design.verifier_keys(server)))


def can_read(
    keys: Keys,
    design: Design,
    servers: Sequence[ProtectedResource],
    holder: ProtectedResource,
    token: str,
) -> bool:
    """Whether the private keys of one of these servers are enough to read what is in a token.

    Reading needs no check of the signature. It is checked all the same, with the keys of all: that
    shows that what was read is what was written.
    """
    texts = [token]
    with suppress(InvalidToken):
        texts.append(keys.decrypter(*opening_keys(design, holder)).decrypt(token))
    names = {name for server in servers for name in design.verifier_keys(server)} | {SHARED_KEY}
    for name in dict.fromkeys(["jwt", *(server.token_format for server in servers)]):
        read = FORMATS[name].reader(keys, *names)
        for text in texts:
            with suppress(InvalidToken):
                read(text)
                return True
    return False


def forgeries(
    keys: Keys, design: Design, forger: ProtectedResource, claims: Mapping[str, Any]
) -> Iterator[str]:
    """The tokens with these claims that a server can make, one for each secret that it has."""
    if forger.token_format in SYMMETRIC:
        for name in design.verifier_keys(forger):
            yield FORMATS[forger.token_format].issue(keys, claims, key=name)


def delivered(keys: Keys, design: Design, reader: ProtectedResource, token: str) -> Iterator[str]:
    """A token in each form in which a server may take it: as it is, and encrypted to the server.

    Whoever has a token can encrypt it: that key is public (RFC 7516, section 2).
    """
    yield token
    if reader.encrypted:
        for name in opening_keys(design, reader):
            yield keys.encrypt(token, key=name)
