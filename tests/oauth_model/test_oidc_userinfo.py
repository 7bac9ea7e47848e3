"""OpenID Connect Core 2, 5.3: the ID token, and userinfo as a resource server of the AS itself."""

from __future__ import annotations

from typing import Any

import pytest

from oauth_model.identities import RESOURCE_OWNER, User
from oauth_model.messages import NO_STORE, Response
from tests.oauth_model.parties import ISSUER, redemption
from tests.oauth_model.whole_server import OWN, SINGLE, USERINFO, Revoking, WholeServer


def ask(world: WholeServer, token: str, scheme: str = "Bearer") -> Response:
    return world.get("/userinfo", ("Authorization", f"{scheme} {token}"))


def told(world: WholeServer, scope: str) -> dict[str, Any]:
    return ask(world, world.tokens(scope)["access_token"]).json()


def refusal(response: Response) -> tuple[int, str]:
    """Status and error code of a challenge."""
    challenge = response.header("WWW-Authenticate") or ""
    return response.status, challenge.partition('error="')[2].partition('"')[0]


def test_5_3_2_openid_alone_tells_the_subject():
    assert told(WholeServer(), "openid") == {"sub": "resource-owner"}


@pytest.mark.parametrize(
    ("scope", "claims"),
    [
        ("profile", {"name": "Robin Doe", "birthdate": "1990-04-01"}),
        ("phone", {"phone_number": "+12025550142"}),
        ("address", {"address": {"formatted": "1 Example Street, Exampleton"}}),
        ("email", {"email": "robin.doe@example.com"}),
        ("webdav", {}),
    ],
)
def test_5_4_each_scope_asks_for_its_claims(scope: str, claims: dict[str, Any]):
    assert told(WholeServer(), f"openid {scope}") == {"sub": "resource-owner"} | claims


def test_5_3_2_what_the_user_lacks_is_left_out():
    world = WholeServer(users=(User("resource-owner", {"name": "Robin Doe"}),))
    assert told(world, "openid profile phone") == {"sub": "resource-owner", "name": "Robin Doe"}


def test_5_3_2_the_answer_is_json_and_not_stored():
    world = WholeServer()
    response = ask(world, world.tokens("openid")["access_token"])
    assert response.headers == (("Content-Type", "application/json"), *NO_STORE)


def test_5_3_1_by_post_too():
    world = WholeServer()
    token = world.tokens("openid")["access_token"]
    response = world.post("/userinfo", ("Authorization", f"Bearer {token}"))
    assert response.json() == {"sub": "resource-owner"}


@pytest.mark.parametrize("scope", ["email", "webdav"])
def test_5_3_3_a_token_for_other_servers_is_refused(scope: str):
    world = WholeServer()
    response = ask(world, world.tokens(scope)["access_token"])
    assert refusal(response) == (401, "invalid_token")


def test_5_3_1_a_token_without_openid_is_refused():
    world = WholeServer()
    response = ask(world, world.tokens("profile")["access_token"])
    assert refusal(response) == (403, "insufficient_scope")
    assert 'scope="openid"' in (response.header("WWW-Authenticate") or "")


def test_5_3_3_no_credentials_no_error_code():
    response = WholeServer().get("/userinfo")
    assert refusal(response) == (401, "")
    assert (response.header("WWW-Authenticate") or "").startswith("Bearer ")


def test_5_3_3_what_is_no_access_token_is_refused():
    world = WholeServer()
    members = world.tokens("openid")
    for value in (members["id_token"], members["refresh_token"], world.code(), "unknown"):
        assert refusal(ask(world, value)) == (401, "invalid_token")


def test_5_3_3_an_expired_token_is_refused():
    world = WholeServer()
    token = world.tokens("openid")["access_token"]
    world.now_s += 3600
    assert refusal(ask(world, token)) == (401, "invalid_token")


def test_5_3_3_a_revoked_token_is_refused_at_once():
    world = WholeServer()
    token = world.tokens("openid")["access_token"]
    world.post("/revoke", OWN, token=token)
    assert refusal(ask(world, token)) == (401, "invalid_token")


