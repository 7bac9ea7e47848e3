"""RFC 9449 5, 8 and RFC 8705 3 at the token endpoint: to which key a new token is bound."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from oauth_model.dpop import NONCE_HEADER
from oauth_model.jose import thumbprint
from oauth_model.messages import Response
from tests.oauth_model.parties import CONFIDENTIAL, PUBLIC, basic, error, redemption
from tests.oauth_model.whole_server import EVERYTHING, OWN, WholeServer

CERTIFICATE = "A4DtL2JmUMhAsvJj5tKyn64SqzmuXbMrJa0n761y5v0"
ALONE = {"grant_type": "client_credentials", "scope": "email"}


def key(world: WholeServer, name: str = "dpop") -> str:
    return thumbprint(world.keys.public_jwk(name))


def refreshed(world: WholeServer, token: str, *proof: tuple[str, str], **more: str) -> Response:
    asked = {"grant_type": "refresh_token", "refresh_token": token} | more
    return world.post("/token", *proof, **asked)


@pytest.mark.clause("RFC 9449 5 token_type")
@pytest.mark.clause("RFC 9449 6 jkt")
@pytest.mark.parametrize("algorithm", ["symbolic", "ES256", "EdDSA"])
def test_5_a_proof_binds_the_token_to_its_key(algorithm: str):
    world = WholeServer(algorithm=algorithm)
    response = world.redeem_proven(world.code(scope="email"), world.proof())
    assert response.json()["token_type"] == "DPoP"
    assert world.claims(response)["cnf"] == {"jkt": key(world)}


def test_5_without_a_proof_it_is_a_bearer_token():
    world = WholeServer()
    response = world.redeem_proven(world.code(scope="email"))
    assert response.json()["token_type"] == "Bearer"
    assert "cnf" not in world.claims(response)


def test_5_for_every_grant_type():
    world = WholeServer()
    alone = world.post("/token", OWN, world.proof(), **ALONE)
    refresh_token = world.tokens()["refresh_token"]
    again = refreshed(world, refresh_token, OWN, world.proof(), scope="email")
    for response in (alone, again):
        assert world.claims(response)["cnf"] == {"jkt": key(world)}


@pytest.mark.clause("RFC 9449 5 invalid_dpop_proof")
@pytest.mark.parametrize(
    "wrong",
    [
        {"path": "/par"},
        {"method": "GET"},
        {"now_s": 999_000.0},
        {"now_s": 1_000_100.0},
        {"jti": "x" * 257},
    ],
)
def test_5_a_bad_proof_is_400_and_uses_nothing_up(wrong: dict[str, Any]):
    world = WholeServer()
    code = world.code(scope="email")
    before = len(world.calls)
    refused = world.redeem_proven(code, world.proof(**wrong))
    assert error(refused) == (400, "invalid_dpop_proof")
    assert len(world.calls) == before
    assert world.redeem_proven(code, world.proof()).status == 200


@pytest.mark.clause("RFC 9449 5 invalid_dpop_proof")
@pytest.mark.parametrize("value", ["", "x", "a.b.c"])
def test_5_what_is_no_proof(value: str):
    response = WholeServer().post("/token", OWN, ("DPoP", value), **ALONE)
    assert error(response) == (400, "invalid_dpop_proof")


@pytest.mark.clause("RFC 9449 5 invalid_dpop_proof")
def test_5_two_proofs_are_none():
    world = WholeServer()
    response = world.post("/token", OWN, world.proof(), world.proof(), **ALONE)
    assert error(response) == (400, "invalid_dpop_proof")


@pytest.mark.clause("RFC 9449 replay error")
@pytest.mark.parametrize(
    "strategy", ["shared_atomic", "shared_allow_list", "reserve_commit", "idempotent_response"]
)
def test_11_1_a_proof_is_good_once(strategy: str):
    world = WholeServer(strategy=strategy)
    proof = world.proof()
    assert world.post("/token", OWN, proof, **ALONE).status == 200
    assert error(world.post("/token", OWN, proof, **ALONE)) == (400, "invalid_dpop_proof")


def test_11_1_a_replayed_proof_does_not_use_up_the_code():
    world = WholeServer()
    proof = world.proof()
    world.post("/token", OWN, proof, **ALONE)
    code = world.code(scope="email")
    assert error(world.redeem_proven(code, proof)) == (400, "invalid_dpop_proof")
    assert world.redeem_proven(code, world.proof()).status == 200


def test_11_1_nobody_uses_up_the_jti_of_another():
    world = WholeServer()
    other = basic("other", "other-secret")
    assert world.post("/token", other, world.proof(jti="same"), **ALONE).status == 200
    assert world.post("/token", OWN, world.proof(jti="same"), **ALONE).status == 200


def test_11_1_who_is_no_client_uses_nothing_up():
    world = WholeServer()
    proof = world.proof()
    wrong = basic("s6BhdRkqt3", "wrong")
    assert error(world.post("/token", wrong, proof, **ALONE)) == (401, "invalid_client")
    assert world.post("/token", OWN, proof, **ALONE).status == 200


def test_11_1_undecided_is_503_and_the_proof_is_still_good():
    world = WholeServer()
    proof = world.proof()
    world.stores_answer = False
    assert world.post("/token", OWN, proof, **ALONE).status == 503
    world.stores_answer = True
    assert world.post("/token", OWN, proof, **ALONE).status == 200


# Nonces (RFC 9449 8).


def nonce_of(response: Response) -> str:
    return response.header(NONCE_HEADER) or ""


@pytest.mark.clause("RFC 9449 8 AS nonce")
@pytest.mark.clause("RFC 9449 11.1 nonce required")
def test_8_a_proof_without_the_nonce_is_challenged_and_nothing_is_used_up():
    world = WholeServer(dpop_nonces=True)
    code, assertion = world.code(client_id="keyed", scope="email"), world.assertion()
    before = len(world.calls)
    challenge = world.post("/token", world.proof(), **redemption(code), **assertion)
    assert error(challenge) == (400, "use_dpop_nonce")
    assert len(world.calls) == before
    proof = world.proof(nonce=nonce_of(challenge))
    assert world.post("/token", proof, **redemption(code), **assertion).status == 200


def test_8_an_old_nonce_is_challenged_again():
    world = WholeServer(dpop_nonces=True)
    nonce = nonce_of(world.post("/token", OWN, world.proof(), **ALONE))
    world.now_s += 61
    stale = world.post("/token", OWN, world.proof(nonce=nonce), **ALONE)
    assert error(stale) == (400, "use_dpop_nonce")
    assert nonce_of(stale) not in ("", nonce)


def test_8_2_an_answer_carries_the_next_nonce():
    world = WholeServer(dpop_nonces=True)
    nonce = nonce_of(world.post("/token", OWN, world.proof(), **ALONE))
    response = world.post("/token", OWN, world.proof(nonce=nonce), **ALONE)
    assert (response.status, nonce_of(response)) == (200, nonce)


def test_8_who_sends_no_proof_needs_no_nonce():
    assert WholeServer(dpop_nonces=True).post("/token", OWN, **ALONE).status == 200


def test_8_no_nonce_unless_they_are_wanted():
    world = WholeServer()
    assert nonce_of(world.post("/token", OWN, world.proof(), **ALONE)) == ""


# Refresh tokens (RFC 9449 5, RFC 8705 4).


@pytest.mark.clause("RFC 9449 5 public")
@pytest.mark.clause("RFC 9700 2.2.2 rotation")
def test_5_a_public_clients_refresh_token_is_bound():
    world = WholeServer()
    code = world.code(client_id="app", scope="email")
    members = world.post("/token", world.proof(), client_id="app", **redemption(code)).json()
    token = members["refresh_token"]
    for proof in ((), (world.proof(key="thief"),)):
        refused = refreshed(world, token, *proof, client_id="app")
        assert error(refused) == (400, "invalid_grant")
    good = refreshed(world, token, world.proof(), client_id="app")
    assert world.claims(good)["cnf"] == {"jkt": key(world)}


@pytest.mark.clause("RFC 9449 5 public")
def test_5_a_confidential_clients_refresh_token_is_not():
    world = WholeServer()
    bound = world.redeem_proven(world.code(scope="email"), world.proof())
    token = bound.json()["refresh_token"]
    other = refreshed(world, token, OWN, world.proof(key="new"))
    assert world.claims(other)["cnf"] == {"jkt": key(world, "new")}
    assert refreshed(world, token, OWN).json()["token_type"] == "Bearer"


def test_5_a_thief_without_the_key_revokes_nothing():
    world = WholeServer()
    code = world.code(client_id="app", scope="email")
    members = world.post("/token", world.proof(), client_id="app", **redemption(code)).json()
    first = refreshed(world, members["refresh_token"], world.proof(), client_id="app").json()
    refreshed(world, members["refresh_token"], world.proof(key="thief"), client_id="app")
    assert world.active(first["access_token"])


# What a client is registered for.


def registered(client: Any = CONFIDENTIAL, **bindings: bool) -> WholeServer:
    return WholeServer(clients=(replace(client, scopes=EVERYTHING, **bindings),))


def test_5_2_a_client_that_always_proves_is_refused_without_a_proof():
    world = registered(dpop_bound=True)
    code = world.code(scope="email")
    assert error(world.redeem_proven(code)) == (400, "invalid_request")
    assert world.redeem_proven(code, world.proof()).status == 200


@pytest.mark.clause("RFC 8705 3.1 cnf")
def test_rfc8705_3_the_token_is_bound_to_the_certificate_of_the_connection():
    world = registered(certificate_bound=True)
    response = world.post("/token", OWN, certificate=CERTIFICATE, **ALONE)
    assert response.json()["token_type"] == "Bearer"
    assert world.claims(response)["cnf"] == {"x5t#S256": CERTIFICATE}


def test_rfc8705_3_4_without_a_certificate_it_is_refused():
    world = registered(certificate_bound=True)
    code = world.code(scope="email")
    assert error(world.redeem_proven(code)) == (400, "invalid_request")
    assert world.redeem_proven(code, certificate=CERTIFICATE).status == 200


def test_rfc8705_3_4_a_certificate_binds_only_where_it_was_registered():
    world = WholeServer()
    response = world.post("/token", OWN, certificate=CERTIFICATE, **ALONE)
    assert "cnf" not in world.claims(response)


def test_both_bindings_at_once():
    world = registered(dpop_bound=True, certificate_bound=True)
    response = world.post("/token", OWN, world.proof(), certificate=CERTIFICATE, **ALONE)
    assert world.claims(response)["cnf"] == {"jkt": key(world), "x5t#S256": CERTIFICATE}


def test_rfc8705_4_a_public_clients_refresh_token_is_bound_to_the_certificate():
    world = registered(PUBLIC, certificate_bound=True)
    code, mine = world.code(client_id="app", scope="email"), {"certificate": CERTIFICATE}
    members = world.post("/token", client_id="app", **mine, **redemption(code)).json()
    token = members["refresh_token"]
    thief = refreshed(world, token, client_id="app", certificate="other")
    assert error(thief) == (400, "invalid_grant")
    assert refreshed(world, token, client_id="app", **mine).status == 200


def test_a_bound_single_use_token_stays_one():
    world = WholeServer()
    code = world.code(scope="email", token_use="single")
    response = world.redeem_proven(code, world.proof())
    members = world.introspect(response.json()["access_token"]).json()
    assert (members["use"], members["token_type"]) == ("single", "DPoP")
