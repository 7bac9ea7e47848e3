"""Clauses about client and resource server that no other file shows."""

from __future__ import annotations

import json
import re
from itertools import count
from typing import Any

import pytest

from oauth_model.client import Client, ClientConfig
from oauth_model.errors import InsufficientAuthorization
from oauth_model.flows import Flow
from oauth_model.jose import b64url
from oauth_model.messages import FORM, Request, Response, json_response
from oauth_model.rar_challenges import FRESH_RETRIES
from oauth_model.remedy import remedied_call
from oauth_model.workarounds import revoked_after_use
from tests.oauth_model.parties import CALLBACK, ISSUER, OPERATIONS, PUBLIC, TARGETS, World, location
from tests.oauth_model.payments_server import PAYMENTS, Bench, challenge, request, single, token


def obtained(**members: Any) -> World:
    """A world whose client has consent and was given this token response."""
    world = World()
    world.run(world.client.authorize(("voip",)))

    def answer(request: Request) -> Flow[Response]:
        yield from ()
        return json_response(200, {"access_token": "at", "token_type": "Bearer"} | members)

    world.handlers["as"] = answer
    world.run(world.client.obtain("voip"))
    return world


@pytest.mark.clause("RFC 6749 5.1 token_type")
@pytest.mark.parametrize("token_type", ["bearer", "Bearer", "BEARER"])
def test_6749_5_1_the_token_type_compares_without_case(token_type):
    assert obtained(token_type=token_type).client.wallet.token("voip") == "at"


@pytest.mark.clause("RFC 6749 7.1 type")
@pytest.mark.parametrize("token_type", ["mac", "N_A", "", None, "bearer "])
def test_6749_7_1_any_other_type_is_not_used(token_type):
    assert obtained(token_type=token_type).client.wallet.token("voip") == ""


@pytest.mark.clause("RFC 6749 5.1 unknown members")
def test_6749_5_1_members_that_nobody_knows_change_nothing():
    world = obtained(unheard_of={"a": [1]}, USE="single", refresh_tokens=["x"])
    assert world.client.wallet.token("voip") == "at"
    assert world.client.wallet.refresh_token == ""


@pytest.mark.clause("RFC 6749 6 discard, client")
def test_6749_6_the_old_refresh_token_is_never_sent_again():
    world = World("lodderstedt", client=PUBLIC)
    servers = ("email", "webdav", "voip")
    world.run(world.client.authorize(servers))
    for server in servers:
        world.run(world.client.obtain(server))
    sent = [dict(send.request.form()).get("refresh_token") for send in world.sent[1:]]
    assert sent == [None, "rt-1", "rt-2"]
    assert world.client.wallet.refresh_token == "rt-3"


@pytest.mark.clause("RFC 9207 2.4 string")
@pytest.mark.parametrize(
    "issuer",
    [f"{ISSUER}/", ISSUER.upper(), "https://as.example.com:443", "https://as.example.co%6D", ""],
)
def test_9207_2_4_an_issuer_that_only_means_the_same_is_another(issuer):
    world = World(issuer=issuer)
    result = world.run(world.client.authorize(("voip",)))
    answer = location(result.response or Response(500))
    assert (result.kind, "code" in answer, answer.get("iss", "")) == ("refused", True, issuer)


@pytest.mark.clause("RFC 9700 4.4 mix-up")
def test_9700_4_4_a_code_of_another_server_is_not_sent_to_ours():
    evil = World(issuer="https://evil.example.com")
    about = ClientConfig("s6BhdRkqt3", CALLBACK, TARGETS, "gX1fBat3bV")
    client = Client(about, evil.new_id)
    assert evil.run(client.authorize(("voip",))).kind == "refused"
    assert evil.run(client.obtain("voip")).kind == "refused"
    assert len(evil.sent) == 1


