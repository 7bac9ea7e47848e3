"""The certification clock: second uses after 0 s, 1 s and 30 s (OpenID Connect and FAPI suites)."""

import pytest

from sim.certification import INTENTIONS, certification, quiet
from sim.scenario import Scenario
from sim.scenario_files import load, vary
from sim.world.simulation import simulate

YES_YES_NO = {"0": True, "1": True, "30": False}
YES_NO_NO = {"0": True, "1": False, "30": False}
NEVER = {"0": False, "1": False, "30": False}


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return load("two-regions-payment")


@pytest.mark.parametrize(
    ("strategy", "accepted"),
    [
        ("no_check", YES_YES_NO),
        ("per_replica", YES_YES_NO),
        ("replicated_async", YES_NO_NO),
        ("shared_atomic", NEVER),
        ("reserve_commit", NEVER),
    ],
)
def test_reuse_is_accepted_as_long_as_the_strategy_lets_it(scenario, strategy, accepted):
    found = certification(vary(scenario, strategy=strategy))
    assert found["reuse_accepted_after_s"] == accepted


def test_an_answer_from_store_is_told_apart_from_a_second_acceptance(scenario):
    found = certification(vary(scenario, strategy="idempotent_response"))
    assert found["reuse_accepted_after_s"] == NEVER
    assert found["reuse_answered_from_store_after_s"] == YES_YES_NO


def test_a_token_that_lives_longer_is_accepted_longer(scenario):
    longer = {"authorization_server__single_use_lifetime_s": 300, "strategy": "no_check"}
    found = certification(vary(scenario, **longer))
    assert found["reuse_accepted_after_s"] == {"0": True, "1": True, "30": True}


def test_misfortune_is_taken_out_of_the_scenario(scenario):
    worse = vary(
        scenario,
        network__access__response_loss_probability=1,
        network__internal__request_loss_probability=1,
        network__between__0__loss_probability=1,
    )
    trace = simulate(quiet(worse, 1000))
    assert trace.of("drop", "fault", "timeout") == []
    assert [row.detail["kind"] for row in trace.of("outcome")] == ["served"] * INTENTIONS


def test_every_replica_is_asked(scenario):
    again = [row for row in simulate(quiet(scenario, 1000)).of("respond") if row.actor == "thief"]
    assert {row.node for row in again} == {"payments-eu-1", "payments-us-1"}


def test_the_clock_can_be_asked_of_a_scenario_with_several_servers():
    found = certification(vary(load("one-use-two-audiences"), strategy="no_check"))
    assert found["reuse_accepted_after_s"] == YES_YES_NO


def test_where_no_second_use_was_tried_nothing_is_claimed(scenario):
    """The client never gets its token: the AS is further away than the run is long."""
    far = {"network__access__latency": {"distribution": "constant", "value_ms": 1e9}}
    found = certification(vary(scenario, strategy="no_check", **far))
    assert found["reuse_accepted_after_s"] == {"0": None, "1": None, "30": None}


@pytest.mark.parametrize("name", ["three-services", "magic-link", "step-up", "statement"])
def test_nothing_is_claimed_where_no_single_use_token_was_ever_accepted(name):
    found = certification(vary(load(name), strategy="no_check"))
    assert set(found["reuse_accepted_after_s"].values()) == {None}


@pytest.mark.parametrize(
    ("grace", "accepted"),
    [
        (("none", 0.0), False),
        (("mint_new", 60.0), True),
        (("mint_new", 5.0), False),
        (("same_successor", 31.0), True),
        (("until_successor_used", 0.0), True),
    ],
)
def test_the_previous_refresh_token_30_s_after_its_rotation(scenario, grace, accepted):
    names = ("authorization_server__rotation_grace", "authorization_server__grace_s")
    public = {"client__public": True} | dict(zip(names, grace, strict=True))
    found = certification(vary(scenario, **public))
    assert found["previous_refresh_token_accepted_after_s"] == {"30": accepted}


def test_where_nothing_is_rotated_there_is_no_previous_refresh_token(scenario):
    found = certification(scenario)
    assert found["previous_refresh_token_accepted_after_s"] == {"30": None}


def test_a_grace_window_is_seen_as_far_as_it_reaches(scenario):
    fields = {"strategy": "grace_window", "strategy_settings__grace_s": 0.5}
    found = certification(vary(scenario, **fields))
    assert found["reuse_accepted_after_s"] == YES_NO_NO


@pytest.mark.parametrize("seed", range(1, 9))
def test_a_race_of_a_few_milliseconds_is_seen_on_any_seed(scenario, seed):
    fields = {"strategy": "shared_check_then_act", "seed": seed}
    found = certification(vary(scenario, **fields))
    assert found["reuse_accepted_after_s"] == YES_NO_NO


def test_after_0_s_means_directly_after_the_answer_as_well(scenario):
    """While the first use is at work, the others are told to wait; then they get its answer."""
    slow = {"network__internal__latency": {"distribution": "constant", "value_ms": 3000}}
    fields = {"strategy": "idempotent_response", "strategy_settings__lease_s": 25}
    found = certification(vary(scenario, **slow, **fields))
    assert found["reuse_answered_from_store_after_s"]["0"]


def test_it_costs_a_comparison_little():
    """Of every strategy: four runs, of so many presentations in all."""
    busy = quiet(load("two-regions-payment"), 0)
    assert busy.workload.intentions * busy.thief.presentations <= 100
