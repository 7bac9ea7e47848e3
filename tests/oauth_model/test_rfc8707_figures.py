"""RFC 8707 figures 2 to 6, from end to end with the RFC's own values.

Ours differs where the figures are older or freer: the endpoints' paths, PKCE, `iss` and the claims
that RFC 9068 added. The RFC's tokens cannot be verified (their key was not published), only read.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode
from typing import Any

import pytest

from oauth_model.authorization_server import (
    AuthorizationServerConfig,
    Decision,
    ProtectedResource,
    RegisteredClient,
)
from oauth_model.client import Client, ClientConfig
from oauth_model.issuance import Target
from oauth_model.messages import Response
from tests.oauth_model.parties import OPERATIONS, World

ISSUER = "http://authorization-server.example.com"
CALLBACK = "https://client.example.org/cb"
SECRET = "hsqEzQlUoHAE9px4FSr4yI"
STATE = "tNwzQ87pC6llebpmac_IDeeq-mCR2wLDYljHUZUAWuI"
CODE = "10esc29BWC2qZB0acc9v8zAv9ltc2pko105tQauZ"
REFRESH_TOKEN = "4LTC8lb0acc6Oy4esc1Nk9BWC0imAwH7kic16BDC2"
SERVERS = (
    ProtectedResource("calendar", "https://cal.example.com/", ("calendar",), "as:cal"),
    ProtectedResource("contacts", "https://contacts.example.com/", ("contacts",), "as:contacts"),
)
#: The identifiers end in a slash, so the operations do not begin with one.
TARGETS = tuple(Target(s.name, s.identifier, s.name, f"GET {s.name}") for s in SERVERS)
#: The payload parts of the tokens in figures 4 and 6.
PAYLOADS = {
    "calendar": "eyJpc3MiOiJodHRwOi8vYXV0aG9yaXphdGlvbi1zZXJ2ZXIuZXhhbXBsZS5jb20iLCJzdWIiOiJfX2JfYy"
    "IsImV4cCI6MTU4ODQyMDgwMCwic2NvcGUiOiJjYWxlbmRhciIsImF1ZCI6Imh0dHBzOi8vY2FsLmV4YW1wbGUuY29tLyJ9",
    "contacts": "eyJpc3MiOiJodHRwOi8vYXV0aG9yaXphdGlvbi1zZXJ2ZXIuZXhhbXBsZS5jb20iLCJzdWIiOiJfX2JfYy"
    "IsImV4cCI6MTU4ODQyMDgyNiwic2NvcGUiOiJjb250YWN0cyIsImF1ZCI6Imh0dHBzOi8vY29udGFjdHMuZXhhbXBsZS5j"
    "b20vIn0",
}
BASIC = ("Authorization", "Basic czZCaGRSa3F0Mzpoc3FFelFsVW9IQUU5cHg0RlNyNHlJ")


def payload(name: str) -> dict[str, Any]:
    """The claims of the RFC's token for this server."""
    text = PAYLOADS[name]
    claims: dict[str, Any] = json.loads(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    return claims


@pytest.fixture
def world(monkeypatch) -> World:
    """The RFC's AS with its two servers, its client, and the names it gives."""
    world = World("rfc8707")
    grant_types = ("authorization_code", "refresh_token")
    scopes = ("calendar", "contacts")
    client = RegisteredClient("s6BhdRkqt3", SECRET, (CALLBACK,), grant_types, scopes)
    config = AuthorizationServerConfig(SERVERS, (client,), issuer=ISSUER, design="rfc8707")
    server = world.replica(config)
    server.replica.consent = lambda client, rights: Decision("__b_c", rights.scopes)
    world.handlers = {"as": server.handle}
    for each in SERVERS:
        monkeypatch.setitem(OPERATIONS, each.name, f"GET /{each.name}")
        world.handlers[each.name] = world.resource_server(config, each).handle
    about = ClientConfig("s6BhdRkqt3", CALLBACK, TARGETS, SECRET, ISSUER, "rfc8707")
    world.client = Client(about, world.new_id)
    world.names = {"state": [STATE], "code": [CODE], "rt": [REFRESH_TOKEN]}
    return world


@pytest.fixture(autouse=True)
def responses(world) -> list[Response | None]:
    """Consent to both, a code for the calendar, 26 s later the contacts: the token responses."""
    world.now_s = 1588420800 - 3600
    assert world.run(world.client.authorize(("calendar", "contacts"))).kind == "served"
    calendar = world.run(world.client.obtain("calendar"))
    world.now_s += 26
    contacts = world.run(world.client.obtain("contacts"))
    return [calendar.response, contacts.response]


@pytest.mark.clause("RFC 8707 2 repeated")
def test_figure_2_the_authorization_request(world):
    assert world.sent[0].request.query()[:7] == [
        ("response_type", "code"),
        ("client_id", "s6BhdRkqt3"),
        ("state", STATE),
        ("redirect_uri", CALLBACK),
        ("scope", "calendar contacts"),
        ("resource", "https://cal.example.com/"),
        ("resource", "https://contacts.example.com/"),
    ]


@pytest.mark.clause("RFC 8707 2.2 figures")
def test_figure_3_the_code_is_redeemed_for_the_calendar(world):
    request = world.sent[1].request
    assert BASIC in request.headers
    assert sorted(request.form()) == sorted(
        [
            ("grant_type", "authorization_code"),
            ("redirect_uri", CALLBACK),
            ("code", CODE),
            ("resource", "https://cal.example.com/"),
            ("code_verifier", dict(request.form())["code_verifier"]),
        ]
    )


@pytest.mark.clause("RFC 8707 2.2 figures")
def test_figure_5_the_same_refresh_token_is_used_for_the_contacts(world):
    request = world.sent[2].request
    assert BASIC in request.headers
    assert request.form() == [
        ("grant_type", "refresh_token"),
        ("refresh_token", REFRESH_TOKEN),
        ("resource", "https://contacts.example.com/"),
    ]


@pytest.mark.clause("RFC 8707 2.2 figures")
@pytest.mark.clause("RFC 8707 2.2 scope")
def test_figures_4_and_6_the_members_of_the_responses(responses):
    members = [response.json() for response in responses]
    assert all(each.pop("access_token") for each in members)
    both = {"token_type": "Bearer", "expires_in": 3600}
    assert members == [
        {**both, "refresh_token": REFRESH_TOKEN, "scope": "calendar"},
        {**both, "scope": "contacts"},
    ]


@pytest.mark.clause("RFC 8707 2.2 figures")
@pytest.mark.clause("RFC 9068 3 resource")
@pytest.mark.parametrize(("index", "name"), [(0, "calendar"), (1, "contacts")])
def test_figures_4_and_6_the_payloads_claim_by_claim(world, index, name):
    ours = world.issued("access_token")[index]["claims"]
    assert {claim: ours[claim] for claim in payload(name)} == payload(name)
    assert ours.keys() - payload(name).keys() == {"client_id", "iat", "jti"}  # RFC 9068 2.2


@pytest.mark.clause("RFC 8707 4 and 6 payloads")
@pytest.mark.clause("RFC 9700 2.3 check")
def test_figures_4_and_6_the_payloads_are_good_at_their_audience_only(world):
    for name in PAYLOADS:
        token = world.client.wallet.token(name)
        for target in TARGETS:
            call = world.client.present(target.name, target.operation, "", token)
            status = world.run(call).status
            assert status == (200 if target.identifier == payload(name)["aud"] else 401)


def test_the_refresh_token_was_issued_once(world):
    assert [detail["value"] for detail in world.issued("refresh_token")] == [REFRESH_TOKEN]
    assert world.client.wallet.refresh_token == REFRESH_TOKEN
