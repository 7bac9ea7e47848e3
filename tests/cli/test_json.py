"""DESIGN 6: `--json` is one document on standard output; keys may be added, never changed."""

import pytest

from oauth_model.strategies.knobs import KNOBS
from sim.checker import PROPERTIES
from sim.commands.options import strategies_from
from sim.scenario_files import load
from tests.cli.command import RACE, tokenrace

RATES = {
    *("double_accept_rate", "first_use_reject_rate", "retry_reject_rate", "burned_rate"),
    *("consumed_unknown_rate", "duplicate_effect_per_token_rate", "theft_rate"),
    *("duplicate_effect_per_intention_rate", "stored_answer_to_thief_rate", "availability"),
    *("thief_before_rate", "thief_after_rate", "family_revoke_rate", "compensated_rate"),
    *("no_effect_per_token_rate", "no_effect_per_intention_rate"),
}
#: Of each of these kinds of one-time objects so many rates.
KINDS = (
    *("code", "refresh_token", "dpop_proof"),
    *("client_assertion", "action_token", "idempotency_key"),
)
OF_EACH = ("double_accept_rate", "first_use_reject_rate", "burned_rate")
RATES |= {f"{kind}_{rate}" for kind in KINDS for rate in OF_EACH}
DURATIONS = {"latency_ms", "added_latency_ms", "exposure_ms", "detection_ms"}
PLAIN = {
    *("messages_per_use", "store_operations_per_use", "store_peak_entries", "store_peak_bytes"),
    "certification",
}
VERDICT = {"holds", "because", "clause", "witness"}


@pytest.fixture(scope="module")
def ran():
    return tokenrace("run", *RACE, "--json").json()


@pytest.fixture(scope="module")
def compared():
    answer = tokenrace("compare", *RACE, "--strategies", "shared_atomic,no_check", "--json")
    return answer.json()


def test_run_has_the_keys_of_the_design(ran):
    added = {"replications", "strategy"}
    assert set(ran) == {"scenario", "seed", "verdicts", "metrics"} | added
    assert ran["scenario"] == "two-regions-payment"
    assert ran["seed"] == 20250120


def test_metrics_have_the_keys_of_the_design(ran):
    assert set(ran["metrics"]) == RATES | DURATIONS | PLAIN


def test_a_rate_has_its_value_its_interval_and_what_it_is_of(ran):
    for name in RATES:
        rate = ran["metrics"][name]
        assert set(rate) == {"value", "ci95", "n"}
        low, high = rate["ci95"]
        assert rate["n"] == 0 or 0 <= low <= rate["value"] <= high <= 1


def test_a_duration_has_a_mean_and_three_quantiles_each_with_an_interval(ran):
    for name in DURATIONS:
        assert list(ran["metrics"][name]) == ["mean", "p50", "p95", "p99"]
        for which in ("mean", "p50"):
            assert set(ran["metrics"][name][which]) == {"value", "ci95", "n"}


def test_a_verdict_has_its_reason_its_clause_and_its_witness(ran):
    for verdict in ran["verdicts"].values():
        assert set(verdict) == VERDICT | {"seed", "runs"}


def test_compare_gives_each_strategy_in_the_order_asked_for(compared):
    assert set(compared) == {"scenario", "seed", "replications", "strategies"}
    assert [each["name"] for each in compared["strategies"]] == ["shared_atomic", "no_check"]
    assert {*compared["strategies"][0]} == {"name", "metrics", "verdicts"}


def test_what_does_not_suit_the_scenario_is_left_out_unless_it_is_named():
    """Without DPoP a client has no proof to carry the nonce in (RFC 9449 9)."""
    few = ("two-regions-payment", "--set", "workload.intentions=2", "--json")
    everybody = tokenrace("compare", *few).json()
    assert everybody["left_out"]["server_nonce"] == "client.proof = dpop"
    assert "wrong on purpose" in everybody["left_out"]["collapsed_namespace"]
    assert "server_nonce" not in [each["name"] for each in everybody["strategies"]]
    named = tokenrace("compare", *few, "--strategies", "server_nonce").json()
    assert "left_out" not in named
    assert [each["name"] for each in named["strategies"]] == ["server_nonce"]
    asked, lacking = strategies_from(None, load("two-regions-payment", {"client.proof": "dpop"}))
    assert "server_nonce" in asked
    assert "server_nonce" not in lacking


def test_compare_gives_a_strategy_what_a_run_of_it_alone_gives(ran, compared):
    alone, beside = ran, compared["strategies"][0]
    assert (alone["metrics"], alone["verdicts"]) == (beside["metrics"], beside["verdicts"])


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")  # 3.12: fork and threads
def test_compare_is_the_same_in_two_processes(compared):
    asked = ("--strategies", "shared_atomic,no_check", "--replications", 3, "--json")
    one, two = (tokenrace("compare", *RACE, *asked, "--jobs", jobs).json() for jobs in (1, 2))
    assert one == two
    assert one["replications"] == 3
    assert one["strategies"] != compared["strategies"]


def test_issuance_gives_costs_and_blast_radius_of_each_design():
    document = tokenrace("issuance", "--designs", "lodderstedt", "--json").json()
    assert set(document) == {"scenario", "seed", "designs"}
    [design] = document["designs"]
    assert {"name", "round_trips", "messages", "tokens", "blast_radius"} <= set(design)
    assert set(design["blast_radius"]) == {"email", "webdav", "voip"}


def test_a_strategy_is_listed_with_its_knobs_and_what_it_promises_and_costs():
    listed = tokenrace("list", "strategies", "--json").json()["strategies"]
    for entry in listed:
        assert all(entry[key] for key in ("says", "fails", "costs", "in_the_field"))
        assert list(entry["knobs"]) == list(KNOBS)
    by_name = {entry["name"]: entry for entry in listed}
    assert by_name["server_nonce"]["needs"] == "client.proof = dpop"
    assert by_name["shared_allow_list"]["knobs"]["polarity"] == "allow_list"
    assert by_name["no_check"]["knobs"]["atomicity"] == "none"
    assert by_name["no_check"]["knobs"]["on_outage"] == "fail_closed"


def test_list_gives_every_name():
    document = tokenrace("list", "--json").json()
    assert [entry["name"] for entry in document["properties"]] == list(PROPERTIES)
    assert {"scenarios", "strategies", "issuance", "distributions", "properties"} <= set(document)
