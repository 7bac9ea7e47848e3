"""One-time objects in whole runs: the presets show their effect in a rate of their own."""

from functools import cache
from typing import Any

import numpy as np
import pytest
from scipy.stats import fisher_exact

from sim.clusters import Clusters
from sim.experiments import compare, run_once
from sim.metrics import Tally
from sim.rates import ONE_TIME
from sim.scenario_files import load, vary
from sim.trace import Trace
from sim.world.simulation import simulate
from tools.refresh_presets import successors

AS, PROOFS = "authorization_server.strategy", "servers.0.proof_strategy"
SHORT: dict[str, Any] = {"workload.intentions": 60, "duration_s": 90}
#: preset → the rate that its header speaks of, and the field and the strategy without it.
SHOWN = {
    "toctou-refresh": ("refresh_token_double_accept_rate", AS, "shared_atomic"),
    "lease-expires-mid-redeem": ("refresh_token_double_accept_rate", AS, "shared_atomic"),
    "jti-namespace-collision": ("dpop_proof_first_use_reject_rate", PROOFS, "shared_atomic"),
    "rebalance-false-reject": ("code_first_use_reject_rate", AS, "home_owner"),
}


@cache
def trace(name: str, **overrides: Any) -> Trace:
    """The run of a preset; dots in a field's name are written as two underscores."""
    return simulate(vary(load(name), **overrides), full=False)


@cache
def clusters(name: str, **overrides: Any) -> dict[str, Clusters]:
    return folded(trace(name, **overrides))


def folded(rows: Trace) -> dict[str, Clusters]:
    tally = Tally()
    for row in rows:
        tally(row)
    return tally.clusters()


def share(name: str, rate: str, **overrides: Any) -> tuple[float, int]:
    found = clusters(name, **overrides)[rate]
    return found.hits, found.trials


@pytest.mark.parametrize("name", SHOWN)
def test_a_header_names_the_line_and_the_number_that_a_run_prints(name: str):
    rate, where, _ = SHOWN[name]
    hits, trials = share(name, rate)
    look_for = " ".join(load(name).about.look_for.split())
    kind = "Refresh tokens accepted twice" if "double" in rate else "honest first use rejected"
    assert kind in look_for
    assert f"{hits} of {trials}" in look_for
    assert f"compare {name} --in {where}" in look_for


@pytest.mark.parametrize("name", SHOWN)
def test_the_rate_is_not_what_another_strategy_gives_on_the_same_seed(name: str):
    rate, where, better = SHOWN[name]
    bad, good = clusters(name)[rate], clusters(name, **{where: better})[rate]
    assert bad.hits >= 5
    assert good.hits == 0 < good.trials
    table = np.array([[int(each.hits), each.trials - int(each.hits)] for each in (bad, good)])
    assert fisher_exact(table).pvalue < 0.05  # lease-expires-mid-redeem: 10 of 120 against 0 of 60


def test_a_comparison_varies_the_field_that_it_is_asked_for_and_no_other():
    scenario = load("toctou-refresh", {"workload.intentions": 3, "duration_s": 20})
    none, one = (each.scenario for each in compare(scenario, ["no_check", "quorum"], where=AS))
    strategies = (none.authorization_server.strategy, one.authorization_server.strategy)
    assert strategies == ("no_check", "quorum")
    assert none.strategy == one.strategy == scenario.strategy


def test_as_many_refresh_tokens_are_accepted_twice_as_have_two_successors():
    for name in ("toctou-refresh", "lease-expires-mid-redeem"):
        twice = share(name, "refresh_token_double_accept_rate")[0]
        assert twice == successors(trace(name))["2"]


def test_a_lease_longer_than_the_work_lets_none_be_redeemed_twice():
    longer = {"strategy_settings__lease_s": 30}
    rate = "refresh_token_double_accept_rate"
    assert share("lease-expires-mid-redeem", rate, **longer) == (0, 120)


def test_who_was_refused_a_code_was_refused_for_nothing():
    rows = trace("rebalance-false-reject")
    refused = {r.token for r in rows.of("refuse") if r.detail["outcome"] == "replay"}
    brought = {r.detail.get("source") for r in rows.of("issue")}
    assert not refused & brought
    assert len(refused) == share("rebalance-false-reject", "code_first_use_reject_rate")[0]


def test_a_link_scanner_wrongs_the_reader_and_not_the_check():
    """It used the link: what the reader is told then is true."""
    for rate in ("first_use_reject_rate", "double_accept_rate"):
        assert share("magic-link", f"action_token_{rate}") == (0, 200)


def test_a_proof_that_is_sent_again_is_refused_and_was_accepted_once():
    for rate in ("double_accept_rate", "first_use_reject_rate"):
        hits, trials = share("identical-proof-retry", f"dpop_proof_{rate}")
        assert hits == 0 < trials


def test_an_effect_is_executed_once_under_an_idempotency_key_whatever_the_strategy():
    again = SHORT | {"client.retry_with": "fresh_token_same_idempotency_key"}
    scenario = load("two-regions-payment", again | {"strategy": "no_check"})
    found = folded(simulate(scenario))["idempotency_key_double_accept_rate"]
    assert found.hits == 0 < found.trials


@pytest.mark.parametrize("name", ["two-regions-payment", "magic-link"])
def test_the_full_trace_comes_to_the_same_numbers_as_the_run_that_kept_none(name: str):
    scenario = load(name, SHORT)
    assert folded(simulate(scenario)) == run_once(scenario, scenario.seed).tally.clusters()


@pytest.mark.parametrize("name", ["statement", "code-race-double-issue"])
def test_of_each_kind_no_more_are_accepted_twice_or_burned_than_were_presented(name: str):
    found = clusters(name)
    for kind in ONE_TIME:
        twice, burned = (found[f"{kind}_{r}_rate"] for r in ("double_accept", "burned"))
        assert twice.trials == burned.trials >= twice.hits + burned.hits
        assert found[f"{kind}_first_use_reject_rate"].trials <= twice.trials
