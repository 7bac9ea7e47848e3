"""What a scenario says about its parties is what they are configured with, whoever wires them."""

from __future__ import annotations

import pytest

from oauth_model.grants.records import RegisteredClient
from sim import enforcers, parties
from sim.scenario import Scenario
from sim.scenario_files import load

RACE = "two-regions-payment"
SERVICES = "three-services"


def identify(name: str) -> str:
    return f"https://{name}.example.org"


def known(scenario: Scenario):
    return parties.resources(scenario, identify)


def test_a_resource_server_is_known_by_the_uri_that_it_was_given():
    assert [resource.identifier for resource in known(load(SERVICES))] == [
        "https://email.example.org",
        "https://webdav.example.org",
        "https://voip.example.org",
    ]


def test_each_resource_server_has_a_key_of_its_own():
    keys = {resource.signing_key for resource in known(load(SERVICES))}
    assert len(keys) == 3


def test_a_scope_that_two_operations_need_is_one_scope():
    operations = {"GET /payments": "payment", "POST /payments": "payment"}
    scenario = load(RACE, {"servers.payments.operations": operations})
    assert known(scenario)[0].scopes == ("payment",)


def test_a_client_calls_the_first_operation():
    operations = {"GET /balance": "balance", "POST /payments": "payment"}
    scenario = load(RACE, {"servers.payments.operations": operations})
    target = parties.target(scenario.servers[0], known(scenario)[0])
    assert (target.operation, target.scope) == ("GET /balance", "balance")


@pytest.mark.parametrize(
    ("field", "value"),
    [("access_token_lifetime_s", 77), ("single_use_lifetime_s", 7), ("code_lifetime_s", 17)],
)
def test_lifetimes_are_those_of_the_scenario(field, value):
    scenario = load(SERVICES, {f"authorization_server.{field}": value})
    config = parties.authorization_server_config(scenario, known(scenario), ())
    assert getattr(config, field) == value


@pytest.mark.parametrize(
    ("field", "value"),
    [("assertion_audience", "token_endpoint"), ("exchange_by", "owner"), ("faults", ())],
)
def test_policies_are_those_of_the_scenario(field, value):
    scenario = load(SERVICES, {f"authorization_server.{field}": value})
    config = parties.authorization_server_config(scenario, known(scenario), ())
    assert getattr(config, field) == value


def test_the_authorization_server_reckons_with_the_largest_leeway():
    scenario = load(SERVICES, {"servers.email.leeway_s": 5.0, "servers.voip.leeway_s": 9.0})
    client = RegisteredClient("c", scopes=("email",))
    config = parties.authorization_server_config(
        scenario, known(scenario), (client,), "https://as.example.org"
    )
    assert config.leeway_s == 9.0
    assert (config.issuer, config.clients) == ("https://as.example.org", (client,))


@pytest.mark.parametrize(
    ("field", "value"), [("consume", "with_effect"), ("use_aware", False), ("leeway_s", 3.0)]
)
def test_a_resource_server_has_the_dials_of_the_scenario(field, value):
    scenario = load(RACE, {f"servers.payments.{field}": value})
    config = parties.resource_server_config(
        scenario, scenario.servers[0], known(scenario)[0], "https://as.example.org"
    )
    assert getattr(config, field) == value
    assert (config.identifier, config.issuer) == (
        "https://payments.example.org",
        "https://as.example.org",
    )


def test_a_strategy_stands_in_its_region_and_has_the_settings_of_the_scenario():
    scenario = load(RACE, {"strategy_settings.retention_margin_s": 5.0})
    made = enforcers.strategy(scenario, "replicated_async", "us")
    assert made.name == "replicated_async"
    assert (made.place.region, made.place.regions) == ("us", ("eu", "us"))
    assert made.settings.retention_margin_s == 5.0
