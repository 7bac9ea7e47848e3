"""What `tokenrace serve` says when it begins is true, and what it says to type works."""

from __future__ import annotations

import asyncio
import json
import re
from itertools import count
from typing import Any

import pytest
from httpx2 import ASGITransport, AsyncClient, Response
from joserfc.jwk import OKPKey

from oauth_model.action_stories import ACTION_STORIES
from oauth_model.issuance import DESIGNS
from oauth_model.jose import Keys, thumbprint
from sim.commands.serve_page import introduction
from sim.scenario import Scenario
from sim.scenario_files import load, presets
from sim.serving import Names, service
from tests.cli.pasted import example, pasted

URL = "http://127.0.0.1:8080"


def typed(scenario: Scenario) -> bool:
    """Whether there is something to type: neither a mail to read nor a key to prove by DPoP."""
    return scenario.story not in ACTION_STORIES and scenario.client.proof != "dpop"


SERVED = [name for name in presets() if typed(load(name))]


def said(**overrides: object) -> str:
    fields = {name.replace("__", "."): value for name, value in overrides.items()}
    scenario = load("three-services", fields)
    names = Names(lambda: 0.0, lambda kind: kind)
    return introduction(scenario, service(scenario, URL, names))


def test_the_introduction_says_who_is_where_and_how_a_client_is_known():
    text = said()
    assert "http://127.0.0.1:8080/.well-known/oauth-authorization-server" in text
    for fact in ("http://127.0.0.1:8080/rs/webdav", "GET /files: scope webdav", "s6BhdRkqt3"):
        assert fact in text
    assert "secret gX1fBat3bV" in text
    assert "https://client.example.com/cb" in text


def test_the_introduction_says_that_its_keys_are_no_secret():
    assert "Keys are derived from seed 99: for teaching only." in said(seed=99)


def test_signatures_are_real_also_where_the_scenario_has_symbols():
    assert "signatures EdDSA" in said(crypto="symbolic")
    assert "signatures ES256" in said(crypto="ES256")


def in_process(scenario: Scenario) -> list[int]:
    """What the commands for a scenario come to."""
    names = count()
    served = service(scenario, URL, Names(lambda: 0.0, lambda kind: f"{kind}-{next(names)}"))

    def send(*request: Any) -> tuple[int, dict[str, str], str]:
        async def sending() -> Response:
            method, url, headers, body = request
            async with AsyncClient(transport=ASGITransport(app=served.site)) as client:
                return await client.request(method, url, headers=headers, content=body)

        answer = asyncio.run(sending())
        return answer.status_code, dict(answer.headers), answer.text

    return pasted(example(introduction(scenario, served)), send)


@pytest.mark.parametrize("issuance", DESIGNS)
def test_what_it_says_to_type_works_under_every_design(issuance):
    assert in_process(load("three-services", {"issuance": issuance})) == [200, 401]


@pytest.mark.parametrize("name", SERVED)
def test_what_it_says_to_type_works_for_every_scenario(name):
    assert in_process(load(name)) == [200, 401]


def test_where_every_request_needs_a_proof_there_is_nothing_to_paste():
    text = said(client__proof="dpop")
    assert "which curl cannot do" in text
    assert "curl -" not in text


def test_the_key_that_it_prints_is_the_one_that_it_expects():
    """Of the client that authenticates by `private_key_jwt`; the other clients have secrets."""
    served = service(load("three-services"), URL, Names(lambda: 0.0, lambda kind: kind))
    [line] = re.findall(r"^\{.*\}$", introduction(load("three-services"), served), re.MULTILINE)
    key = OKPKey.import_key(json.loads(line))
    assert key.is_private
    expected = Keys("EdDSA", load("three-services").seed).public_jwk("backend")
    assert key.thumbprint() == thumbprint(expected)


@pytest.mark.parametrize("name", ["three-services", "openid-client", "step-up", "card-details"])
def test_it_fits_80_columns_but_for_what_must_stand_on_one_line(name):
    served = service(load(name), URL, Names(lambda: 0.0, lambda kind: kind))
    long = [line for line in introduction(load(name), served).splitlines() if len(line) > 80]
    assert [line for line in long if "{" not in line] == []  # a JWK, and JSON in a parameter
