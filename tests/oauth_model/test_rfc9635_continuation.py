"""RFC 9635 5: tokens after the interaction, others of the same grant later, and the end of it."""

from __future__ import annotations

from typing import Any

import pytest

from oauth_model.grants.replica import Decision
from tests.oauth_model.negotiation import (
    Negotiating,
    access,
    asked,
    gnap,
    grant_request,
    onward_request,
    refused,
    values,
)


@pytest.fixture
def world() -> Negotiating:
    return Negotiating()


def everywhere(world: Negotiating, token: str) -> list[str]:
    """The servers that accept this token."""
    return [name for name in ("email", "webdav", "voip") if world.call(name, token).status == 200]


def later(server: str, **changes: object) -> dict[str, object]:
    """A request for one more token."""
    return {"access_token": [asked(server, **changes)]}


@pytest.mark.clause("RFC 9635 3.2.2 multiple")
def test_all_tokens_come_in_one_answer_each_under_its_label_and_for_its_server(world):
    tokens = values(world.approved(asked("email"), asked("voip"), asked("webdav")))
    assert list(tokens) == ["email", "voip", "webdav"]
    assert {label: everywhere(world, token) for label, token in tokens.items()} == {
        label: [label] for label in tokens
    }


@pytest.mark.clause("RFC 9635 3.2.1 members")
def test_a_token_says_what_it_is_for_how_long_and_how_it_is_managed(world):
    [token] = world.approved(asked("email")).json()["access_token"]
    assert token["access"] == [access("email")]
    assert (token["expires_in"], token["flags"]) == (3600, ["bearer"])
    assert token["value"] not in token["manage"]["uri"]
    assert token["manage"]["access_token"]["value"] != token["value"]
    assert "refresh_token" not in token


@pytest.mark.clause("RFC 9635 3.2.2 array")
@pytest.mark.clause("RFC 9635 3.2.1 single")
def test_an_array_is_answered_by_an_array_and_an_object_by_an_object(world):
    assert isinstance(world.approved(asked("email")).json()["access_token"], list)
    body = grant_request(access_token=asked("email", label=None))
    started = world.tx(body)
    reference = world.visit(started)["interact_ref"]
    answer = world.onward("POST", started, {"interact_ref": reference}).json()
    assert isinstance(answer["access_token"], dict)
    assert "label" not in answer["access_token"]


@pytest.mark.clause("RFC 9635 3.2.2 refused")
def test_a_token_for_several_servers_is_refused_and_the_others_come(world):
    both = asked("email", label="both", access=[access("email"), access("voip")])
    assert list(values(world.approved(both, asked("voip")))) == ["voip"]
    assert refused(world.approved(both)) == (400, "request_denied")


@pytest.mark.clause("RFC 9635 5.1 interact_ref")
@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"interact_ref": "interact_ref-2"}, "invalid_interaction"),
        ({"interact_ref": "é"}, "invalid_request"),
        ({"interact_ref": 7}, "invalid_request"),
        ({}, "invalid_request"),
        ("[]", "invalid_request"),
        (None, "invalid_request"),
    ],
)
def test_the_wrong_reference_brings_nothing_and_uses_up_nothing(world, body, code):
    started, reference = world.pending()
    assert refused(world.onward("POST", started, body)) == (400, code)
    assert world.onward("POST", started, reference).status == 200


@pytest.mark.clause("RFC 9635 3.3.5 not before")
def test_nothing_is_continued_before_the_user_was_there(world):
    started = world.tx(grant_request())
    guess = {"interact_ref": "interact_ref-1"}
    assert refused(world.onward("POST", started, guess)) == (400, "invalid_interaction")
    assert refused(world.onward("PATCH", started, later("email"))) == (400, "invalid_continuation")


def test_nothing_is_modified_before_the_reference_was_shown(world):
    started, _ = world.pending()
    assert refused(world.onward("PATCH", started, later("email"))) == (400, "invalid_continuation")
    assert world.issued("access_token") == []


@pytest.mark.clause("RFC 9635 4.2.3 cuckoo")
def test_the_reference_of_one_request_is_not_good_for_another(world):
    (mine, _), (_, theirs) = world.pending(), world.pending()
    assert refused(world.onward("POST", mine, theirs)) == (400, "invalid_interaction")


@pytest.mark.clause("RFC 9635 4.2 one-time")
@pytest.mark.clause("RFC 9635 5.1 too_many_attempts")
def test_a_reference_that_comes_again_ends_the_request(world):
    started, reference = world.pending()
    first = world.onward("POST", started, reference)
    assert refused(world.onward("POST", started, reference)) == (400, "too_many_attempts")
    assert refused(world.onward("POST", started, reference)) == (400, "invalid_continuation")
    assert refused(world.onward("PATCH", first, later("email"))) == (400, "invalid_continuation")
    assert all(issued.grant.revoked for issued in world.database.access_tokens.values())


