"""The password flow in the manner of draft-lodderstedt-oauth-multiple-access-tokens-00."""

from __future__ import annotations

from typing import Any

import pytest

from oauth_model.grants.password_advanced import GRANT_TYPE
from oauth_model.messages import Response
from tests.oauth_model.parties import World, error

DRAFT = "draft-lodderstedt-oauth-multiple-access-tokens-00"
PASSWORDS = (("resource-owner", "A3ddj3w"),)  # printed in RFC 6749 4.3.2


def ask(world: World, **changes: str) -> Response:
    parameters: dict[str, Any] = {
        "grant_type": GRANT_TYPE,
        "username": "resource-owner",
        "password": "A3ddj3w",
        "scopes": "2",
        "scope.1": "email",
        "scope.2": "webdav",
        "scope": "email",
    } | changes
    return world.token(**parameters)


@pytest.fixture
def world() -> World:
    return World("lodderstedt", passwords=PASSWORDS)


@pytest.mark.clause(f"{DRAFT} password")
def test_one_request_brings_one_scope_and_the_refresh_token_of_all(world):
    response = ask(world)
    assert world.claims(response)["aud"] == "https://email.example.com"
    refresh = response.json()["refresh_token"]
    later = world.token(grant_type="refresh_token", refresh_token=refresh, scope="webdav")
    assert world.claims(later)["aud"] == "https://webdav.example.com"
    beyond = world.token(grant_type="refresh_token", refresh_token=refresh, scope="voip")
    assert error(beyond) == (400, "invalid_scope")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"password": "wrong"}, "invalid_grant"),
        ({"username": "nobody"}, "invalid_grant"),
        ({"username": ""}, "invalid_request"),
        ({"password": ""}, "invalid_request"),
        ({"scopes": "3"}, "invalid_request"),
        ({"scope": "voip"}, "invalid_scope"),
        ({"scope": ""}, "invalid_scope"),
    ],
)
def test_what_is_wrong_gets_the_error_of_its_clause(world, changes, code):
    assert error(ask(world, **changes)) == (400, code)
    assert not world.database.access_tokens


@pytest.mark.clause("RFC 9700 2.4 password")
@pytest.mark.parametrize("design", ["lodderstedt", "fat"])
def test_without_passwords_in_its_configuration_no_server_offers_it(design):
    assert error(ask(World(design))) == (400, "unsupported_grant_type")
