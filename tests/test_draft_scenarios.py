"""The scenarios of the draft's introduction, from end to end in the world."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from sim.checker import check
from sim.issuance_table import issuance
from sim.scenario_files import load, vary
from sim.trace import Trace
from sim.world.simulation import simulate

DRAFT = "draft-lodderstedt-oauth-multiple-access-tokens-00"
#: The draft's figures: their parameters, and our names for what they call by chance.
FIGURES = {
    "GET /authorize": "response_type=code_advanced&client_id=s6BhdRkqt3&state=xyz&"
    "redirect_uri=https%3A%2F%2Fclient%2Eexample%2Ecom%2Fcb&"
    "scopes=3&scope.1=email&scope.2=webdav&scope.3=voip",
    "302": "code=SplxlOBeZQQYbYS6WxSbIA&state=xyz",
    "POST /token": "grant_type=authorization_code_advanced&code=SplxlOBeZQQYbYS6WxSbIA&"
    "redirect_uri=https%3A%2F%2Fclient%2Eexample%2Ecom%2Fcb&scope=email",
}
OURS = {"state-0.1": "xyz", "<code-0.1>": "SplxlOBeZQQYbYS6WxSbIA"}
LATER = ("code_challenge", "code_challenge_method", "code_verifier", "iss")  # RFC 7636, RFC 9207
#: The last figure, as it was published.
RESPONSE = """{
"access_token":"2YotnFZFEjr1zCsicMWpAA",
"token_type":"bearer",
"expires_in":3600,
"refresh_token":"tGzv3JOkF0XG5Qx2TlKWIA",
}"""


@pytest.fixture(scope="module")
def trace() -> Trace:
    return simulate(load("draft-three-services"))


def wire(trace: Trace, label: str) -> str:
    """The text of the first message of this label."""
    text: str = next(r.detail["wire"] for r in trace.of("send") if r.detail["label"] == label)
    return text


def parameters(text: str) -> list[tuple[str, str]]:
    """What a message says in its query, its Location or its body, under the draft's names."""
    where = re.search(r"^(?:GET|Location:) (\S+)", text, re.M)
    pairs = parse_qsl(urlsplit(where[1]).query if where else text.splitlines()[-1])
    return [(name, OURS.get(value, value)) for name, value in pairs if name not in LATER]


@pytest.mark.clause(f"{DRAFT} scopes")
@pytest.mark.clause(f"{DRAFT} code")
@pytest.mark.clause(f"{DRAFT} grant type")
@pytest.mark.parametrize("label", FIGURES)
def test_the_world_sends_the_drafts_figures_parameter_for_parameter(trace, label):
    assert parameters(wire(trace, label)) == parse_qsl(FIGURES[label])


@pytest.mark.clause(f"{DRAFT} grant type")
def test_the_client_authenticates_as_in_the_figure(trace):
    lines = wire(trace, "POST /token").splitlines()
    assert "Authorization: Basic czZCaGRSa3F0MzpnWDFmQmF0M2JW" in lines
    assert "Content-Type: application/x-www-form-urlencoded" in lines


@pytest.mark.clause(f"{DRAFT} valid JSON")
@pytest.mark.clause(f"{DRAFT} response")
def test_the_published_response_is_no_json_and_ours_is_without_its_last_comma(trace):
    with pytest.raises(json.JSONDecodeError):
        json.loads(RESPONSE)
    published = json.loads(re.sub(r",\n}", "}", RESPONSE))
    [ours] = [json.loads(text.splitlines()[-1]) for text in token_responses(trace)[:1]]
    assert list(ours) == list(published)
    for name in ("token_type", "expires_in"):
        assert str(ours[name]).lower() == str(published[name])


def token_responses(trace: Trace) -> list[str]:
    texts = [row.detail.get("wire", "") for row in trace.of("send")]
    return [text for text in texts if '"access_token"' in text]