@pytest.mark.clause("RFC 6750 2.2 body")
@pytest.mark.clause("RFC 6750 3.1 no credentials")
def test_6750_2_2_a_token_in_the_body_alone_is_none():
    body, form = f"access_token={token()}", (("Content-Type", FORM),)
    bench = Bench()
    response = bench.handle(Request("POST", f"{PAYMENTS}/payments", form, body))
    assert (response.status, challenge(response)) == (401, 'Bearer realm="example"')
    assert bench.effects == []


@pytest.mark.clause("RFC 6750 2.3 query")
@pytest.mark.clause("RFC 6750 3.1 no credentials")
def test_6750_2_3_a_token_in_the_query_alone_is_none():
    bench = Bench()
    response = bench.handle(Request("POST", f"{PAYMENTS}/payments?access_token={token()}"))
    assert (response.status, challenge(response)) == (401, 'Bearer realm="example"')
    assert bench.effects == []


@pytest.mark.clause("RFC 6750 3 attributes")
@pytest.mark.clause("RFC 6750 3 challenge")
@pytest.mark.parametrize(
    ("asked", "status"),
    [
        (request(token(exp=1001)), 401),
        (request(token(cnf={"jkt": "0ZcO"})), 401),
        (request(token(), "DELETE"), 403),
        (request("a b"), 400),
        (Request("POST", f"{PAYMENTS}/payments"), 401),
    ],
)
def test_6750_3_no_attribute_of_a_challenge_comes_twice(asked, status):
    response = Bench(advertised=True).handle(asked)
    names = re.findall(r'(\w+)="', challenge(response) or "")
    assert (response.status, names.count("realm")) == (status, 1)
    assert len(names) == len(set(names))


@pytest.mark.clause("interim-2025-01-20 latency")
@pytest.mark.parametrize(
    ("strategy", "waits_s"), [("no_check", 0.0), ("shared_atomic", 0.05), ("reserve_commit", 0.1)]
)
def test_every_presentation_of_a_single_use_token_waits_for_the_store(strategy, waits_s):
    bench = Bench(strategy, store_takes_s=0.05)
    began_s = bench.now_s
    assert bench.handle(request(single())).status == 200
    assert bench.now_s - began_s == pytest.approx(waits_s)


def signed_in(design: str, server: str) -> World:
    """A world whose client has consent for this server and a token for it."""
    world = World(design)
    for step in (world.client.authorize((server,)), world.client.obtain(server)):
        assert world.run(step).kind == "served"
    return world


@pytest.mark.clause("RFC 7009 2 after 200")
@pytest.mark.clause("interim-2025-01-20 practice revocation")
def test_7009_2_a_token_that_was_revoked_is_not_used_again():
    world = signed_in("fat", "payments")
    assert world.run(revoked_after_use(world.client, ("payments",))).kind == "served"
    [revoked] = [send.request for send in world.sent if send.request.url.endswith("/revoke")]
    dead = f"Bearer {dict(revoked.form())['token']}"
    paid = [send.request.header("Authorization") for send in world.sent if send.to == "payments"]
    world.sent.clear()
    assert world.run(world.client.call("payments", OPERATIONS["payments"])).kind == "served"
    assert (paid, [send.request.header("Authorization") == dead for send in world.sent]) == (
        [dead],
        [False],
    )


@pytest.mark.clause("draft-ietf-oauth-rar-metadata-remediation retries")
def test_a_server_that_is_never_content_is_asked_a_limited_number_of_times():
    world, amounts = signed_in("rar_locations", "email"), count(1)

    def never_content(request: Request) -> Flow[Response]:
        detail = {"type": "access", "locations": [TARGETS[0].identifier], "actions": ["email"]}
        more = {"authorization_details": [detail | {"identifier": f"folder-{next(amounts)}"}]}
        said = b64url(json.dumps(more).encode())
        yield from ()
        return InsufficientAuthorization(authorization_remediation=said).challenge_response("x")

    world.handlers["email"] = never_content
    world.sent.clear()
    assert world.run(remedied_call(world.client, ("email",))).kind == "refused"
    assert [send.to for send in world.sent].count("email") == 1 + FRESH_RETRIES == 2
