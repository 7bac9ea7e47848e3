"""RFC 9126 by Authlib: an authorization request goes to the server first, by a back channel."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from authlib.integrations.httpx_client import AsyncOAuth2Client
from httpx2 import Response

from tests.real_clients.authlib_client import (
    EVERYTHING,
    VERIFIER,
    browse,
    client_of,
    plain,
    redeem,
    statuses,
)


async def push(client: AsyncOAuth2Client, service: Any, **more: str) -> Response:
    """What would have been in the browser's address, sent by the client itself."""
    url, _ = client.create_authorization_url(
        service.authorize, code_verifier=VERIFIER, scope=EVERYTHING
    )
    form = dict(parse_qsl(urlsplit(url).query)) | more
    auth = client.client_auth("client_secret_basic")
    return await plain(client, "POST", f"{service.issuer}/par", data=form, auth=auth)


def named(client: AsyncOAuth2Client, service: Any, request_uri: str) -> str:
    """All that the browser sees of it."""
    bare = AsyncOAuth2Client(client.client_id)
    url, _ = bare.create_authorization_url(service.authorize, request_uri=request_uri)
    return str(url)


@pytest.mark.clause("RFC 9126 2.2 response")
def test_a_pushed_request_becomes_a_code_and_that_a_token(in_process):
    async def story():
        service = in_process()
        async with client_of(service) as client:
            answer = await push(client, service)
            assert (answer.status_code, answer.headers["Cache-Control"]) == (201, "no-store")
            response = await browse(client, named(client, service, answer.json()["request_uri"]))
            await redeem(client, response, state=None)
            return answer.json(), await statuses(client, service)

    members, worth = asyncio.run(story())
    assert members["request_uri"].startswith("urn:ietf:params:oauth:request_uri:")
    assert 0 < members["expires_in"] <= 600
    assert worth == [200, 200, 200]


@pytest.mark.clause("RFC 9126 4 once")
def test_a_pushed_request_is_good_for_one_authorization(in_process):
    async def story():
        service = in_process()
        async with client_of(service) as client:
            url = named(client, service, (await push(client, service)).json()["request_uri"])
            await browse(client, url)
            return await plain(client, "GET", url)

    assert "code=" not in asyncio.run(story()).headers.get("Location", "")


@pytest.mark.clause("RFC 9126 2.1 authentication")
def test_who_pushes_has_to_authenticate(in_process):
    async def story():
        service = in_process()
        async with client_of(service, client_secret="wrong") as client:
            return await push(client, service)

    answer = asyncio.run(story())
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"scope": "unknown"}, "invalid_scope"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"redirect_uri": "https://evil.example.com"}, "invalid_request"),
        ({"request_uri": "urn:ietf:params:oauth:request_uri:x"}, "invalid_request"),
    ],
)
def test_what_authorization_would_refuse_is_refused_when_it_is_pushed(in_process, wrong, code):
    async def story():
        service = in_process()
        async with client_of(service) as client:
            return await push(client, service, **wrong)

    answer = asyncio.run(story())
    assert (answer.status_code, answer.json()["error"]) == (400, code)


def test_what_the_browser_adds_to_a_pushed_request_does_not_count(in_process):
    async def story():
        service = in_process()
        async with client_of(service) as client:
            pushed = await push(client, service, scope="email")
            url = named(client, service, pushed.json()["request_uri"])
            await redeem(client, await browse(client, f"{url}&scope=webdav"), state=None)
            return await statuses(client, service)

    assert asyncio.run(story()) == [200, 401, 401]
