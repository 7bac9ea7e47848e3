"""Fault models change what may happen in one small scenario, and nothing else."""

import pytest

from oauth_model.strategies import STRATEGIES
from sim.guarantees.models import (
    LARGE,
    MAJORITY,
    MODELS,
    OFFSET_MS,
    bounds,
    changes,
    kept_at,
    scenario,
)
from sim.scenario_faults import Crash, Failover
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


def test_a_response_is_lost_of_servers_and_of_stores():
    network = scenario("shared_atomic", MODELS["loss"]).network
    assert network.access.response_loss_probability > 0
    assert network.internal.response_loss_probability > 0
    assert bounds("shared_atomic", MODELS["loss"], 1).faults == 1


def test_what_comes_twice_is_the_clients_for_tcp_delivers_no_command_twice():
    network = scenario("shared_atomic", MODELS["duplication"]).network
    assert network.access.duplicate_probability > 0
    assert network.internal.duplicate_probability == 0
    assert bounds("shared_atomic", MODELS["duplication"], 1).faults == 1


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_replicated_store_has_as_few_members_as_a_strategy_needs(strategy):
    members = scenario(strategy, MODELS["none"]).stores.members
    assert len(members) == (3 if strategy in MAJORITY else 2)
    assert len(set(members)) == 2


@pytest.mark.parametrize("model", MODELS.values(), ids=list(MODELS))
def test_the_retry_goes_to_the_other_replica(model):
    assert scenario("consensus", model).balancer.policy == "round_robin"


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
    assert isinstance(fault, Crash)
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


@pytest.mark.parametrize("model", MODELS.values(), ids=list(MODELS))
def test_a_column_has_a_short_head(model):
    assert model.name.startswith(model.head.rstrip("."))
    assert len(model.head) <= 8


def test_a_response_is_lost_only_where_the_model_says_so():
    assert load("one-payment").network.access.response_loss_probability > 0
    assert scenario("no_check", MODELS["none"]).network.access.response_loss_probability == 0


def test_what_is_believed_is_believed_at_the_same_replica():
    cached = scenario("introspection_cached", MODELS["none"])
    assert cached.balancer.policy == "random"


@pytest.mark.parametrize(("strategy", "schedules"), [("two_sites", 30), ("consensus", 15)])
def test_who_sends_too_much_to_be_exhausted_is_looked_at_for_less_long(strategy, schedules):
    assert bounds(strategy, MODELS["none"], 30).schedules == schedules


def test_strategies_that_are_looked_at_less_are_strategies():
    assert set(LARGE) | set(MAJORITY) <= set(STRATEGIES)


def test_a_failover_is_noticed_before_a_copy_leaves_and_before_anybody_gives_up():
    told = scenario("failover_deny_list", MODELS["failover"])
    (fault,) = told.faults
    assert isinstance(fault, Failover)
    noticed_s, copied_s = fault.detection_s, told.strategy_settings.copy_after_s
    assert told.network.access.response_loss_probability > 0
    assert noticed_s < copied_s < told.stores.timeout_ms / 1000 < told.client.timeout_ms / 1000


def test_whoever_owns_the_key_its_clock_is_wrong():
    clocks = scenario("home_owner", MODELS["clock"]).clocks
    members = [
        name for name in scenario("home_owner", MODELS["none"]).node_names if "member" in name
    ]
    assert sorted(clock.node for clock in clocks) == sorted(members)
