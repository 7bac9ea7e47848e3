"""Clauses about the authorization server that no other file shows."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from oauth_model.authorization_server import AuthorizationServerConfig
from oauth_model.messages import FORM, Request
from tests.oauth_model.negotiation import access
from tests.oauth_model.parties import (
    CALLBACK,
    CONFIDENTIAL,
    SERVERS,
    VERIFIER,
    World,
    error,
    location,
    redemption,
    token_request,
)
from tests.oauth_model.whole_server import JWT_CLIENT, WholeServer

#: The header fields of a client that does not authenticate.
FORM_ONLY = (("Content-Type", FORM),)


@pytest.mark.clause("RFC 6749 3.1 repeated in response")
@pytest.mark.parametrize("name", ["state", "scope", "iss", "code", "error"])
def test_6749_3_1_no_parameter_comes_twice_in_a_response(name):
    response = World().authorize((name, "a"), (name, "b"))
    names = [name for name, _ in Request("GET", response.header("Location") or "").query()]
    assert "error" in names
    assert len(names) == len(set(names))


@pytest.mark.clause("RFC 6749 3.1 repeated in response")
@pytest.mark.clause("RFC 6749 3.1.2 query")
def test_6749_3_1_2_the_query_of_a_redirect_uri_is_kept():
    world, own = World(), f"{CALLBACK}?tenant=1"
    registered = replace(CONFIDENTIAL, redirect_uris=(own,))
    world.authorization_server.replica.clients[registered.client_id] = registered
    response = world.authorize(redirect_uri=own)
    names = [name for name, _ in Request("GET", response.header("Location") or "").query()]
    assert names == ["tenant", "code", "state", "iss"]


@pytest.mark.clause("RFC 6749 3.1.2.3 omitted")
def test_6749_3_1_2_3_of_two_redirect_uris_none_may_be_left_out():
    world = World()
    both = replace(CONFIDENTIAL, redirect_uris=(CALLBACK, f"{CALLBACK}/2"))
    world.authorization_server.replica.clients[both.client_id] = both
    response = world.authorize(redirect_uri="")
    assert (response.status, response.header("Location")) == (400, None)


@pytest.mark.clause("RFC 6749 4.1.2 lifetime")
def test_6749_4_1_2_a_code_lives_no_longer_than_ten_minutes_unless_told_to():
    assert AuthorizationServerConfig(SERVERS, ()).code_lifetime_s <= 600


@pytest.mark.clause("RFC 6749 4.1.3 authenticate")
@pytest.mark.parametrize("named", [(), (("client_id", "s6BhdRkqt3"),)])
def test_6749_4_1_3_a_confidential_client_that_only_names_itself_redeems_nothing(named):
    world = World()
    code = world.code()
    asked = token_request(*named, **redemption(code))._replace(headers=FORM_ONLY)
    assert error(world.run(world.handlers["as"](asked))) == (401, "invalid_client")
    assert world.redeem(code).status == 200


@pytest.mark.clause("RFC 6749 4.1.3 valid")
@pytest.mark.parametrize("code", ["unheard-of", "rt-1", "at-1"])
def test_6749_4_1_3_what_is_no_code_is_an_invalid_grant(code):
    world = World()
    world.redeem(world.code())
    assert error(world.redeem(code)) == (400, "invalid_grant")


@pytest.mark.clause("RFC 6749 5.1 JSON")
@pytest.mark.clause("RFC 6749 5.2 status")
def test_6749_5_1_tokens_and_refusals_are_json_objects():
    world = World()
    good, bad = world.redeem(world.code()), world.redeem("unheard-of")
    assert (good.status, bad.status) == (200, 400)
    for response in (good, bad):
        assert response.header("Content-Type") == "application/json"
        assert response.json()


@pytest.mark.clause("RFC 6749 4.1.2.1 invalid_request")
@pytest.mark.clause("RFC 7636 4.4.1 required")
def test_7636_4_4_1_the_redirect_says_that_a_challenge_is_required():
    answer = location(World().authorize(code_challenge=""))
    assert answer["error"] == "invalid_request"
    assert answer["error_description"] == "code challenge required"


@pytest.mark.clause("RFC 9700 2.1.1 support")
def test_9700_2_1_1_who_stole_a_code_cannot_redeem_it_without_the_verifier():
    world = World()
    code = world.code(client_id="app")
    for guess in ("A" * 43, VERIFIER.swapcase()):
        stolen = redemption(code) | {"code_verifier": guess, "client_id": "app"}
        asked = token_request(**stolen)._replace(headers=FORM_ONLY)
        assert error(world.run(world.handlers["as"](asked))) == (400, "invalid_grant")


@pytest.mark.clause("RFC 9068 2.1 RS256")
@pytest.mark.clause("RFC 9068 2.1 typ")
def test_9068_2_1_a_token_under_rs256_is_served():
    world = World(algorithm="RS256")
    token = world.redeem(world.code()).json()["access_token"]
    header = world.keys.verifier("as").verify(token).header
    assert (header["alg"], header["typ"]) == ("RS256", "at+jwt")
    assert world.call("email", token).status == 200


@pytest.mark.clause("RFC 9700 2.3 check")
def test_9700_2_3_the_audience_is_checked_at_every_request():
    world = World()
    token = world.redeem(world.code(scope="email")).json()["access_token"]
    calls = [world.call(name, token).status for name in ("email", "voip", "email", "voip")]
    assert calls == [200, 401, 200, 401]


@pytest.mark.clause("RFC 7523 3 signature")
def test_7523_3_a_client_that_has_a_key_cannot_sign_for_another():
    mallory = replace(JWT_CLIENT, client_id="mallory", assertion_key="client:mallory")
    world = WholeServer(clients=(mallory,))
    asked = {"grant_type": "client_credentials", "scope": "email"}
    forged = world.assertion(key="client:mallory")
    assert error(world.post("/token", **asked, **forged)) == (401, "invalid_client")
    own = world.assertion(key="client:mallory", client_id="mallory")
    assert world.post("/token", **asked, **own).status == 200


@pytest.mark.clause("RFC 9396 privacy")
@pytest.mark.clause("RFC 9396 9.2 introspection")
def test_9396_a_handle_says_no_details_and_introspection_does():
    world = WholeServer("rar_locations", algorithm="EdDSA")
    handles = [server._replace(token_format="opaque") for server in world.settings.resource_servers]
    world.authorization_server = world.replica(
        replace(world.settings, resource_servers=tuple(handles))
    )
    world.handlers["as"] = world.authorization_server.handle
    asked = {"scope": "", "authorization_details": json.dumps([access("email")])}
    token = world.redeem(world.code(**asked)).json()["access_token"]
    assert ("." in token, world.call("email", token).status) == (False, 401)
    assert world.introspect(token).json()["authorization_details"] == [access("email")]


@pytest.mark.clause("draft-lodderstedt-oauth-multiple-access-tokens-00 scope in response")
@pytest.mark.parametrize("asked", [{}, {"scope": "voip"}])
def test_the_drafts_response_has_no_scope_when_all_that_was_asked_for_was_given(asked):
    world = World("lodderstedt")
    code = advanced_code(world, ("scopes", "1"), ("scope.1", "voip"))
    members = world.redeem(code, grant_type="authorization_code_advanced", **asked).json()
    assert "access_token" in members
    assert "scope" not in members


@pytest.mark.clause("draft-lodderstedt-oauth-multiple-access-tokens-00 scope in response")
@pytest.mark.clause("draft-lodderstedt-oauth-multiple-access-tokens-00 policy")
def test_the_drafts_response_says_the_scope_that_policy_gave():
    world = World("lodderstedt")
    voip_only = replace(CONFIDENTIAL, scopes=("voip",))
    world.authorization_server.replica.clients[voip_only.client_id] = voip_only
    code = advanced_code(world)
    members = world.redeem(code, grant_type="authorization_code_advanced").json()
    assert members["scope"] == "voip"


def advanced_code(world: World, *numbered: tuple[str, str]) -> str:
    """A code of the draft's design for these scope parameters."""
    asked = world.authorize(*numbered, response_type="code_advanced", scope="")
    return location(asked)["code"]
