"""One use × many audiences: is a single-use token for two servers good once at each, or once?"""

from __future__ import annotations

from collections import Counter

import pytest

from sim.checker import check
from sim.scenario_files import load, vary
from sim.trace import Trace
from sim.world.simulation import simulate


def two_audiences(strategy: str, one_use_per: str) -> Trace:
    fields = {"strategy": strategy, "single_use__one_use_per": one_use_per}
    return simulate(vary(load("one-use-two-audiences"), **fields), full=False)


def uses(trace: Trace) -> Counter[int]:
    """How many uses were accepted → of how many tokens."""
    accepted = Counter(row.token for row in trace.of("respond") if row.detail["status"] == 200)
    return Counter(accepted.values())


@pytest.mark.clause("interim-2025-01-20 several audiences")
@pytest.mark.parametrize(("one_use_per", "accepted"), [("server", 2), ("token", 1)])
def test_with_one_store_for_all_servers_both_policies_hold(one_use_per, accepted):
    assert uses(two_audiences("shared_atomic", one_use_per)) == {accepted: 100}


@pytest.mark.clause("interim-2025-01-20 several audiences")
@pytest.mark.clause("interim-2025-01-20 clusters")
def test_one_use_in_all_needs_a_store_that_the_servers_share():
    """Each server's replica remembers what it saw itself: the other never hears of it."""
    assert uses(two_audiences("per_replica", "token")) == {2: 100}


@pytest.mark.clause("interim-2025-01-20 reuse")
def test_the_second_server_says_invalid_token():
    trace = two_audiences("shared_atomic", "token")
    told = {(row.detail["server"], row.detail["error"]) for row in trace.of("respond")}
    assert told == {("payments", ""), ("receipts", "invalid_token")}


def test_one_use_per_server_is_two_effects_of_one_token():
    name = "at_most_one_effect_per_token"
    for policy, holds in (("server", False), ("token", True)):
        trace = two_audiences("shared_atomic", policy)
        assert check(trace, [name])[name].holds is holds


def test_the_token_names_both_servers():
    issued = two_audiences("shared_atomic", "server").of("issue")
    single = [r.detail["claims"] for r in issued if r.detail["claims"].get("use") == "single"]
    both = ["https://payments.example.com", "https://receipts.example.com"]
    assert [claims["aud"] for claims in single] == [both] * 100


def test_by_policy_a_single_use_token_is_for_one_server():
    one = vary(load("one-use-two-audiences"), single_use__audiences="one")
    ended = simulate(one, full=False).of("outcome")
    assert {row.detail["kind"] for row in ended} == {"refused"}
