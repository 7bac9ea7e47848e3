"""RFC 9449 10, 10.1: a code that only the holder of one DPoP key redeems."""

from __future__ import annotations

import pytest

from oauth_model.dpop import NONCE_HEADER
from oauth_model.issuance import DESIGNS
from oauth_model.jose import thumbprint
from oauth_model.messages import Request, Response, with_query
from oauth_model.pkce import challenge_s256
from tests.oauth_model.parties import CALLBACK, ISSUER, VERIFIER, basic, error, location, redemption
from tests.oauth_model.whole_server import OWN, WholeServer

REQUEST = {
    "response_type": "code",
    "redirect_uri": CALLBACK,
    "scope": "email",
    "code_challenge": challenge_s256(VERIFIER),
    "code_challenge_method": "S256",
}
#: Well formed, and the thumbprint of no key.
NO_KEY = "A" * 43


def key(world: WholeServer, name: str = "dpop") -> str:
    return thumbprint(world.keys.public_jwk(name))


def push(world: WholeServer, *proof: tuple[str, str], **more: str) -> Response:
    return world.post("/par", OWN, *proof, **(REQUEST | more))


def proof(world: WholeServer, **more: str) -> tuple[str, str]:
    return world.proof(path="/par", **more)


def come(world: WholeServer, answer: Response) -> str:
    """The code of a user who comes with what was pushed."""
    pairs = [("client_id", "s6BhdRkqt3"), ("request_uri", answer.json()["request_uri"])]
    asked = Request("GET", with_query(f"{ISSUER}/authorize", pairs))
    return location(world.ask(asked))["code"]


# The parameter (10).


@pytest.mark.clause("RFC 9449 10 dpop_jkt")
@pytest.mark.parametrize("algorithm", ["symbolic", "ES256"])
def test_10_a_code_is_redeemed_with_the_key_of_dpop_jkt(algorithm: str):
    world = WholeServer(algorithm=algorithm)
    code = world.code(scope="email", dpop_jkt=key(world))
    response = world.redeem_proven(code, world.proof())
    assert world.claims(response)["cnf"] == {"jkt": key(world)}


@pytest.mark.clause("RFC 9449 10 dpop_jkt")
@pytest.mark.parametrize("name", ["thief", ""])
def test_10_with_another_key_or_without_a_proof_it_is_refused_and_not_used_up(name: str):
    world = WholeServer()
    code = world.code(scope="email", dpop_jkt=key(world))
    shown = [world.proof(key=name)] if name else []
    assert error(world.redeem_proven(code, *shown)) == (400, "invalid_grant")
    assert world.redeem_proven(code, world.proof()).status == 200


@pytest.mark.clause("RFC 9449 10 dpop_jkt")
@pytest.mark.parametrize("design", ["fat", "lodderstedt"])
def test_10_for_both_grant_types_of_codes(design: str):
    world, made = WholeServer(design), DESIGNS[design]
    code = world.code(dpop_jkt=key(world), response_type=made.response_type, scope="")
    redeem = redemption(code) | {"grant_type": made.code_grant_type, "scope": "email"}
    thief = world.post("/token", OWN, world.proof(key="thief"), **redeem)
    assert error(thief) == (400, "invalid_grant")
    assert world.post("/token", OWN, world.proof(), **redeem).status == 200


def test_10_a_certificate_is_no_dpop_key():
    world = WholeServer()
    code = world.code(scope="email", dpop_jkt=key(world))
    refused = world.redeem_proven(code, certificate=key(world))
    assert error(refused) == (400, "invalid_grant")


def test_10_a_public_clients_code_is_no_use_to_who_has_the_verifier():
    world = WholeServer()
    code = world.code(client_id="app", scope="email", dpop_jkt=key(world))
    stolen = world.post("/token", client_id="app", **redemption(code))
    assert error(stolen) == (400, "invalid_grant")
    good = world.post("/token", world.proof(), client_id="app", **redemption(code))
    assert good.json()["token_type"] == "DPoP"


