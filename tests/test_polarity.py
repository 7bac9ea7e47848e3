"""One failover, two polarities: the same lost records, and opposite ways to go wrong."""

from __future__ import annotations

import pytest

from sim.experiments import Result, compare
from sim.scenario_files import load, vary
from sim.world.simulation import simulate

DENY, ALLOW = "failover_deny_list", "failover_allow_list"


@pytest.fixture(scope="module")
def results() -> dict[str, Result]:
    found = compare(load("failover-polarity"), [DENY, ALLOW])
    return {result.scenario.strategy: result for result in found}


def share(results: dict[str, Result], strategy: str, name: str) -> float:
    value = results[strategy].tally.measures()[name]["value"]
    assert isinstance(value, float)
    return value


def test_the_deny_list_accepts_twice_and_refuses_no_first_use(results):
    assert share(results, DENY, "double_accept_rate") > 0.01
    assert share(results, DENY, "first_use_reject_rate") == 0


def test_the_allow_list_refuses_honest_first_uses_and_more_of_the_honest(results):
    assert share(results, ALLOW, "first_use_reject_rate") > 0.01
    assert share(results, ALLOW, "availability") < share(results, DENY, "availability") - 0.02


def test_whom_the_allow_list_does_not_serve_it_refused_at_the_first_use(results):
    """Put off while no store answers, and refused by the one that never heard of the token."""
    lost = share(results, ALLOW, "first_use_reject_rate")
    assert lost == pytest.approx(1 - share(results, ALLOW, "availability"))


def test_half_of_what_an_allow_list_loses_are_removals_so_it_too_accepts_twice_but_less(results):
    twice = share(results, ALLOW, "double_accept_rate")
    assert 0 < twice < share(results, DENY, "double_accept_rate")


def test_without_the_failover_both_are_flawless():
    calm = vary(load("failover-polarity"), faults=(), workload__intentions=200)
    for result in compare(calm, [DENY, ALLOW]):
        rates = result.tally.measures()
        assert rates["double_accept_rate"]["value"] == rates["first_use_reject_rate"]["value"] == 0


def test_to_wait_for_the_replica_mends_the_deny_list():
    waits = vary(load("failover-polarity"), strategy=DENY, strategy_settings__acks=1)
    (result,) = compare(waits, [DENY])
    assert result.tally.measures()["double_accept_rate"]["value"] == 0


def test_both_meet_the_same_fates():
    """A message of the client's first attempt takes as long under either (keyed draws)."""
    began = []
    for strategy in (DENY, ALLOW):
        fields = {"strategy": strategy, "workload__intentions": 50}
        trace = simulate(vary(load("failover-polarity"), **fields))
        heard = (r for r in trace.of("deliver") if r.node == "as-eu-1" and not r.attempt)
        began.append([(r.intention, r.t_us) for r in heard if r.peer == "client-eu"])
    assert began[0] == began[1]
    assert len(began[0]) == 50
