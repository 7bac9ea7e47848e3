"""The ring: everything that a seed and a name give, in one suite."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from oauth_model.jose.jwe import Decrypter, Encryption
from oauth_model.jose.jwk import KEY_TYPE, SeededKey, p256_key, private_members, public_der
from oauth_model.jose.jws import Signatures, Verifier
from oauth_model.jose.symbolic import Handles
from oauth_model.jose.text import compact

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

#: `symbolic` signs nothing: its tokens are handles that only its ring can have made.
ALGORITHMS = ("symbolic", *KEY_TYPE)
#: What a name is for → how the text begins that its key is made from.
_ORIGIN = {
    "sig": "tokenrace",
    "enc": "tokenrace-enc",
    "secret": "tokenrace-secret",
    "xml": "tokenrace-xml",
}


class Keys:
    """A ring of keys, each made from the seed and its name on first use.

    One ring signs with one algorithm (RFC 8725 3.1). The signing key, the encryption key and the
    secret of one name have nothing in common; give a name to one of them only all the same, for
    it is the `kid`. Raises ValueError for an algorithm outside `ALGORITHMS`.
    """

    def __init__(self, algorithm: str, seed: int) -> None:
        if algorithm not in ALGORITHMS:
            raise ValueError(f"algorithm {algorithm!r} is not one of {', '.join(ALGORITHMS)}")
        self.algorithm = algorithm
        self._seed = seed
        self._signing: Signatures | Handles = Signatures(algorithm)
        self._sealing: Encryption | Handles = Encryption()
        if algorithm == "symbolic":
            self._signing = self._sealing = Handles()
        self._trusting: dict[tuple[str, ...], Verifier] = {}  #: by the names of keys
        self._believing: dict[tuple[str, ...], Verifier] = {}  #: by algorithms

    def sign(
        self, claims: Mapping[str, Any], *, key: str, typ: str, embed_key: bool = False
    ) -> str:
        """A compact JWS (RFC 7515 7.1) under the private key named `key`, which is its `kid`.

        With `embed_key` the header carries the public key itself (`jwk`, RFC 7515 4.1.3) and no
        `kid`, for those who meet the key here first.
        """
        made = self._key(key, "sig")
        which = {"jwk": self._signing.public(made)} if embed_key else {"kid": key}
        header = {"alg": self.algorithm, **which, "typ": typ}
        return self._signing.sign(header, compact(claims), made)

    def verifier(self, *names: str) -> Verifier:
        """The verifier that trusts the keys of these names and no other."""
        if names not in self._trusting:
            self._trusting[names] = Verifier(self._signing.trusting(self._keys(names, "sig")))
        return self._trusting[names]

    def self_verifier(self, *algorithms: str) -> Verifier:
        """The verifier that takes the public key from the token's own header (`jwk`).

        It shows that whoever made the token holds that key; whose key it is, is another question.
        The algorithm must be one of `algorithms`, all asymmetric (none named: the ring's own). A
        symbolic ring accepts its own handles, whatever is named. Raises ValueError for an
        algorithm that no ring signs with.
        """
        unknown = set(algorithms) - set(KEY_TYPE)
        if unknown:
            raise ValueError(f"{', '.join(sorted(unknown))}: allowed: {', '.join(KEY_TYPE)}")
        if algorithms not in self._believing:
            check = self._signing.self_contained(algorithms or (self.algorithm,))
            self._believing[algorithms] = Verifier(check)
        return self._believing[algorithms]

    def forget(self, token: str) -> None:
        """Nobody will show this token again; what was kept of it, if anything, may go."""
        if isinstance(self._signing, Handles):
            self._signing.forget(token)

    def forget_all(self) -> None:
        """Nobody will show any token again that was made so far; the keys stay what they are."""
        if isinstance(self._signing, Handles):
            self._signing.forget_all()

    def encrypt(self, text: str, *, key: str) -> str:
        """A compact JWE (RFC 7516 7.1) of a JWT, to the encryption key named `key`, its `kid`."""
        return self._sealing.encrypt(text, self._key(key, "enc"))

    def decrypter(self, *names: str) -> Decrypter:
        """What opens texts that are encrypted to the keys of these names and no other."""
        return Decrypter(self._sealing.unsealing(self._keys(names, "enc")))

    def secret(self, name: str) -> bytes:
        """32 bytes of this name, for formats that are authenticated with a shared secret (HMAC)."""
        return sha256(self._key(name, "secret").origin.encode()).digest()

    def xml_key(self, name: str) -> EllipticCurvePrivateKey:
        """The P-256 key of this name for XML signatures, whatever the ring signs with."""
        return p256_key(self._key(name, "xml").origin)

    def xml_public_key(self, name: str) -> bytes:
        """Its public half as a DER SubjectPublicKeyInfo (RFC 5480 2)."""
        return public_der(self.xml_key(name))

    def public_jwk(self, name: str, use: str = "sig") -> dict[str, Any]:
        """The public key of this name as a JWK (RFC 7517 4); `use` is "sig" or "enc" (4.2)."""
        suite = {"sig": self._signing, "enc": self._sealing}[use]
        about = {"kid": name, "use": use, "alg": suite.algorithm}
        return suite.public(self._key(name, use)) | about

    def private_jwk(self, name: str) -> dict[str, Any]:
        """The private signing key of this name as a JWK (RFC 7517 4), for who holds it elsewhere.

        Raises KeyError for a symbolic ring: its keys are nothing elsewhere.
        """
        members = private_members(self.algorithm, self._key(name, "sig").origin)
        return members | {"kid": name, "use": "sig", "alg": self.algorithm}

    def jwks(self, names: tuple[str, ...], use: str = "sig") -> dict[str, Any]:
        """The public keys of these names as a JWK Set (RFC 7517 5)."""
        return {"keys": [self.public_jwk(name, use) for name in names]}

    def _keys(self, names: tuple[str, ...], use: str) -> tuple[SeededKey, ...]:
        return tuple(self._key(name, use) for name in names)

    def _key(self, name: str, use: str) -> SeededKey:
        return SeededKey(name, f"{_ORIGIN[use]}/{self._seed}/{name}")
