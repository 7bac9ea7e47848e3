"""RFC 6749 6 and RFC 9700 4.14.2: refresh, narrowing, rotation, reuse detection."""

from __future__ import annotations

from typing import Any

import pytest

from oauth_model.authorization_server import RegisteredClient
from oauth_model.messages import Response
from tests.oauth_model.parties import CONFIDENTIAL, PUBLIC, SCOPES, World, error, token_request


def refresh(
    world: World, token: str, client: RegisteredClient = CONFIDENTIAL, **more: Any
) -> Response:
    return world.token(client=client, grant_type="refresh_token", refresh_token=token, **more)


@pytest.mark.clause("RFC 6749 6 omitted")
def test_6_scope_omitted_is_all_that_was_granted():
    world = World()
    response = refresh(world, world.refresh_token())
    assert world.claims(response)["scope"] == " ".join(SCOPES)
    assert "scope" not in response.json()


@pytest.mark.clause("RFC 9068 3 default")
def test_6_a_narrower_scope_narrows_the_access_token_only():
    world = World()
    token = world.refresh_token()
    narrowed = refresh(world, token, scope="email")
    assert (world.claims(narrowed)["scope"], narrowed.json().get("scope")) == ("email", None)
    assert world.claims(narrowed)["aud"] == "https://email.example.com"
    assert world.claims(refresh(world, token))["scope"] == " ".join(SCOPES)


@pytest.mark.clause("RFC 6749 6 same scope")
def test_6_a_rotated_token_keeps_the_scope_of_the_old_one():
    world = World(client=PUBLIC)
    narrowed = refresh(world, world.refresh_token(PUBLIC), PUBLIC, scope="email").json()
    again = refresh(world, narrowed["refresh_token"], PUBLIC)
    assert world.claims(again)["scope"] == " ".join(SCOPES)


@pytest.mark.clause("RFC 6749 6 not more")
@pytest.mark.clause("RFC 6749 5.2 invalid_scope")
@pytest.mark.clause("RFC 9700 4.14.2 bound")
@pytest.mark.parametrize(
    "scope", ["email payments", "payments", "nonsense", "email email nonsense"]
)
def test_6_scope_cannot_exceed_what_was_granted(scope):
    world = World()
    token = world.refresh_token(scope="email voip")
    assert error(refresh(world, token, scope=scope)) == (400, "invalid_scope")


@pytest.mark.clause("RFC 6749 3.3 characters")
@pytest.mark.parametrize("scope", ["email\tvoip", "email\u00a0voip", "email voip\n"])
def test_3_3_only_a_space_parts_two_scopes(scope):
    world = World()
    token = world.refresh_token()
    assert error(refresh(world, token, scope=scope)) == (400, "invalid_scope")
    spaced = world.claims(refresh(world, token, scope=" email  voip"))
    assert spaced["scope"] == "email voip"


@pytest.mark.clause("RFC 6749 6 own")
@pytest.mark.clause("RFC 6749 5.2 invalid_grant")
def test_6_a_refresh_token_is_its_clients_own():
    world = World()
    token = world.refresh_token()
    assert error(refresh(world, token, PUBLIC)) == (400, "invalid_grant")
    assert refresh(world, token).status == 200


@pytest.mark.clause("RFC 6749 5.2 invalid_grant")
@pytest.mark.parametrize("token", ["rt-99", "code-1"])
def test_6_an_unknown_refresh_token_is_invalid(token):
    world = World()
    world.refresh_token()
    assert error(refresh(world, token)) == (400, "invalid_grant")


@pytest.mark.clause("RFC 6749 1.5 expiry")
@pytest.mark.parametrize(("age_s", "status"), [(99.5, 200), (100, 400)])
def test_1_5_a_refresh_token_expires(age_s, status):
    world = World(refresh_token_lifetime_s=100.0)
    token = world.refresh_token()
    world.now_s += age_s
    assert refresh(world, token).status == status


def test_6_a_confidential_client_keeps_its_refresh_token():
    world = World()
    token = world.refresh_token()
    answers = [refresh(world, token) for _ in range(3)]
    assert [answer.status for answer in answers] == [200, 200, 200]
    assert not any("refresh_token" in answer.json() for answer in answers)


