"""What the faults do, seen from the token endpoint; what the trace is told of refusals; and what a
client makes of `invalid_grant`.
"""

from __future__ import annotations

from typing import Any

import pytest

from oauth_model.authorization_server import AuthorizationServerConfig
from oauth_model.client import ClientConfig
from oauth_model.clients import client_for
from oauth_model.faults import FAULTS
from oauth_model.flows import Flow
from oauth_model.messages import Request, Response, json_response
from oauth_model.retry import CallResult
from oauth_model.stories import STORIES
from tests.oauth_model.parties import (
    CALLBACK,
    CONFIDENTIAL,
    ISSUER,
    PUBLIC,
    SCOPES,
    SERVERS,
    TARGETS,
    World,
    error,
    location,
    redemption,
    token_request,
)

MAIL, FILES = SERVERS[0].identifier, SERVERS[1].identifier
NOBODY = "https://nobody.example.com"
BOTH = (("resource", MAIL), ("resource", FILES))


def world(*faults: str, **config: Any) -> World:
    return World("rfc8707", faults=faults, **config)


def code(at: World) -> str:
    """A code for both servers."""
    return location(at.authorize(*BOTH))["code"]


def refreshed(at: World, value: str, resource: str) -> Any:
    return at.token(grant_type="refresh_token", refresh_token=value, resource=resource)


def told(at: World) -> list[dict[str, Any]]:
    """What the trace was told of refusals."""
    return [note.detail for note in at.notes if note.kind == "refuse"]


def redeemed(at: World, resource: str = MAIL) -> Any:
    return at.redeem(code(at), resource=resource)


# configuration


def test_an_unknown_fault_is_one_value_error_that_names_the_known_ones():
    with pytest.raises(ValueError, match="faults has 'hope'; allowed: one_resource_per_login, "):
        AuthorizationServerConfig(SERVERS, (CONFIDENTIAL,), faults=("hope",))


def test_every_fault_can_be_switched_on():
    config = AuthorizationServerConfig(SERVERS, (CONFIDENTIAL,), faults=tuple(FAULTS))
    assert config.faults == tuple(FAULTS)


# the faults


def test_only_the_first_resource_of_an_authorization_request_is_heard():
    at = world("one_resource_per_login")
    answer = redeemed(at)
    assert at.claims(answer)["aud"] == MAIL
    assert error(refreshed(at, answer.json()["refresh_token"], FILES)) == (400, "invalid_target")


@pytest.mark.parametrize("asked", [MAIL, FILES])
def test_a_token_is_for_all_that_was_granted_and_works_there(asked):
    at = world("audience_ignored")
    answer = redeemed(at, asked)
    assert at.claims(answer)["aud"] == [MAIL, FILES]
    for server in "email", "webdav":
        assert at.call(server, answer.json()["access_token"]).status == 200


def test_an_audience_that_is_not_heard_is_still_checked():
    assert error(redeemed(world("audience_ignored"), NOBODY)) == (400, "invalid_target")


def test_a_refreshed_token_is_for_the_client():
    at = world("refresh_forgets_audience")
    answer = redeemed(at)
    assert at.claims(answer)["aud"] == MAIL
    later = refreshed(at, answer.json()["refresh_token"], MAIL)
    assert at.claims(later)["aud"] == CONFIDENTIAL.client_id


def test_the_trace_is_told_what_the_token_says():
    at = world("refresh_forgets_audience")
    refreshed(at, redeemed(at).json()["refresh_token"], MAIL)
    assert at.issued("access_token")[-1]["claims"]["aud"] == CONFIDENTIAL.client_id


def test_one_refresh_narrows_the_next():
    at = world("refresh_narrows_for_ever")
    value = redeemed(at).json()["refresh_token"]
    assert refreshed(at, value, FILES).status == 200
    assert error(refreshed(at, value, MAIL)) == (400, "invalid_target")


def test_a_refresh_that_fails_narrows_nothing():
    at = world("refresh_narrows_for_ever")
    value = redeemed(at).json()["refresh_token"]
    refreshed(at, value, NOBODY)
    assert refreshed(at, value, FILES).status == 200


def test_figure_5_of_rfc_8707_fails():
    at = world("refresh_token_narrowed")
    value = redeemed(at).json()["refresh_token"]
    assert error(refreshed(at, value, FILES)) == (400, "invalid_target")
    assert refreshed(at, value, MAIL).status == 200


def test_a_redemption_without_an_answer_of_the_store_narrows_nothing():
    at = world("refresh_token_narrowed")
    value = code(at)
    at.stores_answer = False
    assert at.redeem(value, resource=MAIL).status == 503
    at.stores_answer = True
    assert at.redeem(value, resource=FILES).status == 200


def test_an_unknown_audience_gets_a_token_for_the_first_one():
    assert error(redeemed(world(), NOBODY)) == (400, "invalid_target")
    at = world("unknown_audience_replaced")
    assert at.claims(redeemed(at, NOBODY))["aud"] == MAIL


def test_the_audience_of_a_refreshed_token_is_an_array_of_one():
    at = world("audience_changes_form")
    answer = redeemed(at)
    later = refreshed(at, answer.json()["refresh_token"], FILES)
    assert (at.claims(answer)["aud"], at.claims(later)["aud"]) == (MAIL, [FILES])


