"""RFC 8693 by Authlib: a token for the authorization server, out of it one for each server."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import AsyncOAuth2Client
from httpx2 import ASGITransport

TOKEN_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"
PATHS = {"email": "/mail", "webdav": "/files", "voip": "/calls"}


def client_of(service: Any, client_id: str, secret: str | None) -> AsyncOAuth2Client:
    return AsyncOAuth2Client(
        client_id,
        secret,
        redirect_uri=service.redirect_uri,
        transport=ASGITransport(app=service.app),
        token_endpoint=service.token,
        token_endpoint_auth_method="client_secret_basic" if secret else "none",
        code_challenge_method="S256",
    )


async def signed_in(client: AsyncOAuth2Client, service: Any) -> str:
    verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"  # RFC 7636 appendix B
    url, _ = client.create_authorization_url(
        service.authorize, scope=" ".join(PATHS), code_verifier=verifier
    )
    location = (await client.request("GET", url, withhold_token=True)).headers["Location"]
    token = await client.fetch_token(authorization_response=location, code_verifier=verifier)
    return str(token["access_token"])


async def exchange(client: AsyncOAuth2Client, subject: str, **more: Any) -> dict[str, Any]:
    form = {"subject_token": subject, "subject_token_type": ACCESS_TOKEN} | more
    return dict(await client.fetch_token(grant_type=TOKEN_EXCHANGE, **form))


async def statuses(client: AsyncOAuth2Client, service: Any) -> list[int]:
    """What the token in hand is worth at each server."""
    urls = [service.servers[name] + path for name, path in PATHS.items()]
    return [(await client.get(url)).status_code for url in urls]


def confidential(service: Any) -> AsyncOAuth2Client:
    return client_of(service, service.client_id, service.client_secret)


@pytest.mark.clause("RFC 8693 2.2.1")
def test_a_token_for_nobody_else_becomes_one_for_each_server(in_process):
    async def story():
        service = in_process(issuance="token_exchange")
        async with confidential(service) as client:
            subject = await signed_in(client, service)
            seen = [await statuses(client, service)]
            for name in PATHS:
                answer = await exchange(client, subject, resource=service.servers[name])
                assert answer["issued_token_type"] == ACCESS_TOKEN
                seen.append(await statuses(client, service))
            return seen

    first, *others = asyncio.run(story())
    assert first == [401, 401, 401]
    assert others == [[200, 401, 401], [401, 200, 401], [401, 401, 200]]


@pytest.mark.clause("RFC 8693 2.2.2")
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
        async with confidential(service) as client:
            subject = await signed_in(client, service)
            await exchange(client, **{"subject": subject} | wrong)

    with pytest.raises(OAuthError) as error:
        asyncio.run(story())
    assert error.value.error == code


@pytest.mark.clause("RFC 8693 2.1")
def test_another_clients_token_is_not_exchanged(in_process):
    async def story():
        service = in_process(issuance="token_exchange")
        async with client_of(service, service.public_client_id, None) as public:
            subject = await signed_in(public, service)
        async with confidential(service) as client:
            await exchange(client, subject, resource=service.servers["email"])

    with pytest.raises(OAuthError) as error:
        asyncio.run(story())
    assert error.value.error == "invalid_request"
