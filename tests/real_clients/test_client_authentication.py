"""Who a client is, shown by Authlib: a secret in the header or in the body, a signed assertion."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from authlib.integrations.httpx_client import AsyncOAuth2Client
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from joserfc.jwk import ECKey, OKPKey

from tests.real_clients.authlib_client import client_of, refused, sign_in, statuses

#: RFC 9864 names Ed25519 instead; the library warns of the older name.
pytestmark = pytest.mark.filterwarnings("ignore:EdDSA is deprecated")
#: draft-ietf-oauth-rfc7523bis: an explicit type, and the issuer as the sole audience.
TYPE = "client-authentication+jwt"


async def for_itself(client: AsyncOAuth2Client, **more: str) -> dict[str, Any]:
    return dict(await client.fetch_token(grant_type="client_credentials", **more))


@pytest.mark.clause("RFC 6749 4.4.3 no refresh token")
def test_client_credentials_bring_no_refresh_token(in_process):
    async def story():
        service = in_process()
        async with client_of(service) as client:
            return await for_itself(client, scope="email"), await statuses(client, service)

    token, worth = asyncio.run(story())
    assert "refresh_token" not in token
    assert worth == [200, 401, 401]


@pytest.mark.clause("RFC 6749 2.3.1 basic")
@pytest.mark.clause("RFC 6749 2.3.1 body")
@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
@pytest.mark.parametrize(("secret", "accepted"), [("", True), ("wrong", False)])
def test_a_client_authenticates_by_header_or_by_body(in_process, method, secret, accepted):
    async def story():
        service = in_process()
        settings = {"token_endpoint_auth_method": method}
        settings |= {"client_secret": secret} if secret else {}
        async with client_of(service, **settings) as client:
            return await for_itself(client)

    if accepted:
        assert "access_token" in asyncio.run(story())
    else:
        assert refused(story()) == "invalid_client"


@pytest.mark.clause("RFC 6749 5.2 invalid_client")
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


def with_key(service: Any, key: Any = None, **claims: Any) -> AsyncOAuth2Client:
    """A client that signs assertions as the AS wants them, unless `claims` say otherwise."""
    jwk, now_s = service.client_key, service.now_s
    own = OKPKey.import_key(jwk) if jwk["kty"] == "OKP" else ECKey.import_key(jwk)
    client = client_of(
        service,
        client_id=service.key_client_id,
        client_secret=key or own,
        token_endpoint_auth_method="private_key_jwt",
    )
    said = {"aud": service.issuer, "iat": now_s, "exp": now_s + 3600} | claims
    client.register_client_auth_method(
        PrivateKeyJWT(claims=said, headers={"typ": TYPE}, alg=jwk["alg"])
    )
    return client


@pytest.mark.clause("RFC 7523 3 identity")
@pytest.mark.clause("RFC 7523 3 signature")
@pytest.mark.parametrize("crypto", ["EdDSA", "ES256"])
def test_a_client_that_signs_an_assertion_is_known(in_process, crypto):
    async def story():
        service = in_process(crypto=crypto)
        async with with_key(service) as client:
            await for_itself(client, scope="email")
            return await statuses(client, service)

    assert asyncio.run(story()) == [200, 401, 401]


def test_with_an_assertion_a_code_is_redeemed_too(in_process):
    async def story():
        service = in_process()
        async with with_key(service) as client:
            await sign_in(client, service)
            return await statuses(client, service)

    assert asyncio.run(story()) == [200, 200, 200]


@pytest.mark.clause("RFC 7523 3.2 invalid_client")
@pytest.mark.parametrize(
    "wrong",
    [
        {"aud": "http://other.example.com"},
        {"aud": ["http://as.example.com", "http://other.example.com"]},
        {"iss": "app"},
        {"sub": "app"},
        {"exp": 1_700_000_000},
        {"exp": 1_900_000_000},
        {"nbf": 1_900_000_000},
        {"key": ECKey.generate_key("P-256")},
    ],
)
def test_an_assertion_that_says_anything_else_is_refused(in_process, wrong):
    async def story():
        service = in_process(crypto="ES256")
        async with with_key(service, **wrong) as client:
            await for_itself(client)

    assert refused(story()) == "invalid_client"


@pytest.mark.clause("RFC 7523 3 jti")
def test_an_assertion_is_good_once(in_process):
    async def story():
        service = in_process()
        async with with_key(service, jti="1") as client:
            await for_itself(client)
            await for_itself(client)

    assert refused(story()) == "invalid_client"


@pytest.mark.clause("RFC 7523 3 aud")
@pytest.mark.parametrize(("policy", "accepted"), [("issuer", False), ("token_endpoint", True)])
def test_the_librarys_own_audience_is_in_dispute(in_process, policy, accepted):
    """It names the token endpoint and gives no type, as RFC 7523 lets it."""

    async def story():
        service = in_process(authorization_server__assertion_audience=policy)
        async with with_key(service) as client:
            times = {"iat": service.now_s, "exp": service.now_s + 60}
            client.register_client_auth_method(PrivateKeyJWT(claims=times, alg="EdDSA"))
            return await for_itself(client)

    if accepted:
        assert "access_token" in asyncio.run(story())
    else:
        assert refused(story()) == "invalid_client"
