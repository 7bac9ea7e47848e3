"""RFC 9728: a client learns which of its servers share an authorization server."""

from __future__ import annotations

from typing import Any

import pytest

from oauth_model.client import Client
from oauth_model.discovery import discover, issuers, metadata_url
from oauth_model.flows import UNKNOWN, Effect, Note, Send, run
from oauth_model.issuance import Target
from oauth_model.messages import Response, json_response
from oauth_model.retry import Answer
from oauth_model.stories import STORIES
from tests.oauth_model.parties import ISSUER, World

DRAFT = "draft-lodderstedt-oauth-multiple-access-tokens-00"
THREE = ("email", "webdav", "voip")
EMAIL = Target("email", "https://email.example.com", "email", "GET /mail")


def said(**members: Any) -> Response:
    about = {"resource": EMAIL.identifier, "authorization_servers": [ISSUER]}
    return json_response(200, about | members)


@pytest.mark.clause(f"{DRAFT} discovery")
@pytest.mark.clause("RFC 9728 2 members")
def test_servers_are_grouped_by_who_issues_their_tokens():
    world = World("lodderstedt")
    assert world.run(discover(world.client, THREE)) == {ISSUER: list(THREE)}
    asked = [(send.to, send.request.url) for send in world.sent]
    assert asked == [
        (name, f"https://{name}.example.com/.well-known/oauth-protected-resource") for name in THREE
    ]


@pytest.mark.clause(f"{DRAFT} discovery")
@pytest.mark.clause(f"{DRAFT} one consent")
def test_one_consent_for_all_that_share_one():
    world = World("lodderstedt")
    assert world.run(STORIES["discover_then_call_all"](world.client, THREE)).kind == "served"
    consents = [s.request for s in world.sent if s.request.url.startswith(f"{ISSUER}/authorize")]
    assert [dict(request.query())["scopes"] for request in consents] == ["3"]


@pytest.mark.clause("RFC 9728 3.3 resource")
@pytest.mark.parametrize(
    "resource",
    ["https://webdav.example.com", "https://email.example.com/", "HTTPS://email.example.com", 1],
)
def test_metadata_about_another_resource_is_not_used(resource: object):
    assert issuers(said(resource=resource), EMAIL) == ()
    assert issuers(said(), EMAIL) == (ISSUER,)


@pytest.mark.parametrize(
    "answer",
    [
        UNKNOWN,
        Response(404),
        Response(200, (), "no JSON"),
        json_response(200, {}),
        said(authorization_servers="https://as.example.com"),
        said(authorization_servers=None),
    ],
)
def test_a_server_that_says_nothing_of_use_is_left_out(answer: Answer):
    assert issuers(answer, EMAIL) == ()


def test_a_server_of_another_issuer_is_left_alone():
    world = World("lodderstedt")
    other = said(authorization_servers=["https://other.example.com"])
    assert found(world.client, {"email": other}) == {"https://other.example.com": ["email"]}
    story = STORIES["discover_then_call_all"](world.client, ("email",))
    sent: list[str] = []
    result = run(story, lambda effect: answered(effect, {"email": other}, sent))
    assert (result.kind, sent) == ("refused", ["email"])


@pytest.mark.clause("RFC 9728 3.3 resource")
def test_a_server_that_speaks_for_another_gets_no_token_for_it():
    """It says that it is the mail server, and that the mail server's AS is its own."""
    world = World("lodderstedt")
    lies = {"webdav": said(), "email": said()}
    assert found(world.client, lies) == {ISSUER: ["email"]}


@pytest.mark.parametrize(
    ("identifier", "url"),
    [
        ("https://a.example", "https://a.example/.well-known/oauth-protected-resource"),
        ("https://a.example/", "https://a.example/.well-known/oauth-protected-resource"),
        ("http://a:1/rs/b", "http://a:1/.well-known/oauth-protected-resource/rs/b"),
    ],
)
def test_3_1_where_metadata_stands(identifier: str, url: str):
    assert metadata_url(identifier) == url


def found(client: Client, answers: dict[str, Response]) -> dict[str, list[str]]:
    result: dict[str, list[str]] = run(
        discover(client, list(answers)), lambda effect: answered(effect, answers, [])
    )
    return result


def answered(effect: Effect, answers: dict[str, Response], sent: list[str]) -> Response | None:
    if isinstance(effect, Note):
        return None
    assert isinstance(effect, Send)
    sent.append(effect.to)
    return answers[effect.to]
