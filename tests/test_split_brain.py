"""Two primaries at once: what each kind of store makes of the same partition."""

from __future__ import annotations

import pytest

from sim.experiments import Result, compare
from sim.scenario_files import load, vary
from sim.trace import Row
from sim.world.simulation import run_into

DENY, ALLOW, CONSENSUS = "failover_deny_list", "failover_allow_list", "consensus"
BASE = load("split-brain")
ACKS = vary(BASE, strategy_settings__acks=1)
REPLICAS = vary(BASE, stores__min_replicas=1, stores__max_lag_s=1.0)


@pytest.fixture(scope="module")
def results() -> dict[str, Result]:
    found = compare(BASE, [DENY, ALLOW, CONSENSUS])
    named = {result.scenario.strategy: result for result in found}
    return named | {"acks": compare(ACKS, [DENY])[0], "replicas": compare(REPLICAS, [DENY])[0]}


def share(results: dict[str, Result], which: str, name: str) -> float:
    value = results[which].tally.measures()[name]["value"]
    assert isinstance(value, float)
    return value


def test_the_deny_list_accepts_twice_what_each_side_saw_once(results):
    assert share(results, DENY, "double_accept_rate") == 73 / 300
    assert share(results, DENY, "first_use_reject_rate") == 0


def test_the_allow_list_refuses_first_uses_of_what_was_issued_on_the_other_side(results):
    assert share(results, ALLOW, "first_use_reject_rate") == 78 / 300
    assert 0 < share(results, ALLOW, "double_accept_rate") < 0.01


def test_consensus_accepts_none_twice_and_refuses_no_first_use(results):
    assert share(results, CONSENSUS, "double_accept_rate") == 0
    assert share(results, CONSENSUS, "first_use_reject_rate") == 0
    assert 0.85 < share(results, CONSENSUS, "availability") < share(results, DENY, "availability")


def test_to_wait_for_a_replica_accepts_none_twice_and_serves_fewer_than_consensus(results):
    """A use that was not acknowledged is recorded all the same, and who tries again is refused."""
    assert share(results, "acks", "double_accept_rate") == 0
    assert share(results, "acks", "availability") < share(results, CONSENSUS, "availability") - 0.05


def test_a_primary_that_refuses_without_replicas_leaves_the_second_before(results):
    assert 0 < share(results, "replicas", "double_accept_rate") < 0.05
    assert (
        share(results, "replicas", "availability") > share(results, "acks", "availability") + 0.05
    )


def test_a_second_acceptance_is_on_the_other_side_or_after_the_discarding():
    rows: list[Row] = []
    run_into(BASE, lambda row: rows.append(row) if row.kind == "effect" else None)
    effects: dict[str, list[Row]] = {}
    for row in rows:
        effects.setdefault(row.token, []).append(row)
    twice = [found for found in effects.values() if len(found) > 1]
    alone = [found for found in twice if len({row.node for row in found}) == 1]
    assert (len(twice), len(alone)) == (73, 9)
    for first, second in alone:
        assert first.node == "payments-eu-1"
        assert 6 < first.t_us / 1e6 < 16 < second.t_us / 1e6


def test_without_the_cut_nothing_is_accepted_twice_and_everybody_is_served():
    (result,) = compare(vary(BASE, faults=(), workload__intentions=100), [DENY])
    assert result.tally.measures()["double_accept_rate"]["value"] == 0
    assert result.tally.measures()["availability"]["value"] == 1
