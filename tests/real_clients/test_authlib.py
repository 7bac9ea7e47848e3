"""Authlib as the client, in the same process: what it believes of a server, this one does."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import AsyncOAuth2Client
from httpx2 import ASGITransport, Response

VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"  # RFC 7636 appendix B
EVERYTHING = "email webdav voip"


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


async def authorization_response(
    client: AsyncOAuth2Client, service: Any, scope: str = EVERYTHING, **more: Any
) -> str:
    """Where the browser is sent, once the user has said yes."""
    url, _ = client.create_authorization_url(
        service.authorize, code_verifier=VERIFIER, scope=scope, **more
    )
    redirect = await client.request("GET", url, withhold_token=True)
    assert redirect.status_code == 302, redirect.text
    return str(redirect.headers["Location"])


async def sign_in(client: AsyncOAuth2Client, service: Any, **more: Any) -> dict[str, Any]:
    response = await authorization_response(client, service, **more)
    token: dict[str, Any] = await client.fetch_token(
        authorization_response=response, code_verifier=VERIFIER
    )
    return token


async def call(client: AsyncOAuth2Client, service: Any, server: str, path: str) -> Response:
    answer: Response = await client.get(f"{service.servers[server]}{path}")
    return answer


def refused(story: Any) -> str:
    """The error code that the client reports."""
    with pytest.raises(OAuthError) as error:
        asyncio.run(story)
    return str(error.value.error)


@pytest.mark.clause("RFC 6749 4.1.3")
@pytest.mark.clause("RFC 7636 4.6")
@pytest.mark.parametrize(
    "crypto", ["EdDSA", "ES256", pytest.param("RS256", marks=pytest.mark.slow)]
)
def test_a_code_and_its_verifier_buy_a_token_that_every_server_takes(in_process, crypto):
    async def story():
        service = in_process(crypto=crypto)
        async with client_of(service) as client:
            token = await sign_in(client, service)
            assert (token["token_type"], token["expires_in"]) == ("Bearer", 3600)
            return [
                (await call(client, service, *where)).status_code
                for where in (("email", "/mail"), ("webdav", "/files"), ("voip", "/calls"))
            ]

    assert asyncio.run(story()) == [200, 200, 200]


@pytest.mark.clause("RFC 9207 2")
def test_the_authorization_response_names_its_issuer_and_keeps_the_state(in_process):
    async def story():
        service = in_process()
        async with client_of(service) as client:
            response = await authorization_response(client, service, state="xyz")
        return service, response, parse_qs(urlsplit(response).query)

    service, response, query = asyncio.run(story())
    assert response.startswith(f"{service.redirect_uri}?")
    assert (query["iss"], query["state"]) == ([service.issuer], ["xyz"])


@pytest.mark.clause("RFC 7636 4.6")
def test_a_wrong_verifier_is_an_invalid_grant_and_burns_nothing(in_process):
    async def story():
        service = in_process()
        async with client_of(service) as client:
            response = await authorization_response(client, service)
            with pytest.raises(OAuthError, match="invalid_grant"):
                await client.fetch_token(authorization_response=response, code_verifier="x" * 43)
            return await client.fetch_token(authorization_response=response, code_verifier=VERIFIER)

    assert "access_token" in asyncio.run(story())


@pytest.mark.clause("RFC 6749 4.1.2")
def test_a_code_is_good_once(in_process):
    async def story():
        service = in_process()
        async with client_of(service) as client:
            response = await authorization_response(client, service)
            for _ in range(2):
                await client.fetch_token(authorization_response=response, code_verifier=VERIFIER)

    assert refused(story()) == "invalid_grant"


@pytest.mark.clause("RFC 6749 4.1.2")
def test_with_a_code_that_comes_twice_dies_the_refresh_token(in_process):
    async def story():
        service = in_process()
        async with client_of(service) as client:
            response = await authorization_response(client, service)
            token = await client.fetch_token(
                authorization_response=response, code_verifier=VERIFIER
            )
            with pytest.raises(OAuthError):
                await client.fetch_token(authorization_response=response, code_verifier=VERIFIER)
            await client.refresh_token(refresh_token=token["refresh_token"])

    assert refused(story()) == "invalid_grant"


@pytest.mark.clause("RFC 6749 6")
def test_a_confidential_client_keeps_its_refresh_token(in_process):
    async def story():
        service = in_process()
        async with client_of(service) as client:
            first = dict(await sign_in(client, service))
            second = dict(await client.refresh_token())
            return first, second, await call(client, service, "voip", "/calls")

    first, second, answer = asyncio.run(story())
    assert first["refresh_token"] == second["refresh_token"]
    assert first["access_token"] != second["access_token"]
    assert answer.status_code == 200


@pytest.mark.clause("RFC 6749 6")
def test_a_refresh_may_narrow_the_scope(in_process):
    async def story():
        service = in_process()
        async with client_of(service) as client:
            await sign_in(client, service)
            await client.refresh_token(scope="email")
            mail = await call(client, service, "email", "/mail")
            files = await call(client, service, "webdav", "/files")
            return mail.status_code, files.status_code

    assert asyncio.run(story()) == (200, 401)


@pytest.mark.clause("RFC 9700 4.14.2")
def test_the_refresh_token_of_a_public_client_rotates(in_process):
    async def story():
        service = in_process()
        async with public_client_of(service) as client:
            first = dict(await sign_in(client, service))
            second = dict(await client.refresh_token())
            third = dict(await client.refresh_token())
            return [token["refresh_token"] for token in (first, second, third)]

    assert len(set(asyncio.run(story()))) == 3


@pytest.mark.clause("RFC 9700 4.14.2")
def test_an_old_refresh_token_kills_its_successor(in_process):
    async def story():
        service = in_process()
        async with public_client_of(service) as client:
            old = (await sign_in(client, service))["refresh_token"]
            new = (await client.refresh_token())["refresh_token"]
            with pytest.raises(OAuthError, match="invalid_grant"):
                await client.refresh_token(refresh_token=old)
            await client.refresh_token(refresh_token=new)

    assert refused(story()) == "invalid_grant"


@pytest.mark.clause("RFC 6749 4.4.3")
def test_client_credentials_bring_no_refresh_token(in_process):
    async def story():
        service = in_process()
        async with client_of(service) as client:
            token = await client.fetch_token(grant_type="client_credentials")
            return token, (await call(client, service, "email", "/mail")).status_code

    token, status = asyncio.run(story())
    assert "refresh_token" not in token
    assert status == 200


@pytest.mark.clause("RFC 6749 2.3.1")
@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
@pytest.mark.parametrize(("secret", "accepted"), [("", True), ("wrong", False)])
def test_a_client_authenticates_by_header_or_by_body(in_process, method, secret, accepted):
    async def story():
        service = in_process()
        settings = {"token_endpoint_auth_method": method}
        settings |= {"client_secret": secret} if secret else {}
        async with client_of(service, **settings) as client:
            return await client.fetch_token(grant_type="client_credentials")

    if accepted:
        assert "access_token" in asyncio.run(story())
    else:
        assert refused(story()) == "invalid_client"


@pytest.mark.clause("RFC 6749 5.2")
def test_who_is_not_known_is_answered_with_401_and_a_challenge(in_process):
    async def story():
        service = in_process()
        async with client_of(service, client_secret="wrong") as client:
            form = {"grant_type": "client_credentials"}
            auth = client.client_auth("client_secret_basic")
            return await client.post(service.token, data=form, auth=auth)

    answer = asyncio.run(story())
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    assert answer.headers["WWW-Authenticate"].startswith("Basic ")


@pytest.mark.clause("RFC 9068 4")
def test_a_token_for_one_server_is_refused_by_the_others(in_process):
    async def story():
        service = in_process()
        async with client_of(service) as client:
            await sign_in(client, service, scope="email")
            return await call(client, service, "webdav", "/files")

    answer = asyncio.run(story())
    assert answer.status_code == 401
    assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]


@pytest.mark.clause("draft-lodderstedt-oauth-multiple-access-tokens-00 code_advanced")
def test_one_consent_gives_a_token_for_each_server(in_process):
    numbered = {"scopes": "3", "scope.1": "email", "scope.2": "webdav", "scope.3": "voip"}

    async def story():
        service = in_process(issuance="lodderstedt")
        async with client_of(service) as client:
            url, _ = client.create_authorization_url(
                service.authorize, response_type="code_advanced", **numbered
            )
            redirect = await client.request("GET", url, withhold_token=True)
            query = parse_qs(urlsplit(redirect.headers["Location"]).query)
            await client.fetch_token(
                grant_type="authorization_code_advanced",
                code=query["code"][0],
                redirect_uri=service.redirect_uri,
                scope="email",
            )
            mail = await call(client, service, "email", "/mail")
            await client.refresh_token(scope="webdav")
            files = await call(client, service, "webdav", "/files")
            again = await call(client, service, "email", "/mail")
            return mail.status_code, files.status_code, again.status_code

    assert asyncio.run(story()) == (200, 200, 401)


@pytest.mark.clause("single-use tokens use: single")
def test_a_single_use_token_is_good_once_and_the_refresh_token_stays(in_process):
    async def story():
        service = in_process()
        async with client_of(service) as client:
            await sign_in(client, service)
            token = await client.refresh_token(scope="email", token_use="single")
            answers = [await call(client, service, "email", "/mail") for _ in range(2)]
            ordinary = await client.refresh_token(refresh_token=token["refresh_token"])
            return token, answers, ordinary

    token, (first, second), ordinary = asyncio.run(story())
    assert (token["use"], token["expires_in"]) == ("single", 30)
    assert (first.status_code, second.status_code) == (200, 401)
    assert 'error="invalid_token"' in second.headers["WWW-Authenticate"]
    assert "use" not in ordinary


def test_a_client_that_refreshes_a_minute_early_never_presents_a_token_of_30_seconds(in_process):
    """The library's own default; it takes the single-use token for expired and swaps it away."""

    async def story():
        service = in_process()
        async with client_of(service, leeway=60) as client:
            await sign_in(client, service)
            single = (await client.refresh_token(scope="email", token_use="single"))["access_token"]
            answers = [await call(client, service, "email", "/mail") for _ in range(2)]
            return single, client.token["access_token"], [each.status_code for each in answers]

    single, presented, statuses = asyncio.run(story())
    assert single != presented
    assert statuses == [200, 200]


