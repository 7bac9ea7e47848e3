"""The dials of the race: each begins where the scenario stands, sets its field, and matters."""

from __future__ import annotations

from typing import Any, get_args

import pytest

from sim.lab.dials import DIALS, GROUPS
from sim.scenario_files import build, load, parse_set, toml, vary
from sim.scenario_parties import ClientPart
from sim.world.simulation import simulate

NAME = "two-regions-payment"
RACE = vary(load(NAME), workload__intentions=20, workload__gap__mean_ms=5000)
#: dial → where to, and what must stand elsewhere for it to matter.
MOVED: dict[str, tuple[Any, dict[str, Any]]] = {
    "latency_ms": (300, {}),
    "loss": (50.0, {}),
    "twice": (30.0, {}),
    "cut_s": (60, {}),
    "balancer": ("round_robin", {}),
    "retry": ("hedged", {}),
    "retry_with": ("fresh_token", {}),
    "retries": (0, {}),
    "timeout_ms": (50, {}),
    "proof": ("dpop", {}),
    "replicas": (4, {}),
    "consume": ("after_effect", {}),
    "lifetime_s": (1, {}),
    "leeway_s": (60, {"authorization_server.single_use_lifetime_s": 1}),
    "skew_s": (60, {}),
    "on_outage": ("fail_open", {}),
    "region": ("eu", {}),
    "patience_ms": (50, {}),
    "lag_s": (10.0, {"strategy": "replicated_async"}),
    "margin_s": (-60, {}),
    "grace_s": (0, {"strategy": "grace_window"}),
    "thief": (100.0, {}),
    "place": ("path", {}),
    "presentations": (5, {}),
}


def given(name):
    """The race in which a dial matters."""
    return build(RACE.model_dump(), "given", MOVED[name][1])


def moved(name, scenario):
    """The scenario with the dial where it is moved to, as the line on the screen would set it."""
    field, value = DIALS[name].sets(scenario, MOVED[name][0])
    return build(scenario.model_dump(), "given", dict([parse_set(f"{field}={toml(value)}")]))


def came_of(scenario):
    """Everything that happened, without the header."""
    return simulate(scenario, full=False).rows


def test_every_dial_is_tried():
    assert MOVED.keys() == DIALS.keys()


def test_no_dial_stands_in_two_groups():
    assert sum(map(len, GROUPS.values())) == len(DIALS)


@pytest.mark.parametrize("name", MOVED)
def test_a_dial_that_is_moved_is_another_run(name):
    assert came_of(given(name)) != came_of(moved(name, given(name)))


@pytest.mark.parametrize("name", MOVED)
def test_a_dial_begins_where_the_scenario_that_it_set_stands(name):
    assert DIALS[name].control(moved(name, given(name))).value == MOVED[name][0]


@pytest.mark.parametrize("name", MOVED)
def test_a_dial_set_to_where_it_begins_changes_nothing(name):
    scenario = given(name)
    field, value = DIALS[name].sets(scenario, DIALS[name].control(scenario).value)
    assert build(scenario.model_dump(), "given", {field: value}) == scenario


@pytest.mark.parametrize("name", DIALS)
def test_a_dial_says_what_it_is_and_in_a_sentence_what_it_does(name):
    control = DIALS[name].control(RACE)
    assert control.description
    assert control.tooltip.endswith(".")
    assert len(control.tooltip) < 100


def test_a_menu_offers_what_its_field_may_be():
    allowed = get_args(ClientPart.model_fields["retry_with"].annotation)
    assert DIALS["retry_with"].control(RACE).options == allowed


def test_a_slider_reaches_as_far_as_its_scenario():
    far = vary(RACE, authorization_server__single_use_lifetime_s=900, client__retries=20)
    assert DIALS["lifetime_s"].control(far).value == 900
    assert DIALS["retries"].control(far).max == 20


def test_a_wrong_clock_leaves_the_other_clocks_alone():
    other = {"node": "payments-us-1", "offset_ms": 5.0}
    field, value = DIALS["skew_s"].sets(vary(RACE, clocks=[other]), -3)
    clocks = build(RACE.model_dump(), "given", {field: value}).clocks
    said = {clock.node: clock.offset_ms for clock in clocks}
    assert said == {"payments-us-1": 5.0, "payments-eu-1": -3000.0}


def test_a_clock_that_is_right_again_is_no_wrong_clock():
    wrong = vary(RACE, clocks=[{"node": "payments-eu-1", "offset_ms": 5000.0}])
    assert DIALS["skew_s"].control(wrong).value == 5
    assert DIALS["skew_s"].sets(wrong, 0) == ("clocks", ())


def test_a_link_that_is_cut_for_no_time_is_not_cut():
    assert DIALS["cut_s"].sets(RACE, 0) == ("partitions", ())


@pytest.mark.parametrize("distribution", ["constant", "exponential", "uniform"])
def test_the_latency_begins_at_the_middle_of_what_the_scenario_says(distribution):
    said = {
        "constant": {"value_ms": 80},
        "exponential": {"mean_ms": 80},
        "uniform": {"low_ms": 5, "high_ms": 90},
    }[distribution]
    scenario = vary(RACE, network__access__latency={"distribution": distribution, **said})
    begins = 1 if distribution == "uniform" else 80  # which names none
    assert DIALS["latency_ms"].control(scenario).value == begins
