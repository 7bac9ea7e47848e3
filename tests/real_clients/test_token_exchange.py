"""RFC 8693 by Authlib: a token for the authorization server, out of it one for each server."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import AsyncOAuth2Client

from tests.real_clients.authlib_client import (
    PATHS,
    client_of,
    public_client_of,
    sign_in,
    statuses,
)

TOKEN_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"


async def exchange(client: AsyncOAuth2Client, subject: str, **more: Any) -> dict[str, Any]:
    form = {"subject_token": subject, "subject_token_type": ACCESS_TOKEN} | more
    return dict(await client.fetch_token(grant_type=TOKEN_EXCHANGE, **form))


@pytest.mark.clause("RFC 8693 2.2.1 issued_token_type")
def test_a_token_for_nobody_else_becomes_one_for_each_server(in_process):
    async def story():
        service = in_process(issuance="token_exchange")
        async with client_of(service) as client:
            subject = (await sign_in(client, service))["access_token"]
            seen = [await statuses(client, service)]
            for name in PATHS:
                answer = await exchange(client, subject, resource=service.servers[name])
                assert answer["issued_token_type"] == ACCESS_TOKEN
                seen.append(await statuses(client, service))
            return seen

    first, *others = asyncio.run(story())
    assert first == [401, 401, 401]
    assert others == [[200, 401, 401], [401, 200, 401], [401, 401, 200]]


@pytest.mark.clause("RFC 8693 2.2.2 subject token")
@pytest.mark.clause("RFC 8693 2.2.2 invalid_target")
@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"resource": "https://unknown.example.com"}, "invalid_target"),
        ({"audience": "unknown"}, "invalid_target"),
        ({"subject": "unknown"}, "invalid_request"),
        ({"subject_token_type": "urn:ietf:params:oauth:token-type:saml2"}, "invalid_request"),
        ({"scope": "email admin"}, "invalid_scope"),
    ],
)
def test_what_cannot_be_exchanged_is_refused(in_process, wrong, code):
    async def story():
        service = in_process(issuance="token_exchange")
        async with client_of(service) as client:
            subject = (await sign_in(client, service))["access_token"]
            await exchange(client, **{"subject": subject} | wrong)

    with pytest.raises(OAuthError) as error:
        asyncio.run(story())
    assert error.value.error == code


@pytest.mark.clause("RFC 8693 2.2.2 subject token")
def test_another_clients_token_is_not_exchanged(in_process):
    async def story():
        service = in_process(issuance="token_exchange")
        async with public_client_of(service) as public:
            subject = (await sign_in(public, service))["access_token"]
        async with client_of(service) as client:
            await exchange(client, subject, resource=service.servers["email"])

    with pytest.raises(OAuthError) as error:
        asyncio.run(story())
    assert error.value.error == "invalid_request"
