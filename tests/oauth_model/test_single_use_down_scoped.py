"""A single-use token is for what its request names and for no more, however it is asked for."""

from __future__ import annotations

import json
from typing import Any

import pytest

from oauth_model.grants import TOKEN_EXCHANGE
from oauth_model.grants.password_advanced import GRANT_TYPE as PASSWORD
from oauth_model.issuance.token_exchange import ACCESS_TOKEN
from tests.oauth_model.parties import World, error

NO_SCOPE = ["", " ", "  "]
DESIGNS = ["fat", "rfc8707", "rfc8707_response", "scope_inferred", "mrrt", "token_exchange"]
PAYMENT = {
    "type": "payment",
    "actions": ["initiate"],
    "locations": ["https://payments.example.com"],
    "instructedAmount": {"currency": "EUR", "amount": "1.00"},
    "creditorName": "Merchant A",
}
DEARER = PAYMENT | {"instructedAmount": {"currency": "EUR", "amount": "9999.00"}}


def single(world: World, **parameters: Any):
    return world.token(token_use="single", **parameters)


@pytest.mark.clause("interim-2025-01-20 down-scoped")
@pytest.mark.parametrize("scope", NO_SCOPE)
@pytest.mark.parametrize("design", DESIGNS)
def test_spaces_name_no_scope(design, scope):
    world = World(design)
    code = world.code(resource="https://voip.example.com", scope="voip")
    refresh = world.redeem(code).json()["refresh_token"]
    response = single(world, grant_type="refresh_token", refresh_token=refresh, scope=scope)
    assert error(response) == (400, "invalid_scope")


@pytest.mark.parametrize("scope", NO_SCOPE)
def test_client_credentials_name_a_scope_too(scope):
    response = single(World(), grant_type="client_credentials", scope=scope)
    assert error(response) == (400, "invalid_scope")


def test_an_exchange_names_a_scope_too():
    world = World("token_exchange", exchange_by="owner")
    subject_token = world.redeem(world.code()).json()["access_token"]
    asked = {"subject_token": subject_token, "subject_token_type": ACCESS_TOKEN, "audience": "voip"}
    assert error(single(world, grant_type=TOKEN_EXCHANGE, scope=" ", **asked))[0] == 400
    assert single(world, grant_type=TOKEN_EXCHANGE, scope="voip", **asked).status == 200


@pytest.mark.clause("interim-2025-01-20 down-scoped")
def test_a_single_use_token_is_for_one_payment_not_for_all_that_were_granted():
    world = World("rar_locations")
    both = json.dumps([PAYMENT, DEARER])
    refresh = world.redeem(
        world.code(scope="", authorization_details=both),
        authorization_details=json.dumps([PAYMENT]),
    ).json()["refresh_token"]
    more: dict[str, Any] = {"grant_type": "refresh_token", "refresh_token": refresh}
    assert error(single(world, **more))[0] == 400
    assert error(single(world, **more, authorization_details=both))[0] == 400
    one = single(world, **more, authorization_details=json.dumps([PAYMENT]))
    assert one.json()["authorization_details"] == [PAYMENT]


def test_the_password_flow_of_the_draft_heeds_the_use():
    world = World("lodderstedt", passwords=(("resource-owner", "pw"),))
    asked: dict[str, Any] = {"username": "resource-owner", "password": "pw"}
    asked |= {"scopes": "1", "scope.1": "email"}
    response = single(world, grant_type=PASSWORD, scope="email", **asked)
    members = response.json()
    assert (members["use"], members["expires_in"]) == ("single", 30)
    assert "refresh_token" not in members
    bogus = world.token(grant_type=PASSWORD, scope="email", token_use="bogus", **asked)
    assert error(bogus) == (400, "invalid_request")
