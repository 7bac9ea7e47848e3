"""Introspection of a single-use token: what the minutes leave open, and three answers."""

from __future__ import annotations

from typing import Any

import pytest

from oauth_model.strategies import STRATEGIES
from tests.oauth_model.whole_server import Revoking, WholeServer

INACTIVE = {"active": False}
#: Strategies that hold one record for all replicas.
ONE_RECORD = (
    "shared_atomic",
    "shared_check_then_act",
    "shared_allow_list",
    "reserve_commit",
    "idempotent_response",
)


def world(policy: str, **more: Any) -> WholeServer:
    return WholeServer(single_use_at_introspection=policy, **more)


@pytest.mark.clause("interim-2025-01-20 introspection")
def test_ignore_says_that_it_is_for_a_single_use_and_counts_nothing():
    asked = world("ignore")
    token = asked.single_use()
    before = len(asked.calls)
    answers = [asked.introspect(token).json() for _ in range(3)]
    assert [(members["active"], members["use"]) for members in answers] == [(True, "single")] * 3
    assert len(asked.calls) == before


def test_ignore_leaves_the_use_to_the_server():
    asked = world("ignore")
    token = asked.single_use()
    asked.introspect(token)
    assert [asked.call("email", token).status for _ in range(2)] == [200, 401]


@pytest.mark.clause("interim-2025-01-20 introspection")
@pytest.mark.parametrize("asker", ["email", "s6BhdRkqt3"])
def test_reject_calls_it_inactive(asker: str):
    asked = world("reject")
    token = asked.single_use()
    assert asked.introspect(token, by=asker).json() == INACTIVE
    assert asked.active(asked.tokens()["access_token"], by=asker)


def test_reject_burns_nothing():
    asked = world("reject")
    token = asked.single_use()
    asked.introspect(token)
    assert asked.call("email", token).status == 200


@pytest.mark.clause("interim-2025-01-20 introspection")
@pytest.mark.parametrize("strategy", ONE_RECORD)
def test_consume_makes_the_question_the_use(strategy: str):
    asked = world("consume", strategy=strategy)
    token = asked.single_use()
    first, *later = (asked.introspect(token).json() for _ in range(3))
    assert first["use"] == "single"
    assert later == [INACTIVE, INACTIVE]


@pytest.mark.parametrize("strategy", ONE_RECORD)
def test_consume_counts_with_the_servers_that_count_themselves(strategy: str):
    asked = world("consume", strategy=strategy)
    token, other = asked.single_use(), asked.single_use()
    assert asked.call("email", token).status == 200
    assert asked.introspect(token).json() == INACTIVE
    assert asked.active(other)
    told = 422 if strategy == "idempotent_response" else 401  # to ask was another request
    assert asked.call("email", other).status == told


def test_consume_under_no_check_counts_nothing():
    asked = world("consume", strategy="no_check")
    token = asked.single_use()
    assert [asked.active(token) for _ in range(2)] == [True, True]


def test_consume_concerns_single_use_tokens_only():
    asked = world("consume")
    token = asked.tokens()["access_token"]
    assert [asked.active(token) for _ in range(2)] == [True, True]


def test_consume_a_server_that_it_is_not_for_uses_nothing_up():
    asked = world("consume")
    token = asked.single_use("email")
    assert asked.introspect(token, by="webdav").json() == INACTIVE
    assert asked.active(token, by="email")


def test_consume_a_clients_question_is_no_use():
    asked = world("consume")
    token = asked.single_use()
    assert [asked.active(token, by="s6BhdRkqt3") for _ in range(2)] == [True, True]
    assert asked.active(token)


@pytest.mark.parametrize(("per", "second"), [("server", True), ("token", False)])
def test_consume_with_several_audiences_once_each_or_once_in_all(per: str, second: bool):
    asked = world("consume", one_use_per=per, single_use_audiences="several")
    token = asked.single_use("email webdav")
    assert asked.active(token, by="email")
    assert asked.active(token, by="webdav") is second
    assert not asked.active(token, by="email")


def test_consume_that_cannot_be_decided_is_503_and_says_nothing_of_the_token():
    asked = world("consume")
    token = asked.single_use()
    asked.stores_answer = False
    response = asked.introspect(token)
    assert (response.status, response.body) == (503, "")
    assert response.header("Retry-After") == "1"
    asked.stores_answer = True
    assert asked.active(token)


def test_consume_races_to_one_active_answer():
    asked = world("consume")
    request = asked.introspection_request(asked.single_use())
    answers = asked.interleave(*(asked.handlers["as"](request) for _ in range(5)))
    assert sorted(answer.json()["active"] for answer in answers) == [False] * 4 + [True]


def test_consume_races_to_more_where_it_is_looked_first_and_written_later():
    asked = world("consume", strategy="shared_check_then_act")
    request = asked.introspection_request(asked.single_use())
    answers = asked.interleave(*(asked.handlers["as"](request) for _ in range(3)))
    assert [answer.json()["active"] for answer in answers] == [True] * 3


def test_consume_asks_the_strategy_of_the_servers_and_not_that_of_the_as():
    asked = world("consume")
    token = asked.single_use()
    asked.authorization_server.replica.registrar = STRATEGIES["no_check"]()
    assert [asked.active(token) for _ in range(2)] == [True, True]


def test_consume_calls_a_second_question_a_replay_whatever_is_stored():
    asked = world("consume", strategy="idempotent_response")
    token = asked.single_use()
    for _ in range(2):
        asked.introspect(token)
    said = [note.detail["outcome"] for note in asked.notes if note.kind == "decide"]
    assert said[-2:] == ["first", "replay"]


def test_consume_a_token_that_is_revoked_while_the_store_is_asked_is_inactive():
    asked = Revoking(single_use_at_introspection="consume")
    assert asked.introspect(asked.single_use()).json() == INACTIVE


def test_consume_the_record_outlives_the_token():
    asked = world("consume")
    asked.introspect(asked.single_use())
    records = asked.stores["shared"].records
    (kept,) = [record for key, record in records.items() if key.kind == "access_token"]
    assert kept.keep_until_s >= int(asked.now_s) + asked.settings.single_use_lifetime_s