@pytest.mark.parametrize(
    ("strategy", "statuses"),
    [("shared_atomic", [200, 401]), ("shared_check_then_act", [200, 200])],
)
def test_two_calls_at_once_race_as_they_do_in_the_simulation(in_process, strategy, statuses):
    async def story():
        service = in_process(strategy=strategy)
        async with client_of(service) as client:
            await client.fetch_token(
                grant_type="client_credentials", scope="email", token_use="single"
            )
            calls = (call(client, service, "email", "/mail") for _ in range(2))
            return sorted(answer.status_code for answer in await asyncio.gather(*calls))

    assert asyncio.run(story()) == statuses


def test_each_replica_with_a_memory_of_its_own_accepts_the_token_once(in_process):
    async def story():
        service = in_process("two-regions-payment", strategy="per_replica")
        async with client_of(service) as client:
            await client.fetch_token(
                grant_type="client_credentials", scope="payment", token_use="single"
            )
            url = f"{service.servers['payments']}/payments"
            return [(await client.post(url)).status_code for _ in range(4)]

    assert asyncio.run(story()) == [200, 200, 401, 401]


@pytest.mark.clause("RFC 9470 3")
def test_a_server_may_want_a_stronger_sign_in(in_process):
    async def story():
        service = in_process(servers__email__sign_in={"GET /mail": "phrh"})
        async with client_of(service) as client:
            await sign_in(client, service)
            return await call(client, service, "email", "/mail")

    answer = asyncio.run(story())
    assert answer.status_code == 401
    assert 'error="insufficient_user_authentication"' in answer.headers["WWW-Authenticate"]
