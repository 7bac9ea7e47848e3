"""RFC 7662, RFC 7009 and RFC 9126 by a client that was written for other servers."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import AsyncOAuth2Client
from httpx2 import ASGITransport, AsyncClient


def client_of(service: Any, **more: Any) -> AsyncOAuth2Client:
    settings = {
        "client_id": service.client_id,
        "client_secret": service.client_secret,
        "redirect_uri": service.redirect_uri,
        "transport": ASGITransport(app=service.app),
        "token_endpoint": service.token,
    }
    return AsyncOAuth2Client(**settings | more)


async def signed_in(client: AsyncOAuth2Client, service: Any) -> dict[str, Any]:
    url, _ = client.create_authorization_url(service.authorize, scope="email webdav")
    redirect = await client.request("GET", url, withhold_token=True)
    return dict(await client.fetch_token(authorization_response=redirect.headers["Location"]))


async def introspected(client: AsyncOAuth2Client, service: Any, token: str) -> dict[str, Any]:
    answer = await client.introspect_token(f"{service.issuer}/introspect", token=token)
    assert answer.status_code == 200, answer.text
    members: dict[str, Any] = answer.json()
    return members


async def revoke(client: AsyncOAuth2Client, service: Any, token: str, hint: str) -> int:
    answer = await client.revoke_token(
        f"{service.issuer}/revoke", token=token, token_type_hint=hint
    )
    return int(answer.status_code)


@pytest.mark.clause("RFC 7662 2.2")
@pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
def test_a_client_learns_what_its_token_stands_for(in_process, kind):
    async def story():
        service = in_process()
        async with client_of(service) as client:
            token = await signed_in(client, service)
            return service, await introspected(client, service, token[kind])

    service, members = asyncio.run(story())
    assert members["active"] is True
    assert (members["client_id"], members["iss"]) == (service.client_id, service.issuer)
    assert members["scope"] == "email webdav"


@pytest.mark.clause("RFC 7662 2.2")
def test_of_an_unknown_token_nothing_is_said_but_that(in_process):
    async def story():
        service = in_process()
        async with client_of(service) as client:
            return await introspected(client, service, "unknown")

    assert asyncio.run(story()) == {"active": False}


@pytest.mark.clause("RFC 7662 2.1")
@pytest.mark.parametrize("secret", ["wrong", ""])
def test_who_does_not_authenticate_is_told_nothing(in_process, secret):
    async def story():
        service = in_process()
        async with AsyncClient(transport=ASGITransport(app=service.app)) as client:
            form = {"token": "unknown", "client_id": service.client_id, "client_secret": secret}
            return await client.post(f"{service.issuer}/introspect", data=form)

    answer = asyncio.run(story())
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


@pytest.mark.clause("RFC 7009 2.1")
@pytest.mark.parametrize("hint", ["refresh_token", "access_token"])
def test_a_revoked_refresh_token_refreshes_nothing_whatever_the_hint_was(in_process, hint):
    async def story():
        service = in_process()
        async with client_of(service) as client:
            token = await signed_in(client, service)
            assert await revoke(client, service, token["refresh_token"], hint) == 200
            after = await introspected(client, service, token["access_token"])
            assert after == {"active": False}
            await client.refresh_token(refresh_token=token["refresh_token"])

    with pytest.raises(OAuthError) as error:
        asyncio.run(story())
    assert error.value.error == "invalid_grant"


@pytest.mark.clause("RFC 7009 2.2")
def test_to_revoke_what_is_unknown_is_done_at_once(in_process):
    async def story():
        service = in_process()
        async with client_of(service) as client:
            return await revoke(client, service, "unknown", "access_token")

    assert asyncio.run(story()) == 200


@pytest.mark.clause("RFC 7009 2")
@pytest.mark.parametrize(("introspects", "afterwards"), [(True, 401), (False, 200)])
def test_a_revoked_token_dies_at_the_servers_that_ask(in_process, introspects, afterwards):
    async def story():
        service = in_process(servers__email__introspects=introspects)
        url = f"{service.servers['email']}/mail"
        async with client_of(service) as client:
            token = await signed_in(client, service)
            before = (await client.get(url)).status_code
            await revoke(client, service, token["access_token"], "access_token")
            return before, (await client.get(url)).status_code

    assert asyncio.run(story()) == (200, afterwards)


@pytest.mark.clause("RFC 7662 4")
def test_a_handle_that_says_nothing_is_read_by_asking(in_process):
    async def story():
        service = in_process(servers__email__token_format="opaque", issuance="lodderstedt")
        async with client_of(service) as client:
            token = await client.fetch_token(grant_type="client_credentials", scope="email")
            answer = await client.get(f"{service.servers['email']}/mail")
            return token["access_token"], answer.status_code

    handle, status = asyncio.run(story())
    assert "." not in handle
    assert status == 200


@pytest.mark.clause("RFC 9126 2.2")
def test_a_pushed_request_is_good_for_one_authorization(in_process):
    async def story():
        service = in_process()
        pushed = {
            "response_type": "code",
            "client_id": service.client_id,
            "redirect_uri": service.redirect_uri,
            "scope": "email",
        }
        auth = (service.client_id, service.client_secret)
        async with AsyncClient(transport=ASGITransport(app=service.app)) as browser:
            answer = await browser.post(f"{service.issuer}/par", data=pushed, auth=auth)
            assert answer.status_code == 201, answer.text
            named = {"client_id": service.client_id, "request_uri": answer.json()["request_uri"]}
            url = f"{service.authorize}?{urlencode(named)}"
            return [await browser.get(url) for _ in range(2)]

    first, second = asyncio.run(story())
    query = parse_qs(urlsplit(first.headers["Location"]).query)
    assert (first.status_code, "code" in query) == (302, True)
    assert "code=" not in second.headers.get("Location", "")