@pytest.mark.clause("RFC 6749 6 rotation")
@pytest.mark.clause("RFC 9700 2.2.2 rotation")
def test_rfc9700_4_14_2_a_public_clients_refresh_token_is_rotated():
    world = World()
    first = world.refresh_token(PUBLIC)
    second = refresh(world, first, PUBLIC).json()["refresh_token"]
    assert second != first
    assert refresh(world, second, PUBLIC).status == 200


@pytest.mark.clause("RFC 6749 6 revoke old")
@pytest.mark.clause("RFC 9700 4.14.2 replay")
@pytest.mark.clause("draft-ietf-oauth-v2-1 refresh replay")
def test_rfc9700_4_14_2_reuse_of_a_rotated_token_revokes_the_family():
    world = World()
    first = world.refresh_token(PUBLIC)
    second = refresh(world, first, PUBLIC).json()["refresh_token"]
    assert error(refresh(world, first, PUBLIC)) == (400, "invalid_grant")
    assert error(refresh(world, second, PUBLIC)) == (400, "invalid_grant")


@pytest.mark.parametrize("scope", ["nonsense", "email nonsense"])
def test_a_wrong_request_rotates_nothing(scope):
    world = World()
    token = world.refresh_token(PUBLIC)
    assert refresh(world, token, PUBLIC, scope=scope).status == 400
    assert refresh(world, token, PUBLIC).status == 200


def test_a_family_revoked_on_one_grant_leaves_another_alone():
    world = World()
    theirs, ours = world.refresh_token(PUBLIC), world.refresh_token(PUBLIC)
    for _ in range(2):
        refresh(world, theirs, PUBLIC)
    assert refresh(world, ours, PUBLIC).status == 200


def test_cve_2026_1035_a_check_that_is_not_atomic_rotates_one_token_twice():
    world = World(strategy="shared_check_then_act")
    request = token_request(
        client=PUBLIC, grant_type="refresh_token", refresh_token=world.refresh_token(PUBLIC)
    )
    handle = world.handlers["as"]
    answers = world.interleave(handle(request), handle(request))
    assert len({answer.json()["refresh_token"] for answer in answers}) == 2


def test_two_tabs_that_refresh_at_once_lose_the_family_under_an_atomic_check():
    world = World()
    request = token_request(
        client=PUBLIC, grant_type="refresh_token", refresh_token=world.refresh_token(PUBLIC)
    )
    handle = world.handlers["as"]
    winner, loser = world.interleave(handle(request), handle(request))
    assert (winner.status, loser.status) == (200, 400)
    assert refresh(world, winner.json()["refresh_token"], PUBLIC).status == 400


@pytest.mark.clause("interim-2025-01-20 network errors")
def test_a_lost_rotation_can_be_asked_for_again_where_answers_are_stored():
    world = World(strategy="idempotent_response")
    token = world.refresh_token(PUBLIC)
    assert refresh(world, token, PUBLIC) == refresh(world, token, PUBLIC)


def test_a_single_use_request_rotates_nothing():
    world = World()
    token = world.refresh_token(PUBLIC)
    for _ in range(2):
        single = refresh(world, token, PUBLIC, scope="payments", token_use="single")
        assert (single.status, single.json()["use"]) == (200, "single")
    assert refresh(world, token, PUBLIC).status == 200


def test_a_single_use_request_with_a_rotated_token_is_reuse():
    world = World()
    first = world.refresh_token(PUBLIC)
    second = refresh(world, first, PUBLIC).json()["refresh_token"]
    single = refresh(world, first, PUBLIC, scope="payments", token_use="single")
    assert error(single) == (400, "invalid_grant")
    assert refresh(world, second, PUBLIC).status == 400


@pytest.mark.clause("interim-2025-01-20 practice no refresh")
def test_a_client_without_the_refresh_grant_gets_no_refresh_token():
    world = World()
    world.authorization_server.replica.clients["app"] = RegisteredClient(
        "app", "", PUBLIC.redirect_uris, ("authorization_code",), SCOPES
    )
    code = world.code(client_id="app")
    members = world.token(
        client=PUBLIC,
        grant_type="authorization_code",
        code=code,
        redirect_uri=PUBLIC.redirect_uris[0],
        code_verifier="dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
    ).json()
    assert "access_token" in members
    assert "refresh_token" not in members
