"""RFC 8707, figures 2 to 6, by two clients: one consent, then a token for each of two servers."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
import requests
from joserfc.jws import extract_compact
from oauthlib.oauth2.rfc6749.errors import CustomOAuth2Error
from requests_oauthlib import OAuth2Session

from tests.real_clients.authlib_client import browse, client_of, refused

SCENARIO = str(Path(__file__).with_name("calendar-and-contacts.toml"))
SCOPES = "calendar contacts"
PATHS = {"cal": "/events", "contacts": "/people"}


def said(token: dict[str, Any]) -> tuple[str, str]:
    """Audience and scope of an access token (figures 4 and 6)."""
    claims = json.loads(extract_compact(token["access_token"].encode()).payload)
    return claims["aud"], claims["scope"]


async def consent(client: Any, service: Any) -> str:
    """Figure 2: both servers are named, and all scopes, in one request."""
    resources = list(service.servers.values())
    url, _ = client.create_authorization_url(service.authorize, scope=SCOPES, resource=resources)
    return await browse(client, url)


@pytest.mark.clause("RFC 8707 2.2 figures")
@pytest.mark.clause("RFC 8707 2 repeated")
def test_authlib_gets_a_token_for_the_calendar_and_then_one_for_contacts(in_process):
    async def story():
        service = in_process(SCENARIO, issuance="rfc8707")
        cal, contacts = service.servers.values()
        async with client_of(service) as client:
            figure_3 = {"authorization_response": await consent(client, service), "resource": cal}
            assert said(await client.fetch_token(**figure_3)) == (cal, "calendar")
            figure_5 = {"resource": contacts}
            assert said(await client.refresh_token(**figure_5)) == (contacts, "contacts")
            urls = [service.servers[name] + path for name, path in PATHS.items()]
            return [(await client.get(url)).status_code for url in urls]

    assert asyncio.run(story()) == [401, 200]


class Session:
    """requests-oauthlib, signed in by figure 2.

    The library takes a scope that it did not ask for as an attack, so it is told to ask for none
    once the consent is there.
    """

    def __init__(self, service: Any) -> None:
        self.service = service
        self.client = OAuth2Session(
            service.client_id, redirect_uri=service.redirect_uri, scope=SCOPES, pkce="S256"
        )
        figure_2 = urlencode([("resource", resource) for resource in service.servers.values()])
        url, _ = self.client.authorization_url(f"{service.authorize}?{figure_2}")
        redirect = requests.get(url, allow_redirects=False, timeout=30)
        self.response = redirect.headers["Location"]
        self.client.scope = None

    def redeem(self, **asked: Any) -> dict[str, Any]:
        """Figure 3, where `asked` is the resource; figure 4 is the answer."""
        return self.client.fetch_token(
            self.service.token,
            authorization_response=self.response,
            client_secret=self.service.client_secret,
            **asked,
        )

    def refresh(self, **asked: Any) -> dict[str, Any]:
        """Figure 5, and figure 6 is the answer."""
        auth = (self.service.client_id, self.service.client_secret)
        return dict(self.client.refresh_token(self.service.token, auth=auth, **asked))

    def statuses(self) -> list[int]:
        urls = [self.service.servers[name] + path for name, path in PATHS.items()]
        return [self.client.get(url).status_code for url in urls]


@pytest.mark.clause("RFC 8707 2.2 figures")
@pytest.mark.clause("RFC 8707 4 and 6 payloads")
def test_figures_2_to_6_over_a_connection(on_loopback):
    service = on_loopback(SCENARIO, issuance="rfc8707")
    cal, contacts = service.servers.values()
    session = Session(service)
    figure_4 = session.redeem(resource=cal)
    assert (said(figure_4), figure_4["token_type"]) == ((cal, "calendar"), "Bearer")
    assert "refresh_token" in figure_4
    assert session.statuses() == [200, 401]
    figure_6 = session.refresh(resource=contacts)
    assert (said(figure_6), figure_6["token_type"]) == ((contacts, "contacts"), "Bearer")
    assert session.statuses() == [401, 200]


@pytest.mark.clause("RFC 8707 2.2 refresh")
def test_after_contacts_the_calendar_can_be_had_again(on_loopback):
    service = on_loopback(SCENARIO, issuance="rfc8707")
    session = Session(service)
    session.redeem(resource=service.servers["cal"])
    for name in ("contacts", "cal"):
        assert said(session.refresh(resource=service.servers[name]))[0] == service.servers[name]
    assert session.statuses() == [200, 401]


@pytest.mark.clause("RFC 8707 2 omitted")
def test_a_refresh_that_names_no_resource_is_refused_when_there_are_two(on_loopback):
    service = on_loopback(SCENARIO, issuance="rfc8707")
    session = Session(service)
    session.redeem(resource=service.servers["cal"])
    with pytest.raises(CustomOAuth2Error, match="invalid_target"):
        session.refresh()


@pytest.mark.clause("RFC 8707 2 URI")
@pytest.mark.clause("RFC 8707 2 invalid_target")
@pytest.mark.parametrize(
    "resource", ["https://unknown.example.com", "cal", "https://x.example#f", ""]
)
def test_a_resource_that_is_unknown_or_no_uri_or_missing_is_an_invalid_target(in_process, resource):
    async def story():
        service = in_process(SCENARIO, issuance="rfc8707")
        async with client_of(service) as client:
            asked = {"resource": resource} if resource else {}
            response = await consent(client, service)
            await client.fetch_token(authorization_response=response, **asked)

    assert refused(story()) == "invalid_target"
