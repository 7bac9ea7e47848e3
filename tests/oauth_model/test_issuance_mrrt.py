"""Auth0's multi-resource refresh tokens: what the registration widens, and the silent default."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from oauth_model.authorization_server import RegisteredClient
from oauth_model.issuance import DESIGNS, Rights
from oauth_model.messages import Response
from tests.oauth_model.parties import CONFIDENTIAL, SERVERS, World, error, location

EMAIL, WEBDAV, VOIP, PAYMENTS = (server.identifier for server in SERVERS)
STRANGER = "https://stranger.example.com"


def registered(*audiences: tuple[str, tuple[str, ...]], **changes: Any) -> World:
    """A world whose client has this policy."""
    world = World("mrrt")
    client = replace(CONFIDENTIAL, audiences=audiences, **changes)
    world.authorization_server.replica.clients[client.client_id] = client
    return world


def signed_in(world: World) -> str:
    """A refresh token; the user consented to the e-mail of `audience` only."""
    code = world.code(scope="email", audience=EMAIL)
    return str(world.redeem(code).json()["refresh_token"])


def refresh(world: World, *pairs: tuple[str, str], **more: Any) -> Response:
    token = signed_in(world)
    return world.token(*pairs, grant_type="refresh_token", refresh_token=token, **more)


@pytest.fixture
def world() -> World:
    """Refresh tokens are for web storage too, by the registration, and for nothing else."""
    return registered((WEBDAV, ("webdav",)))


def test_the_client_asks_the_user_for_one_audience_and_refreshes_for_the_others():
    world = World("mrrt")
    assert world.run(world.client.authorize(("email", "voip"))).kind == "served"
    assert [world.run(world.client.obtain(n)).kind for n in ("email", "voip")] == ["served"] * 2
    consent, _, refreshing = (send.request for send in world.sent)
    asked = dict(consent.query())
    assert (asked["audience"], asked["scope"]) == (EMAIL, "email")
    assert refreshing.form()[2:] == [("audience", VOIP), ("scope", "voip")]


def test_a_refresh_widens_what_was_consented_to_up_to_the_policy(world):
    response = refresh(world, audience=WEBDAV, scope="webdav")
    assert (world.claims(response)["aud"], world.claims(response)["scope"]) == (WEBDAV, "webdav")
    assert [len(grant.grant.rights.scopes) for grant in refresh_tokens(world)] == [1]


def refresh_tokens(world: World) -> list:
    return list(world.database.refresh_tokens.values())


@pytest.mark.parametrize("audience", [VOIP, PAYMENTS, STRANGER, "nonsense"])
def test_an_audience_outside_the_policy_is_ignored_without_a_word(world, audience):
    response = refresh(world, audience=audience, scope="voip")
    assert response.status == 200
    assert (world.claims(response)["aud"], world.claims(response)["scope"]) == (EMAIL, "email")
    assert response.json()["scope"] == "email"  # the one sign


def test_a_client_that_trusts_the_answer_hands_its_token_to_a_stranger(world):
    names = ("email", "voip")
    world.run(world.client.authorize(names))
    assert [world.run(world.client.obtain(name)).kind for name in names] == ["served"] * 2
    seen_by_voip = world.client.wallet.token("voip")
    assert world.run(world.client.call("voip", "GET /calls")).kind == "refused"
    assert world.call("email", seen_by_voip).status == 200


def test_after_the_wrong_audience_the_right_one_still_works(world):
    token = signed_in(world)
    for audience, got in ((STRANGER, EMAIL), (WEBDAV, WEBDAV), (EMAIL, EMAIL)):
        asked = {"refresh_token": token, "audience": audience}
        response = world.token(grant_type="refresh_token", **asked)
        assert world.claims(response)["aud"] == got


def test_a_code_is_redeemed_for_what_was_consented_to_whatever_the_request_says(world):
    code = world.code(scope="email", audience=EMAIL)
    response = world.redeem(code, audience=WEBDAV, scope="webdav")
    assert world.claims(response)["aud"] == EMAIL


def test_scopes_that_are_not_permitted_are_dropped_and_nothing_left_is_invalid_scope():
    world = registered((WEBDAV, ("webdav", "voip", "nonsense")))
    response = refresh(world, audience=WEBDAV, scope="webdav voip payments")
    assert response.json()["scope"] == world.claims(response)["scope"] == "webdav"
    assert error(refresh(world, audience=WEBDAV, scope="voip")) == (400, "invalid_scope")
    assert error(refresh(world, scope="voip")) == (400, "invalid_scope")


def test_the_policy_adds_audiences_and_leaves_what_was_consented_to_as_it_was():
    policy = ((EMAIL, ("read", "send")), (VOIP, ("voip",)))
    merged = DESIGNS["mrrt"].merge(Rights((("read",),), (EMAIL,)), lambda: policy)
    assert merged == Rights((("read",), ("voip",)), (EMAIL, VOIP))


def test_a_policy_for_what_does_not_exist_is_ignored():
    world = registered((STRANGER, ("email",)), (VOIP, ("nonsense",)))
    for audience in (STRANGER, VOIP):
        assert world.claims(refresh(world, audience=audience))["aud"] == EMAIL


def test_only_first_parties_have_such_a_policy():
    world = registered((WEBDAV, ("webdav",)), first_party=False)
    assert world.claims(refresh(world, audience=WEBDAV))["aud"] == EMAIL


def test_without_a_policy_a_refresh_token_is_for_all_that_the_client_is_registered_for():
    client = RegisteredClient("c", scopes=("email", "voip"))
    assert client.policy(SERVERS) == ((EMAIL, ("email",)), (VOIP, ("voip",)))


def test_the_default_audience_is_the_first_server_that_knows_a_scope(world):
    response = world.redeem(world.code(scope="voip webdav"))
    assert (world.claims(response)["aud"], response.json()["scope"]) == (WEBDAV, "webdav")
    assert world.claims(world.redeem(world.code(scope="")))["aud"] == EMAIL


def test_an_audience_alone_is_for_all_of_the_clients_scopes_there(world):
    response = world.redeem(world.code(scope="", audience=VOIP))
    assert (world.claims(response)["aud"], response.json()["scope"]) == (VOIP, "voip")


def test_what_is_wrong_in_an_authorization_request_is_said(world):
    assert location(world.authorize(audience=STRANGER))["error"] == "access_denied"
    both = [("audience", EMAIL), ("audience", VOIP)]
    assert location(world.authorize(*both))["error"] == "invalid_request"
    assert error(refresh(world, *both)) == (400, "invalid_request")


def test_client_credentials_choose_an_audience_with_the_same_silent_default(world):
    for audience, got in ((VOIP, VOIP), (STRANGER, EMAIL)):
        response = world.token(grant_type="client_credentials", audience=audience)
        assert world.claims(response)["aud"] == got


def test_a_single_use_token_is_never_for_more_than_was_named_and_so_refused(world):
    response = refresh(world, audience=VOIP, scope="voip", token_use="single")
    assert (response.status, response.json()["error"]) == (400, "invalid_scope")
