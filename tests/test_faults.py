"""Each mistake of a real authorization server is found by the property that it names, and by it."""

from __future__ import annotations

import pytest

from oauth_model.faults import FAULTS
from oauth_model.faulty import CHANGES, changed
from oauth_model.grants import GRANTS
from sim.checker import PROPERTIES, Verdict, check
from sim.scenario_files import ScenarioError, load
from sim.world.simulation import simulate
from tests.cli.command import tokenrace

SCENARIO = "spot-the-fault"
FIELD = "authorization_server.faults"


#: Every property but one: the user of this story wants each call twice.
ASKED = [name for name in PROPERTIES if name != "at_most_one_effect_per_intention"]


def verdicts(*faults: str, **overrides: object) -> dict[str, Verdict]:
    scenario = load(SCENARIO, {FIELD: list(faults), **overrides})
    return check(simulate(scenario, full=False), ASKED)


def violated(*faults: str, **overrides: object) -> set[str]:
    return {name for name, v in verdicts(*faults, **overrides).items() if v.holds is False}


# the table


def test_every_fault_is_explained_and_made_under_one_name():
    assert list(CHANGES) == list(FAULTS)


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.get)
def test_a_fault_names_a_clause_and_properties_that_exist(fault):
    assert fault.says.endswith(".")
    assert fault.clause
    assert {fault.found_by, *fault.also} <= set(PROPERTIES)
    assert fault.found_by not in fault.also


def test_every_fault_has_a_property_of_its_own():
    assert len({fault.found_by for fault in FAULTS.values()}) == len(FAULTS)


# found


def test_without_a_fault_every_property_of_the_scenario_holds():
    scenario = load(SCENARIO)
    found = check(simulate(scenario, full=False), scenario.properties)
    assert {name: v.because for name, v in found.items() if v.holds is not True} == {}
    assert {fault.found_by for fault in FAULTS.values()} <= set(scenario.properties)


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_violates_the_property_it_names_and_what_follows_from_it(name):
    fault = FAULTS[name]
    assert violated(name) == {fault.found_by, *fault.also}


@pytest.mark.parametrize("name", FAULTS)
def test_a_found_fault_has_a_sentence_a_clause_and_a_witness(name):
    verdict = verdicts(name)[FAULTS[name].found_by]
    assert " ms" in verdict.because
    assert verdict.clause == PROPERTIES[FAULTS[name].found_by].clause
    assert verdict.witness["intention"] == 0
    assert {"token", "node", "t_us"} <= set(verdict.witness)


@pytest.mark.parametrize("strategy", ["shared_allow_list", "reserve_commit", "idempotent_response"])
@pytest.mark.parametrize("name", FAULTS)
def test_how_codes_are_guarded_does_not_hide_a_fault(name, strategy):
    guarded = {"authorization_server.strategy": strategy, "workload.intentions": 2}
    assert FAULTS[name].found_by in violated(name, **guarded)
    assert not violated(**guarded)


def test_two_faults_are_found_beside_each_other():
    found = violated("audience_changes_form", "id_token_for_resource")
    assert found == {"audience_in_one_form", "id_token_for_the_client"}


def test_the_product_that_replaces_audiences_by_design_is_found_without_a_fault():
    assert violated(issuance="mrrt") == {"token_names_its_server"}


@pytest.mark.parametrize("design", ["rfc8707_response", "lodderstedt", "scope_inferred"])
def test_no_other_design_is_accused(design):
    assert violated(issuance=design) == set()


def test_a_strategy_that_lets_two_redemptions_through_is_found_like_the_fault():
    assert violated(**{"authorization_server.strategy": "no_check"}) == {"one_token_per_code"}


# switched on


def test_without_faults_the_good_flow_itself_runs():
    for name, flow in GRANTS.items():
        assert changed(flow, name, ()) is flow


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_changes_the_flows_it_names_and_no_other(name):
    names, _ = CHANGES[name]
    different = {each for each, flow in GRANTS.items() if changed(flow, each, [name]) is not flow}
    assert different == set(names) & set(GRANTS)


def test_a_fault_that_does_not_exist_is_one_line():
    with pytest.raises(ScenarioError) as caught:
        load(SCENARIO, {FIELD: ["forgetful"]})
    assert str(caught.value).endswith(
        f"{FIELD}: 'forgetful' does not exist; one of {', '.join(FAULTS)}"
    )


def test_the_command_ends_with_1_and_says_what_it_found():
    answer = tokenrace("run", SCENARIO, "--set", f"{FIELD}=['refresh_forgets_audience']")
    assert answer.status == 1
    assert "✘ same_audience_after_refresh: violated" in answer.out
    assert "and later at-0.5, for s6BhdRkqt3" in " ".join(answer.out.split())


def test_the_command_ends_with_0_when_nothing_is_wrong():
    assert tokenrace("run", SCENARIO).status == 0


def test_the_command_lists_every_fault_with_what_it_breaks():
    [entries] = tokenrace("list", "faults", "--json").json().values()
    assert [entry["name"] for entry in entries] == list(FAULTS)
    assert all(entry["found_by"] == FAULTS[entry["name"]].found_by for entry in entries)
