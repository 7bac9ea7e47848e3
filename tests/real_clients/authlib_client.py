"""Authlib as the client, in the same process: what its users would write for any server."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import AsyncOAuth2Client
from httpx2 import ASGITransport, Response

VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"  # RFC 7636 appendix B
#: server → what is called there; the scope has the name of the server.
PATHS = {"email": "/mail", "webdav": "/files", "voip": "/calls"}
EVERYTHING = " ".join(PATHS)


def client_of(service: Any, **more: Any) -> AsyncOAuth2Client:
    """A confidential client. `leeway`: how early it takes a token for expired, in seconds."""
    settings = {
        "client_id": service.client_id,
        "client_secret": service.client_secret,
        "redirect_uri": service.redirect_uri,
        "transport": ASGITransport(app=service.app),
        "code_challenge_method": "S256",
        "token_endpoint": service.token,
        "leeway": 0,
    }
    return AsyncOAuth2Client(**settings | more)


def public_client_of(service: Any) -> AsyncOAuth2Client:
    return client_of(
        service,
        client_id=service.public_client_id,
        client_secret=None,
        token_endpoint_auth_method="none",
    )


async def plain(client: AsyncOAuth2Client, method: str, url: str, **more: Any) -> Response:
    """A request without the token that the client holds."""
    answer: Response = await client.request(method, url, withhold_token=True, **more)
    return answer


async def browse(client: AsyncOAuth2Client, url: str) -> str:
    """Where the browser is sent, once the user has said yes."""
    redirect = await plain(client, "GET", url)
    assert redirect.status_code == 302, redirect.text
    return str(redirect.headers["Location"])


async def authorization_response(client: AsyncOAuth2Client, service: Any, **asked: Any) -> str:
    url, _ = client.create_authorization_url(service.authorize, code_verifier=VERIFIER, **asked)
    return await browse(client, url)


def code_of(response: str) -> str:
    [code] = parse_qs(urlsplit(response).query)["code"]
    return code


async def redeem(client: AsyncOAuth2Client, response: str, **more: Any) -> dict[str, Any]:
    token = await client.fetch_token(
        authorization_response=response, code_verifier=VERIFIER, **more
    )
    return dict(token)


async def sign_in(
    client: AsyncOAuth2Client, service: Any, scope: str = EVERYTHING, **asked: Any
) -> dict[str, Any]:
    response = await authorization_response(client, service, scope=scope, **asked)
    return await redeem(client, response)


async def call(client: AsyncOAuth2Client, service: Any, server: str) -> Response:
    answer: Response = await client.get(f"{service.servers[server]}{PATHS[server]}")
    return answer


async def statuses(client: AsyncOAuth2Client, service: Any) -> list[int]:
    """What the token in hand is worth at each server."""
    return [(await call(client, service, server)).status_code for server in PATHS]


def refused(story: Any) -> str:
    """The error code that the client reports."""
    with pytest.raises(OAuthError) as error:
        asyncio.run(story)
    return str(error.value.error)
