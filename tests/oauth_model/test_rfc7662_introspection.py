"""RFC 7662: what a resource server, or a client, is told about a token."""

from __future__ import annotations

import pytest

from oauth_model.messages import NO_STORE, Request
from tests.oauth_model.parties import ISSUER, SERVERS, basic, error
from tests.oauth_model.whole_server import OWN, WholeServer, credentials

INACTIVE = {"active": False}


@pytest.mark.clause("RFC 7662 2.2 members")
@pytest.mark.clause("RFC 7662 2.2 active")
def test_2_2_the_members_are_the_claims_of_the_token():
    world = WholeServer()
    response = world.redeem(world.code(scope="email"))
    members = world.introspect(response.json()["access_token"]).json()
    assert members == {"active": True, "token_type": "Bearer"} | world.claims(response)
    assert members["scope"] == "email"
    assert members["aud"] == SERVERS[0].identifier


def test_2_2_the_answer_is_json_and_not_stored():
    response = WholeServer().introspect("unknown")
    assert response.status == 200
    assert response.headers[1:] == NO_STORE


@pytest.mark.clause("RFC 7662 2.2 inactive")
def test_2_2_an_unknown_token_is_inactive_and_nothing_more():
    assert WholeServer().introspect("unknown").json() == INACTIVE


@pytest.mark.clause("RFC 7662 2.2 inactive")
def test_2_2_a_token_for_another_server_is_inactive():
    world = WholeServer()
    token = world.tokens("email")["access_token"]
    assert world.introspect(token, by="webdav").json() == INACTIVE
    assert world.active(token, by="email")


@pytest.mark.clause("RFC 7662 2.2 active")
def test_2_2_an_expired_token_is_inactive_from_exp_on():
    world = WholeServer()
    response = world.redeem(world.code(scope="email"))
    token, expires_at_s = response.json()["access_token"], world.claims(response)["exp"]
    world.now_s = expires_at_s - 0.001
    assert world.active(token)
    world.now_s = expires_at_s
    assert world.introspect(token).json() == INACTIVE


@pytest.mark.clause("RFC 7662 2.2 active")
def test_2_2_a_token_of_a_revoked_grant_is_inactive():
    world = WholeServer()
    token = world.tokens()["access_token"]
    world.database.access_tokens[token].grant.revoked = True
    assert world.introspect(token).json() == INACTIVE


def test_2_2_what_is_no_access_token_is_inactive():
    world = WholeServer()
    members = world.tokens("email openid")
    assert world.introspect(members["id_token"]).json() == INACTIVE
    assert world.introspect(world.code()).json() == INACTIVE
    assert world.introspect(members["refresh_token"]).json() == INACTIVE


@pytest.mark.clause("RFC 7662 2.1 hint")
@pytest.mark.parametrize("hint", ["access_token", "refresh_token", "nonsense"])
def test_2_1_a_wrong_hint_decides_nothing(hint: str):
    world = WholeServer()
    token = world.tokens()["access_token"]
    hinted = world.post("/introspect", credentials("email"), token=token, token_type_hint=hint)
    assert hinted.json()["active"] is True


@pytest.mark.clause("RFC 7662 2.1 token")
def test_2_1_token_is_required():
    assert error(WholeServer().post("/introspect", credentials("email"))) == (
        400,
        "invalid_request",
    )


@pytest.mark.clause("RFC 7662 2.1 token")
def test_2_1_it_is_a_form_and_a_post():
    world = WholeServer()
    request = Request("POST", f"{ISSUER}/introspect", (credentials("email"),), "token=x")
    assert error(world.ask(request)) == (400, "invalid_request")
    assert world.get("/introspect?token=x", credentials("email")).status == 405


@pytest.mark.clause("RFC 7662 2.1 authentication")
@pytest.mark.clause("RFC 7662 2.3 credentials")
@pytest.mark.parametrize(
    "who",
    [
        basic("email", "wrong"),
        basic("email", ""),
        basic("nobody", "secret"),
        basic("voip", ""),  # registered without a secret, so it has no way to authenticate
        ("Authorization", "Bearer at-1"),
    ],
)
def test_2_3_wrong_credentials_are_401(who: tuple[str, str]):
    response = WholeServer().post("/introspect", who, token="x")
    assert error(response) == (401, "invalid_client")
    assert response.header("WWW-Authenticate")


@pytest.mark.clause("RFC 7662 2.1 authentication")
def test_2_1_nobody_asks_without_credentials():
    world = WholeServer()
    token = world.tokens()["access_token"]
    assert error(world.post("/introspect", token=token)) == (401, "invalid_client")
    assert error(world.post("/introspect", token=token, client_id="app")) == (
        401,
        "invalid_client",
    )


def test_2_1_a_client_is_told_about_its_own_tokens_only():
    world = WholeServer()
    token = world.tokens()["access_token"]
    assert world.active(token, by="s6BhdRkqt3")
    assert world.introspect(token, by="other").json() == INACTIVE


def test_2_1_a_client_may_authenticate_by_an_assertion():
    world = WholeServer()
    issued = world.post(
        "/token", grant_type="client_credentials", scope="email", **world.assertion()
    )
    asked = {"token": issued.json()["access_token"]} | world.assertion()
    assert world.post("/introspect", **asked).json()["client_id"] == "keyed"


def test_2_2_a_refresh_token_is_known_to_its_own_client():
    world = WholeServer()
    refresh_token = world.tokens("email voip")["refresh_token"]
    members = world.introspect(refresh_token, by="s6BhdRkqt3").json()
    assert members == {
        "active": True,
        "iss": ISSUER,
        "sub": "resource-owner",
        "client_id": "s6BhdRkqt3",
        "scope": "email voip",
        "exp": int(world.now_s + 30 * 86_400),
    }
    assert world.introspect(refresh_token, by="other").json() == INACTIVE


def test_2_2_a_refresh_token_that_expired_or_was_revoked_is_inactive():
    world = WholeServer()
    first, second = (world.tokens()["refresh_token"] for _ in range(2))
    world.post("/revoke", OWN, token=first)
    assert not world.active(first, by="s6BhdRkqt3")
    world.now_s += 30 * 86_400
    assert not world.active(second, by="s6BhdRkqt3")


def test_2_2_a_refresh_token_that_was_rotated_is_inactive():
    world = WholeServer()
    refresh_token = world.tokens()["refresh_token"]
    world.database.refresh_tokens[refresh_token].rotated = True
    assert not world.active(refresh_token, by="s6BhdRkqt3")


def test_2_2_details_of_the_sign_in_are_told():
    world = WholeServer()
    token = world.tokens(acr_values="otp")["access_token"]
    members = world.introspect(token).json()
    assert (members["acr"], members["auth_time"]) == ("otp", int(world.now_s))


@pytest.mark.clause("RFC 9449 6.2 introspection")
def test_rfc9449_6_2_cnf_is_told_and_no_proof_is_asked_for():
    world = WholeServer()
    bound = world.redeem_proven(world.code(scope="email"), world.proof())
    members = world.introspect(bound.json()["access_token"]).json()
    assert members["token_type"] == "DPoP"
    assert members["cnf"] == world.claims(bound)["cnf"]
