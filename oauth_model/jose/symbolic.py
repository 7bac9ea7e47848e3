"""The suite that signs nothing: a token is a handle that only its ring can have made.

Rule: a handle means what the ring wrote down when it made it, so nobody forges one; a world has
one ring, which all its parties share.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from itertools import count
from types import MappingProxyType
from typing import Any

from oauth_model.errors import InvalidToken
from oauth_model.jose.jwe import Unseal
from oauth_model.jose.jwk import SeededKey
from oauth_model.jose.jws import Check, Verified
from oauth_model.jose.text import fingerprint, sha256_b64url
from oauth_model.short_texts import remembered

#: What stands in a key's name and not in a handle.
NO_WORD = re.compile(r"[^A-Za-z0-9._-]")


class Handles:
    """Handles for signed and for sealed texts, and what each stands for."""

    algorithm = "symbolic"

    def __init__(self) -> None:
        self._signed: dict[str, Verified] = {}
        self._sealed: dict[str, tuple[str, str]] = {}  #: handle → name of the key, text
        self._signings, self._sealings = count(), count()  #: those that were forgotten included

    def public(self, key: SeededKey) -> dict[str, Any]:
        """The members that identify the key."""
        return {"kty": self.algorithm, "x": sha256_b64url(key.origin)}

    def sign(self, header: dict[str, Any], payload: str, key: SeededKey) -> str:
        """A handle that stands for these claims under this header."""
        handle = _handle(header["typ"], key, next(self._signings))
        self._signed[handle] = Verified(header, json.loads(payload))
        return handle

    def trusting(self, keys: tuple[SeededKey, ...]) -> Check:
        """A check that trusts these keys and no other."""
        signed, names = MappingProxyType(self._signed), _names(keys)
        return lambda token: _check_named(signed, names, token)

    def self_contained(self, _algorithms: tuple[str, ...]) -> Check:
        """A check under the key that a handle carries: here any, for the ring made them all."""
        signed = MappingProxyType(self._signed)
        return lambda token: _check_own(signed, token)

    def encrypt(self, text: str, key: SeededKey) -> str:
        """A handle that only the holder of this key opens."""
        handle = _handle("enc", key, next(self._sealings))
        self._sealed[handle] = key.name, text
        return handle

    def forget(self, handle: str) -> None:
        """It stands for nothing from now on, nor does what was sealed in it."""
        self._signed.pop(handle, None)
        _, sealed = self._sealed.pop(handle, ("", ""))
        if sealed:
            self.forget(sealed)

    def forget_all(self) -> None:
        """What was made so far stands for nothing from now on; what is made next is new."""
        self._signed.clear()
        self._sealed.clear()

    def unsealing(self, keys: tuple[SeededKey, ...]) -> Unseal:
        """What opens handles that were sealed to these keys."""
        sealed, names = MappingProxyType(self._sealed), _names(keys)
        return lambda handle: _open(sealed, names, handle)


def _handle(kind: str, key: SeededKey, number: int) -> str:
    name = f"sym.{kind}.{_word(key.name)}.{number}"
    # Sealed, because a neighbour's number is easy to guess.
    return f"{name}.{fingerprint(key.origin, name)}"


@remembered
def _word(name: str) -> str:
    """In the characters that are in every bearer token and in no delimiter (RFC 6750 2.1)."""
    return re.sub(NO_WORD, "~", name)


def _names(keys: tuple[SeededKey, ...]) -> tuple[str, ...]:
    return tuple(key.name for key in keys)


def _check_named(signed: Mapping[str, Verified], names: tuple[str, ...], token: str) -> Verified:
    verified = _look_up(signed, token)
    if verified.header.get("kid") not in names:
        raise InvalidToken("the signing key is not trusted")
    return verified


def _check_own(signed: Mapping[str, Verified], token: str) -> Verified:
    verified = _look_up(signed, token)
    if "jwk" not in verified.header:
        raise InvalidToken("the header carries no key")
    return verified


def _look_up(signed: Mapping[str, Verified], token: str) -> Verified:
    verified = signed.get(token)
    if verified is None:
        raise InvalidToken("the signature is not valid")
    return verified


def _open(sealed: Mapping[str, tuple[str, str]], names: tuple[str, ...], handle: str) -> str:
    key, text = sealed.get(handle, ("", ""))
    if not key:
        raise InvalidToken("the token is malformed")
    if key not in names:
        raise InvalidToken("the token is encrypted to somebody else")
    return text
