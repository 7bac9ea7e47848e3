"""The ways to get tokens for several servers, over HTTP: what each token is worth where.

A client asks in the words of the design's specification, for all servers at once and then for one.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
import requests

from tests.real_clients.authlib_client import (
    EVERYTHING,
    PATHS,
    browse,
    client_of,
    code_of,
    plain,
    refused,
    statuses,
)

Parameters = dict[str, Any]
ONLY = {"email": [200, 401, 401], "webdav": [401, 200, 401], "voip": [401, 401, 200]}
DRAFT = "draft-lodderstedt-oauth-multiple-access-tokens-00"


def details(service: Any, *servers: str) -> str:
    """RFC 9396: a right for each server, which is its location."""
    return json.dumps(
        [
            {"type": "access", "actions": [each], "locations": [service.servers[each]]}
            for each in servers
        ]
    )


class Words(NamedTuple):
    """What a design says in its requests: for everything, and for one server."""

    everything: Callable[[Any], Parameters]
    one: Callable[[Any, str], Parameters]
    response_type: str = "code"
    grant_type: str = "authorization_code"


ALL_SCOPES = {"scope": EVERYTHING}
NUMBERED = {"scopes": "3", "scope.1": "email", "scope.2": "webdav", "scope.3": "voip"}


def _resources(service: Any) -> Parameters:
    return ALL_SCOPES | {"resource": list(service.servers.values())}


def _resource(service: Any, server: str) -> Parameters:
    return {"resource": service.servers[server]}


def _details(service: Any) -> Parameters:
    return {"authorization_details": details(service, *PATHS)}


def _detail(service: Any, server: str) -> Parameters:
    return {"authorization_details": details(service, server)}


def _scope(service: Any, server: str) -> Parameters:
    return {"scope": server}


def _audience(service: Any, server: str) -> Parameters:
    return {"audience": service.servers[server], "scope": server}


ADVANCED = ("code_advanced", "authorization_code_advanced")
WORDS = {
    "fat": Words(lambda service: ALL_SCOPES, lambda service, server: {}),
    "lodderstedt": Words(lambda service: NUMBERED, _scope, *ADVANCED),
    "rfc8707": Words(_resources, _resource),
    "rfc8707_response": Words(_resources, _resource),
    "rar_locations": Words(_details, _detail),
    "gnap": Words(_details, _detail),
    "scope_inferred": Words(lambda service: ALL_SCOPES, _scope),
    "mrrt": Words(lambda service: _audience(service, "email") | ALL_SCOPES, _audience),
    "token_exchange": Words(lambda service: ALL_SCOPES, _resource),
}
ONE_EACH = [name for name in WORDS if name != "fat"]


async def consented(client: Any, service: Any, words: Words) -> str:
    """The code for all servers."""
    url, _ = client.create_authorization_url(
        service.authorize, response_type=words.response_type, **words.everything(service)
    )
    return await browse(client, url)


async def first_token(
    client: Any, service: Any, words: Words, response: str, asked: Parameters
) -> None:
    form = {"grant_type": words.grant_type, "code": code_of(response)}
    await client.fetch_token(redirect_uri=service.redirect_uri, **form, **asked)


@pytest.mark.clause("RFC 9700 2.3 audience")
@pytest.mark.clause("RFC 9068 4 aud")
@pytest.mark.parametrize("name", ONE_EACH)
def test_one_consent_gives_a_token_for_each_server_and_no_other(in_process, name):
    async def story():
        service, words = in_process(issuance=name), WORDS[name]
        async with client_of(service) as client:
            response = await consented(client, service, words)
            await first_token(client, service, words, response, words.one(service, "email"))
            seen = {"email": await statuses(client, service)}
            for server in ("webdav", "voip"):
                await client.refresh_token(**words.one(service, server))
                seen[server] = await statuses(client, service)
            return seen

    assert asyncio.run(story()) == ONLY


@pytest.mark.parametrize("name", WORDS)
def test_on_a_real_wire_too_a_token_is_for_one_server(on_loopback, name):
    service = on_loopback(issuance=name)
    form = {"grant_type": "client_credentials"} | WORDS[name].one(service, "email")
    auth = (service.client_id, service.client_secret)
    answer = requests.post(service.token, form | {"scope": "email"}, auth=auth, timeout=30)
    bearer = {"Authorization": f"Bearer {answer.json()['access_token']}"}
    urls = [service.servers[server] + path for server, path in PATHS.items()]
    worth = [requests.get(url, headers=bearer, timeout=30).status_code for url in urls]
    assert worth == ONLY["email"]


def test_one_token_for_everything_is_worth_something_everywhere(in_process):
    async def story():
        service = in_process(issuance="fat")
        async with client_of(service) as client:
            response = await consented(client, service, WORDS["fat"])
            await client.fetch_token(authorization_response=response)
            return await statuses(client, service)

    assert asyncio.run(story()) == [200, 200, 200]


@pytest.mark.parametrize("name", WORDS)
def test_metadata_offers_what_the_design_asks_for(in_process, name):
    async def story():
        service = in_process(issuance=name)
        async with client_of(service) as client:
            url = f"{service.issuer}/.well-known/oauth-authorization-server"
            return (await plain(client, "GET", url)).json()

    members, words = asyncio.run(story()), WORDS[name]
    assert members["response_types_supported"] == [words.response_type]
    assert {words.grant_type, "refresh_token"} <= set(members["grant_types_supported"])
    assert members["tls_client_certificate_bound_access_tokens"] is False  # no TLS here


@pytest.mark.clause(f"{DRAFT} another scope")
@pytest.mark.parametrize(
    ("name", "asked", "code"),
    [
        ("lodderstedt", {"scope": "email webdav"}, "invalid_scope"),
        ("scope_inferred", {"scope": "email webdav"}, "invalid_scope"),
        ("rfc8707", {"resource": "https://unknown.example.com"}, "invalid_target"),
        ("rfc8707_response", {}, "invalid_target"),
        ("rar_locations", {}, "invalid_authorization_details"),
        ("gnap", {"authorization_details": "[]"}, "invalid_authorization_details"),
    ],
)
def test_what_does_not_say_one_server_is_refused(in_process, name, asked, code):
    async def story():
        service, words = in_process(issuance=name), WORDS[name]
        async with client_of(service) as client:
            response = await consented(client, service, words)
            await first_token(client, service, words, response, asked)

    assert refused(story()) == code


@pytest.mark.clause("draft-mcguinness-oauth-resource-token-resp-03 string")
def test_the_response_says_which_resource_the_token_is_for(in_process):
    async def story():
        service, words = in_process(issuance="rfc8707_response"), WORDS["rfc8707_response"]
        async with client_of(service) as client:
            response = await consented(client, service, words)
            return service, await client.fetch_token(
                authorization_response=response, **words.one(service, "voip")
            )

    service, token = asyncio.run(story())
    assert token["resource"] == service.servers["voip"]
