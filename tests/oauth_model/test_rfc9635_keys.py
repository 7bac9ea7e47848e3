"""RFC 9635 7.2 and 7.3 in this model: who proved a key has to prove it again, everywhere."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from oauth_model.client import ClientConfig
from oauth_model.clients import client_for
from oauth_model.provers import Certificate, DPoP, Prover
from tests.oauth_model.negotiation import (
    Negotiating,
    asked,
    grant_request,
    refused,
    request_of,
)
from tests.oauth_model.parties import CALLBACK, CONFIDENTIAL, OPERATIONS, TARGETS, basic

DPOP = replace(CONFIDENTIAL, dpop_bound=True)
MTLS = replace(CONFIDENTIAL, certificate_bound=True)


def bound(kind: str, **config: Any) -> Any:
    """A world whose client proves a key, and is served."""
    world: Any = Negotiating(algorithm="ES256", **config)
    registered = DPOP if kind == "dpop" else MTLS
    world.authorization_server.replica.clients[registered.client_id] = registered
    world.client = client_for(about(), world.new_id, prover(world, kind))
    for step in (world.client.authorize(("email", "voip")), world.client.obtain("email")):
        assert world.run(step).kind == "served"
    return world


def about() -> ClientConfig:
    return ClientConfig(
        CONFIDENTIAL.client_id, CALLBACK, TARGETS, CONFIDENTIAL.secret, design="gnap"
    )


def prover(world: Negotiating, kind: str) -> Prover:
    if kind == "mtls":
        return Certificate(world.keys, "client")
    return DPoP(world.keys, "client", world.clock, world.new_id)


@pytest.mark.clause("RFC 9635 2.1.1 bound")
@pytest.mark.clause("RFC 9635 3.2.1 bound")
@pytest.mark.parametrize(("kind", "member"), [("dpop", "jkt"), ("mtls", "x5t#S256")])
def test_a_token_without_the_flag_is_bound_to_the_key_that_was_proven(kind, member):
    world = bound(kind)
    assert [list(each["claims"]["cnf"]) for each in world.issued("access_token")] == [[member]] * 2
    assert world.run(world.client.call("voip", OPERATIONS["voip"])).kind == "served"
    assert world.call("voip", world.client.wallet.token("voip")).status == 401  # as a bearer


@pytest.mark.clause("RFC 9635 3.1 bound")
@pytest.mark.clause("RFC 9635 5 key")
@pytest.mark.parametrize("kind", ["dpop", "mtls"])
def test_a_continuation_token_alone_is_of_no_use_to_a_thief(kind):
    world = bound(kind)
    onward = world.client.hold.continuation
    body = {"access_token": [asked("email", flags=None)]}
    stolen = ("Authorization", f"GNAP {onward.token}")
    response = world.send("PATCH", onward.uri, body, stolen)
    assert refused(response)[1] in ("invalid_client", "invalid_request")
    assert world.run(world.client.single_use("voip", "voip")).kind == "served"


@pytest.mark.clause("RFC 9635 6 key")
@pytest.mark.parametrize("kind", ["dpop", "mtls"])
def test_a_management_token_alone_is_of_no_use_to_a_thief(kind):
    world = bound(kind)
    managed = world.client.hold.managed["email"]
    stolen = ("Authorization", f"GNAP {managed.token}")
    for method in ("POST", "DELETE"):
        assert world.send(method, managed.uri, None, stolen).status in (400, 401)
    assert world.run(world.client.rotate("email")).kind == "served"
    assert world.run(world.client.call("email", OPERATIONS["email"])).kind == "served"


@pytest.mark.clause("RFC 9635 3.1 bound")
@pytest.mark.clause("RFC 9635 5 key")
def test_the_proof_of_another_key_is_not_enough():
    world = bound("dpop")
    thief: Any = client_for(
        about(), world.new_id, DPoP(world.keys, "thief", world.clock, world.new_id)
    )
    thief.hold = world.client.hold
    answers = [world.run(flow) for flow in (thief.single_use("voip", "voip"), thief.rotate("voip"))]
    assert [refused(answer.response) for answer in answers] == [(401, "invalid_client")] * 2


@pytest.mark.clause("RFC 9449 8 AS nonce")
def test_the_nonce_of_the_as_is_learnt_and_costs_nothing():
    world = bound("dpop", dpop_nonces=True)
    urls = [send.request.url for send in world.sent if send.to == "as"]
    assert sum(url.endswith("/tx") for url in urls) == 2  # once without, once with the nonce
    assert sum(url.endswith("/continue") for url in urls) == 1


@pytest.mark.parametrize("certificate", ["", "thumbprint"])
def test_who_is_registered_for_bound_tokens_gets_no_bearer_token(certificate):
    world = Negotiating()
    world.authorization_server.replica.clients[MTLS.client_id] = MTLS
    own = basic(MTLS.client_id, MTLS.secret)
    request = request_of("POST", "/tx", grant_request(), own)._replace(certificate=certificate)
    code = refused(world.run(world.handlers["as"](request)))[1]
    assert code == ("invalid_flag" if certificate else "invalid_request")
    assert world.database.gnap.interactions == {}