@pytest.mark.clause("RFC 9635 5.1 too_many_attempts")
def test_nor_is_the_reference_good_with_the_next_continuation_token(world):
    started, reference = world.pending()
    first = world.onward("POST", started, reference)
    assert refused(world.onward("POST", first, reference)) == (400, "too_many_attempts")
    assert refused(world.onward("PATCH", first, later("email"))) == (400, "invalid_continuation")


def test_two_at_once_get_one_answer_and_a_refusal():
    world = Negotiating()
    started, reference = world.pending(asked("email"))
    request = onward_request("POST", started, reference)
    answers = world.interleave(*(world.handlers["as"](request) for _ in range(2)))
    assert sorted(answer.status for answer in answers) == [200, 400]


@pytest.mark.clause("RFC 9635 3.1 expires")
def test_a_request_that_waited_too_long_is_over(world):
    started, reference = world.pending()
    world.now_s += 60
    assert refused(world.onward("POST", started, reference)) == (400, "invalid_continuation")


def test_an_approved_request_is_over_when_its_continuation_token_expires(world):
    first = world.approved()
    world.now_s += 30 * 86_400
    body = later("voip", token_use="single")
    assert refused(world.onward("PATCH", first, body)) == (400, "invalid_continuation")


@pytest.mark.clause("RFC 9635 2.1.1 bound")
def test_a_later_token_needs_the_flag_or_a_key_as_the_first_did(world):
    body = later("voip", flags=None)
    assert refused(world.onward("PATCH", world.approved(), body)) == (400, "invalid_flag")


@pytest.mark.clause("RFC 9635 5 one active grant")
@pytest.mark.parametrize("header", ["GNAP nothing", "Bearer {}", "GNAP", "{}", "GNAP {} {}"])
def test_only_a_continuation_token_continues(world, header):
    started, reference = world.pending()
    value = started.json()["continue"]["access_token"]["value"]
    sent = ("Authorization", header.format(value, value))
    response = world.send("POST", "/continue", reference, sent)
    assert refused(response) == (400, "invalid_continuation")


@pytest.mark.clause("RFC 9635 5 no other token")
def test_access_and_management_tokens_do_not_continue_and_continuation_tokens_call_nothing(world):
    first = world.approved(asked("email"))
    [token] = first.json()["access_token"]
    for other in (token["value"], token["manage"]["access_token"]["value"]):
        answer = world.send("PATCH", "/continue", later("email"), gnap(other))
        assert refused(answer) == (400, "invalid_continuation")
    own = first.json()["continue"]["access_token"]["value"]
    assert world.call("email", own).status == 401


@pytest.mark.clause("RFC 9635 5.3 within the grant")
def test_another_token_of_the_same_grant_needs_no_user(world):
    first = world.approved(asked("email"), asked("voip"))
    second = world.onward("PATCH", first, later("voip"))
    assert everywhere(world, values(second)["voip"]) == ["voip"]
    assert everywhere(world, values(first)["voip"]) == ["voip"]  # 5.3: not modified


@pytest.mark.clause("RFC 9635 5.3 beyond the grant")
@pytest.mark.parametrize("rights", [[access("webdav")], [access("email"), access("webdav")]])
def test_more_than_was_granted_is_refused_and_the_request_goes_on(world, rights):
    first = world.approved(asked("email"), asked("voip"))
    more = {"access_token": [asked("webdav", access=rights)]}
    response = world.onward("PATCH", first, more)
    assert refused(response) == (400, "request_denied")
    assert world.onward("PATCH", response, later("voip")).status == 200


@pytest.mark.clause("RFC 9635 5 new continuation token")
def test_each_continuation_brings_a_new_token_and_the_old_one_ends_the_request(world):
    first = world.approved()
    second = world.onward("PATCH", first, later("voip"))
    assert second.json()["continue"] != first.json()["continue"]
    assert refused(world.onward("PATCH", first, later("voip"))) == (400, "invalid_continuation")
    assert refused(world.onward("PATCH", second, later("voip"))) == (400, "invalid_continuation")


@pytest.mark.clause("interim-2025-01-20 down-scoped")
def test_a_single_use_token_has_one_use_and_is_not_managed(world):
    first = world.approved()
    response = world.onward("PATCH", first, later("voip", token_use="single"))
    [token] = response.json()["access_token"]
    assert (token["use"], token["expires_in"], "manage" in token) == ("single", 30, False)
    assert [world.call("voip", token["value"]).status for _ in range(2)] == [200, 401]
    assert world.issued("access_token")[-1]["claims"]["authorization_details"] == [access("voip")]


def test_a_request_for_single_use_tokens_alone_may_be_repeated(world):
    first = world.approved()
    body: dict[str, Any] = later("voip", token_use="single")
    answers = [world.onward("PATCH", first, body) for _ in range(2)]
    assert [answer.json()["continue"] for answer in answers] == [first.json()["continue"]] * 2
    assert values(answers[0]) != values(answers[1])
    mixed = {"access_token": [*body["access_token"], asked("email")]}
    assert world.onward("PATCH", first, mixed).json()["continue"] != first.json()["continue"]