def test_5_3_3_a_token_that_is_revoked_while_the_store_is_asked_is_refused():
    world = Revoking(single_use_at_userinfo="consume")
    assert refusal(ask(world, world.single_use("openid"))) == (401, "invalid_token")


def test_5_3_3_a_revoked_token_uses_nothing_up():
    world = WholeServer(single_use_at_userinfo="consume")
    token = world.single_use("openid")
    world.post("/revoke", OWN, token=token)
    before = len(world.calls)
    assert refusal(ask(world, token)) == (401, "invalid_token")
    assert len(world.calls) == before


def test_5_3_a_client_of_its_own_is_no_user():
    world = WholeServer()
    asked = {"grant_type": "client_credentials", "scope": "openid"} | world.assertion()
    token = world.post("/token", **asked).json()["access_token"]
    assert refusal(ask(world, token)) == (401, "invalid_token")


@pytest.mark.parametrize("token_format", ["jwt", "opaque", "swt"])
@pytest.mark.parametrize("encrypted", [False, True])
def test_userinfo_is_a_server_like_any_other(token_format: str, encrypted: bool):
    wants = USERINFO._replace(token_format=token_format, encrypted=encrypted)
    world = WholeServer(userinfo=wants)
    assert told(world, "openid") == {"sub": "resource-owner"}


def test_a_design_that_parts_tokens_parts_userinfo_from_the_rest():
    world = WholeServer("lodderstedt")
    scopes = {"scopes": "2", "scope.1": "openid profile", "scope.2": "email", "scope": ""}
    advanced = redemption(world.code(response_type="code_advanced", **scopes))
    advanced |= {"grant_type": "authorization_code_advanced", "scope": "openid profile"}
    token = world.token(**advanced).json()["access_token"]
    assert ask(world, token).json()["name"] == "Robin Doe"
    assert world.call("email", token).status == 401


# DPoP and certificates: a bound token is no bearer token here either (RFC 9449 7, RFC 8705 3).


@pytest.mark.clause("RFC 9449 7.2 bearer")
def test_a_bound_token_is_no_bearer_token():
    world = WholeServer()
    token = world.redeem_proven(world.code(scope="openid"), world.proof()).json()["access_token"]
    assert refusal(ask(world, token)) == (401, "invalid_token")
    headers = (("Authorization", f"DPoP {token}"), world.proof("/userinfo", "GET"))
    assert world.get("/userinfo", *headers).status == 401  # no ath
    headers = (headers[0], world.proof("/userinfo", "GET", access_token=token))
    assert world.get("/userinfo", *headers).status == 200


def test_a_proof_is_good_once():
    world = WholeServer()
    token = world.redeem_proven(world.code(scope="openid"), world.proof()).json()["access_token"]
    proof = world.proof("/userinfo", "GET", access_token=token)
    headers = (("Authorization", f"DPoP {token}"), proof)
    assert [world.get("/userinfo", *headers).status for _ in range(2)] == [200, 401]


# Single use, which the minutes leave open.


def single(policy: str, **more: Any) -> tuple[WholeServer, str]:
    world = WholeServer(single_use_at_userinfo=policy, **more)
    return world, world.single_use("openid")


@pytest.mark.clause("interim-2025-01-20 userinfo")
def test_single_use_ignored():
    world, token = single("ignore")
    assert [ask(world, token).status for _ in range(3)] == [200] * 3


@pytest.mark.clause("interim-2025-01-20 userinfo")
def test_single_use_rejected():
    world, token = single("reject")
    assert refusal(ask(world, token)) == (401, "invalid_token")
    assert told(world, "openid") == {"sub": "resource-owner"}


@pytest.mark.clause("interim-2025-01-20 userinfo")
@pytest.mark.clause("interim-2025-01-20 reuse")
@pytest.mark.parametrize(
    "strategy", ["shared_atomic", "shared_allow_list", "reserve_commit", "idempotent_response"]
)
def test_single_use_consumed(strategy: str):
    world, token = single("consume", strategy=strategy)
    assert ask(world, token).json() == {"sub": "resource-owner"}
    assert refusal(ask(world, token)) == (401, "invalid_token")


