"""RFC 9635 6: an access token gets another value or is revoked, by its own management token."""

from __future__ import annotations

from typing import Any

import pytest

from oauth_model.messages import form_post
from tests.oauth_model.negotiation import (
    Negotiating,
    access,
    asked,
    gnap,
    manage_request,
    refused,
)
from tests.oauth_model.parties import CONFIDENTIAL, ISSUER, basic


@pytest.fixture
def world() -> Negotiating:
    return Negotiating()


@pytest.fixture
def token(world) -> dict[str, Any]:
    """An access token for e-mail."""
    first: dict[str, Any] = world.approved(asked("email"), asked("voip")).json()["access_token"][0]
    return first


def active(world: Negotiating, value: str) -> bool:
    """What introspection says."""
    own = basic(CONFIDENTIAL.client_id, CONFIDENTIAL.secret)
    request = form_post(f"{ISSUER}/introspect", [("token", value)], (own,))
    return bool(world.run(world.handlers["as"](request)).json()["active"])


@pytest.mark.clause("RFC 9635 6.1 rotation")
def test_a_rotated_token_has_another_value_and_the_same_rights(world, token):
    rotated = world.manage("POST", token).json()["access_token"]
    assert rotated["value"] != token["value"]
    assert (rotated["access"], rotated["label"]) == ([access("email")], "email")
    assert world.call("email", rotated["value"]).status == 200
    assert world.call("voip", rotated["value"]).status == 401


@pytest.mark.clause("RFC 9635 6.1 invalidate")
def test_the_old_value_is_dead_where_somebody_asks(world, token):
    rotated = world.manage("POST", token).json()["access_token"]
    assert [active(world, value) for value in (token["value"], rotated["value"])] == [False, True]
    assert world.call("email", token["value"]).status == 200  # it reads tokens itself


@pytest.mark.clause("RFC 9635 6.1 new management URI")
def test_the_new_value_is_managed_at_a_uri_of_its_own(world, token):
    rotated = world.manage("POST", token).json()["access_token"]
    assert rotated["manage"]["uri"] != token["manage"]["uri"]
    assert world.manage("POST", rotated).status == 200


@pytest.mark.clause("RFC 9635 6.1 invalid_rotation")
def test_a_management_token_rotates_once_and_a_second_try_changes_nothing(world, token):
    rotated = world.manage("POST", token).json()["access_token"]
    assert refused(world.manage("POST", token)) == (400, "invalid_rotation")
    assert active(world, rotated["value"])
    assert world.manage("POST", rotated).status == 200


def test_a_lost_answer_can_be_had_again_where_answers_are_stored():
    world = Negotiating(strategy="idempotent_response")
    [token] = world.approved(asked("email")).json()["access_token"]
    assert world.manage("POST", token) == world.manage("POST", token)


def test_each_token_is_managed_by_its_own_management_token_at_its_own_uri(world):
    one, other = world.approved(asked("email"), asked("voip")).json()["access_token"]
    uri = one["manage"]["uri"]
    for foreign in (other["manage"]["access_token"]["value"], one["value"], "nothing", ""):
        answer = world.send("POST", uri, None, gnap(foreign))
        assert refused(answer) == (400, "invalid_rotation")
    assert world.manage("POST", one).status == 200


@pytest.mark.clause("RFC 9635 6.1 expired")
def test_an_expired_token_is_rotated_but_not_for_ever(world, token):
    world.now_s += 3600
    assert world.call("email", token["value"]).status == 401
    rotated = world.manage("POST", token).json()["access_token"]
    assert world.call("email", rotated["value"]).status == 200
    world.now_s += 30 * 86_400
    assert refused(world.manage("POST", rotated)) == (400, "invalid_rotation")


@pytest.mark.clause("RFC 9635 6.1.1 key")
@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"key": {"proof": "httpsig"}}, "invalid_rotation"),
        ({}, "invalid_request"),
        ("nonsense", "invalid_request"),
    ],
)
def test_a_bearer_token_has_no_key_to_rotate_and_nothing_else_is_understood(
    world, token, body, code
):
    assert refused(world.manage("POST", token, body)) == (400, code)
    assert active(world, token["value"])


@pytest.mark.clause("RFC 9635 6.2 revocation")
def test_a_revoked_token_is_dead_and_the_others_live(world):
    one, other = world.approved(asked("email"), asked("voip")).json()["access_token"]
    assert world.manage("DELETE", one).status == 204
    assert [active(world, each["value"]) for each in (one, other)] == [False, True]
    assert world.manage("DELETE", one).status == 204  # 6.2: the end result is the same
    assert refused(world.manage("POST", one)) == (400, "invalid_rotation")


def test_nothing_is_revoked_with_a_token_that_is_not_for_it(world, token):
    answer = world.send("DELETE", token["manage"]["uri"], None, gnap("nothing"))
    assert refused(answer) == (400, "invalid_request")
    assert active(world, token["value"])


def test_after_the_end_of_the_request_nothing_is_rotated(world):
    first = world.approved(asked("email"))
    world.onward("DELETE", first)
    [token] = first.json()["access_token"]
    assert refused(world.manage("POST", token)) == (400, "invalid_rotation")


@pytest.mark.parametrize("order", [("POST", "DELETE"), ("DELETE", "POST")])
def test_rotation_and_revocation_at_once_leave_no_live_token_behind(order):
    world = Negotiating()
    [token] = world.approved(asked("email")).json()["access_token"]
    requests = (manage_request(method, token["manage"]) for method in order)
    world.interleave(*(world.handlers["as"](request) for request in requests))
    assert all(issued.revoked for issued in world.database.access_tokens.values())
