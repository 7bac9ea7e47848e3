"""RFC 6749 2.3.1, 3.2, 5.2: client authentication and what the token endpoint refuses, and how."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oauth_model.authorization_server import RegisteredClient
from oauth_model.messages import FORM, JSON, Request, Response, form_post
from tests.oauth_model.parties import (
    CALLBACK,
    CONFIDENTIAL,
    ISSUER,
    PUBLIC,
    World,
    basic,
    error,
)

#: RFC 6749 5.2: the characters of `error` and `error_description`.
ERROR_TEXT = re.compile(r"[\x20-\x21\x23-\x5B\x5D-\x7E]*")
PARAMETERS = {
    "response_type": ["code", "code_advanced"],
    "grant_type": ["client_credentials", "refresh_token", "authorization_code"],
    "client_id": ["s6BhdRkqt3", "app"],
    "client_secret": ["gX1fBat3bV"],
    "redirect_uri": [CALLBACK],
    "code": ["code-1"],
    "refresh_token": ["rt-1"],
    "scope": ["email", "email voip"],
    "scopes": ["1", "2", "x"],
    "scope.1": ["email"],
    "scope.2": ["voip"],
    "code_challenge": ["x" * 43],
    "code_challenge_method": ["S256"],
    "token_use": ["single"],
    "state": ["xyz"],
}


def ask(world: World, pairs: list[tuple[str, str]], *headers: tuple[str, str]) -> Response:
    return world.run(world.handlers["as"](form_post(f"{ISSUER}/token", pairs, headers)))


GRANT = [("grant_type", "client_credentials"), ("scope", "voip")]


@pytest.mark.clause("RFC 6749 2.3.1 basic")
def test_2_3_1_the_credentials_of_the_rfcs_figures():
    header = ("Authorization", "Basic czZCaGRSa3F0MzpnWDFmQmF0M2JW")
    assert basic(CONFIDENTIAL.client_id, CONFIDENTIAL.secret) == header
    assert ask(World(), GRANT, header).status == 200


@pytest.mark.clause("RFC 6749 2.3.1 body")
def test_2_3_1_the_credentials_may_stand_in_the_body():
    body = [("client_id", "s6BhdRkqt3"), ("client_secret", "gX1fBat3bV")]
    assert ask(World(), [*GRANT, *body]).status == 200


@pytest.mark.clause("RFC 6749 2.3.1 basic")
def test_2_3_1_id_and_secret_are_form_encoded_before():
    world = World()
    world.authorization_server.replica.clients["a:b"] = RegisteredClient(
        "a:b", "p+q%", (), ("client_credentials",), ("voip",)
    )
    assert ask(world, GRANT, basic("a%3Ab", "p%2Bq%25")).status == 200


def test_2_3_the_scheme_compares_without_case():
    name, value = basic("s6BhdRkqt3", "gX1fBat3bV")
    assert ask(World(), GRANT, (name, value.replace("Basic", "basic"))).status == 200


@pytest.mark.clause("RFC 6749 5.2 invalid_client")
@pytest.mark.parametrize(
    "header",
    [
        basic("s6BhdRkqt3", "wrong"),
        basic("nobody", "gX1fBat3bV"),
        basic("s6BhdRkqt3", ""),
        basic("s6BhdRkqt3", "gX1fBat3bVé"),
        ("Authorization", "Basic ***"),
        ("Authorization", "Basic"),
        ("Authorization", "Bearer at-1"),
    ],
)
def test_5_2_invalid_client_is_401_with_a_challenge(header):
    response = ask(World(), GRANT, header)
    assert error(response) == (401, "invalid_client")
    assert (response.header("WWW-Authenticate") or "").startswith("Basic realm=")


@pytest.mark.clause("RFC 6749 5.2 invalid_client")
@pytest.mark.parametrize("body", [[], [("client_id", "s6BhdRkqt3")], [("client_secret", "x")]])
def test_5_2_no_credentials_are_invalid_too(body):
    assert error(ask(World(), [*GRANT, *body])) == (401, "invalid_client")


@pytest.mark.clause("RFC 6749 3.2.1 public")
def test_3_2_1_a_public_client_only_names_itself_and_has_no_secret():
    body = [("grant_type", "refresh_token"), ("refresh_token", "rt-9"), ("client_id", "app")]
    assert error(ask(World(), body)) == (400, "invalid_grant")
    assert error(ask(World(), [*body, ("client_secret", "x")])) == (401, "invalid_client")


@pytest.mark.clause("RFC 6749 2.3 one method")
@pytest.mark.parametrize("extra", [("client_secret", "gX1fBat3bV"), ("client_id", "app")])
def test_2_3_two_ways_to_authenticate_are_an_invalid_request(extra):
    header = basic("s6BhdRkqt3", "gX1fBat3bV")
    assert error(ask(World(), [*GRANT, extra], header)) == (400, "invalid_request")


@pytest.mark.clause("RFC 6749 2.3 one method")
@pytest.mark.parametrize("second", [basic("s6BhdRkqt3", "gX1fBat3bV"), ("authorization", "x")])
def test_2_3_two_authorization_fields_are_an_invalid_request(second):
    response = ask(World(), GRANT, basic("s6BhdRkqt3", "gX1fBat3bV"), second)
    assert error(response) == (400, "invalid_request")


@pytest.mark.clause("RFC 6749 3.2 repeated")
@pytest.mark.clause("RFC 6749 5.2 invalid_request")
@pytest.mark.parametrize("name", ["grant_type", "scope", "nonsense"])
def test_3_2_a_repeated_parameter_is_an_invalid_request(name):
    response = World().token(
        (name, "x"), (name, "y"), grant_type="client_credentials", scope="voip"
    )
    assert error(response) == (400, "invalid_request")


@pytest.mark.clause("RFC 6749 5.2 status")
@pytest.mark.clause("RFC 6749 5.2 invalid_request")
@pytest.mark.clause("RFC 6749 5.2 unsupported_grant_type")
@pytest.mark.clause("RFC 9700 2.4 password")
@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({}, "invalid_request"),
        ({"grant_type": ""}, "invalid_request"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": "authorization_code_advanced"}, "unsupported_grant_type"),
        ({"grant_type": "authorization_code"}, "invalid_request"),
        ({"grant_type": "refresh_token"}, "invalid_request"),
        ({"grant_type": "client_credentials", "token_use": "Single"}, "invalid_request"),
    ],
)
def test_5_2_what_a_token_request_may_lack(parameters, expected):
    response = World().token(**parameters)
    assert error(response) == (400, expected)
    assert (response.header("Cache-Control"), response.header("Pragma")) == ("no-store", "no-cache")


@pytest.mark.clause("RFC 6749 5.2 unauthorized_client")
def test_5_2_a_client_not_registered_for_a_grant_type_is_unauthorized():
    world = World()
    world.authorization_server.replica.clients["app"] = RegisteredClient("app")
    response = world.token(client=PUBLIC, grant_type="refresh_token", refresh_token="rt-1")
    assert error(response) == (400, "unauthorized_client")


@pytest.mark.clause("RFC 6749 3.2 form")
def test_3_2_the_same_bytes_under_another_media_type_are_an_invalid_request():
    world, header = World(), basic("s6BhdRkqt3", "gX1fBat3bV")
    good = form_post(f"{ISSUER}/token", GRANT, (header,))
    for sent in ((), (("Content-Type", JSON),), (("Content-Type", f"{FORM}x"),)):
        response = world.run(world.handlers["as"](good._replace(headers=(header, *sent))))
        assert error(response) == (400, "invalid_request")


@pytest.mark.parametrize("media_type", [FORM.upper(), f"{FORM}; charset=utf-8", f"{FORM} ;x=y"])
def test_rfc9110_8_3_1_a_media_type_compares_without_case_and_parameters(media_type):
    headers = (basic("s6BhdRkqt3", "gX1fBat3bV"), ("content-type", media_type))
    asked = form_post(f"{ISSUER}/token", GRANT)._replace(headers=headers)
    world = World()
    assert world.run(world.handlers["as"](asked)).status == 200


@pytest.mark.clause("RFC 6749 3.2 unknown")
def test_3_2_unknown_parameters_are_ignored():
    assert World().token(grant_type="client_credentials", audience="x").status == 200


pair = st.sampled_from(sorted(PARAMETERS)).flatmap(
    lambda name: st.tuples(st.just(name), st.sampled_from(PARAMETERS[name]) | st.text(max_size=5))
)
pairs = st.lists(pair | st.tuples(st.text(max_size=5), st.text(max_size=5)), max_size=14)
headers = st.sampled_from([(), (basic("s6BhdRkqt3", "gX1fBat3bV"),), (("Authorization", "é"),)])


@pytest.mark.clause("RFC 6749 5.2 characters")
@settings(max_examples=200, derandomize=True, deadline=None)
@given(st.sampled_from(["fat", "lodderstedt"]), pairs, headers)
def test_the_token_endpoint_never_raises_and_stays_in_the_character_set(design, asked, sent):
    response = ask(World(design), asked, *sent)
    members = response.json()
    assert response.status in (200, 400, 401)
    assert ("access_token" in members) == (response.status == 200)
    assert ERROR_TEXT.fullmatch(members.get("error_description", ""))


@settings(max_examples=200, derandomize=True, deadline=None)
@given(st.sampled_from(["fat", "lodderstedt"]), pairs)
def test_the_authorization_endpoint_never_raises_and_redirects_only_home(design, asked):
    world = World(design)
    query = form_post("", asked).body
    response = world.run(world.handlers["as"](Request("GET", f"{ISSUER}/authorize?{query}")))
    assert response.status in (302, 400)
    assert (response.header("Location") or CALLBACK).startswith(CALLBACK)
