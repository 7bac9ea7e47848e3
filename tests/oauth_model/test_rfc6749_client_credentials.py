"""RFC 6749 4.4: the client acts for itself."""

from __future__ import annotations

import pytest

from tests.oauth_model.parties import PUBLIC, SCOPES, World, error


def test_4_4_the_client_is_the_subject():
    world = World()
    claims = world.claims(world.token(grant_type="client_credentials", scope="voip"))
    assert claims["sub"] == claims["client_id"] == "s6BhdRkqt3"
    assert claims["scope"] == "voip"


@pytest.mark.clause("RFC 6749 4.4.3 no refresh token")
def test_4_4_3_no_refresh_token():
    response = World().token(grant_type="client_credentials", scope="voip")
    assert list(response.json()) == ["access_token", "token_type", "expires_in"]


@pytest.mark.clause("RFC 6749 4.4 confidential")
def test_4_4_confidential_clients_only():
    response = World().token(client=PUBLIC, grant_type="client_credentials", scope="voip")
    assert error(response) == (400, "unauthorized_client")


@pytest.mark.clause("RFC 6749 3.3 default")
@pytest.mark.clause("RFC 6749 5.1 scope")
def test_3_3_no_scope_is_all_registered_and_the_response_says_so():
    response = World().token(grant_type="client_credentials")
    assert response.json()["scope"] == " ".join(SCOPES)


@pytest.mark.clause("RFC 6749 5.2 invalid_scope")
def test_3_3_a_scope_that_is_not_the_clients_is_invalid():
    response = World().token(grant_type="client_credentials", scope="voip admin")
    assert error(response) == (400, "invalid_scope")


def test_under_the_drafts_design_a_token_is_for_one_server():
    world = World("lodderstedt")
    claims = world.claims(world.token(grant_type="client_credentials", scope="voip"))
    assert claims["aud"] == "https://voip.example.com"


@pytest.mark.clause("RFC 9068 3 invalid_scope")
@pytest.mark.parametrize("parameters", [{}, {"scope": "voip email"}])
def test_under_the_drafts_design_the_scope_must_say_which(parameters):
    response = World("lodderstedt").token(grant_type="client_credentials", **parameters)
    assert error(response) == (400, "invalid_scope")


def test_a_single_use_token_can_be_had_without_a_user():
    world = World()
    response = world.token(grant_type="client_credentials", scope="voip", token_use="single")
    assert world.claims(response)["use"] == response.json()["use"] == "single"


def test_a_single_use_token_of_ones_own_needs_a_scope():
    response = World().token(grant_type="client_credentials", token_use="single")
    assert error(response) == (400, "invalid_scope")
