"""One use × many audiences: is a single-use token for two servers good once at each, or once?"""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from sim.checker import check
from sim.metrics import Tally
from sim.scenario_files import load, vary
from sim.trace import Trace
from sim.world.simulation import simulate


def two_audiences(strategy: str, one_use_per: str, **more: Any) -> Trace:
    fields = {"strategy": strategy, "single_use__one_use_per": one_use_per, **more}
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


NAMES = ["at_most_one_effect_per_token", "single_use_linearizable"]


@pytest.mark.parametrize("policy", ["server", "token"])
@pytest.mark.parametrize(("strategy", "kept"), [("shared_atomic", True), ("no_check", False)])
def test_a_store_for_all_servers_keeps_either_promise_and_no_check_neither(policy, strategy, kept):
    """What is promised is one use at each server, or one in all: the trace says which."""
    field = {
        "thief__probability": 1.0,
        "thief__delay": {"distribution": "constant", "value_ms": 900},
    }
    trace = two_audiences(strategy, policy, **field)
    tally = Tally()
    for row in trace:
        tally(row)
    assert all(verdict.holds is kept for verdict in check(trace, NAMES).values())
    assert (tally.values()["double_accept_rate"] == 0) is kept


def test_the_token_names_both_servers():
    issued = two_audiences("shared_atomic", "server").of("issue")
    single = [r.detail["claims"] for r in issued if r.detail["claims"].get("use") == "single"]
    both = ["https://payments.example.com", "https://receipts.example.com"]
    assert [claims["aud"] for claims in single] == [both] * 100


def test_by_policy_a_single_use_token_is_for_one_server():
    one = vary(load("one-use-two-audiences"), single_use__audiences="one")
    ended = simulate(one, full=False).of("outcome")
    assert {row.detail["kind"] for row in ended} == {"refused"}
