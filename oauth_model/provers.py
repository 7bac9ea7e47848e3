"""How a client proves that a token is its own: not at all, by DPoP, by its TLS connection."""

from __future__ import annotations

from typing import Protocol

from oauth_model.messages import Request, Response


class Prover(Protocol):
    """What a client adds to a request that carries a token, or asks for one.

    `scheme` is the authentication scheme of the Authorization header field.
    """

    scheme: str

    def prove(self, request: Request, token: str = "") -> Request:
        """The request with a fresh proof for it, and for the token that it carries."""

    def learn(self, response: Response) -> bool:
        """Whether this answer asks for the same once more, now that something was learnt."""


class Bearer:
    """No proof: whoever holds the token may use it (RFC 6750 1.2)."""

    scheme = "Bearer"

    def prove(self, request: Request, token: str = "") -> Request:
        """The request as it is."""
        return request

    def learn(self, response: Response) -> bool:
        """There is nothing to learn."""
        return False


BEARER = Bearer()
