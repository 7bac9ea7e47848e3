"""RFC 9635 2 and 3: what a grant request may say, and what the AS answers until the user comes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from oauth_model.issuance import DESIGNS
from oauth_model.messages import Request
from tests.oauth_model.negotiation import AT, Negotiating, access, asked, grant_request, refused
from tests.oauth_model.parties import CONFIDENTIAL, ISSUER, PUBLIC, World, basic

#: No credentials: some other header field.
NOBODY = ("Accept", "application/json")


@pytest.fixture
def world() -> Negotiating:
    return Negotiating()


@pytest.mark.clause("RFC 9635 3.1 continue")
@pytest.mark.clause("RFC 9635 3.3 interact")
def test_a_request_is_answered_with_a_place_for_the_user_and_a_way_to_continue(world):
    response = world.tx(grant_request())
    members = response.json()
    assert (response.status, set(members)) == (200, {"interact", "continue"})
    assert set(members["interact"]) == {"redirect", "finish", "expires_in"}
    assert members["continue"]["uri"] == f"{ISSUER}/continue"
    assert set(members["continue"]["access_token"]) == {"value"}  # neither manage nor flags
    assert response.header("Cache-Control") == "no-store"


@pytest.mark.clause("RFC 9635 3.3.1 unique")
def test_each_request_has_an_interaction_uri_and_tokens_of_its_own(world):
    first, second = (world.tx(grant_request()).json() for _ in range(2))
    assert first["interact"]["redirect"] != second["interact"]["redirect"]
    assert first["continue"]["access_token"] != second["continue"]["access_token"]
    assert first["continue"]["access_token"]["value"] not in first["interact"]["redirect"]


@pytest.mark.clause("RFC 9635 2.1.2 labels")
@pytest.mark.parametrize(
    "tokens",
    [
        [asked("email", label=None)],
        [asked("email"), asked("voip", label=None)],
        [asked("email"), asked("voip", label="email")],
        [asked("email", label="")],
        [asked("email", label=7)],
    ],
)
def test_every_token_of_an_array_has_a_label_of_its_own(world, tokens):
    assert refused(world.tx(grant_request(*tokens))) == (400, "invalid_request")


@pytest.mark.clause("RFC 9635 2.1.1 flags")
@pytest.mark.parametrize(
    "flags",
    [["bearer", "bearer"], ["durable"], ["bearer", "durable"], ["split"], [7], [[]], "bearer", {}],
)
def test_a_flag_that_comes_twice_or_is_no_flag_of_requests_is_invalid(world, flags):
    assert refused(world.tx(grant_request(asked("email", flags=flags)))) == (400, "invalid_flag")


@pytest.mark.clause("RFC 9635 2.1.1 bound")
def test_without_the_flag_bearer_a_key_has_to_be_proven(world):
    response = world.tx(grant_request(asked("email", flags=None)))
    assert refused(response) == (400, "invalid_flag")


@pytest.mark.clause("RFC 9635 2.1 access_token")
@pytest.mark.parametrize(
    "field", [None, [], {}, "email", 7, ["email"], [asked("email"), 7], [[asked("email")]]]
)
def test_access_tokens_are_asked_for_by_an_object_or_an_array_of_them(world, field):
    response = world.tx(grant_request(access_token=field))
    assert refused(response) == (400, "invalid_request")


def test_so_many_tokens_at_once_are_not_given(world):
    many = [asked("email", label=str(number)) for number in range(65)]
    assert world.tx(grant_request(*many[:64])).status == 200
    assert refused(world.tx(grant_request(*many))) == (400, "invalid_request")


@pytest.mark.clause("RFC 9635 8 rights")
@pytest.mark.parametrize(
    "rights",
    [
        None,
        [],
        "email",
        [7],
        [[]],
        ["nonsense"],
        ["email voip"],
        [{"actions": ["email"]}],
        [access("email") | {"type": "nonsense"}],
        [access("email") | {"locations": ["https://stranger.example.com"]}],
        [access("email", "voip")],
        [access("email") | {"unknown": 1}],
        [access("email", "x" * 100_000)],
    ],
)
def test_rights_that_no_server_here_has_are_no_rights(world, rights):
    response = world.tx(grant_request(asked("email", access=rights)))
    assert refused(response) == (400, "invalid_request")


@pytest.mark.clause("RFC 9635 8.1 references")
def test_a_string_among_the_rights_is_a_scope(world):
    [token] = world.approved(asked("email", access=["email"])).json()["access_token"]
    assert token["access"] == [access("email")]
    assert world.call("email", token["value"]).status == 200


@pytest.mark.clause("RFC 9396 10 registered")
def test_a_client_asks_only_for_the_types_that_it_is_registered_for(world):
    client = replace(CONFIDENTIAL, details_types=("payment",))
    world.authorization_server.replica.clients[client.client_id] = client
    for rights in ([access("email")], ["email"]):
        response = world.tx(grant_request(asked("email", access=rights)))
        assert refused(response) == (400, "invalid_request")


@pytest.mark.clause("RFC 9635 2.3.1 instance identifier")
@pytest.mark.parametrize("client", [None, "", "stranger", 7, [], {"key": {"proof": "httpsig"}}])
def test_a_client_that_is_not_known_is_refused(world, client):
    response = world.tx(grant_request(client=client), NOBODY)
    assert refused(response) == (401, "invalid_client")
    assert response.header("WWW-Authenticate")  # RFC 9110 15.5.2


@pytest.mark.clause("RFC 9635 2.3.1 instance identifier")
@pytest.mark.parametrize("credentials", [basic(CONFIDENTIAL.client_id, "guessed"), NOBODY])
def test_an_instance_identifier_is_not_enough_for_a_client_with_a_secret(world, credentials):
    assert refused(world.tx(grant_request(), credentials)) == (401, "invalid_client")
    assert world.database.gnap.interactions == {}


def test_a_client_is_not_two(world):
    response = world.tx(grant_request(client=PUBLIC.client_id))
    assert refused(response) == (400, "invalid_request")


def test_a_client_without_a_secret_only_says_who_it_is(world):
    response = world.tx(grant_request(client=PUBLIC.client_id), NOBODY)
    assert response.status == 200


@pytest.mark.clause("RFC 9635 2.5 interaction")
@pytest.mark.parametrize(
    "interact",
    [
        None,
        7,
        {},
        {"start": "redirect"},
        {"start": ["user_code"]},
        {"start": ["redirect"]},
        {"start": ["redirect"], "finish": {"method": "push"}},
    ],
)
def test_a_user_who_cannot_come_or_go_by_redirect_cannot_decide(world, interact):
    response = world.tx(grant_request(interact=interact))
    assert refused(response) == (400, "invalid_interaction")


@pytest.mark.clause("RFC 9635 2.5.2 finish")
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("uri", "https://attacker.example.com/cb"),
        ("uri", None),
        ("nonce", None),
        ("nonce", ""),
        ("nonce", "é"),
        ("nonce", "a\nb"),
        ("nonce", 7),
        ("hash_method", "md5"),
        ("hash_method", 7),
    ],
)
def test_a_finish_that_is_not_registered_or_incomplete_is_refused(world, name, value):
    body = grant_request()
    body["interact"]["finish"][name] = value
    assert refused(world.tx(body)) == (400, "invalid_request")


@pytest.mark.clause("RFC 9635 9 discovery")
def test_the_grant_endpoint_says_what_it_offers(world):
    members = world.send("OPTIONS", "/tx").json()
    assert members["grant_request_endpoint"] == f"{ISSUER}/tx"
    assert members["interaction_start_modes_supported"] == ["redirect"]


@pytest.mark.parametrize("design", sorted(set(DESIGNS) - {"gnap"}))
def test_an_as_of_another_design_has_no_such_endpoints(design):
    world = World(design)
    for method, path in (("POST", "/tx"), ("GET", "/interact"), ("PATCH", "/continue")):
        assert world.run(world.handlers["as"](Request(method, f"{ISSUER}{path}"))).status == 404


def test_a_wrong_method_is_told_which_are_right(world):
    response = world.send("GET", "/continue")
    assert (response.status, response.header("Allow")) == (405, "DELETE, PATCH, POST")


def test_locations_say_which_server_is_meant(world):
    everywhere = {"type": "access", "actions": ["email"]}
    [token] = world.approved(asked("email", access=[everywhere])).json()["access_token"]
    assert token["access"][0]["locations"] == [AT["email"]]
