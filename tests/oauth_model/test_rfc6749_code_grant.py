"""RFC 6749 4.1, RFC 7636 and RFC 9207: the authorization endpoint and the redemption of codes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from oauth_model.authorization_server import Decision
from oauth_model.messages import Request
from oauth_model.replay import State
from oauth_model.strategies import STRATEGIES
from tests.oauth_model.parties import (
    CALLBACK,
    CONFIDENTIAL,
    ISSUER,
    PUBLIC,
    SCOPES,
    World,
    error,
    location,
    redemption,
    token_request,
)


@pytest.mark.clause("RFC 9700 2.1.2 implicit")
@pytest.mark.clause("RFC 6749 4.1.2 state")
@pytest.mark.clause("RFC 9207 2 success")
def test_4_1_2_a_code_comes_back_with_state_and_issuer():
    response = World().authorize(state="af0ifjsldkj")
    assert response.status == 302
    assert (response.header("Location") or "").startswith(f"{CALLBACK}?code=")
    assert list(location(response)) == ["code", "state", "iss"]
    assert location(response)["state"] == "af0ifjsldkj"
    assert location(response)["iss"] == ISSUER


@pytest.mark.clause("RFC 6749 4.1.2 state")
def test_4_1_2_no_state_in_no_state_out():
    assert "state" not in location(World().authorize(state=""))


@pytest.mark.clause("RFC 6749 4.1.2.1 no redirect")
@pytest.mark.clause("RFC 9700 2.1 redirect URI")
@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": "nobody"},
        {"client_id": ""},
        {"redirect_uri": f"{CALLBACK}/evil"},
        {"redirect_uri": "https://evil.example.com/cb"},
    ],
)
def test_4_1_2_1_bad_client_or_redirect_uri_is_shown_and_not_redirected(changes):
    response = World().authorize(**changes)
    assert (response.status, response.header("Location")) == (400, None)


@pytest.mark.clause("RFC 6749 4.1.2.1 no redirect")
@pytest.mark.clause("RFC 6749 3.1 repeated")
@pytest.mark.parametrize("name", ["client_id", "redirect_uri"])
def test_4_1_2_1_who_asks_twice_is_not_redirected(name):
    value = {"client_id": CONFIDENTIAL.client_id, "redirect_uri": CALLBACK}[name]
    assert World().authorize((name, value)).status == 400


@pytest.mark.clause("RFC 6749 4.1.2.1 invalid_request")
@pytest.mark.clause("RFC 6749 4.1.2.1 unsupported_response_type")
@pytest.mark.clause("RFC 6749 4.1.2.1 invalid_scope")
@pytest.mark.clause("RFC 6749 4.1.2.1 state")
@pytest.mark.clause("RFC 7636 4.4.1 required")
@pytest.mark.clause("RFC 7636 4.4.1 method")
@pytest.mark.clause("RFC 9207 2 error")
@pytest.mark.clause("RFC 9700 2.1.2 implicit")
@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"response_type": ""}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": "code_advanced"}, "unsupported_response_type"),
        ({"scope": "email nonsense"}, "invalid_scope"),
        ({"token_use": "twice"}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge": ""}, "invalid_request"),
    ],
)
def test_4_1_2_1_every_other_error_is_redirected(changes, expected):
    answer = location(World().authorize(**changes))
    assert (answer["error"], answer["state"], answer["iss"]) == (expected, "xyz", ISSUER)


@pytest.mark.clause("RFC 6749 3.1 repeated")
@pytest.mark.clause("RFC 6749 4.1.2.1 invalid_request")
def test_3_1_a_repeated_parameter_is_an_invalid_request():
    assert location(World().authorize(("scope", "email")))["error"] == "invalid_request"


@pytest.mark.clause("RFC 6749 3.1 unknown")
def test_3_1_unknown_parameters_are_ignored():
    assert "code" in location(World().authorize(("prompt", "login")))


@pytest.mark.clause("RFC 6749 3.1 empty")
def test_3_1_a_parameter_without_value_counts_as_omitted():
    world = World()
    answer = location(world.authorize(("token_use", "")))
    assert world.redeem(answer["code"]).status == 200


@pytest.mark.clause("RFC 6749 3.1.2.3 omitted")
def test_3_1_2_3_the_only_registered_redirect_uri_may_be_left_out_of_both_requests():
    world = World()
    redeem = redemption(world.code(redirect_uri=""))
    del redeem["redirect_uri"]
    assert world.token(**redeem).status == 200


@pytest.mark.clause("RFC 6749 3.1 empty")
def test_3_1_a_redirect_uri_without_value_counts_as_omitted():
    world = World()
    answer = location(world.authorize(("redirect_uri", ""), redirect_uri=""))
    redeem = redemption(answer["code"])
    del redeem["redirect_uri"]
    assert world.token(**redeem).status == 200


@pytest.mark.clause("RFC 6749 3.1 repeated")
def test_3_1_a_redirect_uri_with_and_without_value_is_repeated_all_the_same():
    assert World().authorize(("redirect_uri", "")).status == 400


@pytest.mark.clause("RFC 6749 3.3 characters")
@pytest.mark.clause("RFC 6749 4.1.2.1 invalid_scope")
@pytest.mark.parametrize("scope", ["email\tvoip", "email\nvoip", 'em"ail', "em\\ail", "\x7f", "é"])
def test_3_3_a_scope_of_other_characters_is_invalid(scope):
    answer = location(World().authorize(scope=scope))
    assert (answer["error"], answer["state"]) == ("invalid_scope", "xyz")


@pytest.mark.clause("RFC 6749 4.1.1 unauthorized")
@pytest.mark.clause("RFC 6749 4.1.2.1 unauthorized_client")
def test_4_1_1_a_client_not_registered_for_codes_is_unauthorized():
    world = World()
    machine = replace(CONFIDENTIAL, grant_types=("client_credentials",))
    world.authorization_server.replica.clients[machine.client_id] = machine
    assert location(world.authorize())["error"] == "unauthorized_client"


@pytest.mark.clause("RFC 6749 4.1.2.1 access_denied")
def test_4_1_2_1_a_resource_owner_who_grants_nothing_denies_access():
    world = World()
    world.authorization_server.replica.consent = lambda client, scopes: Decision("alice", ())
    assert location(world.authorize())["error"] == "access_denied"


@pytest.mark.clause("RFC 6749 3.3 partial")
@pytest.mark.clause("RFC 6749 5.1 scope")
def test_3_3_a_partial_grant_is_said_in_the_token_response():
    world = World()
    world.authorization_server.replica.consent = lambda client, scopes: Decision("alice", ("voip",))
    response = world.redeem(world.code())
    assert response.json()["scope"] == "voip"
    assert world.claims(response)["sub"] == "alice"


@pytest.mark.clause("RFC 6749 3.3 default")
@pytest.mark.clause("RFC 6749 5.1 scope")
def test_3_3_no_scope_asked_means_all_registered_and_the_response_says_so():
    world = World()
    assert world.redeem(world.code(scope="")).json()["scope"] == " ".join(SCOPES)


@pytest.mark.clause("RFC 6749 5.1 no-store")
@pytest.mark.clause("RFC 6749 5.1 access_token")
@pytest.mark.clause("RFC 6749 5.1 expires_in")
def test_5_1_the_token_response_of_a_code():
    world = World()
    response = world.redeem(world.code())
    assert response.status == 200
    assert response.header("Cache-Control") == "no-store"
    assert response.header("Pragma") == "no-cache"
    members = response.json()
    assert list(members) == ["access_token", "token_type", "expires_in", "refresh_token"]
    assert (members["token_type"], members["expires_in"]) == ("Bearer", 3600)


@pytest.mark.clause("RFC 9068 2.2 claims")
@pytest.mark.clause("RFC 9068 2.2.3 scope")
@pytest.mark.clause("RFC 9068 3 default")
def test_rfc9068_2_2_the_claims_of_an_access_token():
    world = World()
    assert world.claims(world.redeem(world.code(scope="voip"))) == {
        "iss": ISSUER,
        "sub": "resource-owner",
        "aud": "https://voip.example.com",
        "client_id": "s6BhdRkqt3",
        "scope": "voip",
        "iat": 1_000_000,
        "exp": 1_003_600,
        "jti": "at-1",
    }


@pytest.mark.clause("RFC 6749 4.1.2 reuse")
@pytest.mark.clause("RFC 6749 4.1.2 revoke")
@pytest.mark.clause("RFC 6749 5.2 invalid_grant")
@pytest.mark.clause("draft-ietf-oauth-v2-1 4.1.3 second")
def test_4_1_2_a_code_redeemed_twice_is_denied_and_its_grant_dies():
    world = World()
    code = world.code()
    first = world.redeem(code).json()
    assert error(world.redeem(code)) == (400, "invalid_grant")
    refreshed = world.token(grant_type="refresh_token", refresh_token=first["refresh_token"])
    assert error(refreshed) == (400, "invalid_grant")


def test_4_1_2_reuse_of_one_code_leaves_other_grants_alone():
    world = World()
    refresh_token, code = world.refresh_token(), world.code()
    for _ in range(2):
        world.redeem(code)
    refreshed = world.token(grant_type="refresh_token", refresh_token=refresh_token)
    assert refreshed.status == 200


@pytest.mark.clause("draft-ietf-oauth-v2-1 4.1.3 invalid replay")
@pytest.mark.parametrize(
    "changes",
    [
        {"code_verifier": "x" * 43},
        {"redirect_uri": f"{CALLBACK}/other"},
        {"grant_type": "nonsense"},
        {"token_use": "single"},
        {"client_id": "app"},
    ],
)
def test_oauth21_4_1_3_a_second_use_that_is_wrong_revokes_nothing(changes):
    world = World()
    code = world.code()
    first = world.redeem(code).json()
    assert world.redeem(code, **changes).status == 400
    refreshed = world.token(grant_type="refresh_token", refresh_token=first["refresh_token"])
    assert refreshed.status == 200


@pytest.mark.clause("draft-ietf-oauth-v2-1 4.1.3 invalid replay")
@pytest.mark.clause("RFC 6749 4.1.2 bound")
@pytest.mark.clause("RFC 6749 4.1.3 client")
@pytest.mark.clause("RFC 6749 5.2 invalid_grant")
def test_oauth21_4_1_3_another_clients_attempt_revokes_nothing():
    world = World()
    code = world.code()
    first = world.redeem(code).json()
    assert error(world.token(client=PUBLIC, **redemption(code))) == (400, "invalid_grant")
    refreshed = world.token(grant_type="refresh_token", refresh_token=first["refresh_token"])
    assert refreshed.status == 200


@pytest.mark.clause("RFC 6749 4.1.2 bound")
@pytest.mark.clause("RFC 6749 4.1.3 redirect_uri")
@pytest.mark.clause("RFC 7636 4.6 mismatch")
@pytest.mark.parametrize("changes", [{"code_verifier": "x" * 43}, {"redirect_uri": "https://e"}])
def test_a_failed_redemption_consumes_nothing(changes):
    world = World()
    code = world.code()
    assert error(world.redeem(code, **changes)) == (400, "invalid_grant")
    assert world.stores["shared"].records == {}
    assert world.redeem(code).status == 200


@pytest.mark.clause("RFC 6749 4.1.3 redirect_uri")
def test_4_1_3_the_redirect_uri_must_be_repeated_when_it_was_sent():
    world = World()
    redeem = redemption(world.code())
    del redeem["redirect_uri"]
    assert error(world.token(**redeem)) == (400, "invalid_grant")


@pytest.mark.clause("RFC 6749 4.1.2 lifetime")
@pytest.mark.clause("RFC 6749 4.1.3 valid")
@pytest.mark.parametrize(("age_s", "status"), [(59.5, 200), (60, 400), (61, 400)])
def test_4_1_2_a_code_expires(age_s, status):
    world = World()
    code = world.code()
    world.now_s += age_s
    assert world.redeem(code).status == status
    assert len(world.stores["shared"].records) == (status == 200)


@pytest.mark.clause("RFC 7636 4.6 missing")
@pytest.mark.clause("RFC 9700 2.1.1 support")
def test_rfc7636_4_6_a_code_with_a_challenge_needs_its_verifier():
    world = World()
    redeem = redemption(world.code())
    del redeem["code_verifier"]
    assert error(world.token(**redeem)) == (400, "invalid_grant")


@pytest.mark.clause("RFC 9700 2.1.1 downgrade")
def test_rfc9700_4_8_2_a_verifier_without_a_challenge_is_a_downgrade():
    world = World()
    code = world.code(code_challenge="", code_challenge_method="")
    assert error(world.redeem(code)) == (400, "invalid_grant")


@pytest.mark.clause("RFC 9700 2.1.1 public")
def test_rfc9700_2_1_1_a_public_client_needs_a_challenge():
    answer = World().authorize(client_id="app", code_challenge="", code_challenge_method="")
    assert location(answer)["error"] == "invalid_request"


@pytest.mark.clause("RFC 6749 4.1.3 no scope")
def test_6749_4_1_3_a_code_request_has_no_scope():
    world = World()
    assert world.claims(world.redeem(world.code(), scope="email"))["scope"] == " ".join(SCOPES)


def test_10_5_two_redemptions_at_once_pass_a_check_that_is_not_atomic():
    world = World(strategy="shared_check_then_act")
    request = token_request(**redemption(world.code()))
    handle = world.handlers["as"]
    assert [r.status for r in world.interleave(handle(request), handle(request))] == [200, 200]


@pytest.mark.clause("RFC 6749 10.5 once")
@pytest.mark.clause("draft-ietf-oauth-v2-1 4.1.3 once")
@pytest.mark.clause("interim-2025-01-20 codes")
def test_10_5_two_redemptions_at_once_meet_an_atomic_check():
    world = World(strategy="shared_atomic")
    request = token_request(**redemption(world.code()))
    handle = world.handlers["as"]
    assert [r.status for r in world.interleave(handle(request), handle(request))] == [200, 400]


@pytest.mark.clause("RFC 6749 4.1.2 revoke")
def test_10_5_a_grant_revoked_while_the_store_was_asked_issues_nothing():
    world = World()
    code = world.code()
    flow = world.handlers["as"](token_request(**redemption(code)))
    consumed = world.answer(next(flow))  # the store has answered, the server has not heard it yet
    world.redeem(code)
    world.answer(flow.send(consumed))
    world.answer(flow.send(None))  # the trace is told of decision and refusal
    with pytest.raises(StopIteration) as stopped:
        flow.send(None)
    assert error(stopped.value.value) == (400, "invalid_grant")


def test_a_store_that_does_not_answer_leaves_the_redemption_undecided():
    world = World()
    code = world.code()
    world.stores_answer = False
    assert world.redeem(code).status == 503
    world.stores_answer = True
    assert world.redeem(code).status == 200


def test_a_redemption_in_flight_is_a_conflict_and_not_a_replay():
    world = World(strategy="reserve_commit")
    request = token_request(**redemption(world.code()))
    handle = world.handlers["as"]
    assert [r.status for r in world.interleave(handle(request), handle(request))] == [200, 409]


@pytest.mark.clause("interim-2025-01-20 code window")
def test_a_strategy_that_stores_answers_gives_the_same_tokens_again():
    world = World(strategy="idempotent_response")
    code = world.code()
    assert world.redeem(code) == world.redeem(code)


def test_4_1_2_a_stored_answer_is_not_given_again_after_its_grant_was_revoked():
    world = World(strategy="idempotent_response")
    code = world.code()
    assert world.redeem(code).status == 200
    assert error(world.redeem(code, unlike="before")) == (400, "invalid_grant")  # this revokes
    assert error(world.redeem(code)) == (400, "invalid_grant")


def test_a_lease_is_given_back_when_expiry_overtakes_the_redemption():
    world = World(strategy="reserve_commit")
    flow = world.handlers["as"](token_request(**redemption(world.code())))
    reserved = world.answer(next(flow))
    world.now_s += 60
    world.answer(flow.send(reserved))
    release = flow.send(None)
    assert getattr(release, "operation", None) == "release"


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_every_strategy_redeems_an_honest_code_and_refreshes(strategy):
    world = World(strategy=strategy)
    token = world.refresh_token(PUBLIC)
    for _ in range(2):
        response = world.token(client=PUBLIC, grant_type="refresh_token", refresh_token=token)
        assert response.status == 200
        token = response.json()["refresh_token"]


def test_an_allow_list_knows_codes_and_rotated_refresh_tokens_from_issuance_on():
    world = World(strategy="shared_allow_list")
    code = world.code(client_id="app")
    answers = [world.token(client=PUBLIC, **redemption(code)) for _ in range(2)]
    assert [answer.status for answer in answers] == [200, 400]
    states = {key.kind: record.state for key, record in world.stores["shared"].records.items()}
    assert states == {"code": State.USED, "refresh_token": State.AVAILABLE}


@pytest.mark.clause("RFC 6749 10.5 once")
def test_a_code_is_good_at_either_replica_and_once_in_all():
    world = World()
    other = world.replica(world.authorization_server.replica.config)
    request = token_request(**redemption(world.code()))
    assert world.run(other.handle(request)).status == 200
    assert world.run(world.authorization_server.handle(request)).status == 400


def test_the_trace_is_told_of_every_credential():
    world = World()
    members = world.redeem(world.code()).json()
    assert [note.detail["kind"] for note in world.notes if note.kind == "issue"] == [
        "code",
        "access_token",
        "refresh_token",
    ]
    token = world.issued("access_token")[0]
    assert (token["token"], token["value"]) == ("at-1", members["access_token"])
    assert token["claims"]["jti"] == "at-1"
    assert token["with_refresh_token"] is True


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/token", 405), ("PUT", "/authorize", 405), ("GET", "/", 404)],
)
def test_other_paths_and_methods_are_refused(method, path, status):
    world = World()
    assert world.run(world.handlers["as"](Request(method, ISSUER + path))).status == status
