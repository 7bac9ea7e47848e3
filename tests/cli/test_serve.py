"""`tokenrace serve`: refuses what would be unsafe, says what a client must know, ends on Ctrl-C."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import socket
import subprocess
import sys
from importlib import util

import pytest
import requests
from httpx2 import ASGITransport, AsyncClient

from oauth_model.issuance import DESIGNS
from sim.commands.serve import introduction, is_loopback, listening, url_of
from sim.scenario_files import load
from sim.serving import Names, service
from tests.cli.command import tokenrace

SERVE = ("serve", "three-services")
CREDENTIALS = ("s6BhdRkqt3", "gX1fBat3bV")


@pytest.fixture
def taken():
    """A port in use: a command that should have refused fails on it, rather than serve for ever."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def refused(*arguments: object) -> str:
    """The one line of a command that did not start."""
    answer = tokenrace(*arguments)
    assert (answer.status, answer.out) == (2, "")
    assert answer.err.count("\n") == 1
    return answer.err


@pytest.mark.parametrize(
    "host", ["0.0.0.0", "::", "192.0.2.1", "as.example.com", "", "127.0.0.1.x"]
)
def test_an_address_that_others_can_call_is_refused_unless_asked_for(host, taken):
    line = refused(*SERVE, "--host", host, "--port", taken)
    assert f"--host {host}" in line
    assert "--allow-remote" in line


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "::1", "localhost"])
def test_a_loopback_address_is_known_as_one(host):
    assert is_loopback(host)


def test_with_the_flag_any_address_is_tried():
    line = refused(*SERVE, "--host", "192.0.2.1", "--allow-remote")  # TEST-NET-1 is nobody's
    assert "--host 192.0.2.1 --port 8080: " in line
    assert "allow-remote" not in line


def test_a_port_in_use_is_one_line(taken):
    assert "in use" in refused(*SERVE, "--port", taken)


@pytest.mark.parametrize("port", ["-1", "65536", "http"])
def test_a_port_that_cannot_be_is_refused(port):
    line = refused(*SERVE, "--port", port)
    assert "--port" in line
    assert "65535" in line


def test_a_scenario_that_does_not_exist_is_named():
    assert "did you mean three-services?" in refused("serve", "three-service")


def test_a_story_of_mailed_links_is_refused_for_want_of_a_mailbox(taken):
    assert "there is no mailbox" in refused("serve", "magic-link", "--port", taken)


def test_without_its_extra_the_command_says_how_to_get_it(monkeypatch, taken):
    find = util.find_spec
    monkeypatch.setattr(
        "sim.commands.serve.find_spec", lambda name: None if name == "uvicorn" else find(name)
    )
    assert "pip install 'tokenrace[serve]'" in refused(*SERVE, "--port", taken)


def test_a_port_of_0_is_one_that_is_free():
    with listening("127.0.0.1", 0) as listener:
        assert re.fullmatch(r"http://127\.0\.0\.1:[1-9]\d+", url_of("127.0.0.1", listener))


def test_an_address_of_ip_version_6_stands_in_brackets():
    with listening("127.0.0.1", 0) as listener:
        assert url_of("::1", listener).startswith("http://[::1]:")


def said(**overrides: object) -> str:
    scenario = load("three-services", overrides)
    names = Names(lambda: 0.0, lambda kind: kind)
    return introduction(scenario, service(scenario, "http://127.0.0.1:8080", names))


def typed(text: str) -> tuple[str, dict[str, str], str]:
    """What an introduction says to type: where the token is, the form, and what to call."""
    [token_url] = re.findall(r"(http://\S+/token) ", text)
    form = dict(each.split("=", 1) for each in re.findall(r"-d '(\S+)'", text))
    [url] = set(re.findall(r"TOKEN\" (http\S+)", text))
    return token_url, form, url


def test_the_introduction_says_who_is_where_and_how_a_client_is_known():
    text = said()
    assert "http://127.0.0.1:8080/.well-known/oauth-authorization-server" in text
    for fact in ("http://127.0.0.1:8080/rs/webdav", "GET /files, scope webdav", "s6BhdRkqt3"):
        assert fact in text
    assert "secret gX1fBat3bV" in text
    assert "https://client.example.com/cb" in text


def test_the_introduction_says_that_its_keys_are_no_secret():
    assert "Keys are derived from seed 99: for teaching only." in said(seed=99)


def test_signatures_are_real_also_where_the_scenario_has_symbols():
    assert "signatures EdDSA" in said(crypto="symbolic")
    assert "signatures ES256" in said(crypto="ES256")


@pytest.mark.parametrize("issuance", DESIGNS)
def test_what_it_says_to_type_gives_a_single_use_token_under_every_design(issuance):
    scenario = load("three-services", {"issuance": issuance})
    served = service(scenario, "http://127.0.0.1:8080", Names(lambda: 0.0, lambda kind: kind))
    _, form, url = typed(introduction(scenario, served))

    async def story():
        async with AsyncClient(transport=ASGITransport(app=served.site)) as client:
            answer = await client.post(f"{served.issuer}/token", data=form, auth=CREDENTIALS)
            bearer = {"Authorization": f"Bearer {answer.json()['access_token']}"}
            return [(await client.get(url, headers=bearer)).status_code for _ in range(2)]

    assert asyncio.run(story()) == [200, 401]


@pytest.fixture
def running():
    """The command on its own, on a free port; its output up to where it waits."""
    process = subprocess.Popen(
        [sys.executable, "-m", "sim.cli", *SERVE, "--port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"COLUMNS": "80"},
    )
    with process:
        yield process
        process.kill()


def introduced(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return "".join(iter(process.stdout.readline, "Ctrl-C ends it. What is issued and decided:\n"))


@pytest.mark.slow
def test_it_says_what_was_decided_and_no_credential(running):
    token_url, form, url = typed(introduced(running))
    token = requests.post(token_url, form, auth=CREDENTIALS, timeout=5).json()["access_token"]
    requests.get(url, headers={"Authorization": f"Bearer {token}"}, timeout=5)
    running.send_signal(signal.SIGINT)
    out, _ = running.communicate(timeout=10)
    lines = [line for line in out.splitlines() if line]
    assert lines == ["as-eu-1: issued access_token", "email-eu-1: access_token, first"]


@pytest.mark.slow
def test_ctrl_c_ends_it_with_130_and_one_line(running):
    introduced(running)
    running.send_signal(signal.SIGINT)
    _, err = running.communicate(timeout=10)
    assert (running.returncode, err) == (130, "tokenrace: interrupted\n")
