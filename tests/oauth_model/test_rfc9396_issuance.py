"""RFC 9396 as an issuance design: one consent to details, and each token those of one server."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from oauth_model.authorization_server import Decision
from oauth_model.client import ClientConfig
from oauth_model.clients import client_for
from oauth_model.issuance import DESIGNS, Target
from oauth_model.issuance.rar_locations import needs_of
from oauth_model.issuance.writing import token_reader
from oauth_model.messages import Request, Response, form_post
from oauth_model.parameters import Parameters
from oauth_model.rar import Detail, Need
from oauth_model.resource_server import ResourceServer, ResourceServerConfig
from oauth_model.stories import STORIES
from tests.oauth_model.negotiation import AT, access
from tests.oauth_model.parties import (
    CALLBACK,
    CONFIDENTIAL,
    ISSUER,
    SERVERS,
    TARGETS,
    World,
    basic,
    error,
    location,
)

PAYMENT: dict[str, Any] = {
    "type": "payment",
    "actions": ["initiate"],
    "locations": [AT["payments"]],
    "instructedAmount": {"currency": "EUR", "amount": "123.50"},
    "creditorName": "Merchant A",
}
INVALID = (400, "invalid_authorization_details")


@pytest.fixture
def world() -> World:
    return World("rar_locations")


def text(*details: dict[str, Any]) -> str:
    return json.dumps(details)


def of_type(server: str, name: str = "access") -> str:
    """All of a type at a server, as token requests ask for it."""
    return text({"type": name, "locations": [AT[server]]})


def consented(world: World, *details: dict[str, Any], **changes: str) -> str:
    """A code for these details."""
    asked = {"authorization_details": text(*details)} if details else {}
    return world.code(**({"scope": ""} | asked | changes))


def refreshing(world: World, *details: dict[str, Any]) -> str:
    """A refresh token for these details."""
    wanted = text({"type": details[0]["type"], "locations": details[0]["locations"]})
    answer = world.redeem(consented(world, *details), authorization_details=wanted)
    return str(answer.json()["refresh_token"])


def refreshed(world: World, token: str, *pairs: tuple[str, str], **more: Any) -> Response:
    return world.token(*pairs, grant_type="refresh_token", refresh_token=token, **more)


def pay(world: World, token: str, **changes: Any) -> Response:
    """A payment as the call says it."""
    said = {name: PAYMENT[name] for name in ("instructedAmount", "creditorName")} | changes
    headers = (("Authorization", f"Bearer {token}"), ("Content-Type", "application/json"))
    url = f"{AT['payments']}/payments"
    return world.run(world.handlers["payments"](Request("POST", url, headers, json.dumps(said))))


@pytest.fixture
def strict(world: World) -> World:
    """The payments server wants the details of each payment, whatever the scope."""
    need = Need("payment", actions=("initiate",), locations=(AT["payments"],))
    config = ResourceServerConfig(
        name="payments",
        identifier=AT["payments"],
        issuer=ISSUER,
        operations={"POST /payments": "payments"},
        needs={"POST /payments": need},
    )
    read = token_reader(world.keys, DESIGNS["rar_locations"], SERVERS[3])
    server = ResourceServer(config, read, world.strategy, world.clock)
    world.handlers["payments"] = server.handle
    return world


@pytest.mark.clause("RFC 9396 7 as granted")
def test_the_response_says_the_details_as_granted_and_so_does_the_token(world):
    code = consented(world, access("email"), access("voip"))
    response = world.redeem(code, authorization_details=of_type("voip"))
    assert response.json()["authorization_details"] == [access("voip")]
    claims = world.claims(response)
    assert claims["authorization_details"] == [access("voip")]
    assert (claims["aud"], claims["scope"]) == (AT["voip"], "voip")


@pytest.mark.clause("RFC 9396 6 token request")
def test_one_consent_brings_a_token_for_each_server_and_each_works_there_alone(world):
    token = refreshing(world, access("email"), access("voip"))
    for server in ("email", "voip"):
        answer = refreshed(world, token, authorization_details=of_type(server))
        value = answer.json()["access_token"]
        assert [world.call(name, value).status for name in ("email", "voip")].count(200) == 1
        assert world.call(server, value).status == 200


@pytest.mark.clause("RFC 9396 6 token request")
@pytest.mark.parametrize(
    "asked",
    [
        of_type("webdav"),
        text(access("webdav")),
        text(access("email", "email", "delete")),
        text({"type": "access", "locations": [AT["email"]], "privileges": ["admin"]}),
        text({"type": "payment", "locations": [AT["email"]]}),
        text({"type": "access", "locations": ["https://stranger.example.com"]}),
        text({"type": "nonsense", "locations": [AT["email"]]}),
        "[]",
        "{}",
        "nonsense",
        "[" * 5000,
    ],
)
def test_a_token_request_beyond_the_grant_or_malformed_is_refused(world, asked):
    code = consented(world, access("email"), access("voip"))
    assert error(world.redeem(code, authorization_details=asked)) == INVALID
    assert world.redeem(code, authorization_details=of_type("email")).status == 200


@pytest.mark.clause("RFC 9396 5 refuse")
@pytest.mark.parametrize(
    "asked",
    [
        access("email") | {"type": "nonsense"},
        access("email") | {"unknown": True},
        access("email") | {"actions": "email"},
        access("email") | {"locations": ["https://stranger.example.com"]},
        access("email") | {"locations": [AT["email"], "https://stranger.example.com"]},
        access("email") | {"locations": [f"{AT['email']}/"]},
        access("email", "voip"),
        access("email", "email", "voip"),
        {"type": "access", "actions": ["nonsense"]},
        {"type": "access"},
        {name: value for name, value in PAYMENT.items() if name != "locations"},
        {name: value for name, value in PAYMENT.items() if name != "creditorName"},
    ],
)
def test_a_consent_to_what_no_server_has_is_refused(world, asked):
    answer = location(world.authorize(scope="", authorization_details=text(asked)))
    assert answer["error"] == "invalid_authorization_details"
    assert "code" not in answer


@pytest.mark.clause("RFC 9396 10 registered")
def test_a_type_that_the_client_is_not_registered_for_is_unknown_to_it(world):
    client = replace(CONFIDENTIAL, details_types=("access",))
    world.authorization_server.replica.clients[client.client_id] = client
    answer = location(world.authorize(scope="", authorization_details=text(PAYMENT)))
    assert answer["error"] == "invalid_authorization_details"
    assert consented(world, access("email"))


def test_of_actions_beyond_the_registration_only_the_others_are_granted(world):
    client = replace(CONFIDENTIAL, scopes=("email",))
    world.authorization_server.replica.clients[client.client_id] = client
    code = consented(world, access("email"), access("voip"))
    assert world.redeem(code).json()["authorization_details"] == [access("email")]
    answer = location(world.authorize(scope="", authorization_details=text(access("voip"))))
    assert answer["error"] == "access_denied"


def test_the_user_may_deny_details_and_an_old_yes_to_scopes_is_no_yes_to_them(world):
    world.authorization_server.replica.consent = lambda client, rights: Decision("somebody", ())
    answer = location(world.authorize(scope="", authorization_details=text(PAYMENT)))
    assert answer["error"] == "access_denied"


@pytest.mark.clause("RFC 9396 7.1 enriched")
@pytest.mark.parametrize(
    "asked",
    [
        {"type": "access", "locations": [AT["email"]]},
        {"type": "access", "actions": ["email"]},
    ],
)
def test_what_was_left_open_is_granted_as_what_it_means(world, asked):
    response = world.redeem(consented(world, asked))
    assert response.json()["authorization_details"] == [access("email")]


def test_several_locations_are_granted_one_by_one(world):
    both = {"type": "access", "actions": ["email", "voip"], "locations": [AT["email"], AT["voip"]]}
    code = consented(world, both)
    [kept] = world.database.codes.values()
    assert [each.members for each in kept.grant.rights.details] == [access("email"), access("voip")]
    assert world.redeem(code, authorization_details=of_type("voip")).status == 200


@pytest.mark.parametrize(
    "asked",
    [{}, {"authorization_details": text(access("email"), access("voip"))}],
    ids=["nothing", "both"],
)
def test_a_token_is_for_one_location_and_the_request_says_which(world, asked):
    code = consented(world, access("email"), access("voip"))
    assert error(world.redeem(code, **asked)) == INVALID


@pytest.mark.clause("RFC 9396 3 scope")
def test_scopes_are_another_way_to_say_the_same(world):
    code = consented(world, access("voip"), scope="email")
    answer = world.redeem(code, authorization_details=of_type("email")).json()
    assert answer["authorization_details"] == [access("email")]
    voip = refreshed(world, answer["refresh_token"], scope="voip")
    assert world.claims(voip)["aud"] == AT["voip"]
    for scope in ("webdav", "email voip", "email webdav"):
        assert error(refreshed(world, answer["refresh_token"], scope=scope))[1] == "invalid_scope"


def test_a_scope_beside_details_cuts_them_down():
    design, servers = DESIGNS["rar_locations"], (SERVERS[0]._replace(scopes=("email", "send")),)
    rights = design.policy(("email", "send"), servers)
    pairs = [("authorization_details", of_type("email")), ("scope", "send")]
    selection = design.select(rights, Parameters(pairs), servers)
    assert [each.members for each in selection.details] == [access("email", "send")]


def test_a_scope_alone_brings_no_other_right(world):
    code = consented(world, PAYMENT, scope="payments")
    token = world.redeem(code).json()
    assert token["authorization_details"] == [access("payments"), PAYMENT]
    answer = refreshed(world, token["refresh_token"], scope="payments")
    assert answer.json()["authorization_details"] == [access("payments")]


def test_a_right_that_is_limited_further_is_no_scope(world):
    limited = access("email") | {"identifier": "folder-7"}
    response = world.redeem(consented(world, limited))
    assert world.claims(response)["scope"] == ""
    token = response.json()["access_token"]
    own = (("Authorization", f"Bearer {token}"),)
    answers = [
        world.run(world.handlers["email"](Request("GET", f"{AT['email']}/mail{query}", own)))
        for query in ("?identifier=folder-7", "?identifier=folder-8", "")
    ]
    assert [answer.status for answer in answers] == [200, 403, 403]


@pytest.mark.clause("RFC 9396 9 enforcement")
def test_a_payment_token_is_for_this_payment(strict):
    response = strict.redeem(consented(strict, PAYMENT))
    assert response.json()["authorization_details"] == [PAYMENT]
    token = response.json()["access_token"]
    assert pay(strict, token).status == 200
    other = {"currency": "EUR", "amount": "9999.00"}
    assert pay(strict, token, instructedAmount=other).status == 403
    assert pay(strict, token, creditorName="Merchant B").status == 403


def test_the_scope_of_that_name_pays_nothing(strict):
    token = strict.redeem(consented(strict, access("payments"))).json()["access_token"]
    assert pay(strict, token).status == 403


@pytest.mark.clause("interim-2025-01-20 down-scoped")
def test_a_single_use_token_has_what_the_call_needs_and_no_more(strict):
    target = Target("payments", AT["payments"], "payments", "POST /payments")
    target = target._replace(details=(Detail.of(PAYMENT),))
    about = ClientConfig(
        CONFIDENTIAL.client_id,
        CALLBACK,
        (*TARGETS[:3], target),
        CONFIDENTIAL.secret,
        design="rar_locations",
    )
    client = client_for(about, strict.new_id)
    for step in (client.authorize(("email", "payments")), client.obtain("email")):
        assert strict.run(step).kind == "served"
    assert strict.run(client.single_use("payments", "payments")).kind == "served"
    claims = strict.issued("access_token")[-1]["claims"]
    assert (claims["use"], claims["authorization_details"]) == ("single", [PAYMENT])
    token = client.wallet.token("payments")
    assert [pay(strict, token).status for _ in range(2)] == [200, 401]


def test_what_a_client_asks_for_one_call_is_what_the_call_needs():
    assert [each.members for each in needs_of(TARGETS[0], "email")] == [access("email")]
    own = TARGETS[3]._replace(details=(Detail.of(PAYMENT),))
    assert [each.members for each in needs_of(own, "payments")] == [PAYMENT]


@pytest.mark.clause("interim-2025-01-20 down-scoped")
def test_a_single_use_token_with_details_has_one_use(world):
    code = consented(world, access("email"), token_use="single")
    response = world.redeem(code)
    assert (response.json()["use"], "refresh_token" in response.json()) == ("single", False)
    token = response.json()["access_token"]
    assert [world.call("email", token).status for _ in range(2)] == [200, 401]


@pytest.mark.clause("RFC 9396 9.2 introspection")
def test_introspection_says_the_details(world):
    value = world.redeem(consented(world, PAYMENT)).json()["access_token"]
    own = basic(CONFIDENTIAL.client_id, CONFIDENTIAL.secret)
    request = form_post(f"{ISSUER}/introspect", [("token", value)], (own,))
    members = world.run(world.handlers["as"](request)).json()
    assert (members["active"], members["authorization_details"]) == (True, [PAYMENT])


def test_an_exchanged_token_has_no_details_that_the_first_had_not():
    world = World("rar_locations", exchange_by="owner")
    token = refreshing(world, access("email"), access("voip"))
    email = refreshed(world, token, authorization_details=of_type("email")).json()["access_token"]
    exchange = {
        "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
        "subject_token": email,
        "subject_token_type": "urn:ietf:params:oauth:token-type:access_token",
    }
    assert error(world.token(**exchange, authorization_details=of_type("voip"))) == INVALID
    assert world.token(**exchange, authorization_details=of_type("email")).status == 200


@pytest.mark.clause("RFC 9396 6 token request")
def test_the_client_says_type_and_location_in_each_token_request(world):
    world.run(STORIES["consent_then_call_all"](world.client, ("email", "voip")))
    consent, *tokens = (send.request for send in world.sent if send.to == "as")
    asked = json.loads(dict(consent.query())["authorization_details"])
    assert asked == [access("email"), access("voip")]
    sent = [json.loads(dict(token.form())["authorization_details"]) for token in tokens]
    assert sent == [json.loads(of_type("email")), json.loads(of_type("voip"))]
    assert world.wallet_actions() == ["store email", "store voip"]
