"""Fault models change what may happen in one small scenario, and nothing else."""

import pytest

from oauth_model.strategies import STRATEGIES
from sim.guarantees.models import (
    MODELS,
    OFFSET_MS,
    bounds,
    changes,
    kept_at,
    scenario,
)
from sim.scenario_files import load

EVERY_CELL = [(strategy, model) for strategy in STRATEGIES for model in MODELS]
APPLICABLE = [(s, m) for s, m in EVERY_CELL if not isinstance(changes(s, MODELS[m]), str)]


def test_the_models_are_those_that_were_asked_for():
    asked = ["none", "loss", "duplication", "partition", "crash", "failover", "clock"]
    assert list(MODELS) == asked


@pytest.mark.parametrize(("strategy", "model"), APPLICABLE)
def test_a_cell_is_a_scenario_of_its_strategy(strategy, model):
    assert scenario(strategy, MODELS[model]).strategy == strategy


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_strategy_gets_what_it_needs(strategy):
    needs = STRATEGIES[strategy].needs
    assert needs is None or needs.met_by(scenario(strategy, MODELS["none"]))


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_without_faults_nothing_can_be_lost_doubled_or_struck(strategy):
    quiet = scenario(strategy, MODELS["none"])
    links = (quiet.network.access, quiet.network.internal)
    assert not any(link.response_loss_probability for link in links)
    assert not any(link.request_loss_probability for link in links)
    assert not any(link.duplicate_probability for link in links)
    assert (quiet.faults, quiet.partitions, quiet.clocks) == ((), (), ())


@pytest.mark.parametrize(
    ("model", "field"),
    [("loss", "response_loss_probability"), ("duplication", "duplicate_probability")],
)
def test_what_is_lost_or_doubled_is_so_between_servers_and_stores_too(model, field):
    network = scenario("shared_atomic", MODELS[model]).network
    assert getattr(network.access, field) > 0
    assert getattr(network.internal, field) > 0
    assert bounds("shared_atomic", MODELS[model], 1).faults == 1


@pytest.mark.parametrize(
    ("strategy", "nodes"),
    [
        ("shared_atomic", ("store",)),
        ("introspect_and_consume", ("store",)),
        ("per_replica", ("payments",)),
        ("replicated_async", ("store-eu",)),
        ("consensus", ("member",)),
        ("home_owner", ("member",)),
    ],
)
def test_a_crash_hits_whoever_keeps_the_records_and_loses_them(strategy, nodes):
    (fault,) = scenario(strategy, MODELS["crash"]).faults
    assert (fault.among, fault.memory, fault.target) == (nodes, "lost", "one")


@pytest.mark.parametrize("strategy", ["no_check", "server_nonce", "in_transaction"])
def test_who_keeps_no_record_can_lose_none(strategy):
    assert kept_at(STRATEGIES[strategy]) == ()
    assert "no record" in changes(strategy, MODELS["crash"])


def test_a_failover_is_for_who_has_a_member_in_charge():
    applicable = [s for s, m in APPLICABLE if m == "failover"]
    assert sorted(applicable) == ["consensus", "failover_allow_list", "failover_deny_list"]


def test_a_model_that_says_nothing_of_a_strategy_is_no_scenario():
    with pytest.raises(ValueError, match="per_replica, failover: has no member in charge"):
        scenario("per_replica", MODELS["failover"])


def test_a_wrong_clock_is_beyond_life_leeway_and_margin():
    wrong = scenario("shared_atomic", MODELS["clock"])
    life_s = wrong.authorization_server.single_use_lifetime_s
    kept_s = life_s + wrong.servers[0].leeway_s + wrong.strategy_settings.retention_margin_s
    assert kept_s * 1000 < OFFSET_MS


@pytest.mark.parametrize(
    ("strategy", "node", "ahead"),
    [("shared_atomic", "store", True), ("per_replica", "payments-us-1", False)],
)
def test_a_stores_clock_is_ahead_and_a_replicas_own_behind(strategy, node, ahead):
    (clock,) = scenario(strategy, MODELS["clock"]).clocks
    assert (clock.node, clock.offset_ms > 0) == (node, ahead)


@pytest.mark.parametrize(
    ("strategy", "model", "landmarks"),
    [
        ("shared_atomic", "none", 0),
        ("shared_atomic", "clock", 1),
        ("reserve_commit", "none", 1),
        ("idempotent_response", "loss", 1),
        ("introspection_cached", "none", 1),
    ],
)
def test_clocks_move_where_the_model_or_the_strategy_counts_time(strategy, model, landmarks):
    assert bounds(strategy, MODELS[model], 10).landmarks == landmarks


@pytest.mark.parametrize("model", MODELS.values(), ids=str)
def test_a_column_has_a_short_head(model):
    assert model.name.startswith(model.head.rstrip("."))
    assert len(model.head) <= 8


def test_a_response_is_lost_only_where_the_model_says_so():
    assert load("one-payment").network.access.response_loss_probability > 0
    assert scenario("no_check", MODELS["none"]).network.access.response_loss_probability == 0
