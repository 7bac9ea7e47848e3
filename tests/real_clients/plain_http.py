"""A client without a library: requests as somebody writes them who has read the specifications."""

from __future__ import annotations

import asyncio
import base64
import hashlib
from typing import Any

from httpx2 import ASGITransport, AsyncClient, Response
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet


class Browser:
    """Plain HTTP to a service in the same process."""

    def __init__(self, service: Any) -> None:
        self.service = service

    def ask(self, method: str, url: str, **more: Any) -> Response:
        async def asking() -> Response:
            transport = ASGITransport(app=self.service.app)
            async with AsyncClient(transport=transport) as client:
                answer: Response = await client.request(method, url, **more)
                return answer

        return asyncio.run(asking())

    def metadata(self) -> dict[str, Any]:
        url = f"{self.service.issuer}/.well-known/oauth-authorization-server"
        found: dict[str, Any] = self.ask("GET", url).json()
        return found

    def keys(self) -> KeySet:
        return KeySet.import_key_set(self.ask("GET", self.metadata()["jwks_uri"]).json())

    def token(self, *, headers: dict[str, str] | None = None, **more: str) -> dict[str, Any]:
        form = {"grant_type": "client_credentials"} | more
        auth = (self.service.client_id, self.service.client_secret)
        answer = self.ask("POST", self.service.token, data=form, auth=auth, headers=headers)
        assert answer.status_code == 200, answer.text
        members: dict[str, Any] = answer.json()
        return members


def proof(key: ECKey, method: str, url: str, at_s: int, jti: str, token: str = "") -> str:
    """A DPoP proof (RFC 9449 4.2) made by nobody here."""
    claims: dict[str, Any] = {"jti": jti, "htm": method, "htu": url, "iat": at_s}
    if token:
        digest = hashlib.sha256(token.encode()).digest()
        claims["ath"] = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    header = {"typ": "dpop+jwt", "alg": "ES256", "jwk": key.as_dict(private=False)}
    return jwt.encode(header, claims, key, algorithms=["ES256"])
