"""Keys from a seed and JSON Web Signatures; the only file that uses a cryptography library.

Rule 1: a `Verifier` checks signatures and nothing else. PyJWT reads the wall clock when it
validates claims, so only its signature layer is used; claims are for `claims.py` and the clock.
Rule 2: keys, handles and thumbprints depend on seed and name alone and are the same everywhere.

The libraries are imported where they are used: importing this module costs nothing.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping
from functools import cache, lru_cache, partial
from hashlib import blake2b, sha256
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from oauth_model.errors import InvalidToken

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from jwt import PyJWK, PyJWS

    PrivateKey = Ed25519PrivateKey | EllipticCurvePrivateKey | RSAPrivateKey

#: `symbolic` signs nothing: its tokens are handles that only its ring can have made.
ALGORITHMS = ("symbolic", "EdDSA", "ES256", "RS256")
#: How many verified tokens a verifier remembers; the least recently presented is dropped first.
REMEMBERED = 4096


class Verified(NamedTuple):
    """What a token says, once its signature is known to be good; no claim is checked yet."""

    header: Mapping[str, Any]
    claims: Mapping[str, Any]


class Verifier:
    """Checks tokens with public keys only, so its holder can never sign.

    `verify(token)` returns a `Verified` and raises `InvalidToken` for anything wrong. A token that
    was verified is remembered by its exact text, so a replay costs no second verification; a
    failure is not remembered.
    """

    def __init__(self, check: Callable[[str], Verified]) -> None:
        self.verify: Callable[[str], Verified] = lru_cache(maxsize=REMEMBERED)(check)


class Keys:
    """A ring of signing keys, each made from the seed and its name on first use.

    One ring has one algorithm (RFC 8725 3.1). Raises ValueError for one outside `ALGORITHMS`.
    """

    def __init__(self, algorithm: str, seed: int) -> None:
        if algorithm not in ALGORITHMS:
            raise ValueError(f"algorithm {algorithm!r} is not one of {', '.join(ALGORITHMS)}")
        self.algorithm = algorithm
        self._seed = seed
        self._private: dict[str, PrivateKey] = {}
        self._handles: dict[str, Verified] = {}

    def sign(self, claims: Mapping[str, Any], *, key: str, typ: str) -> str:
        """A compact JWS (RFC 7515 7.1) under the private key named `key`, which is its `kid`."""
        payload = _COMPACT.encode(claims)
        if self.algorithm == "symbolic":
            name = f"sym.{typ}.{key}.{len(self._handles)}"
            # Sealed, because a neighbour's number is easy to guess.
            handle = f"{name}.{fingerprint(self._origin(key), name)}"
            header = {"alg": self.algorithm, "kid": key, "typ": typ}
            self._handles[handle] = Verified(header, json.loads(payload))
            return handle
        headers = {"kid": key, "typ": typ}
        return _jws().encode(payload.encode(), self._key(key), self.algorithm, headers)

    def verifier(self, *names: str) -> Verifier:
        """A verifier that trusts the keys of these names and no other."""
        if self.algorithm == "symbolic":
            return Verifier(partial(_check_handle, MappingProxyType(self._handles), names))
        from jwt import PyJWK

        trusted = {name: PyJWK(self.public_jwk(name)) for name in names}
        return Verifier(partial(_check_jws, trusted, self.algorithm))

    def public_jwk(self, name: str) -> dict[str, Any]:
        """The public key of this name as a JWK (RFC 7517 4)."""
        about = {"kid": name, "use": "sig", "alg": self.algorithm}
        if self.algorithm == "symbolic":
            return {"kty": "symbolic", "x": sha256_b64url(self._origin(name))} | about
        from jwt.algorithms import get_default_algorithms

        public = self._key(name).public_key()
        jwk = get_default_algorithms()[self.algorithm].to_jwk(public, as_dict=True)
        return {member: jwk[member] for member in IDENTITY[jwk["kty"]]} | about

    def jwks(self, names: tuple[str, ...]) -> dict[str, Any]:
        """The public keys of these names as a JWK Set (RFC 7517 5)."""
        return {"keys": [self.public_jwk(name) for name in names]}

    def _key(self, name: str) -> PrivateKey:
        if name not in self._private:
            self._private[name] = _MAKE[self.algorithm](self._origin(name))
        return self._private[name]

    def _origin(self, name: str) -> str:
        return f"tokenrace/{self._seed}/{name}"


def verify_jws(token: str, jwk: Mapping[str, Any], algorithm: str) -> Verified:
    """What a compact JWS says, if its signature is good under this one key and algorithm.

    Raises InvalidToken. The algorithm is the caller's, never the token's (RFC 8725 3.1).
    """
    from jwt import PyJWK, PyJWTError

    try:
        key = PyJWK(dict(jwk), algorithm)
    except PyJWTError as error:
        raise InvalidToken("the key is malformed") from error
    return _verify_under(key, _parse(token), token)


def _check_jws(trusted: Mapping[str, PyJWK], algorithm: str, token: str) -> Verified:
    header = _parse(token)
    if header.get("alg") != algorithm:
        raise InvalidToken("the algorithm is not allowed")
    kid = header.get("kid")
    if not isinstance(kid, str) or kid not in trusted:
        raise InvalidToken("the signing key is not trusted")
    return _verify_under(trusted[kid], header, token)


def _verify_under(key: PyJWK, header: Mapping[str, Any], token: str) -> Verified:
    from jwt import PyJWTError

    try:
        payload = _jws().decode_complete(token, key, [key.algorithm_name])["payload"]
    except PyJWTError as error:
        raise InvalidToken("the signature is not valid") from error
    return Verified(header, _json_object(payload))


def _check_handle(handles: Mapping[str, Verified], names: tuple[str, ...], token: str) -> Verified:
    verified = handles.get(token)
    if verified is None:
        raise InvalidToken("the signature is not valid")
    if verified.header["kid"] not in names:
        raise InvalidToken("the signing key is not trusted")
    return verified


def _parse(token: str) -> dict[str, Any]:
    parts = token.split(".")
    try:
        header, _payload, _signature = (b64url_decode(part) for part in parts)
    except ValueError as error:
        raise InvalidToken("the token is malformed") from error
    return _json_object(header)


def _json_object(data: bytes) -> dict[str, Any]:
    try:
        members = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise InvalidToken("the token is malformed") from error
    if not isinstance(members, dict):
        raise InvalidToken("the token is malformed")
    return members


#: Claims and JWK members as text: no spaces, nothing that is not JSON.
_COMPACT = json.JSONEncoder(separators=(",", ":"), allow_nan=False)


@cache
def _jws() -> PyJWS:
    from jwt import PyJWS

    return PyJWS()


def _ed25519(origin: str) -> PrivateKey:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return Ed25519PrivateKey.from_private_bytes(sha256(origin.encode()).digest())


def _p256(origin: str) -> PrivateKey:
    from cryptography.hazmat.primitives.asymmetric import ec

    number = int.from_bytes(sha256(origin.encode()).digest(), "big")
    return ec.derive_private_key(number % (P256_ORDER - 1) + 1, ec.SECP256R1())


def _rsa(origin: str) -> PrivateKey:
    from cryptography.hazmat.primitives.asymmetric import rsa

    from oauth_model.rsa_from_seed import rsa_from_seed

    made = rsa_from_seed(origin)
    public = rsa.RSAPublicNumbers(made.e, made.n)
    p, q, d = made.p, made.q, made.d
    return rsa.RSAPrivateNumbers(
        p, q, d, d % (p - 1), d % (q - 1), pow(q, -1, p), public
    ).private_key()


#: algorithm → how its private key is made from a text.
_MAKE: dict[str, Callable[[str], PrivateKey]] = {"EdDSA": _ed25519, "ES256": _p256, "RS256": _rsa}
#: The order of the group of P-256 (SEC 2, 2.4.2): a private key is a number below it.
P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551

#: The members that identify a key, by `kty`, in the order RFC 7638 3.2 hashes them.
IDENTITY: dict[str, tuple[str, ...]] = {
    "RSA": ("e", "kty", "n"),
    "EC": ("crv", "kty", "x", "y"),
    "OKP": ("crv", "kty", "x"),
    "oct": ("k", "kty"),
    "symbolic": ("kty", "x"),
}


def thumbprint(jwk: Mapping[str, Any]) -> str:
    """The SHA-256 thumbprint of a JWK (RFC 7638 3), base64url; KeyError if a member is missing."""
    members = {member: jwk[member] for member in IDENTITY[jwk["kty"]]}
    return sha256_b64url(_COMPACT.encode(members))


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


def sha256_b64url(text: str) -> str:
    """BASE64URL(SHA256(text)): PKCE's S256, DPoP's `ath`, a thumbprint's last step."""
    return b64url(sha256(text.encode()).digest())


def fingerprint(*parts: str) -> str:
    """A short stable hash (16 hexadecimal digits) that tells whether two requests are the same."""
    return blake2b(repr(parts).encode(), digest_size=8).hexdigest()
