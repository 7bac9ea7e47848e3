"""RFC 7662 and RFC 7009 by a client that was written for other servers."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import AsyncOAuth2Client
from httpx2 import ASGITransport, AsyncClient

from tests.real_clients.authlib_client import call, client_of, public_client_of, sign_in


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


@pytest.mark.clause("RFC 7662 2.2 members")
@pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
def test_a_client_learns_what_its_token_stands_for(in_process, kind):
    async def story():
        service = in_process()
        async with client_of(service) as client:
            token = await sign_in(client, service, scope="email webdav")
            return service, await introspected(client, service, token[kind])

    service, members = asyncio.run(story())
    assert members["active"] is True
    assert (members["client_id"], members["iss"]) == (service.client_id, service.issuer)
    assert members["scope"] == "email webdav"


@pytest.mark.clause("RFC 7662 2.2 inactive")
def test_of_an_unknown_token_nothing_is_said_but_that(in_process):
    async def story():
        service = in_process()
        async with client_of(service) as client:
            return await introspected(client, service, "unknown")

    assert asyncio.run(story()) == {"active": False}


@pytest.mark.clause("RFC 7662 2.1 authentication")
@pytest.mark.parametrize("secret", ["wrong", ""])
def test_who_does_not_authenticate_is_told_nothing(in_process, secret):
    async def story():
        service = in_process()
        async with AsyncClient(transport=ASGITransport(app=service.app)) as client:
            form = {"token": "unknown", "client_id": service.client_id, "client_secret": secret}
            return await client.post(f"{service.issuer}/introspect", data=form)

    answer = asyncio.run(story())
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


@pytest.mark.clause("RFC 7009 2.1 refresh token")
@pytest.mark.parametrize("hint", ["refresh_token", "access_token"])
def test_a_revoked_refresh_token_refreshes_nothing_whatever_the_hint_was(in_process, hint):
    async def story():
        service = in_process()
        async with client_of(service) as client:
            token = await sign_in(client, service, scope="email webdav")
            assert await revoke(client, service, token["refresh_token"], hint) == 200
            after = await introspected(client, service, token["access_token"])
            assert after == {"active": False}
            await client.refresh_token(refresh_token=token["refresh_token"])

    with pytest.raises(OAuthError) as error:
        asyncio.run(story())
    assert error.value.error == "invalid_grant"


@pytest.mark.clause("RFC 7009 2.1 immediate")
@pytest.mark.clause("RFC 7009 2.1 access token")
def test_a_revoked_access_token_is_inactive_at_once_and_no_other(in_process):
    async def story():
        service = in_process()
        async with client_of(service) as client:
            first = await sign_in(client, service, scope="email webdav")
            second = dict(await client.refresh_token())
            tokens = [first["access_token"], second["access_token"], second["refresh_token"]]
            before = [await introspected(client, service, token) for token in tokens]
            assert await revoke(client, service, first["access_token"], "access_token") == 200
            return before, [await introspected(client, service, token) for token in tokens]

    before, after = asyncio.run(story())
    assert [members["active"] for members in before] == [True, True, True]
    assert after == [{"active": False}, *before[1:]]


@pytest.mark.clause("RFC 7009 2.1 own")
def test_nobody_revokes_what_was_issued_to_another(in_process):
    async def story():
        service = in_process()
        async with client_of(service) as client:
            token = await sign_in(client, service, scope="email webdav")
            async with public_client_of(service) as other:
                await revoke(other, service, token["refresh_token"], "refresh_token")
            return dict(await client.refresh_token())

    assert "access_token" in asyncio.run(story())


@pytest.mark.clause("RFC 7009 2 after 200")
def test_a_server_that_reads_tokens_itself_is_told(in_process):
    told = {"servers__email__hears_revocations": True}

    async def story():
        service = in_process(authorization_server__revocation_events=True, **told)
        async with client_of(service) as client:
            token = await sign_in(client, service, scope="email webdav")
            before = (await call(client, service, "email")).status_code
            await revoke(client, service, token["access_token"], "access_token")
            for _ in range(5):  # whoever works in the background gets a turn
                await asyncio.sleep(0)
            return before, (await call(client, service, "email")).status_code

    assert asyncio.run(story()) == (200, 401)


@pytest.mark.clause("RFC 7009 2.2 unknown")
def test_to_revoke_what_is_unknown_is_done_at_once(in_process):
    async def story():
        service = in_process()
        async with client_of(service) as client:
            return await revoke(client, service, "unknown", "access_token")

    assert asyncio.run(story()) == 200


@pytest.mark.clause("RFC 7009 2 after 200")
@pytest.mark.parametrize(("introspects", "afterwards"), [(True, 401), (False, 200)])
def test_a_revoked_token_dies_at_the_servers_that_ask(in_process, introspects, afterwards):
    async def story():
        service = in_process(servers__email__introspects=introspects)
        async with client_of(service) as client:
            token = await sign_in(client, service, scope="email webdav")
            before = (await call(client, service, "email")).status_code
            await revoke(client, service, token["access_token"], "access_token")
            return before, (await call(client, service, "email")).status_code

    assert asyncio.run(story()) == (200, afterwards)


@pytest.mark.clause("RFC 9068 6 opaque")
def test_a_handle_that_says_nothing_is_read_by_asking(in_process):
    async def story():
        service = in_process(servers__email__token_format="opaque", issuance="lodderstedt")
        async with client_of(service) as client:
            token = await client.fetch_token(grant_type="client_credentials", scope="email")
            return token["access_token"], (await call(client, service, "email")).status_code

    handle, status = asyncio.run(story())
    assert "." not in handle
    assert status == 200
