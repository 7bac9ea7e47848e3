"""What `use: single` obliges the AS to do (minutes of the OAuth WG interim of 2025-01-20)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oauth_model import single_use
from oauth_model.authorization_server import AuthorizationServerConfig, RegisteredClient
from oauth_model.messages import Request, Response
from oauth_model.replay import State
from tests.oauth_model.parties import (
    CONFIDENTIAL,
    OPERATIONS,
    PUBLIC,
    SCOPES,
    SERVERS,
    World,
    error,
    location,
    redemption,
)


def single_by_refresh(token: str) -> dict[str, Any]:
    return {"grant_type": "refresh_token", "refresh_token": token, "token_use": "single"}


def single(world: World, **parameters: str) -> Response:
    """A single-use token by refresh; without a scope unless one is given."""
    token = world.refresh_token()
    return world.token(**(single_by_refresh(token) | parameters))


@pytest.mark.clause("interim-2025-01-20 claim")
@pytest.mark.clause("interim-2025-01-20 response member")
def test_claim_and_response_member_say_use_single():
    world = World()
    response = single(world, scope="payments")
    assert response.json()["use"] == "single"
    assert world.claims(response)["use"] == "single"


def test_an_ordinary_token_says_nothing_of_use():
    world = World()
    response = world.redeem(world.code())
    assert "use" not in response.json()
    assert "use" not in world.claims(response)


@pytest.mark.clause("interim-2025-01-20 lifetime")
def test_it_lives_for_thirty_seconds_in_whole_seconds():
    world = World()
    response = single(world, scope="payments")
    claims = world.claims(response)
    assert response.json()["expires_in"] == claims["exp"] - claims["iat"] == 30
    assert isinstance(claims["iat"], int)
    assert isinstance(claims["exp"], int)


def test_a_fractional_lifetime_is_cut_to_whole_seconds():
    claims = World(single_use_lifetime_s=2.9)
    assert claims.claims(single(claims, scope="payments"))["exp"] == 1_000_002


@pytest.mark.clause("interim-2025-01-20 down-scoped")
def test_it_is_down_scoped_to_what_was_asked_at_one_server():
    world = World()
    claims = world.claims(single(world, scope="payments"))
    assert (claims["scope"], claims["aud"]) == ("payments", "https://payments.example.com")


@pytest.mark.clause("interim-2025-01-20 down-scoped")
@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({}, "invalid_scope"),
        ({"scope": "payments email"}, "invalid_scope"),
        ({"scope": "admin"}, "invalid_scope"),
        ({"scope": "payments", "token_use": "twice"}, "invalid_request"),
        ({"scope": "payments", "token_use": "SINGLE"}, "invalid_request"),
    ],
)
def test_what_is_not_down_scoped_or_not_understood_is_refused(parameters, expected):
    assert error(single(World(), **parameters)) == (400, expected)


def test_a_grant_of_one_scope_does_not_stand_for_the_scope_of_the_request():
    world = World()
    token = world.refresh_token(scope="payments")
    assert error(world.token(**single_by_refresh(token))) == (400, "invalid_scope")
    world.authorization_server.replica.clients["app"] = replace(PUBLIC, scopes=("payments",))
    answer = location(world.authorize(client_id="app", scope="", token_use="single"))
    assert answer["error"] == "invalid_scope"


@pytest.mark.clause("interim-2025-01-20 down-scoped")
def test_down_scoping_cannot_widen_the_grant():
    world = World()
    token = world.refresh_token(scope="email voip")
    asked = single_by_refresh(token)
    assert error(world.token(scope="payments", **asked)) == (400, "invalid_scope")
    assert world.token(scope="voip", **asked).status == 200


@pytest.mark.clause("interim-2025-01-20 reuse")
@pytest.mark.clause("interim-2025-01-20 enforced")
def test_the_second_presentation_is_refused_by_the_server():
    world = World()
    token = single(world, scope="payments").json()["access_token"]
    first, second = world.call("payments", token), world.call("payments", token)
    assert (first.status, second.status) == (200, 401)
    assert 'error="invalid_token"' in (second.header("WWW-Authenticate") or "")
    assert len(world.effects) == 1


@pytest.mark.clause("interim-2025-01-20 request")
@pytest.mark.clause("interim-2025-01-20 no refresh token")
def test_asked_for_at_the_authorization_endpoint_it_is_remembered_with_the_code():
    world = World()
    response = world.redeem(world.code(scope="payments", token_use="single"))
    assert response.json()["use"] == "single"
    assert "refresh_token" not in response.json()


@pytest.mark.parametrize("scope", ["", "payments email"])
def test_the_authorization_request_must_be_down_scoped_too(scope):
    answer = location(World().authorize(scope=scope, token_use="single"))
    assert answer["error"] == "invalid_scope"


def test_a_code_request_may_repeat_what_the_authorization_request_said():
    world = World()
    code = world.code(scope="payments", token_use="single")
    assert world.redeem(code, token_use="single").json()["use"] == "single"


def test_a_code_for_an_ordinary_token_does_not_turn_single():
    world = World()
    code = world.code()
    assert error(world.redeem(code, token_use="single")) == (400, "invalid_request")
    assert "refresh_token" in world.redeem(code).json()


@pytest.mark.clause("interim-2025-01-20 no session")
def test_it_starts_no_session_and_an_ordinary_grant_does():
    world = World()
    world.code(scope="payments", token_use="single")
    assert world.database.sessions == set()
    world.code()
    assert world.database.sessions == {"resource-owner"}
    assert [row["with_session"] for row in world.issued("code")] == [False, True]


def test_an_allow_list_is_told_at_issuance_the_very_key_the_server_uses():
    world = World(strategy="shared_allow_list")
    token = single(world, scope="payments").json()["access_token"]
    key = single_use.one_time_key("https://as.example.com", "https://payments.example.com", "at-2")
    assert world.stores["shared"].records[key].state is State.AVAILABLE
    assert [world.call("payments", token).status for _ in range(2)] == [200, 401]


def test_an_allow_list_record_stands_until_nobody_accepts_the_token():
    world = World(strategy="shared_allow_list", leeway_s=5.0)
    single(world, scope="payments")
    records = world.stores["shared"].records.items()
    (record,) = (record for key, record in records if key.kind == "access_token")
    margin_s = world.strategy.settings.retention_margin_s
    assert record.keep_until_s == 1_000_000 + 30 + 5 + margin_s


@pytest.mark.clause("interim-2025-01-20 several audiences")
@pytest.mark.parametrize(("one_use_per", "accepted"), [("server", 2), ("token", 1)])
@pytest.mark.parametrize("strategy", ["shared_atomic", "shared_allow_list"])
def test_one_use_per_server_or_in_all_when_policy_allows_several_servers(
    strategy, one_use_per, accepted
):
    world = World(strategy=strategy, single_use_audiences="several", one_use_per=one_use_per)
    token = single(world, scope="email voip").json()["access_token"]
    calls = [world.call(name, token).status for name in ("email", "voip", "email", "voip")]
    assert calls.count(200) == accepted


@pytest.mark.parametrize("name", ["design", "single_use_audiences", "one_use_per"])
def test_an_unknown_setting_is_refused_by_name(name):
    wrong: Any = {name: "nonsense"}
    with pytest.raises(ValueError, match=f"{name} is 'nonsense'; allowed: "):
        AuthorizationServerConfig(SERVERS, (), **wrong)


def test_a_client_cannot_be_registered_for_a_scope_nobody_knows():
    with pytest.raises(ValueError, match="app has scopes that no resource server knows"):
        AuthorizationServerConfig(SERVERS, (RegisteredClient("app", scopes=("admin",)),))


scopes = st.lists(st.sampled_from([*SCOPES, "admin"]), max_size=3).map(" ".join)
requests = st.fixed_dictionaries(
    {"token_use": st.sampled_from(["", "single"]), "scope": scopes},
    optional={"scopes": st.just("1"), "scope.1": scopes, "refresh_token": st.just("rt-1")},
)


@pytest.mark.clause("interim-2025-01-20 no refresh token")
@settings(max_examples=150, derandomize=True, deadline=None)
@given(
    st.sampled_from(["fat", "lodderstedt"]),
    st.sampled_from([CONFIDENTIAL, PUBLIC]),
    requests,
    st.lists(
        st.tuples(st.sampled_from(["code", "refresh_token", "client_credentials"]), requests),
        min_size=1,
        max_size=4,
    ),
)
def test_no_grant_type_gives_a_refresh_token_with_a_single_use_token(
    design, client, consent, token_requests
):
    world, advanced = World(design), "_advanced" if design == "lodderstedt" else ""
    consent = consent | {"response_type": f"code{advanced}", "client_id": client.client_id}
    code = location(world.authorize(**consent)).get("code", "code-0")
    for grant_type, parameters in token_requests:
        asked = parameters | {"grant_type": grant_type}
        if grant_type == "code":
            redeem = redemption(code) | parameters
            asked = redeem | {"grant_type": f"authorization_code{advanced}"}
        assert not {"use", "refresh_token"} <= set(world.token(client=client, **asked).json())
    for row in world.issued("access_token"):
        single, one = row["claims"].get("use"), isinstance(row["claims"]["aud"], str)
        assert not single or (one and not row["with_refresh_token"])


@pytest.mark.clause("RFC 6749 6 not more")
@pytest.mark.clause("RFC 9700 4.14.2 bound")
@settings(max_examples=100, derandomize=True, deadline=None)
@given(st.sets(st.sampled_from(SCOPES), min_size=1), scopes)
def test_no_refresh_widens_what_was_granted(granted, asked):
    world = World()
    token = world.refresh_token(scope=" ".join(sorted(granted)))
    for use in ("", "single"):
        response = world.token(
            grant_type="refresh_token", refresh_token=token, scope=asked, token_use=use
        )
        if response.status == 200:
            assert set(world.claims(response)["scope"].split()) <= granted
        else:
            assert set(asked.split()) - granted or use


def test_the_operation_a_single_use_token_is_not_for_does_not_burn_it():
    world = World()
    token = single(world, scope="payments").json()["access_token"]
    elsewhere = Request("GET", "https://payments.example.com/other", bearer(token))
    assert world.run(world.handlers["payments"](elsewhere)).status == 404
    assert world.call("email", token).status == 401
    assert world.call("payments", token).status == 200


def bearer(token: str) -> tuple[tuple[str, str], ...]:
    return (("Authorization", f"Bearer {token}"),)


def test_every_operation_of_the_world_needs_the_scope_of_its_name():
    assert set(OPERATIONS) == set(SCOPES)


THIRD = replace(PUBLIC, client_id="third", secret="third-secret", first_party=False)


def with_third_party(*, first_party_only: bool) -> World:
    """An AS that also knows a client of somebody else's."""
    world = World()
    settings = replace(
        world.authorization_server.replica.config,
        clients=(CONFIDENTIAL, THIRD),
        first_party_only=first_party_only,
    )
    world.authorization_server = world.replica(settings)
    world.handlers["as"] = world.authorization_server.handle
    return world


@pytest.mark.clause("interim-2025-01-20 first party")
@pytest.mark.parametrize(
    ("first_party_only", "client", "status"),
    [(False, THIRD, 200), (True, THIRD, 400), (True, CONFIDENTIAL, 200)],
    ids=["open", "third party", "first party"],
)
def test_first_party_only_the_others_get_no_single_use_token(
    first_party_only: bool, client: RegisteredClient, status: int
):
    world = with_third_party(first_party_only=first_party_only)
    token = world.refresh_token(client)
    asked = single_by_refresh(token) | {"scope": "payments"}
    response = world.token(client=client, **asked)
    assert response.status == status
    assert status == 200 or error(response) == (400, "unauthorized_client")
    assert world.token(client=client, grant_type="refresh_token", refresh_token=token).status == 200


@pytest.mark.clause("interim-2025-01-20 first party")
def test_first_party_only_the_user_is_not_even_asked():
    world = with_third_party(first_party_only=True)
    asked = {"client_id": "third", "scope": "payments", "token_use": "single"}
    assert location(world.authorize(**asked))["error"] == "unauthorized_client"
