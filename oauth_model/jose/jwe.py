"""JSON Web Encryption (RFC 7516): a text sealed to the one who holds a private key.

Rule: one algorithm, ECDH-ES+A256KW on P-256 with A256GCM (RFC 7518 4.6, 5.3), whatever the ring
signs with. A ciphertext differs at every sealing, as it must; nothing in a trace depends on it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from oauth_model.errors import InvalidToken
from oauth_model.jose.jwk import SeededKey, identity, private_key
from oauth_model.jose.jws import REMEMBERED
from oauth_model.jose.text import json_object, parts

if TYPE_CHECKING:
    from joserfc.jwk import ECKey

    from oauth_model.jose.jwk import PrivateKey

#: Key agreement and content encryption; nothing else is opened, compressed content neither.
ALG, ENC = "ECDH-ES+A256KW", "A256GCM"

#: A compact JWS has so many; a handle, and a SWT or assertion in its armour, none.
JWS_DOTS = 2

#: The plaintext of a sealed text; raises InvalidToken.
Unseal = Callable[[str], str]


class Decrypter:
    """Opens what is sealed to the keys it holds, and nothing else.

    `decrypt(text)` returns the plaintext and raises `InvalidToken`. What was opened is remembered
    by its exact text, as a `Verifier` does.
    """

    def __init__(self, unseal: Unseal) -> None:
        self.decrypt: Unseal = lru_cache(maxsize=REMEMBERED)(unseal)


class Encryption:
    """The suite that really encrypts."""

    algorithm = ALG

    def __init__(self) -> None:
        self._private: dict[str, ECKey] = {}

    def public(self, key: SeededKey) -> dict[str, Any]:
        """The members that identify the public key."""
        return identity(self._key(key).as_dict(private=False))

    def encrypt(self, text: str, key: SeededKey) -> str:
        """A compact JWE (RFC 7516 7.1) to this key; of a JWT it says so (`cty`, RFC 7519 5.2)."""
        from joserfc.jwe import encrypt_compact

        jwt = {"cty": "JWT"} if text.count(".") == JWS_DOTS else {}
        header = {"alg": ALG, "enc": ENC, "kid": key.name} | jwt
        return encrypt_compact(header, text, self._key(key), algorithms=[ALG, ENC])

    def unsealing(self, keys: tuple[SeededKey, ...]) -> Unseal:
        """What opens compact JWEs with these private keys."""
        held = {key.name: self._key(key) for key in keys}
        return lambda text: _decrypt(held, text)

    def _key(self, key: SeededKey) -> ECKey:
        from joserfc.jwk import ECKey

        if key.origin not in self._private:
            made = private_key("ES256", key.origin)
            self._private[key.origin] = ECKey.import_key(_pem(made))
        return self._private[key.origin]


def _decrypt(held: Mapping[str, ECKey], text: str) -> str:
    from joserfc.jwe import decrypt_compact

    kid = json_object(parts(text, 5)[0]).get("kid")
    if not isinstance(kid, str) or kid not in held:
        raise InvalidToken("the token is encrypted to somebody else")
    try:
        opened = decrypt_compact(text, held[kid], algorithms=[ALG, ENC])
        return (opened.plaintext or b"").decode()
    # The library promises no closed list of exceptions for hostile headers: any is a refusal.
    except Exception as error:
        raise InvalidToken("the token cannot be decrypted") from error


def _pem(key: PrivateKey) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
