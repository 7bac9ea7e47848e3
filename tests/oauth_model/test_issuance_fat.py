"""The baseline design: one token, `aud` lists all servers, one key that all servers trust."""

from __future__ import annotations

import pytest

from oauth_model.errors import InvalidScope
from oauth_model.issuance import DESIGNS, Design, design
from oauth_model.issuance.base import split
from tests.oauth_model.parties import CALLBACK, SERVERS, World

THREE = ("email", "webdav", "voip")


def consented(**knows: object) -> World:
    world = World(knows=knows)
    assert world.run(world.client.authorize(THREE)).kind == "served"
    assert world.run(world.client.obtain("email")).kind == "served"
    return world


def test_the_authorization_request_is_rfc6749s_with_all_scopes():
    world = World()
    world.names = {"state": ["xyz"]}
    world.run(world.client.authorize(THREE))
    query = world.sent[0].request.query()
    assert query[:5] == [
        ("response_type", "code"),
        ("client_id", "s6BhdRkqt3"),
        ("state", "xyz"),
        ("redirect_uri", CALLBACK),
        ("scope", "email webdav voip"),
    ]
    assert [name for name, _ in query[5:]] == ["code_challenge", "code_challenge_method"]


def test_one_token_request_serves_all_servers():
    world = consented()
    for server in ("webdav", "voip"):
        result = world.run(world.client.obtain(server))
        assert (result.kind, result.attempts) == ("served", 0)
    assert len(world.sent) == 2


def test_the_token_works_at_all_three():
    world = consented()
    assert len(set(world.client.wallet.tokens.values())) == 1
    calls = [world.run(world.client.call(name, f"GET /{path}")) for name, path in PATHS.items()]
    assert [call.kind for call in calls] == ["served"] * 3


PATHS = {"email": "mail", "webdav": "files", "voip": "calls"}


@pytest.mark.clause("RFC 9068 3 default")
def test_the_audience_is_an_array_of_exactly_the_servers_consented_to():
    world = consented()
    claims = world.issued("access_token")[0]["claims"]
    assert claims["aud"] == [f"https://{name}.example.com" for name in THREE]
    assert claims["scope"] == "email webdav voip"


def test_a_server_without_consent_is_neither_stored_nor_served():
    world = consented()
    token = world.client.wallet.token("email")
    assert world.client.wallet.token("payments") == ""
    assert world.call("payments", token).status == 401


@pytest.mark.clause("draft-lodderstedt-oauth-multiple-access-tokens-00 impersonation")
@pytest.mark.clause("RFC 9700 4.9.2 compromised")
def test_a_server_can_use_the_token_at_every_other():
    world = consented()
    seen_by_email = world.client.wallet.token("email")
    assert world.call("voip", seen_by_email).status == 200


@pytest.mark.clause("RFC 9068 3 default")
def test_one_audience_is_a_string():
    world = World()
    world.run(world.client.authorize(("voip",)))
    world.run(world.client.obtain("voip"))
    assert world.issued("access_token")[0]["claims"]["aud"] == "https://voip.example.com"


def test_every_server_trusts_the_one_shared_key():
    assert {DESIGNS["fat"].verifier_keys(server) for server in SERVERS} == {("as",)}


@pytest.mark.clause("RFC 9068 2.1 typ")
@pytest.mark.parametrize("algorithm", ["symbolic", "EdDSA", "ES256"])
def test_the_token_is_signed_with_the_shared_key_under_every_algorithm(algorithm):
    world = World(algorithm=algorithm)
    token = world.redeem(world.code()).json()["access_token"]
    header = world.keys.verifier("as").verify(token).header
    assert (header["kid"], header["typ"], header["alg"]) == ("as", "at+jwt", algorithm)


def test_a_design_has_a_name_of_its_own():
    class Another(Design):
        name = "fat"

    with pytest.raises(ValueError, match="design name 'fat' is taken by Fat"):
        design(Another)


@pytest.mark.clause("RFC 6749 3.3 characters")
def test_rfc6749_3_3_what_a_scope_token_may_be_made_of():
    assert split("!#[]~ a:b/c  a:b/c ") == ("!#[]~", "a:b/c")
    for other in ('"', "\\", "\t", "\n", "\x7f", "é", "\u00a0"):
        with pytest.raises(InvalidScope, match="characters"):
            split(f"email {other}")
