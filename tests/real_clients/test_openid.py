"""OpenID Connect: an ID token that joserfc verifies, and userinfo beside other servers."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from authlib.integrations.httpx_client import AsyncOAuth2Client
from httpx2 import Response
from joserfc import jwt
from joserfc.jwk import KeySet

from tests.real_clients.authlib_client import browse, client_of, code_of, plain

#: RFC 9864 names Ed25519 instead; the library warns of the older name.
pytestmark = pytest.mark.filterwarnings("ignore:EdDSA is deprecated")
DRAFT = "draft-lodderstedt-oauth-multiple-access-tokens-00"
IDENTITY = "openid profile"


async def signed_in(client: AsyncOAuth2Client, service: Any, **more: str) -> dict[str, Any]:
    """With a token for userinfo, or for everything where there is one token."""
    scope = f"{IDENTITY} contacts"
    url, _ = client.create_authorization_url(service.authorize, scope=scope, **more)
    return dict(await client.fetch_token(authorization_response=await browse(client, url)))


async def metadata(client: AsyncOAuth2Client, service: Any) -> dict[str, Any]:
    url = f"{service.issuer}/.well-known/openid-configuration"
    members: dict[str, Any] = (await plain(client, "GET", url)).json()
    return members


async def userinfo(client: AsyncOAuth2Client, service: Any) -> Response:
    answer: Response = await client.get((await metadata(client, service))["userinfo_endpoint"])
    return answer


async def keys(client: AsyncOAuth2Client, service: Any) -> KeySet:
    place = (await metadata(client, service))["jwks_uri"]
    return KeySet.import_key_set((await plain(client, "GET", place)).json())


@pytest.mark.clause(f"{DRAFT} identity data")
@pytest.mark.parametrize("crypto", ["EdDSA", "ES256"])
def test_an_id_token_verifies_and_says_who_signed_in_to_whom(in_process, crypto):
    async def story():
        service = in_process("openid-client", crypto=crypto)
        async with client_of(service) as client:
            token = await signed_in(client, service, nonce="n-0S6_WzA2Mj")
            said = await metadata(client, service)
            assert said["id_token_signing_alg_values_supported"] == [crypto]
            value, trusted = token["id_token"], await keys(client, service)
            return (
                service,
                jwt.decode(value, trusted, algorithms=[crypto]),
                (await userinfo(client, service)),
            )

    service, token, answer = asyncio.run(story())
    registry = jwt.JWTClaimsRegistry(
        now=service.now_s,
        iss={"essential": True, "value": service.issuer},
        aud={"essential": True, "value": service.client_id},
        nonce={"essential": True, "value": "n-0S6_WzA2Mj"},
        exp={"essential": True},
    )
    registry.validate(token.claims)
    assert answer.json()["sub"] == token.claims["sub"]  # OpenID Connect Core 5.3.2: MUST


def test_userinfo_tells_what_its_scope_asks_for_and_metadata_says_so(in_process):
    async def story():
        service = in_process("openid-client")
        async with client_of(service) as client:
            await signed_in(client, service)
            return (await userinfo(client, service)).json(), await metadata(client, service)

    claims, said = asyncio.run(story())
    assert {"sub", "name", "birthdate"} == claims.keys() <= set(said["claims_supported"])


@pytest.mark.clause(f"{DRAFT} identity data")
def test_identity_data_and_contacts_come_from_one_consent_by_two_tokens(in_process):
    """The draft's client of OpenID: the token for contacts says nothing of the user's name."""

    async def story():
        service = in_process("openid-client", issuance="lodderstedt")
        contacts = f"{service.servers['contacts']}/contacts"
        numbered = {"scopes": "2", "scope.1": IDENTITY, "scope.2": "contacts"}
        async with client_of(service) as client:
            url, _ = client.create_authorization_url(
                service.authorize, response_type="code_advanced", **numbered
            )
            code = code_of(await browse(client, url))
            form = {"grant_type": "authorization_code_advanced", "code": code}
            await client.fetch_token(redirect_uri=service.redirect_uri, scope=IDENTITY, **form)
            seen = [await userinfo(client, service), await client.get(contacts)]
            await client.refresh_token(scope="contacts")
            seen += [await userinfo(client, service), await client.get(contacts)]
            return [answer.status_code for answer in seen]

    assert asyncio.run(story()) == [200, 401, 401, 200]


@pytest.mark.clause("RFC 8725 3.12 exclusive")
@pytest.mark.clause("RFC 8725 3.11 typ")
def test_an_id_token_opens_no_server(in_process):
    async def story():
        service = in_process("openid-client")
        async with client_of(service) as client:
            token = await signed_in(client, service)
            client.token = {"access_token": token["id_token"], "token_type": "Bearer"}
            contacts = await client.get(f"{service.servers['contacts']}/contacts")
            return contacts.status_code, (await userinfo(client, service)).status_code

    assert asyncio.run(story()) == (401, 401)


@pytest.mark.clause("RFC 6750 3.1 insufficient_scope")
def test_without_openid_in_the_scope_userinfo_says_which_is_missing(in_process):
    async def story():
        service = in_process("openid-client")
        async with client_of(service) as client:
            asked = {"grant_type": "client_credentials", "scope": "profile"}
            await client.fetch_token(**asked)
            return await userinfo(client, service)

    answer = asyncio.run(story())
    assert answer.status_code == 403
    assert 'error="insufficient_scope"' in answer.headers["WWW-Authenticate"]
    assert 'scope="openid"' in answer.headers["WWW-Authenticate"]


@pytest.mark.clause("interim-2025-01-20 userinfo")
@pytest.mark.parametrize(
    ("policy", "expected"),
    [("reject", [401, 401]), ("consume", [200, 401]), ("ignore", [200, 200])],
)
def test_a_single_use_token_at_userinfo_is_what_policy_says(in_process, policy, expected):
    async def story():
        service = in_process("openid-client", single_use__at_userinfo=policy)
        async with client_of(service) as client:
            await signed_in(client, service)
            await client.refresh_token(scope=IDENTITY, token_use="single")
            return [(await userinfo(client, service)).status_code for _ in range(2)]

    assert asyncio.run(story()) == expected
