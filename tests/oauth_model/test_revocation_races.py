"""What a revocation should kill does not slip through while it is being issued."""

from __future__ import annotations

from typing import Any

import pytest

from tests.oauth_model.parties import World, error, redemption, token_request


@pytest.mark.clause("RFC 6749 4.1.2 revoke")
@pytest.mark.parametrize("strategy", ["shared_allow_list", "shared_atomic", "reserve_commit"])
def test_no_single_use_token_survives_two_redemptions_at_once(strategy):
    world = World(strategy=strategy)
    code = world.code(scope="email", token_use="single")
    requests = [token_request(**redemption(code)) for _ in range(2)]
    answers = world.interleave(*(world.handlers["as"](request) for request in requests))
    tokens = [answer.json().get("access_token") for answer in answers]
    issued = [world.database.access_tokens[token] for token in tokens if token]
    assert error(answers[1]) == (400, "invalid_grant") or answers[1].status == 409
    assert all(each.grant.revoked is (answers[1].status == 400) for each in issued)


def test_a_grant_that_is_revoked_while_its_token_is_registered_brings_none():
    world = World(strategy="shared_allow_list")
    refresh = world.refresh_token()
    asked: dict[str, Any] = {"grant_type": "refresh_token", "refresh_token": refresh}
    asked["scope"] = "email"
    single = world.handlers["as"](token_request(token_use="single", **asked))
    revoke = token_request(token=refresh)._replace(url="https://as.example.com/revoke")
    first, second = world.interleave(single, world.handlers["as"](revoke))
    assert second.status == 200
    assert error(first) == (400, "invalid_grant")
    assert all(each.grant.revoked for each in world.database.access_tokens.values())
