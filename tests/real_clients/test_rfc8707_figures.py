"""RFC 8707, figures 2 to 6, by two clients: one consent, then a token for each of two servers."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
import requests
from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import AsyncOAuth2Client
from httpx2 import ASGITransport
from joserfc.jws import extract_compact
from requests_oauthlib import OAuth2Session

SCENARIO = str(Path(__file__).with_name("calendar-and-contacts.toml"))
RFC8707 = {"issuance": "rfc8707"}
SCOPES = "calendar contacts"
PATHS = {"cal": "/events", "contacts": "/people"}


def said(token: dict[str, Any]) -> tuple[str, str]:
    """Audience and scope of an access token (figures 4 and 6)."""
    claims = json.loads(extract_compact(token["access_token"].encode()).payload)
    return claims["aud"], claims["scope"]


async def consent(client: AsyncOAuth2Client, service: Any) -> str:
    """Figure 2: both servers are named, and all scopes, in one request."""
    resources = list(service.servers.values())
    url, _ = client.create_authorization_url(service.authorize, scope=SCOPES, resource=resources)
    redirect = await client.request("GET", url, withhold_token=True)
    return str(redirect.headers["Location"])


def client_of(service: Any) -> AsyncOAuth2Client:
    return AsyncOAuth2Client(
        service.client_id,
        service.client_secret,
        redirect_uri=service.redirect_uri,
        transport=ASGITransport(app=service.app),
        token_endpoint=service.token,
    )


async def statuses(client: AsyncOAuth2Client, service: Any) -> dict[str, int]:
    """What the token in hand is worth at each server."""
    return {
        name: (await client.get(f"{service.servers[name]}{path}")).status_code
        for name, path in PATHS.items()
    }


@pytest.mark.clause("RFC 8707 2.2")
def test_a_code_buys_a_token_for_the_calendar_and_the_refresh_token_one_for_contacts(in_process):
    async def story():
        service = in_process(SCENARIO, **RFC8707)
        cal, contacts = service.servers["cal"], service.servers["contacts"]
        async with client_of(service) as client:
            response = await consent(client, service)
            figure_3 = {"authorization_response": response, "resource": cal}
            figure_4 = await client.fetch_token(**figure_3)
            assert said(figure_4) == (cal, "calendar")
            at_first = await statuses(client, service)
            figure_6 = await client.refresh_token(resource=contacts)  # figure 5
            assert said(figure_6) == (contacts, "contacts")
            return at_first, await statuses(client, service)

    first, second = asyncio.run(story())
    assert first == {"cal": 200, "contacts": 401}
    assert second == {"cal": 401, "contacts": 200}


@pytest.mark.clause("RFC 8707 2.2")
def test_the_same_over_a_connection(on_loopback):
    service = on_loopback(SCENARIO, **RFC8707)
    session = OAuth2Session(service.client_id, redirect_uri=service.redirect_uri, scope=SCOPES)
    figure_2 = urlencode([("resource", resource) for resource in service.servers.values()])
    url, _ = session.authorization_url(f"{service.authorize}?{figure_2}")
    redirect = requests.get(url, allow_redirects=False, timeout=5)
    figure_3 = {
        "authorization_response": redirect.headers["Location"],
        "client_secret": service.client_secret,
        "resource": service.servers["cal"],
    }
    # The library takes a narrower scope for an attack unless it is told otherwise.
    session.scope = None
    assert said(session.fetch_token(service.token, **figure_3)) == (
        service.servers["cal"],
        "calendar",
    )
    answers = [session.get(service.servers[name] + path) for name, path in PATHS.items()]
    assert [answer.status_code for answer in answers] == [200, 401]


@pytest.mark.clause("RFC 8707 2")
@pytest.mark.parametrize("resource", ["https://unknown.example.com", "cal", "https://x.example#f"])
def test_a_resource_that_is_unknown_or_no_uri_is_an_invalid_target(in_process, resource):
    async def story():
        service = in_process(SCENARIO, **RFC8707)
        async with client_of(service) as client:
            response = await consent(client, service)
            await client.fetch_token(authorization_response=response, resource=resource)

    with pytest.raises(OAuthError) as error:
        asyncio.run(story())
    assert error.value.error == "invalid_target"


@pytest.mark.clause("RFC 8707 2.1")
def test_a_token_request_that_names_no_resource_is_refused_when_there_are_two(in_process):
    async def story():
        service = in_process(SCENARIO, **RFC8707)
        async with client_of(service) as client:
            response = await consent(client, service)
            await client.fetch_token(authorization_response=response)

    with pytest.raises(OAuthError) as error:
        asyncio.run(story())
    assert error.value.error == "invalid_target"
