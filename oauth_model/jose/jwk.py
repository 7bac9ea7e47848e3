"""JSON Web Keys (RFC 7517): private keys made from a text, what identifies a key, what is public.

Rule: the same text gives the same key in every process. For teaching: who knows the text knows
the key.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import TYPE_CHECKING, Any, NamedTuple

from oauth_model.errors import InvalidToken
from oauth_model.jose.text import b64url_decode, compact, sha256_b64url

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

    PrivateKey = Ed25519PrivateKey | EllipticCurvePrivateKey | RSAPrivateKey

#: The members that identify a key, by `kty`, in the order RFC 7638 3.2 hashes them.
IDENTITY: dict[str, tuple[str, ...]] = {
    "RSA": ("e", "kty", "n"),
    "EC": ("crv", "kty", "x", "y"),
    "OKP": ("crv", "kty", "x"),
    "oct": ("k", "kty"),
    "symbolic": ("kty", "x"),
}
#: Members that only the holder of a key may know (RFC 7518 6.2.2, 6.3.2, 6.4.1; RFC 8037 2).
PRIVATE = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
#: algorithm → `kty` and `crv` of its keys (RFC 7518 3.1, RFC 8037 3.1).
KEY_TYPE = {"EdDSA": ("OKP", "Ed25519"), "ES256": ("EC", "P-256"), "RS256": ("RSA", None)}
#: Length of an RSA modulus in bytes: 2048 bits at least (RFC 7518 3.3); beyond 4096 bits one
#: verification costs so much that a stranger's key would be an attack.
MODULUS = range(256, 513)
#: Length of an RSA exponent in bytes, for the same reason.
EXPONENT = range(1, 5)
#: The order of the group of P-256 (SEC 2, 2.4.2): a private key is a number below it.
P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


class SeededKey(NamedTuple):
    """A key of a ring: its name there, and the text that it is made from."""

    name: str
    origin: str


def thumbprint(jwk: Mapping[str, Any]) -> str:
    """The SHA-256 thumbprint of a JWK (RFC 7638 3), base64url; KeyError if a member is missing."""
    return sha256_b64url(compact(identity(jwk)))


def identity(jwk: Mapping[str, Any]) -> dict[str, Any]:
    """The members that make the key what it is, and no other; KeyError if one is missing."""
    return {member: jwk[member] for member in IDENTITY[jwk["kty"]]}


def strangers_key(jwk: object, algorithm: str) -> dict[str, Any]:
    """The public key that a token's own header carries, reduced to its identity.

    Raises InvalidToken for a private key (RFC 9449 4.3, check 7) and for what is no key of the
    algorithm.
    """
    if not isinstance(jwk, dict):
        raise InvalidToken("the header carries no key")
    if PRIVATE & jwk.keys():
        raise InvalidToken("the key in the header is private")
    if (jwk.get("kty"), jwk.get("crv")) != KEY_TYPE[algorithm]:
        raise InvalidToken("the key is not one of the algorithm")
    try:
        members = identity(jwk)
        sizes = {name: len(b64url_decode(members[name])) for name in "xyne" if name in members}
    except (KeyError, TypeError, ValueError) as error:
        raise InvalidToken("the key is malformed") from error
    if "n" in sizes and not (sizes["n"] in MODULUS and sizes["e"] in EXPONENT):
        raise InvalidToken("the key is too short or too long")
    return members


def private_key(algorithm: str, origin: str) -> PrivateKey:
    """The private key of an algorithm that a text stands for."""
    return _MAKE[algorithm](origin)


def private_members(algorithm: str, origin: str) -> dict[str, Any]:
    """The same key as the members of a JWK; KeyError for an algorithm that has none."""
    from jwt.algorithms import get_default_algorithms

    key = private_key(algorithm, origin)
    jwk: dict[str, Any] = get_default_algorithms()[algorithm].to_jwk(key, as_dict=True)
    return {name: jwk[name] for name in jwk if name in PRIVATE or name in IDENTITY[jwk["kty"]]}


def public_der(key: PrivateKey) -> bytes:
    """The public half of a key as a SubjectPublicKeyInfo (RFC 5280 4.1)."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _ed25519(origin: str) -> PrivateKey:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return Ed25519PrivateKey.from_private_bytes(sha256(origin.encode()).digest())


def p256_key(origin: str) -> EllipticCurvePrivateKey:
    """The private key on P-256 that a text stands for."""
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
_MAKE: dict[str, Callable[[str], PrivateKey]] = {
    "EdDSA": _ed25519,
    "ES256": p256_key,
    "RS256": _rsa,
}
