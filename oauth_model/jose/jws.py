"""JSON Web Signatures (RFC 7515): made with a private key, checked with public ones.

Rule: a check looks at signatures and nothing else. PyJWT reads the wall clock when it validates
claims, and takes a token apart once more, so only its algorithms are used.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from oauth_model.errors import InvalidToken
from oauth_model.jose.jwk import SeededKey, identity, private_key, strangers_key
from oauth_model.jose.text import b64url, compact, json_object, parts

if TYPE_CHECKING:
    from jwt import PyJWK
    from jwt.algorithms import Algorithm

    from oauth_model.jose.jwk import PrivateKey

#: How many tokens a verifier or decrypter remembers; the least recently presented goes first.
REMEMBERED = 4096


class Verified(NamedTuple):
    """What a token says, once its signature is known to be good; no claim is checked yet."""

    header: Mapping[str, Any]
    claims: Mapping[str, Any]


#: Extensions must be understood or the token refused (RFC 7515 4.1.11); these say there are some.
NOT_UNDERSTOOD = ("crit", "b64")
#: What a token says, by its text; raises InvalidToken.
Check = Callable[[str], Verified]


class _Parts(NamedTuple):
    """A compact JWS that nobody has checked, taken apart; `signed`: what the signature is of."""

    header: dict[str, Any]
    payload: bytes
    signature: bytes
    signed: bytes


class Verifier:
    """Checks tokens with public keys only, so its holder can never sign.

    `verify(token)` returns a `Verified` and raises `InvalidToken` for anything wrong. A token that
    was verified is remembered by its exact text, so a replay costs no second verification; a
    failure is not remembered.
    """

    def __init__(self, check: Check) -> None:
        self.verify: Check = lru_cache(maxsize=REMEMBERED)(check)


class Signatures:
    """The suite that really signs, with one algorithm (RFC 8725 3.1)."""

    def __init__(self, algorithm: str) -> None:
        self.algorithm = algorithm
        self._private: dict[str, PrivateKey] = {}

    def public(self, key: SeededKey) -> dict[str, Any]:
        """The members that identify the public key."""
        public = self._key(key.origin).public_key()
        return identity(_algorithm(self.algorithm).to_jwk(public, as_dict=True))

    def sign(self, header: dict[str, Any], payload: str, key: SeededKey) -> str:
        """A compact JWS (RFC 7515 7.1)."""
        signed = f"{b64url(compact(header).encode())}.{b64url(payload.encode())}"
        signature = _algorithm(self.algorithm).sign(signed.encode(), self._key(key.origin))
        return f"{signed}.{b64url(signature)}"

    def trusting(self, keys: tuple[SeededKey, ...]) -> Check:
        """A check that trusts these keys and no other."""
        from jwt import PyJWK

        trusted = {key.name: PyJWK(self.public(key), self.algorithm) for key in keys}
        return lambda token: _check_named(trusted, self.algorithm, token)

    def self_contained(self, algorithms: tuple[str, ...]) -> Check:
        """A check under the key that the token itself carries."""
        return lambda token: _check_own(algorithms, token)

    def _key(self, origin: str) -> PrivateKey:
        if origin not in self._private:
            self._private[origin] = private_key(self.algorithm, origin)
        return self._private[origin]


def verify_jws(token: str, jwk: Mapping[str, Any], algorithm: str) -> Verified:
    """What a compact JWS says, if its signature is good under this one key and algorithm.

    Raises InvalidToken. The algorithm is the caller's, never the token's (RFC 8725 3.1).
    """
    from jwt import PyJWK, PyJWTError

    try:
        key = PyJWK(dict(jwk), algorithm)
    except PyJWTError as error:
        raise InvalidToken("the key is malformed") from error
    return _verify_under(key, _taken_apart(token))


def _taken_apart(token: str) -> _Parts:
    """Raises InvalidToken for what is no compact JWS."""
    header, payload, signature = parts(token, 3)
    return _Parts(json_object(header), payload, signature, token.rpartition(".")[0].encode())


def _check_named(trusted: Mapping[str, PyJWK], algorithm: str, token: str) -> Verified:
    jws = _taken_apart(token)
    if jws.header.get("alg") != algorithm:
        raise InvalidToken("the algorithm is not allowed")
    if not jws.header.keys() & {"kid", "jwk"}:  # a key that comes along is not one that is trusted
        return _verify_under_one_of(tuple(trusted.values()), jws)
    kid = jws.header.get("kid")
    if not isinstance(kid, str) or kid not in trusted:
        raise InvalidToken("the signing key is not trusted")
    return _verify_under(trusted[kid], jws)


def _verify_under_one_of(keys: tuple[PyJWK, ...], jws: _Parts) -> Verified:
    """For who did not say which key it was (RFC 7515 4.1.4: optional)."""
    for key in keys:
        with suppress(InvalidToken):
            return _verify_under(key, jws)
    raise InvalidToken("the signing key is not trusted")


def _check_own(algorithms: tuple[str, ...], token: str) -> Verified:
    header = _taken_apart(token).header
    algorithm = header.get("alg")
    if algorithm not in algorithms:
        raise InvalidToken("the algorithm is not allowed")
    return verify_jws(token, strangers_key(header.get("jwk"), algorithm), algorithm)


def _verify_under(key: PyJWK, jws: _Parts) -> Verified:
    header, payload, signature, signed = jws
    if not header.keys().isdisjoint(NOT_UNDERSTOOD):
        raise InvalidToken("the header says what is not understood")
    same = header.get("alg") == key.algorithm_name
    if not (same and key.Algorithm.verify(signed, key.key, signature)):
        raise InvalidToken("the signature is not valid")
    return Verified(header, json_object(payload))


@cache
def _algorithm(name: str) -> Algorithm:
    from jwt.algorithms import get_default_algorithms

    return get_default_algorithms()[name]
