"""A client that proves its key, from the token request to the effect (RFC 9449 5, 7, 8)."""

from __future__ import annotations

from typing import Any

import pytest

from oauth_model.messages import Request
from oauth_model.provers import DPoP
from oauth_model.retry import RetryPolicy
from tests.oauth_model.parties import OPERATIONS, World

AGAIN: dict[str, Any] = {"retry": RetryPolicy("immediate")}


def proving(**more: Any) -> World:
    """A world whose client has bound its token to its key."""
    world = World(**more)
    world.client.prover = DPoP(world.keys, "client", world.clock, world.new_id)
    world.run(world.client.authorize(["email"]))
    assert world.run(world.client.obtain("email")).kind == "served"
    return world


def proofs(world: World, to: str) -> list[str]:
    sent = [send.request for send in world.sent if send.to == to]
    return [
        request.header("DPoP") or "" for request in sent if request.method != "GET" or to != "as"
    ]


def test_what_was_bound_at_the_token_endpoint_is_proven_at_the_server():
    world = proving()
    assert world.run(world.client.call("email", OPERATIONS["email"])).kind == "served"
    assert len(world.effects) == 1


@pytest.mark.clause("RFC 9449 7.2 bearer")
def test_7_2_who_has_the_token_alone_is_refused():
    world = proving()
    assert world.call("email", world.client.wallet.token("email")).status == 401


@pytest.mark.clause("RFC 9449 7.3 new proof")
@pytest.mark.clause("RFC 9449 4.2 jti")
def test_7_3_a_retry_with_the_same_token_has_a_new_proof_and_is_served():
    world = proving(knows=AGAIN)
    world.fates = ["response lost"]
    assert world.run(world.client.call("email", OPERATIONS["email"])).kind == "served"
    first, second = proofs(world, "email")
    assert (first != second, len(world.effects)) == (True, 2)


def test_7_3_the_same_bytes_again_are_refused():
    world = proving()
    world.run(world.client.call("email", OPERATIONS["email"]))
    (sent,) = [send.request for send in world.sent if send.to == "email"]
    assert world.run(world.handlers["email"](sent)).status == 401
    assert len(world.effects) == 1


@pytest.mark.clause("RFC 9449 4.2 ath")
def test_7_1_the_proof_of_one_call_does_not_go_with_another_token():
    world = proving()
    world.run(world.client.call("email", OPERATIONS["email"]))
    (proof,) = proofs(world, "email")
    world.run(world.client.single_use("email", "email"))
    field = ("Authorization", f"DPoP {world.client.wallet.token('email')}")
    asked = Request("GET", "https://email.example.com/mail", (field, ("DPoP", proof)))
    assert world.run(world.handlers["email"](asked)).status == 401


@pytest.mark.clause("RFC 9449 8 AS nonce")
def test_8_a_nonce_that_the_authorization_server_wants_costs_one_request_more():
    world = proving(dpop_nonces=True)
    assert len(set(proofs(world, "as"))) == 2
    world.run(world.client.single_use("email", "email"))
    assert len(set(proofs(world, "as"))) == 3


def test_a_single_use_token_is_used_once_whatever_the_proof():
    world = proving(knows=AGAIN)
    world.fates = ["response lost"]
    result = world.run(world.client.call_once("email", OPERATIONS["email"]))
    assert (result.kind, len(world.effects)) == ("refused", 1)