@pytest.mark.clause("interim-2025-01-20 down-scoped")
@pytest.mark.clause("RFC 9635 5.3 beyond the grant")
@pytest.mark.parametrize("use", [None, "single"])
def test_consent_to_a_single_use_gives_no_ordinary_token_and_no_second_single_use(world, use):
    first = world.approved(asked("payments", token_use="single"), asked("email"))
    assert [token.get("use") for token in first.json()["access_token"]] == ["single", None]
    response = world.onward("PATCH", first, later("payments", token_use=use))
    assert refused(response) == (400, "request_denied")
    assert world.onward("PATCH", response, later("email", token_use="single")).status == 200
    assert world.onward("PATCH", response, later("email")).status == 200


@pytest.mark.clause("interim-2025-01-20 no refresh token")
def test_after_consent_to_single_uses_alone_there_is_nothing_to_continue(world):
    tokens = (asked("payments", token_use="single"), asked("email", token_use="single"))
    started, reference = world.pending(*tokens)
    first = world.onward("POST", started, reference)
    assert [world.call(label, value).status for label, value in values(first).items()] == [200, 200]
    assert list(first.json()) == ["access_token"]
    for body in (later("payments"), later("payments", token_use="single")):
        assert list(world.onward("PATCH", started, body).json()) == ["error"]


@pytest.mark.clause("RFC 9635 5.1 too_many_attempts")
def test_a_reference_that_comes_again_ends_a_request_for_single_uses_too(world):
    started, reference = world.pending(asked("payments", token_use="single"))
    assert world.onward("POST", started, reference).status == 200
    assert refused(world.onward("POST", started, reference)) == (400, "too_many_attempts")
    assert all(issued.grant.revoked for issued in world.database.access_tokens.values())


@pytest.mark.clause("interim-2025-01-20 down-scoped")
def test_who_denies_an_ordinary_token_has_not_consented_to_it_by_a_narrower_single_use(world):
    """The wider right is denied, the one that was asked for a single use is granted."""
    wide, narrow = access("payments"), access("payments") | {"identifier": "account-1"}
    replica = world.authorization_server.replica
    replica.consent = lambda client, rights: Decision("resource-owner", (), rights.details[-1:])
    once = asked("payments", label="once", access=[narrow], token_use="single")
    first = world.approved(asked("payments", access=[wide]), once).json()
    assert [token["label"] for token in first["access_token"]] == ["once"]
    assert "continue" not in first


def test_a_right_that_was_consented_to_both_ways_can_be_had_again_both_ways(world):
    once = asked("payments", label="once", token_use="single")
    first = world.approved(once, asked("payments"))
    second = world.onward("PATCH", first, later("payments", token_use="single"))
    assert world.onward("PATCH", second, later("payments")).status == 200


def test_a_replaced_continuation_token_brings_no_single_use_token_either(world):
    first = world.approved()
    second = world.onward("PATCH", first, later("voip"))
    body = later("voip", token_use="single")
    assert refused(world.onward("PATCH", first, body)) == (400, "invalid_continuation")
    assert refused(world.onward("PATCH", second, body)) == (400, "invalid_continuation")


@pytest.mark.parametrize("use", ["twice", 7, ["single"], None])
def test_an_unknown_use_is_refused_not_ignored(world, use):
    token = asked("email") | {"token_use": use}
    assert refused(world.tx(grant_request(token))) == (400, "invalid_request")


@pytest.mark.clause("RFC 9635 5.4 cancel")
def test_a_client_that_is_done_takes_its_tokens_with_it(world):
    first = world.approved()
    assert world.onward("DELETE", first).status == 204
    assert all(issued.grant.revoked for issued in world.database.access_tokens.values())
    assert refused(world.onward("DELETE", first)) == (400, "invalid_continuation")


def test_a_request_can_be_cancelled_before_the_user_came_but_not_by_a_replaced_token(world):
    started = world.tx(grant_request())
    assert world.onward("DELETE", started).status == 204
    guess = {"interact_ref": "interact_ref-1"}
    assert refused(world.onward("POST", started, guess)) == (400, "invalid_continuation")
    started, reference = world.pending()
    first = world.onward("POST", started, reference)
    assert refused(world.onward("DELETE", started)) == (400, "invalid_continuation")
    assert world.onward("PATCH", first, later("voip")).status == 200


def test_a_strategy_that_stores_answers_gives_the_same_answer_again():
    world = Negotiating(strategy="idempotent_response")
    started, reference = world.pending()
    first, again = (world.onward("POST", started, reference) for _ in range(2))
    assert again == first
    assert len(world.issued("access_token")) == 2  # one for each server
