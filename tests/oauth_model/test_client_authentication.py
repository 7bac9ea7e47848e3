"""Client authentication, the same at every endpoint of the AS where clients authenticate."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from oauth_model.client_assertion import CLIENT_ASSERTION_TYPE
from oauth_model.messages import Response
from oauth_model.pkce import challenge_s256
from tests.oauth_model.parties import (
    CALLBACK,
    CONFIDENTIAL,
    ISSUER,
    VERIFIER,
    basic,
    error,
    redemption,
)
from tests.oauth_model.whole_server import JWT_CLIENT, OWN, WholeServer

#: Endpoint → a request to it that only has to be authenticated.
ASKED: dict[str, dict[str, str]] = {
    "/token": {"grant_type": "client_credentials", "scope": "email"},
    "/par": {
        "response_type": "code",
        "redirect_uri": CALLBACK,
        "scope": "email",
        "code_challenge": challenge_s256(VERIFIER),
        "code_challenge_method": "S256",
    },
    "/introspect": {"token": "unknown"},
    "/revoke": {"token": "unknown"},
}
BODY = {"client_id": "s6BhdRkqt3", "client_secret": "gX1fBat3bV"}

everywhere = pytest.mark.parametrize("path", ASKED)


def ask(world: WholeServer, path: str, *headers: tuple[str, str], **more: str) -> Response:
    return world.post(path, *headers, **(ASKED[path] | more))


@everywhere
@pytest.mark.clause("RFC 6749 2.3.1 basic")
def test_client_secret_basic(path: str):
    assert ask(WholeServer(), path, OWN).status in (200, 201)


@everywhere
@pytest.mark.clause("RFC 6749 2.3.1 body")
def test_client_secret_post(path: str):
    assert ask(WholeServer(), path, **BODY).status in (200, 201)


@everywhere
def test_private_key_jwt(path: str):
    world = WholeServer()
    assert ask(world, path, **world.assertion()).status in (200, 201)
    named = world.assertion() | {"client_id": "keyed"}
    assert ask(world, path, **named).status in (200, 201)


def test_none_and_pkce():
    world = WholeServer()
    code = world.code(client_id="app", scope="email")
    assert world.post("/token", client_id="app", **redemption(code)).status == 200
    code = world.code(client_id="app", scope="email")
    wrong = redemption(code) | {"code_verifier": "x" * 43}
    assert error(world.post("/token", client_id="app", **wrong)) == (400, "invalid_grant")


@everywhere
@pytest.mark.clause("RFC 6749 5.2 invalid_client")
@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"client_id": "s6BhdRkqt3"},
        {"client_id": "nobody"},
        BODY | {"client_secret": "wrong"},
        {"client_id": "app", "client_secret": "any"},
        {"client_id": "keyed"},
        {"client_id": "keyed", "client_secret": "any"},
    ],
)
def test_wrong_credentials_are_401_with_a_challenge(path: str, wrong: dict[str, str]):
    response = ask(WholeServer(), path, **wrong)
    assert error(response) == (401, "invalid_client")
    assert (response.header("WWW-Authenticate") or "").startswith("Basic ")


@everywhere
@pytest.mark.clause("RFC 6749 2.3 one method")
@pytest.mark.parametrize("ways", ["basic post", "basic assertion", "post assertion"])
def test_two_ways_are_an_invalid_request(path: str, ways: str):
    world = WholeServer()
    headers = [OWN] if "basic" in ways else []
    body = BODY if "post" in ways else {}
    body |= world.assertion() if "assertion" in ways else {}
    assert error(ask(world, path, *headers, **body)) == (400, "invalid_request")


@everywhere
def test_two_names_are_an_invalid_request(path: str):
    world = WholeServer()
    assert error(ask(world, path, OWN, client_id="other")) == (400, "invalid_request")
    other = world.assertion() | {"client_id": "other"}
    assert error(ask(world, path, **other)) == (400, "invalid_request")


@everywhere
def test_a_secret_is_not_enough_where_a_key_is_registered(path: str):
    both = replace(JWT_CLIENT, client_id="both", secret="a-secret")
    world = WholeServer(clients=(both,))
    assert error(ask(world, path, basic("both", "a-secret"))) == (401, "invalid_client")
    assert ask(world, path, **world.assertion(client_id="both")).status in (200, 201)


# The assertion (RFC 7521 4.2, RFC 7523 3).


@everywhere
@pytest.mark.clause("RFC 7523 3 jti")
@pytest.mark.clause("RFC 7523 3.2 invalid_client")
@pytest.mark.parametrize(
    "strategy", ["shared_atomic", "shared_allow_list", "reserve_commit", "idempotent_response"]
)
def test_a_replayed_assertion_is_refused(path: str, strategy: str):
    world = WholeServer(strategy=strategy)
    once = world.assertion()
    assert ask(world, path, **once).status in (200, 201)
    assert error(ask(world, path, **once)) == (401, "invalid_client")


@pytest.mark.clause("RFC 7523 3 jti")
def test_used_at_one_endpoint_is_used_at_all():
    world = WholeServer()
    once = world.assertion()
    assert ask(world, "/revoke", **once).status == 200
    assert error(ask(world, "/token", **once)) == (401, "invalid_client")


def test_one_jti_of_two_clients_is_two():
    twin = replace(JWT_CLIENT, client_id="twin", assertion_key="client:twin")
    world = WholeServer(clients=(twin,))
    assert ask(world, "/token", **world.assertion("same")).status == 200
    other = world.assertion("same", client_id="twin", key="client:twin")
    assert ask(world, "/token", **other).status == 200


@pytest.mark.parametrize("strategy", ["per_replica", "no_check"])
def test_a_strategy_that_does_not_see_the_first_use_accepts_the_second(strategy: str):
    world = WholeServer(strategy=strategy)
    once = world.assertion()
    assert ask(world, "/token", **once).status == 200
    world.stores.clear()  # as another replica would
    assert ask(world, "/token", **once).status == 200


def test_two_at_once_are_one():
    world = WholeServer()
    once = world.assertion()
    flows = (world.token_flow(**ASKED["/token"], **once) for _ in range(4))
    assert sorted(answer.status for answer in world.interleave(*flows)) == [200, 401, 401, 401]


@everywhere
def test_undecided_is_503_and_the_assertion_is_still_good(path: str):
    world = WholeServer()
    once = world.assertion()
    world.stores_answer = False
    assert ask(world, path, **once).status == 503
    world.stores_answer = True
    assert ask(world, path, **once).status in (200, 201)


def test_in_flight_is_409():
    world = WholeServer(strategy="reserve_commit")
    flows = (world.token_flow(**ASKED["/token"], **once) for once in [world.assertion()] * 2)
    assert sorted(answer.status for answer in world.interleave(*flows)) == [200, 409]


@everywhere
@pytest.mark.parametrize(
    "wrong",
    [
        {"key": "client:other"},
        {"audience": "https://evil.example.com"},
        {"now_s": 999_000.0},
        {"client_id": "s6BhdRkqt3"},
        {"client_id": "nobody"},
        {"lifetime_s": 7200.0},
    ],
)
@pytest.mark.clause("RFC 7523 3.2 invalid_client")
def test_a_wrong_assertion_is_invalid_client_and_uses_nothing_up(path: str, wrong: dict[str, Any]):
    world = WholeServer()
    assert error(ask(world, path, **world.assertion(**wrong))) == (401, "invalid_client")
    assert world.calls == []


@pytest.mark.parametrize("value", ["", "x", "a.b.c", "é"])
def test_what_is_no_assertion(value: str):
    given = {"client_assertion_type": CLIENT_ASSERTION_TYPE, "client_assertion": value}
    expected = (401, "invalid_client") if value else (400, "invalid_request")
    assert error(ask(WholeServer(), "/token", **given)) == expected


def test_assertion_and_type_go_together():
    world = WholeServer()
    assertion = world.assertion()["client_assertion"]
    alone = {"client_assertion": assertion}
    assert error(ask(world, "/token", **alone)) == (400, "invalid_request")
    saml = "urn:ietf:params:oauth:client-assertion-type:saml2-bearer"
    other = alone | {"client_assertion_type": saml}
    assert error(ask(world, "/token", **other)) == (401, "invalid_client")


@pytest.mark.clause("RFC 7523 3 aud")
@pytest.mark.parametrize(
    ("policy", "audience", "status"),
    [
        ("issuer", ISSUER, 200),
        ("issuer", f"{ISSUER}/token", 401),
        ("issuer", f"{ISSUER}/par", 401),
        ("token_endpoint", ISSUER, 200),
        ("token_endpoint", f"{ISSUER}/token", 200),
        ("token_endpoint", f"{ISSUER}/par", 200),  # RFC 9126 2
        ("token_endpoint", f"{ISSUER}/revoke", 401),
        ("token_endpoint", "https://evil.example.com/token", 401),
    ],
)
def test_what_names_the_as_is_policy(policy: str, audience: str, status: int):
    world = WholeServer(assertion_audience=policy)
    assertion = world.assertion(audience=audience, policy=policy)
    assert ask(world, "/token", **assertion).status == status


def test_the_same_request_with_a_new_assertion_is_the_same_request():
    world = WholeServer(strategy="idempotent_response")
    code = world.code(client_id="keyed", scope="email")
    first, again = (world.post("/token", **redemption(code), **world.assertion()) for _ in range(2))
    assert first == again
    assert first.status == 200


def test_an_assertion_is_used_up_and_the_code_is_not():
    world = WholeServer()
    code = world.code(client_id="keyed", scope="email")
    wrong = redemption(code) | {"code_verifier": "x" * 43}
    assert error(world.post("/token", **wrong, **world.assertion())) == (400, "invalid_grant")
    assert world.post("/token", **redemption(code), **world.assertion()).status == 200


def test_a_code_of_one_client_is_not_anothers_however_it_authenticates():
    world = WholeServer()
    code = world.code(client_id=CONFIDENTIAL.client_id, scope="email")
    refused = world.post("/token", **redemption(code), **world.assertion())
    assert error(refused) == (400, "invalid_grant")
