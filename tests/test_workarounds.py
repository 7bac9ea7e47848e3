"""Minutes of 2025-01-20, current practices: single use without single-use tokens."""

from __future__ import annotations

import pytest

from sim.scenario import Scenario
from sim.scenario_files import load, vary
from sim.workarounds import WAYS, Outcome, with_way, workarounds
from sim.world.simulation import simulate
from tests.cli.command import tokenrace


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return load("workarounds")


@pytest.fixture(scope="module")
def found(scenario) -> dict[str, Outcome]:
    return {outcome.name: outcome for outcome in workarounds(scenario)}


@pytest.mark.parametrize("name", WAYS)
def test_every_way_serves_everybody(scenario, name):
    ended = simulate(with_way(scenario, name), full=False).of("outcome")
    assert [row.detail["kind"] for row in ended] == ["served"] * 20


def test_a_copy_of_a_single_use_token_never_works(found):
    assert found["single_use"].exposure_s == (None, 0)


@pytest.mark.clause("interim-2025-01-20 practice no refresh")
@pytest.mark.clause("interim-2025-01-20 practice separate authorization")
@pytest.mark.clause("interim-2025-01-20 practice custom scope")
@pytest.mark.parametrize("name", ["refresh_off", "separate_authorization", "custom_scope"])
def test_what_only_narrows_a_token_leaves_its_copy_working_until_it_expires(found, name):
    assert found[name].exposure_s == (600, 3600)
    assert found[name].works_after_s[600].value == 1


@pytest.mark.clause("interim-2025-01-20 practice dedicated client")
def test_a_dedicated_client_has_short_tokens_and_no_refresh_token(found):
    dedicated = found["dedicated_client"]
    assert dedicated.exposure_s == (5, 30)
    assert dedicated.refresh_tokens_per_use == 0
    assert found["separate_authorization"].refresh_tokens_per_use == 1


@pytest.mark.clause("interim-2025-01-20 practice separate authorization")
@pytest.mark.clause("interim-2025-01-20 practice dedicated client")
def test_whoever_authorizes_each_time_asks_the_user_and_begins_a_session(found):
    for name, outcome in found.items():
        asks = name in ("refresh_off", "dedicated_client", "separate_authorization")
        assert (outcome.interactions_per_use, outcome.sessions_per_use) == (asks, asks)


@pytest.mark.clause("interim-2025-01-20 practice revocation")
@pytest.mark.clause("RFC 7009 2.1 immediate")
def test_a_revocation_that_no_server_hears_of_changes_nothing(found):
    assert found["revocation"].exposure_s == found["custom_scope"].exposure_s
    for name in ("revocation_asked", "revocation_told"):
        assert found[name].exposure_s == (0, 1)


def test_a_quota_counted_in_each_gateway_lets_the_other_one_be_asked(found):
    shares = found["quota_local"].works_after_s
    assert 0.2 < shares[0].value < 0.8
    assert found["quota_synchronous"].exposure_s == (None, 0)


def test_a_gateway_that_revokes_is_as_slow_as_its_events(found):
    assert found["revoke_by_event"].works_after_s[1].value == 0
    slow = found["revoke_by_event_7s"].works_after_s
    assert [slow[s].value for s in (0, 1, 5, 30)] == [1, 1, 1, 0]


def test_costs_are_counted_from_what_was_sent(found):
    single, revoked = found["single_use"], found["revocation"]
    assert (single.messages_per_use, single.round_trips_per_use) == (6, 2)
    assert revoked.round_trips_per_use - found["custom_scope"].round_trips_per_use == 1
    assert found["quota_synchronous"].store_operations_per_use >= 1


def test_an_introspection_cache_lets_a_revoked_token_go_on(scenario):
    cached = vary(scenario, servers__0__introspection_cache_s=20.0)
    [asked] = workarounds(cached, ["revocation_asked"])
    assert asked.exposure_s == (5, 30)


def test_the_command_prints_a_way_a_line_in_80_columns():
    answer = tokenrace("workarounds", "--ways", "single_use,custom_scope")
    assert answer.status == 0
    assert max(map(len, answer.out.splitlines())) <= 80
    assert "never" in answer.out
    assert "10–60 min" in answer.out


def test_the_document_has_the_share_that_worked_at_every_instant():
    [way] = tokenrace("workarounds", "--ways", "custom_scope", "--json").json()["ways"]
    assert way["exposure_s"] == [600, 3600]
    assert way["works_after_s"]["0"]["n"] == 20
    assert way["says"] == WAYS["custom_scope"].says


def test_the_thief_is_as_far_away_as_the_client(found):
    away = found["revoke_by_event"].thief_away_ms
    assert away is not None
    assert 15 < away < 27  # the median of the access network is 20 ms


def test_a_thief_beside_the_server_is_earlier_than_an_event(scenario):
    near = vary(scenario, network__access__latency={"distribution": "constant", "value_ms": 0.01})
    [event] = workarounds(near, ["revoke_by_event"])
    assert event.thief_away_ms == pytest.approx(0.01)
    assert event.works_after_s[0].value == 1


def test_never_is_said_with_its_tries_their_bound_and_how_far_away_the_thief_is():
    said = " ".join(tokenrace("workarounds", "--ways", "revoke_by_event").out.split())
    assert "takes 19.8 ms to a server" in said
    assert "Never: 0 of 20 tries at each instant, so that up to 16.1 % may work" in said
    assert "Not tried" not in said


def test_a_way_in_which_nobody_is_served_is_not_tried_and_takes_no_time():
    command = ("workarounds", "three-services", "--ways", "revoke_by_event")
    [row] = [line for line in tokenrace(*command).out.splitlines() if "not tried" in line]
    assert row.split()[-3:] == ["–", "not", "tried"]
    [way] = tokenrace(*command, "--json").json()["ways"]
    assert (way["latency_ms"], way["thief_away_ms"]) == (None, None)
    assert way["exposure_s"] == [None, None]
    assert {(share["value"], share["n"]) for share in way["works_after_s"].values()} == {(None, 0)}


def test_an_unknown_way_is_a_mistake():
    assert tokenrace("workarounds", "--ways", "hope").status == 2


@pytest.mark.parametrize("name", [name for name in WAYS if name != "single_use"])
def test_what_the_client_holds_stays_as_it_was(scenario, name):
    changes = simulate(with_way(scenario, name), full=False).of("wallet")
    assert {row.detail["action"] for row in changes} == {"store"}
