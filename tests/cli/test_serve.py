"""`tokenrace serve`: refuses what would be unsafe, says what a client must know, ends on Ctrl-C."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from importlib import util
from typing import Any

import pytest
import requests

from sim.commands.serve import is_loopback, listening, url_of
from tests.cli.command import tokenrace
from tests.cli.pasted import example, pasted

SERVE = ("serve", "three-services")


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


def test_the_help_says_where_it_listens_and_what_is_needed_for_more():
    text = " ".join(tokenrace("serve", "--help").out.split())
    for said in ("--host", "127.0.0.1", "--port", "0 for any that is free", "--allow-remote"):
        assert said in text


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


def test_a_scenario_with_certificates_is_refused_for_want_of_tls(taken):
    line = refused(*SERVE, "--set", "client.proof=mtls", "--port", taken)
    assert "client.proof: 'mtls'" in line
    assert "allowed: none, dpop" in line


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
    """All that it says before somebody calls."""
    assert process.stdout is not None
    return "".join(iter(process.stdout.readline, "Ctrl-C ends it. What is issued and decided:\n"))


def over_the_wire(method: str, url: str, headers: dict[str, str], body: str) -> Any:
    answer = requests.request(
        method, url, headers=headers, data=body, allow_redirects=False, timeout=5
    )
    return answer.status_code, {k.lower(): v for k, v in answer.headers.items()}, answer.text


@pytest.mark.slow
def test_it_says_what_was_decided_and_no_credential(running):
    assert pasted(example(introduced(running)), over_the_wire) == [200, 401]
    running.send_signal(signal.SIGINT)
    out, _ = running.communicate(timeout=30)
    assert [line for line in out.splitlines() if line] == [
        "as-eu-1: issued code",
        "as-eu-1: code, first",
        "as-eu-1: issued access_token",
        "as-eu-1: issued refresh_token",
        "as-eu-1: issued access_token",
        "email-eu-1: access_token, first",
        "email-eu-1: access_token, replay",
    ]


@pytest.mark.slow
def test_every_address_that_it_prints_is_answered(running):
    text = introduced(running)
    printed = set(re.findall(r"http://127\.0\.0\.1:\d+/\S+", text))
    answers = {url: requests.get(url, timeout=30).status_code for url in printed}
    assert sorted(answers.values()) == [200, 401, 401, 401]  # metadata, and three servers


@pytest.mark.slow
@pytest.mark.clause("RFC 6749 10.10")
def test_its_codes_are_no_easier_to_guess_than_128_bits(running):
    [issuer] = re.findall(r"issuer +(\S+)", introduced(running))
    asked = {"response_type": "code_advanced", "client_id": "s6BhdRkqt3", "scopes": "1"}
    asked |= {"scope.1": "email"}
    codes = set()
    for _ in range(20):
        url = f"{issuer}/authorize"
        answer = requests.get(url, params=asked, allow_redirects=False, timeout=30)
        codes |= set(re.findall(r"[?&]code=code-([\w-]+)", answer.headers["Location"]))
    assert len(codes) == 20
    assert all(len(code) * 6 >= 128 for code in codes)  # of 64 characters
    assert all(len(set(column)) > 1 for column in zip(*codes, strict=True))


@pytest.mark.slow
def test_ctrl_c_ends_it_with_130_and_one_line(running):
    introduced(running)
    running.send_signal(signal.SIGINT)
    _, err = running.communicate(timeout=30)
    assert (running.returncode, err) == (130, "tokenrace: interrupted\n")