def test_single_use_undecided_is_503():
    world, token = single("consume")
    world.stores_answer = False
    assert ask(world, token).status == 503
    world.stores_answer = True
    assert ask(world, token).status == 200


def test_a_403_does_not_consume():
    world = WholeServer(single_use_at_userinfo="consume")
    token = world.single_use("profile")
    before = len(world.calls)
    assert refusal(ask(world, token)) == (403, "insufficient_scope")
    assert len(world.calls) == before


# The ID token (OpenID Connect Core 2, 3.1.3).


def identity(world: WholeServer, members: dict[str, Any]) -> dict[str, Any]:
    return dict(world.keys.verifier("as").verify(members["id_token"]).claims)


def test_2_the_id_token_is_for_the_client():
    world = WholeServer()
    claims = identity(world, world.tokens("openid email", nonce="n-0S6_WzA2Mj"))
    now_s = int(world.now_s)
    assert claims == {
        "iss": ISSUER,
        "sub": "resource-owner",
        "aud": "s6BhdRkqt3",
        "exp": now_s + 3600,
        "iat": now_s,
        "auth_time": now_s,
        "nonce": "n-0S6_WzA2Mj",
    }


def test_2_the_subject_is_the_one_of_userinfo_also_a_pairwise_one():
    world = WholeServer(userinfo=USERINFO._replace(subject_type="pairwise"))
    members = world.tokens("openid")
    told_subject = ask(world, members["access_token"]).json()["sub"]
    assert identity(world, members)["sub"] == told_subject != RESOURCE_OWNER.name


def test_2_how_the_user_signed_in():
    world = WholeServer()
    assert identity(world, world.tokens("openid", acr_values="loa7 otp"))["acr"] == "otp"
    assert "acr" not in identity(world, world.tokens("openid", acr_values="loa7"))


def test_2_auth_time_is_that_of_the_authorization():
    world = WholeServer()
    code = world.code(scope="openid")
    world.now_s += 20
    claims = identity(world, world.redeem(code).json())
    assert claims["iat"] - claims["auth_time"] == 20


def test_3_1_3_3_only_where_openid_was_granted():
    assert "id_token" not in WholeServer().tokens("email profile")


def test_no_id_token_with_client_credentials_nor_by_refresh():
    world = WholeServer()
    refresh_token = world.tokens("openid")["refresh_token"]
    again = world.token(grant_type="refresh_token", refresh_token=refresh_token)
    assert "id_token" not in again.json()
    alone = {"grant_type": "client_credentials", "scope": "openid"}
    assert "id_token" not in world.post("/token", **alone, **world.assertion()).json()


def test_a_single_use_starts_no_session_at_the_client_either():
    assert "id_token" not in WholeServer().tokens("openid", **SINGLE)


@pytest.mark.clause("RFC 8725 3.12 exclusive")
@pytest.mark.parametrize("design", ["fat", "rfc8707"])
def test_an_id_token_never_passes_as_an_access_token(design: str):
    world = WholeServer(design)
    members = world.tokens("openid email") if design == "fat" else world.tokens("openid")
    for server in ("email", "webdav", "voip"):
        assert world.call(server, members["id_token"]).status == 401
    assert refusal(ask(world, members["id_token"])) == (401, "invalid_token")


@pytest.mark.clause("RFC 8725 3.12 exclusive")
def test_an_id_token_is_typed_as_none_of_the_others():
    world = WholeServer(algorithm="EdDSA")
    verified = world.keys.verifier("as").verify(world.tokens("openid")["id_token"])
    assert verified.header["typ"] == "JWT"


def test_the_trace_knows_the_id_token_by_a_name():
    world = WholeServer()
    members = world.tokens("openid")
    (said,) = world.issued("id_token")
    assert (said["value"], said["token"]) == (members["id_token"], "id-1")
