"""Authorization code and PKCE by Authlib: what it believes of a server, this one does."""

from __future__ import annotations

import asyncio
from urllib.parse import parse_qs, urlsplit

import pytest
from authlib.integrations.base_client import OAuthError

from tests.real_clients.authlib_client import (
    EVERYTHING,
    authorization_response,
    call,
    client_of,
    plain,
    redeem,
    refused,
    sign_in,
    statuses,
)


@pytest.mark.clause("RFC 7636 4.2 S256")
@pytest.mark.clause("RFC 6749 4.1.3 valid")
@pytest.mark.clause("RFC 6749 5.1 token_type")
@pytest.mark.clause("RFC 6749 5.1 expires_in")
@pytest.mark.parametrize(
    "crypto", ["EdDSA", "ES256", pytest.param("RS256", marks=pytest.mark.slow)]
)
def test_a_code_and_its_verifier_buy_a_token_that_every_server_takes(in_process, crypto):
    async def story():
        service = in_process(crypto=crypto)
        async with client_of(service) as client:
            token = await sign_in(client, service)
            return token, await statuses(client, service)

    token, worth = asyncio.run(story())
    assert (token["token_type"], token["expires_in"]) == ("Bearer", 3600)
    assert worth == [200, 200, 200]


@pytest.mark.clause("RFC 9207 2 success")
@pytest.mark.clause("RFC 6749 4.1.2 state")
def test_the_authorization_response_names_its_issuer_and_keeps_the_state(in_process):
    async def story():
        service = in_process()
        async with client_of(service) as client:
            asked = {"scope": EVERYTHING, "state": "xyz"}
            return service, await authorization_response(client, service, **asked)

    service, response = asyncio.run(story())
    query = parse_qs(urlsplit(response).query)
    assert response.startswith(f"{service.redirect_uri}?")
    assert (query["iss"], query["state"]) == ([service.issuer], ["xyz"])


@pytest.mark.clause("RFC 6749 4.1.2.1 no redirect")
@pytest.mark.clause("RFC 9700 2.1 redirect URI")
def test_nobody_is_sent_to_a_redirect_uri_that_is_not_registered(in_process):
    async def story():
        service = in_process()
        async with client_of(service, redirect_uri=f"{service.redirect_uri}/x") as client:
            url, _ = client.create_authorization_url(service.authorize, scope=EVERYTHING)
            return await plain(client, "GET", url)

    answer = asyncio.run(story())
    assert (answer.status_code, answer.headers.get("Location")) == (400, None)


@pytest.mark.clause("RFC 7636 4.6 mismatch")
def test_a_wrong_verifier_is_an_invalid_grant_and_burns_nothing(in_process):
    async def story():
        service = in_process()
        async with client_of(service) as client:
            response = await authorization_response(client, service, scope=EVERYTHING)
            with pytest.raises(OAuthError, match="invalid_grant"):
                await client.fetch_token(authorization_response=response, code_verifier="x" * 43)
            return await redeem(client, response)

    assert "access_token" in asyncio.run(story())


@pytest.mark.clause("RFC 6749 4.1.2 reuse")
@pytest.mark.clause("RFC 6749 10.5 once")
def test_a_code_is_good_once(in_process):
    async def story():
        service = in_process()
        async with client_of(service) as client:
            response = await authorization_response(client, service, scope=EVERYTHING)
            await redeem(client, response)
            await redeem(client, response)

    assert refused(story()) == "invalid_grant"


@pytest.mark.clause("RFC 6749 4.1.2 revoke")
def test_with_a_code_that_comes_twice_dies_the_refresh_token(in_process):
    async def story():
        service = in_process()
        async with client_of(service) as client:
            response = await authorization_response(client, service, scope=EVERYTHING)
            token = await redeem(client, response)
            with pytest.raises(OAuthError):
                await redeem(client, response)
            await client.refresh_token(refresh_token=token["refresh_token"])

    assert refused(story()) == "invalid_grant"


@pytest.mark.clause("RFC 9700 2.3 check")
def test_a_token_for_one_server_is_refused_by_the_others(in_process):
    async def story():
        service = in_process()
        async with client_of(service) as client:
            await sign_in(client, service, scope="email")
            return await call(client, service, "webdav")

    answer = asyncio.run(story())
    assert answer.status_code == 401
    assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]


@pytest.mark.clause("RFC 9470 3 challenge")
@pytest.mark.clause("RFC 9470 4 request")
def test_a_server_that_wants_a_stronger_sign_in_is_content_with_one(in_process):
    async def story():
        service = in_process(servers__email__sign_in={"GET /mail": "phrh"})
        async with client_of(service) as client:
            await sign_in(client, service)
            first = await call(client, service, "email")
            await sign_in(client, service, acr_values="phrh")
            return first, await call(client, service, "email")

    first, second = asyncio.run(story())
    assert (first.status_code, second.status_code) == (401, 200)
    assert 'error="insufficient_user_authentication"' in first.headers["WWW-Authenticate"]
    assert 'acr_values="phrh"' in first.headers["WWW-Authenticate"]