@pytest.mark.parametrize("jkt", ["x", "A" * 42, "A" * 44, "A" * 42 + "+", "A" * 43 + "\n"])
def test_10_what_is_no_thumbprint_is_told_to_the_client(jkt: str):
    world = WholeServer()
    assert location(world.authorize(dpop_jkt=jkt))["error"] == "invalid_request"
    assert error(push(world, dpop_jkt=jkt)) == (400, "invalid_request")
    assert (world.database.codes, world.database.pushed) == ({}, {})


# Pushed requests (10.1).


@pytest.mark.clause("RFC 9449 10.1 either")
@pytest.mark.parametrize("by_proof", [True, False])
def test_10_1_a_pushed_parameter_or_proof_binds_the_code(by_proof: bool):
    world = WholeServer()
    said = (proof(world),) if by_proof else ()
    code = come(world, push(world, *said, **({} if by_proof else {"dpop_jkt": key(world)})))
    for shown in ([world.proof(key="thief")], []):
        assert error(world.redeem_proven(code, *shown)) == (400, "invalid_grant")
    assert world.redeem_proven(code, world.proof()).status == 200


@pytest.mark.clause("RFC 9449 10.1 agree")
def test_10_1_a_parameter_and_a_proof_have_to_agree():
    world = WholeServer()
    other = push(world, proof(world), dpop_jkt=NO_KEY)
    assert error(other) == (400, "invalid_request")
    assert not world.database.pushed
    code = come(world, push(world, proof(world), dpop_jkt=key(world)))
    assert world.redeem_proven(code, world.proof()).status == 200


@pytest.mark.clause("RFC 9449 10.1 check")
@pytest.mark.parametrize("wrong", [{"path": "/token"}, {"method": "GET"}, {"now_s": 999_000.0}])
def test_10_1_a_bad_proof_is_refused_and_uses_nothing_up(wrong: dict):
    world = WholeServer()
    refused = push(world, world.proof(**({"path": "/par"} | wrong)))
    assert error(refused) == (400, "invalid_dpop_proof")
    assert (world.calls, world.database.pushed) == ([], {})


@pytest.mark.clause("RFC 9449 10.1 check")
def test_10_1_garbage_and_two_proofs_are_none():
    world = WholeServer()
    for sent in ([("DPoP", "garbage")], [("DPoP", "garbage"), ("DPoP", "x")], [proof(world)] * 2):
        assert error(push(world, *sent)) == (400, "invalid_dpop_proof")


@pytest.mark.parametrize("strategy", ["shared_atomic", "shared_allow_list", "idempotent_response"])
def test_11_1_a_proof_is_pushed_once(strategy: str):
    world = WholeServer(strategy=strategy)
    once = proof(world)
    assert push(world, once).status == 201
    assert error(push(world, once)) == (400, "invalid_dpop_proof")
    assert len(world.database.pushed) == 1


def test_11_1_who_is_no_client_or_asks_for_nonsense_uses_up_no_proof():
    world = WholeServer()
    once = proof(world)
    stranger = world.post("/par", basic("s6BhdRkqt3", "wrong"), once, **REQUEST)
    assert error(stranger) == (401, "invalid_client")
    assert error(push(world, once, scope="unheard-of")) == (400, "invalid_scope")
    assert push(world, once).status == 201


def test_8_a_nonce_is_asked_for_at_par_as_at_the_token_endpoint():
    world = WholeServer(dpop_nonces=True)
    challenge = push(world, proof(world))
    assert error(challenge) == (400, "use_dpop_nonce")
    assert (world.calls, world.database.pushed) == ([], {})
    answer = push(world, proof(world, nonce=challenge.header(NONCE_HEADER) or ""))
    assert (answer.status, answer.header(NONCE_HEADER)) == (201, challenge.header(NONCE_HEADER))


def test_10_1_what_stands_beside_a_request_uri_binds_nothing():
    world = WholeServer()
    uri = push(world).json()["request_uri"]
    pairs = [("client_id", "s6BhdRkqt3"), ("request_uri", uri), ("dpop_jkt", NO_KEY)]
    answer = world.ask(Request("GET", with_query(f"{ISSUER}/authorize", pairs)))
    assert world.redeem_proven(location(answer)["code"]).json()["token_type"] == "Bearer"
