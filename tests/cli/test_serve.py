"""`tokenrace serve`: refuses what would be unsafe, says what a client must know, ends on Ctrl-C."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from importlib import util

import pytest
import requests

from sim.commands.serve import introduction, is_loopback, listening, url_of
from sim.scenario_files import load
from sim.serving import Names, service
from tests.cli.command import tokenrace

SERVE = ("serve", "three-services")


def refused(*arguments: object) -> str:
    """The one line of a command that did not start."""
    answer = tokenrace(*arguments)
    assert (answer.status, answer.out) == (2, "")
    assert answer.err.count("\n") == 1
    return answer.err


@pytest.mark.parametrize(
    "host", ["0.0.0.0", "::", "192.0.2.1", "as.example.com", "", "127.0.0.1.x"]
)
def test_an_address_that_others_can_call_is_refused_unless_asked_for(host):
    line = refused(*SERVE, "--host", host)
    assert f"--host {host}" in line
    assert "--allow-remote" in line


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "::1", "localhost"])
def test_a_loopback_address_is_known_as_one(host):
    assert is_loopback(host)


def test_with_the_flag_any_address_is_tried():
    line = refused(*SERVE, "--host", "192.0.2.1", "--allow-remote")  # TEST-NET-1 is nobody's
    assert "--host 192.0.2.1 --port 8080: " in line
    assert "allow-remote" not in line


def test_a_port_in_use_is_one_line():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert "in use" in refused(*SERVE, "--port", port)


@pytest.mark.parametrize("port", ["-1", "65536", "http"])
def test_a_port_that_cannot_be_is_refused(port):
    line = refused(*SERVE, "--port", port)
    assert "--port" in line
    assert "65535" in line


def test_a_scenario_that_does_not_exist_is_named():
    assert "did you mean three-services?" in refused("serve", "three-service")


def test_a_story_of_mailed_links_is_refused_for_want_of_a_mailbox():
    assert "there is no mailbox" in refused("serve", "magic-link")


def test_without_its_extra_the_command_says_how_to_get_it(monkeypatch):
    find = util.find_spec
    monkeypatch.setattr(
        "sim.commands.serve.find_spec", lambda name: None if name == "uvicorn" else find(name)
    )
    assert "pip install 'tokenrace[serve]'" in refused(*SERVE)


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
def test_what_the_introduction_says_to_type_does_what_it_says(running):
    text = introduced(running)
    [token_url] = re.findall(r"(http://\S+/token) ", text)
    parameters = dict(each.split("=", 1) for each in re.findall(r"-d '(\S+)'", text))
    answer = requests.post(token_url, parameters, auth=("s6BhdRkqt3", "gX1fBat3bV"), timeout=5)
    bearer = {"Authorization": f"Bearer {answer.json()['access_token']}"}
    urls = re.findall(r"TOKEN\" (http\S+)", text)
    assert [requests.get(url, headers=bearer, timeout=5).status_code for url in urls] == [200, 401]


@pytest.mark.slow
def test_it_says_what_was_decided_and_no_credential(running):
    url = introduced(running).split("authorization server")[1].split()[0]
    form = {"grant_type": "client_credentials", "scope": "email", "token_use": "single"}
    auth = ("s6BhdRkqt3", "gX1fBat3bV")
    token = requests.post(f"{url}/token", form, auth=auth, timeout=5).json()["access_token"]
    bearer = {"Authorization": f"Bearer {token}"}
    requests.get(f"{url}/rs/email/mail", headers=bearer, timeout=5)
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