@pytest.mark.clause(f"{DRAFT} further tokens")
def test_the_rest_comes_by_refresh_and_every_server_is_served(trace):
    texts = [r.detail["wire"] for r in trace.of("send") if r.detail["label"] == "POST /token"]
    bodies = [dict(parse_qsl(text.splitlines()[-1])) for text in texts]
    assert [(b["grant_type"], b["scope"]) for b in bodies[1:]] == [
        ("refresh_token", "webdav"),
        ("refresh_token", "voip"),
    ]
    assert [row.detail["kind"] for row in trace.of("outcome")] == ["served"]


def test_a_server_that_reads_no_handles_asks_and_its_question_is_counted(trace):
    asked = [r for r in trace.of("send") if r.detail["label"] == "POST /introspect"]
    assert {row.node for row in asked} == {"email-eu-1"}
    [total] = trace.of("total")
    assert total.detail["messages"]["rs > as"] == len(asked) == 2  # for the client, for a replay
    assert sum(total.detail["messages"].values()) == len(trace.of("send"))


def test_no_identity_of_one_server_stands_in_the_token_of_another(trace):
    claims = [row.detail["claims"] for row in trace.of("issue") if row.detail["claims"]]
    subjects = {each["aud"]: each["sub"] for each in claims}
    assert subjects["https://email.example.com"] == "robin.doe@mail.example.net"
    assert subjects["https://voip.example.com"] == "12025550142"
    assert len(set(subjects.values())) == 3


@pytest.mark.clause(f"{DRAFT} identity data")
@pytest.mark.parametrize("design", ["lodderstedt", "rfc8707", "scope_inferred"])
def test_an_openid_client_gets_identity_and_the_rest_from_one_consent(design):
    trace = simulate(load("openid-client", {"issuance": design}))
    labels = [row.detail["label"] for row in trace.of("send") if row.actor == "client"]
    assert labels.count("GET /authorize") == 1
    assert (
        labels.index("GET /contacts") < labels.index("GET /files") < labels.index("GET /userinfo")
    )
    assert [row.detail["kind"] for row in trace.of("outcome")] == ["served"]
    answer = json.loads(wires(trace, "as-eu-1")[-1].splitlines()[-1])
    assert answer["name"] == "Robin Doe"


def wires(trace: Trace, node: str) -> list[str]:
    return [r.detail["wire"] for r in trace.of("send") if r.node == node and "wire" in r.detail]


@pytest.mark.clause(f"{DRAFT} identity data")
def test_a_server_with_a_fat_token_asks_userinfo_who_the_user_is():
    rows = issuance(load("openid-client"), ["fat", "lodderstedt"])
    fat, each = (row["blast_radius"] for row in rows)
    assert fat == {"contacts": ["webdav", "userinfo"], "webdav": ["contacts", "userinfo"]}
    assert each == {"contacts": [], "webdav": []}


def test_a_malicious_server_is_told_the_users_name_by_userinfo_in_the_world_too():
    trace = simulate(load("openid-client", {"issuance": "fat"}))
    told = [r for r in trace.of("send") if r.actor == "contacts" and r.node == "as-eu-1"]
    assert ["Robin Doe" in row.detail["wire"] for row in told] == [True]


@pytest.mark.clause(f"{DRAFT} discovery")
def test_a_discovering_client_asks_every_server_and_then_its_user_once():
    trace = simulate(load("discovering-client"))
    labels = [row.detail["label"] for row in trace.of("send") if row.node == "client-eu"]
    assert labels[:4] == ["GET /.well-known/oauth-protected-resource"] * 4
    assert labels.count("GET /authorize") == 1
    assert len(trace.of("effect")) == 4


PRESETS = ("draft-three-services", "openid-client", "discovering-client")


@pytest.mark.parametrize("name", PRESETS)
def test_what_a_scenario_promises_holds_and_a_fat_token_breaks_it(name):
    scenario = load(name, {"malicious.server": load(name).servers[1].name})
    promised: Any = check(simulate(scenario), scenario.properties)
    assert [verdict.holds for verdict in promised.values()] == [True, True]
    fat = check(simulate(vary(scenario, issuance="fat")), ["audience_confinement"])
    assert not fat["audience_confinement"].holds
