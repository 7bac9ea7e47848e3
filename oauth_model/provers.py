"""How a client proves that a token is its own: not at all, by DPoP, by its TLS connection."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from oauth_model.dpop import NONCE_HEADER, PROOF_HEADER, make_proof
from oauth_model.jose import Keys, thumbprint
from oauth_model.messages import Request, Response


class Prover(Protocol):
    """What a client adds to a request that carries a token, or asks for one.

    `scheme` is the authentication scheme of the Authorization header field.
    """

    scheme: str

    def prove(self, request: Request, token: str = "") -> Request:
        """The request with a fresh proof for it, and for the token that it carries."""

    def learn(self, request: Request, response: Response) -> bool:
        """Whether this answer asks for the same once more, now that something was learnt."""


class Bearer:
    """No proof: whoever holds the token may use it (RFC 6750 1.2)."""

    scheme = "Bearer"

    def prove(self, request: Request, token: str = "") -> Request:
        """The request as it is."""
        return request

    def learn(self, request: Request, response: Response) -> bool:
        """There is nothing to learn."""
        return False


BEARER = Bearer()


class Certificate(Bearer):
    """A TLS connection with the client's certificate (RFC 8705); tokens go as bearer tokens do.

    The thumbprint of its key stands for that of the certificate, which this model does not make.
    """

    def __init__(self, keys: Keys, key: str) -> None:
        self._thumbprint = thumbprint(keys.public_jwk(key))

    def prove(self, request: Request, token: str = "") -> Request:
        """The request on a connection that proves the certificate's key."""
        return request._replace(certificate=self._thumbprint)


class DPoP:
    """A proof for each request, made anew also when it is sent again (RFC 9449 7.3).

    `keys` and `key` name the client's key, `clock` gives the seconds of its clock, `new_id(kind)` a
    fresh `jti`. The last nonce of each server is kept (RFC 9449 8.2).
    """

    scheme = "DPoP"

    def __init__(
        self, keys: Keys, key: str, clock: Callable[[], float], new_id: Callable[[str], str]
    ) -> None:
        self._keys, self._key = keys, key
        self._clock, self._new_id = clock, new_id
        self._nonces: dict[str, str] = {}

    def prove(self, request: Request, token: str = "") -> Request:
        """The request with a proof, for the token that it carries if it does."""
        proof = make_proof(
            self._keys,
            self._key,
            method=request.method,
            url=request.url,
            jti=self._new_id("proof"),
            now_s=self._clock(),
            access_token=token,
            nonce=self._nonces.get(_origin(request), ""),
        )
        return request._replace(headers=(*request.headers, (PROOF_HEADER, proof)))

    def learn(self, request: Request, response: Response) -> bool:
        """Keep the nonce of an answer (RFC 9449 8.2); asked for one, the client tries again.

        Also when it is the one that is known already: another request may have learnt it meanwhile.
        """
        nonce = response.header(NONCE_HEADER)
        if nonce is None:
            return False
        self._nonces[_origin(request)] = nonce
        return _wants_nonce(response)


def _origin(request: Request) -> str:
    scheme, _, rest = request.url.partition("://")
    return f"{scheme}://{rest.partition('/')[0]}"


def _wants_nonce(response: Response) -> bool:
    """RFC 9449 8 at the AS, 9 at a resource server."""
    challenge = response.header("WWW-Authenticate") or ""
    return response.json().get("error") == "use_dpop_nonce" or "use_dpop_nonce" in challenge
