"""draft-lodderstedt-oauth-multiple-access-tokens-00, section 1: one powerful token, or one each."""

import pytest

from oauth_model.issuance import DESIGNS
from sim.issuance_table import blast_radius, issuance
from sim.scenario import Scenario
from sim.scenario_files import load, vary
from sim.world.simulation import simulate

SERVERS = ["email", "webdav", "voip"]


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return load("three-services")


@pytest.fixture(scope="module")
def rows(scenario):
    return {row["name"]: row for row in issuance(scenario, list(DESIGNS))}


def test_a_fat_token_works_wherever_it_was_not_meant_to_be_shown(rows):
    assert rows["fat"]["blast_radius"] == {
        "email": ["webdav", "voip"],
        "webdav": ["email", "voip"],
        "voip": ["email", "webdav"],
    }


def test_a_token_for_each_server_works_nowhere_else(rows):
    assert rows["lodderstedt"]["blast_radius"] == {server: [] for server in SERVERS}


def test_the_price_is_a_token_request_for_each_further_server(rows):
    fat, each = rows["fat"], rows["lodderstedt"]
    assert (fat["tokens"], each["tokens"]) == (1, 3)
    assert each["round_trips"] - fat["round_trips"] == 2


def test_round_trips_are_what_the_client_sent(scenario, rows):
    trace = simulate(vary(scenario, issuance="fat", malicious={}))
    sent = [row for row in trace.of("send") if row.node == "client-eu"]
    assert rows["fat"]["round_trips"] == len(sent)
    assert rows["fat"]["messages"] == len(trace.of("send"))


def test_a_replay_that_is_refused_is_not_in_the_blast_radius(scenario):
    lodderstedt = vary(scenario, issuance="lodderstedt", malicious={"server": "webdav"})
    tried = [row for row in simulate(lodderstedt).of("respond") if row.actor == "webdav"]
    assert {row.detail["server"] for row in tried} == {"email", "voip"}
    assert blast_radius(lodderstedt, "webdav") == []


def test_the_table_follows_the_scenario(scenario):
    [row] = issuance(vary(scenario, servers=scenario.model_dump()["servers"][:2]), ["fat"])
    assert row["blast_radius"] == {"email": ["webdav"], "webdav": ["email"]}
