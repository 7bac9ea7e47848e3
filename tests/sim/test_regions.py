"""Regions: round trips by name, what a scenario says itself, and regions that nobody knows."""

from itertools import combinations

import pytest

from sim.regions import AWS, ROUND_TRIPS_MS, names, one_way_ms
from sim.scenario_files import ScenarioError
from tests.world.worlds import constant, run, scenario

APART = {
    "client.region": "euw1",
    "authorization_server.replicas": ["euw1"],
    "servers.0.replicas": ["use1"],
    "stores.region": "euw1",
    "network": {"preset": "aws"},
}


@pytest.mark.parametrize("preset", ROUND_TRIPS_MS)
def test_every_pair_of_a_preset_has_a_round_trip_and_no_way_is_shorter_than_staying(preset: str):
    known = names(preset)
    assert len(one_way_ms(preset, known)) == len(known) * (len(known) + 1) / 2
    staying = max(ROUND_TRIPS_MS[preset][frozenset((name,))] for name in known)
    for a, b in combinations(known, 2):
        assert ROUND_TRIPS_MS[preset][frozenset((a, b))] > staying


def test_the_table_is_the_measured_one_at_its_corners():
    aws = ROUND_TRIPS_MS["aws"]
    assert aws[frozenset(("use1", "sae1"))] == 113.0
    assert aws[frozenset(("apne1", "sae1"))] == 267.9
    assert aws[frozenset(("euw1", "euc1"))] == 23.8
    assert set(names("aws")) == set(AWS)


def test_a_message_takes_half_a_round_trip():
    rows = run(APART | {"strategy": "no_check"}).rows
    sent = next(row.t_us for row in rows if row.kind == "send" and row.peer == "payments-use1-1")
    arrived = next(row.t_us for row in rows if row.kind == "deliver" and row.node[:8] == "payments")
    assert (arrived - sent) / 1000 == pytest.approx(70.5 / 2, rel=0.08)  # five deviations


def test_what_the_scenario_says_of_a_pair_wins():
    own = {"regions": ["euw1", "use1"], "latency": constant(1)}
    network = {"preset": "aws", "between": [own]}
    between = scenario(APART | {"network": network}).network.crossings(["euw1", "use1"])
    assert between["use1", "euw1"].latency == between["euw1", "use1"].latency
    assert between["use1", "euw1"].latency.sampler()(None) == 1.0  # type: ignore[arg-type]


def test_a_region_that_the_preset_does_not_know():
    with pytest.raises(ScenarioError, match=r"network\.preset: region 'mars' is not in aws; "):
        scenario(APART | {"client.region": "mars"})
