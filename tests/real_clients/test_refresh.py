"""Refresh tokens by Authlib: kept by a confidential client, rotated for a public one."""

from __future__ import annotations

import asyncio

import pytest
from authlib.integrations.base_client import OAuthError

from tests.real_clients.authlib_client import (
    client_of,
    public_client_of,
    refused,
    sign_in,
    statuses,
)


@pytest.mark.clause("RFC 6749 6 rotation")
def test_a_confidential_client_keeps_its_refresh_token(in_process):
    async def story():
        service = in_process()
        async with client_of(service) as client:
            first = await sign_in(client, service)
            second = dict(await client.refresh_token())
            return first, second, await statuses(client, service)

    first, second, worth = asyncio.run(story())
    assert first["refresh_token"] == second["refresh_token"]
    assert first["access_token"] != second["access_token"]
    assert worth == [200, 200, 200]


@pytest.mark.clause("RFC 6749 6 not more")
def test_a_refresh_may_narrow_the_scope_and_not_widen_it(in_process):
    async def story():
        service = in_process()
        async with client_of(service) as client:
            await sign_in(client, service, scope="email webdav")
            await client.refresh_token(scope="email")
            assert await statuses(client, service) == [200, 401, 401]
            await client.refresh_token(scope="email voip")

    assert refused(story()) == "invalid_scope"


@pytest.mark.clause("RFC 9700 2.2.2 rotation")
def test_the_refresh_token_of_a_public_client_rotates(in_process):
    async def story():
        service = in_process()
        async with public_client_of(service) as client:
            first = await sign_in(client, service)
            others = [dict(await client.refresh_token()) for _ in range(3)]
            return [token["refresh_token"] for token in (first, *others)]

    assert len(set(asyncio.run(story()))) == 4


@pytest.mark.clause("RFC 9700 4.14.2 replay")
@pytest.mark.clause("RFC 6749 6 revoke old")
def test_an_old_refresh_token_kills_its_whole_family(in_process):
    """Refresh tokens, and access tokens wherever somebody asks for them."""

    async def story():
        service = in_process(servers__email__introspects=True)
        async with public_client_of(service) as client:
            old = (await sign_in(client, service))["refresh_token"]
            await client.refresh_token()
            new = (await client.refresh_token())["refresh_token"]
            assert await statuses(client, service) == [200, 200, 200]
            with pytest.raises(OAuthError, match="invalid_grant"):
                await client.refresh_token(refresh_token=old)
            assert await statuses(client, service) == [401, 200, 200]
            await client.refresh_token(refresh_token=new)

    assert refused(story()) == "invalid_grant"


@pytest.mark.clause("RFC 6749 6 own")
def test_a_refresh_token_is_its_clients_alone(in_process):
    async def story():
        service = in_process()
        async with public_client_of(service) as client:
            token = await sign_in(client, service)
        async with client_of(service) as other:
            await other.refresh_token(refresh_token=token["refresh_token"])

    assert refused(story()) == "invalid_grant"
