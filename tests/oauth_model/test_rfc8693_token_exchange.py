"""Token exchange (RFC 8693): who may exchange what, and what comes of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from oauth_model.grants import TOKEN_EXCHANGE
from oauth_model.issuance.token_exchange import ACCESS_TOKEN
from oauth_model.messages import Response
from oauth_model.stories import STORIES
from tests.oauth_model.parties import (
    CALLBACK,
    CONFIDENTIAL,
    ISSUER,
    PUBLIC,
    SCOPES,
    VERIFIER,
    World,
    error,
    token_request,
)

WEBDAV = replace(CONFIDENTIAL, client_id="webdav", secret="w", grant_types=(TOKEN_EXCHANGE,))


def exchange(world: World, held: str, client=CONFIDENTIAL, **changes: str) -> Response:
    parameters = {
        "grant_type": TOKEN_EXCHANGE,
        "subject_token": held,
        "subject_token_type": ACCESS_TOKEN,
    } | changes
    return world.token(client=client, **parameters)


@pytest.fixture
def world() -> World:
    return World("token_exchange", exchange_by="owner")


@pytest.fixture
def subject_token(world: World) -> str:
    return str(world.redeem(world.code()).json()["access_token"])


def test_the_first_token_is_for_the_authorization_server_and_works_nowhere(world, subject_token):
    [issued] = world.issued("access_token")
    assert issued["claims"]["aud"] == ISSUER
    assert [world.call(name, subject_token).status for name in SCOPES] == [401] * 4


@pytest.mark.clause("RFC 8693 2.1 grant type")
@pytest.mark.clause("RFC 8693 2.2.1 issued_token_type")
def test_2_2_1_the_response_says_what_was_issued(world, subject_token):
    members = exchange(world, subject_token, resource="https://voip.example.com").json()
    assert members["issued_token_type"] == ACCESS_TOKEN
    assert (members["token_type"], members["scope"]) == ("Bearer", "voip")
    assert "refresh_token" not in members
    assert world.call("voip", members["access_token"]).status == 200


@pytest.mark.clause("RFC 8693 2.1 subject token")
@pytest.mark.parametrize("name", ["subject_token", "subject_token_type"])
def test_2_1_subject_token_and_its_type_are_required(world, subject_token, name):
    response = exchange(world, subject_token, resource="https://voip.example.com", **{name: ""})
    assert error(response) == (400, "invalid_request")


@pytest.mark.clause("RFC 8693 2.1 targets")
def test_2_1_a_target_may_be_named_by_audience_and_by_resource(world, subject_token):
    both = world.token(
        ("audience", "email"),
        ("resource", "https://voip.example.com"),
        grant_type=TOKEN_EXCHANGE,
        subject_token=subject_token,
        subject_token_type=ACCESS_TOKEN,
    )
    assert sorted(world.claims(both)["aud"]) == [
        "https://email.example.com",
        "https://voip.example.com",
    ]


@pytest.mark.clause("RFC 8693 2.2.2 invalid_target")
@pytest.mark.parametrize(
    "target", [{"audience": "nobody"}, {"resource": "https://nobody.example.com"}]
)
def test_2_2_2_an_unknown_target_is_invalid(world, subject_token, target):
    assert error(exchange(world, subject_token, **target)) == (400, "invalid_target")


@pytest.mark.clause("RFC 8693 2.2.2 subject token")
@pytest.mark.parametrize(
    "changes",
    [
        {"subject_token": "nonsense"},
        {"subject_token_type": "urn:ietf:params:oauth:token-type:jwt"},
        {"requested_token_type": "urn:ietf:params:oauth:token-type:refresh_token"},
        {"actor_token": "a", "actor_token_type": ACCESS_TOKEN},
    ],
)
def test_2_2_2_what_is_not_acceptable_is_an_invalid_request(world, subject_token, changes):
    assert error(exchange(world, subject_token, **changes)) == (400, "invalid_request")


@pytest.mark.clause("RFC 8693 2.2.2 subject token")
def test_an_expired_or_revoked_subject_token_is_not_valid(world, subject_token):
    world.database.access_tokens[subject_token].grant.revoked = True
    assert error(exchange(world, subject_token, audience="voip")) == (400, "invalid_request")
    other = str(world.redeem(world.code()).json()["access_token"])
    world.now_s += 3600
    assert error(exchange(world, other, audience="voip")) == (400, "invalid_request")


@pytest.mark.clause("RFC 8693 not more")
def test_an_exchange_never_widens_the_scope_nor_the_lifetime(world, subject_token):
    world.now_s += 3000
    voip = exchange(world, subject_token, audience="voip").json()
    assert voip["expires_in"] == 600
    wider = exchange(world, voip["access_token"], audience="email", scope="email")
    assert error(wider) == (400, "invalid_scope")


def test_only_its_owner_exchanges_a_token_unless_policy_says_otherwise(world, subject_token):
    response = exchange(world, subject_token, PUBLIC, audience="voip")
    assert error(response) == (400, "invalid_request")


@pytest.mark.parametrize(("by", "status"), [("owner", 400), ("audience", 200)])
def test_a_server_exchanges_what_it_was_shown_only_by_policy_audience(by, status):
    world = World("fat", exchange_by=by)
    world.authorization_server.replica.clients["webdav"] = WEBDAV
    shown = str(world.redeem(world.code()).json()["access_token"])
    response = exchange(world, shown, WEBDAV, scope="voip")
    assert response.status == status
    if status == 200:
        assert world.claims(response)["client_id"] == "webdav"


def test_a_server_cannot_exchange_what_is_for_another():
    world = World("rfc8707", exchange_by="audience")
    world.authorization_server.replica.clients["webdav"] = WEBDAV
    world.run(STORIES["consent_then_call_all"](world.client, SCOPES))
    voip, webdav = (world.client.wallet.token(name) for name in ("voip", "webdav"))
    assert error(exchange(world, voip, WEBDAV, audience="voip")) == (400, "invalid_request")
    assert error(exchange(world, webdav, WEBDAV, audience="voip"))[0] == 400
    assert exchange(world, webdav, WEBDAV, audience="webdav").status == 200


@pytest.mark.clause("RFC 8693 not more")
def test_a_single_use_token_is_not_exchanged_but_may_come_of_an_exchange(world, subject_token):
    asked = {"audience": "payments", "scope": "payments", "token_use": "single"}
    members = exchange(world, subject_token, **asked).json()
    assert (members["use"], members["expires_in"]) == ("single", 30)
    again = exchange(world, members["access_token"], audience="payments")
    assert error(again) == (400, "invalid_request")


def test_what_was_exchanged_dies_with_its_grant(world, subject_token):
    token = exchange(world, subject_token, audience="voip").json()["access_token"]
    issued = world.database.access_tokens
    assert issued[token].grant is issued[subject_token].grant


@pytest.mark.parametrize("design", ["fat", "rfc8707"])
def test_a_server_that_offers_no_exchange_says_so(design):
    world = World(design)
    assert error(exchange(world, "any")) == (400, "unsupported_grant_type")


@pytest.mark.parametrize("by", ["owner", "audience"])
def test_5_a_server_cannot_pass_for_a_public_client_with_what_it_was_shown(by):
    world = World("rfc8707", exchange_by=by)
    world.run(STORIES["consent_then_call_all"](world.client, SCOPES))
    code = world.code(client_id="app", scope="voip", resource="https://voip.example.com")
    parameters = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK}
    members = world.token(client=PUBLIC, code_verifier=VERIFIER, **parameters).json()
    response = exchange(world, members["access_token"], PUBLIC, audience="voip")
    assert error(response) == (400, "unauthorized_client")


def test_an_exchange_never_reaches_a_server_that_was_not_consented_to():
    world = World("rfc8707", exchange_by="owner")
    code = world.code(scope="voip", resource="https://voip.example.com")
    held = world.redeem(code).json()["access_token"]
    elsewhere = exchange(world, held, resource="https://email.example.com")
    assert error(elsewhere) == (400, "invalid_target")


@pytest.mark.clause("RFC 8693 2.2.2 invalid_target")
@pytest.mark.parametrize("design", ["fat", "scope_inferred", "lodderstedt", "mrrt"])
def test_a_target_is_heeded_under_every_design(design):
    world = World(design, exchange_by="owner")
    assert world.run(STORIES["consent_then_call_all"](world.client, SCOPES)).kind == "served"
    held = world.client.wallet.token("email")
    unknown = exchange(world, held, resource="https://evil.example.net")
    assert error(unknown) == (400, "invalid_target")
    members = exchange(world, held, resource="https://email.example.com").json()
    assert members["issued_token_type"] == ACCESS_TOKEN
    assert world.call("email", members["access_token"]).status == 200
    other = exchange(world, held, resource="https://voip.example.com")
    assert (other.status == 200) == (design == "fat")


def test_what_was_exchanged_belongs_to_who_exchanged_it():
    world = World("fat", exchange_by="audience")
    world.authorization_server.replica.clients["webdav"] = WEBDAV
    shown = str(world.redeem(world.code()).json()["access_token"])
    token = exchange(world, shown, WEBDAV, scope="voip").json()["access_token"]
    for client, active in ((WEBDAV, True), (CONFIDENTIAL, False)):
        asked = token_request(client=client, token=token)._replace(url=f"{ISSUER}/introspect")
        assert world.run(world.handlers["as"](asked)).json()["active"] is active
    revoke = token_request(client=WEBDAV, token=token)._replace(url=f"{ISSUER}/revoke")
    assert world.run(world.handlers["as"](revoke)).status == 200
    assert world.database.access_tokens[token].revoked