def test_the_tokens_are_saved_before_the_code_is_gone():
    at = world("issue_before_invalidate")
    value = code(at)
    request = token_request(**redemption(value), resource=MAIL)
    flows = [at.handlers["as"](request) for _ in range(2)]
    assert [response.status for response in at.interleave(*flows)] == [200, 200]
    assert error(at.redeem(value, resource=MAIL)) == (400, "invalid_grant")


@pytest.mark.parametrize("fault", ["burn_before_check", "revoke_on_bad_parameters"])
def test_a_wrong_verifier_ruins_the_code(fault):
    for at, status in (world(), 200), (world(fault), 400):
        value = code(at)
        assert at.redeem(value, code_verifier="A" * 43).status == 400
        assert at.redeem(value, resource=MAIL).status == status


def test_another_client_ruins_the_code_by_burning():
    at = world("burn_before_check")
    value = code(at)
    assert error(at.token(client=PUBLIC, **redemption(value))) == (400, "invalid_grant")
    assert at.redeem(value, resource=MAIL).status == 400


@pytest.mark.parametrize("fault", ["burn_before_check", "revoke_on_bad_parameters"])
def test_a_good_redemption_works_once_all_the_same(fault):
    at = world(fault)
    value = code(at)
    assert at.redeem(value, resource=MAIL).status == 200
    assert error(at.redeem(value, resource=MAIL)) == (400, "invalid_grant")


# what the trace is told


def test_a_refusal_says_what_was_asked_and_what_is_so():
    at = world()
    value = redeemed(at).json()["refresh_token"]
    refreshed(at, value, NOBODY)
    assert told(at) == [
        {
            "value": value,
            "grant_type": "refresh_token",
            "resources": [NOBODY],
            "error": "invalid_target",
            "state": "good",
        }
    ]


def test_what_is_granted_is_no_refusal():
    at = world()
    assert redeemed(at).status == 200
    assert told(at) == []


def test_a_code_that_was_replayed_is_revoked():
    at = world()
    value = code(at)
    for _ in range(2):
        at.redeem(value, resource=MAIL)
    assert [(detail["value"], detail["state"]) for detail in told(at)] == [(value, "revoked")]


def test_a_code_that_nobody_issued_is_unknown_and_one_that_is_late_expired():
    at = world()
    value = code(at)
    at.now_s += 61
    at.redeem("none")
    at.redeem(value)
    assert [detail["state"] for detail in told(at)] == ["unknown", "expired"]


def test_a_body_that_is_no_form_is_refused_and_told():
    at = world()
    at.run(at.handlers["as"](Request("POST", f"{ISSUER}/token", (), "{")))
    assert [(detail["error"], detail["value"]) for detail in told(at)] == [("invalid_request", "")]


def test_a_refresh_token_that_was_rotated_is_used():
    at = world()
    value = at.refresh_token(PUBLIC, resource=MAIL)
    once = {"grant_type": "refresh_token", "refresh_token": value}
    for resource in MAIL, NOBODY:
        at.token(client=PUBLIC, **once, resource=resource)
    assert [detail["state"] for detail in told(at)] == ["used"]


# the client


def refused_with(code_: str) -> World:
    at = world()
    at.run(at.client.authorize(SCOPES))
    at.run(at.client.obtain("email"))
    at.handlers["as"] = lambda request: _answer(json_response(400, {"error": code_}))
    at.run(at.client.obtain("webdav"))
    return at


def _answer(response: Response) -> Flow[Response]:
    yield from ()
    return response


def test_a_client_gives_up_a_refresh_token_that_is_called_invalid():
    at = refused_with("invalid_grant")
    assert at.client.wallet.refresh_token == ""
    assert at.wallet_actions()[-1] == "give_up as"


@pytest.mark.parametrize("said", ["invalid_target", "invalid_scope", "invalid_request"])
def test_a_client_keeps_a_refresh_token_when_something_else_is_wrong(said):
    assert refused_with(said).client.wallet.refresh_token


def test_a_client_keeps_a_newer_refresh_token_than_the_one_that_is_called_invalid():
    at = world()
    at.client.wallet.refresh_token = "newer"
    at.run(at.client.ask_token([("grant_type", "refresh_token"), ("refresh_token", "older")]))
    assert at.client.wallet.refresh_token == "newer"


def examine(at: World) -> CallResult:
    about = ClientConfig(
        CONFIDENTIAL.client_id, CALLBACK, TARGETS, CONFIDENTIAL.secret, design="rfc8707"
    )
    return at.run(STORIES["examination"](client_for(about, at.new_id), ("email", "webdav")))


def test_the_examination_serves_its_user_and_is_refused_what_it_should_be():
    at = world()
    result = examine(at)
    assert (result.kind, result.attempts) == ("served", 4)
    assert [detail["error"] for detail in told(at)] == [
        "invalid_grant",
        "invalid_target",
        "invalid_grant",
    ]


@pytest.mark.parametrize("fault", ["invalid_grant_for_target", "burn_before_check"])
def test_the_examination_ends_refused_where_its_user_is_not_served(fault):
    assert examine(world(fault)).kind == "refused"


def test_a_public_client_is_examined_like_any_other():
    at = World("rfc8707", client=PUBLIC)
    result = at.run(STORIES["examination"](at.client, ("email", "webdav")))
    assert result.kind == "served"
