"""The balancer: which replica gets a request, by each policy, at servers as at the AS.

The statistical tests have fixed seeds and `worlds.LEVEL`.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import pairwise
from typing import Any

import pytest
from scipy import stats

from sim.statistics import agrees
from sim.trace import Row
from tests.world.worlds import LEVEL, constant, cut, executed, outcomes, run, samples

REPLICAS = ["eu", "us", "eu", "asia"]
NODES = ["payments-eu-1", "payments-us-1", "payments-eu-2", "payments-asia-1"]
MANY = {"servers.0.replicas": REPLICAS, "strategy": "no_check", "workload.gap": constant(1)}
#: Every presentation is copied and presented once more by somebody else.
TWICE = MANY | {"thief.probability": 1}
#: No answer of a payment server arrives, so the client presents the same token again.
AGAIN = {
    "client.retry": "immediate",
    "client.retries": 3,
    "partitions": [cut(node, "client-eu", one_way=True) for node in NODES],
}


def served(fields: dict[str, Any], case: str = "served") -> list[Row]:
    """The answers of the payment servers, in the order in which they were given."""
    return outcomes(fields, case, lambda row: row.kind == "respond")


def by_token(rows: list[Row]) -> dict[str, list[str]]:
    """token → the replicas it was presented at, in order."""
    found = defaultdict(list)
    for row in rows:
        found[row.token].append(row.node)
    return found


@pytest.fixture(scope="module")
def spread() -> list[Row]:
    """Thousands of presentations under random routing, nine of each token."""
    often = {"thief.presentations": 8, "workload.intentions": samples(1 / 4) // 8}
    return served(TWICE | often, "spread")


@pytest.mark.slow
def test_random_is_uniform_over_the_replicas(spread: list[Row]):
    times = Counter(row.node for row in spread)
    assert sorted(times) == sorted(NODES)
    assert stats.chisquare(list(times.values())).pvalue > LEVEL


@pytest.mark.slow
def test_random_picks_anew_for_every_presentation_of_a_token(spread: list[Row]):
    same = [a == b for nodes in by_token(spread).values() for a, b in pairwise(nodes)]
    assert agrees(sum(same), len(same), 1 / 4, LEVEL)


def test_round_robin_takes_the_replicas_in_turn():
    rows = served(MANY | {"workload.intentions": 9, "balancer.policy": "round_robin"})
    assert [row.node for row in rows] == (NODES * 3)[:9]


def test_round_robin_sends_each_attempt_of_an_intention_to_the_next():
    rows = served(MANY | AGAIN | {"workload.intentions": 2, "balancer.policy": "round_robin"})
    assert by_token(rows) == {"at-0.1": NODES, "at-1.1": [*NODES[1:], NODES[0]]}


def test_sticky_by_token_all_presentations_of_a_token_go_to_one_replica():
    fields = {"workload.intentions": 40, "balancer.policy": "sticky"}
    placed = by_token(served(TWICE | AGAIN | fields))
    assert {len(nodes) for nodes in placed.values()} == {8}  # four attempts, each copied
    assert {len(set(nodes)) for nodes in placed.values()} == {1}
    assert {nodes[0] for nodes in placed.values()} == set(NODES)


def test_sticky_by_client_all_requests_of_a_client_go_to_one_replica():
    fields = {
        "workload.intentions": 40,
        "balancer.policy": "sticky",
        "balancer.sticky_by": "client",
    }
    rows = served(TWICE | fields)
    for actor in ("client", "thief"):
        assert len({row.node for row in rows if row.actor == actor}) == 1


def test_sticky_by_token_one_replicas_own_memory_is_enough():
    fields = {"workload.intentions": 40, "strategy": "per_replica", "workload.gap": constant(1)}
    sticky = TWICE | fields | {"balancer.policy": "sticky"}
    assert executed(run(sticky)) == 40
    assert executed(run(sticky | {"balancer.policy": "random"})) > 40


def test_stickiness_is_the_share_of_requests_that_stick():
    """A request that does not stick goes anywhere, so also to where it would have stuck."""
    at_home = 0.5 + 0.5 / 4
    often = {"thief.presentations": 8, "workload.intentions": samples(at_home) // 9 + 1}
    sticky = TWICE | often | {"balancer.policy": "sticky"}
    home = {row.token: row.node for row in served(sticky | {"thief.presentations": 1})}
    rows = served(sticky | {"balancer.stickiness": 0.5}, "stickiness")
    stuck = sum(row.node == home[row.token] for row in rows)
    assert agrees(stuck, len(rows), at_home, LEVEL)


def test_every_replica_of_the_authorization_server_issues():
    fields = {"authorization_server.replicas": ["eu", "us", "eu"], "workload.intentions": 6}
    rows = run(MANY | fields | {"balancer.policy": "round_robin"}).of("issue")
    assert [row.node for row in rows if row.intention >= 0] == ["as-eu-1", "as-us-1", "as-eu-2"] * 2


def test_a_code_from_one_replica_of_the_authorization_server_is_good_at_another():
    fields = {"authorization_server.replicas": ["eu", "us"], "client.signed_in": False}
    trace = run(fields | {"balancer.policy": "round_robin"})
    issued = {row.detail["kind"]: row.node for row in trace.of("issue")}
    assert issued["code"] != issued["refresh_token"]
    assert executed(trace) == 1


def test_one_replica_gets_everything():
    for policy in ("random", "round_robin", "sticky"):
        rows = served({"workload.intentions": 5, "balancer.policy": policy})
        assert [row.node for row in rows] == ["payments-eu-1"] * 5


def asked(policy: str) -> list[tuple[str, str]]:
    """Which replica of the AS issued each token, and which one a server asked about it."""
    fields = {
        "authorization_server.replicas": ["eu"] * 4,
        "strategy": "introspect_and_consume",
        "workload.intentions": 400,
        "workload.gap": constant(1),
        "balancer.policy": policy,
    }
    found = defaultdict[int, dict[str, str]](dict)
    for row in run(fields, "asked").of("deliver"):
        if row.node.startswith("as-"):
            found[row.intention][row.peer.partition("-")[0]] = row.node
    return [(at["client"], at["payments"]) for at in found.values() if "payments" in at]


@pytest.mark.parametrize("policy", ["random", "round_robin"])
def test_what_a_server_asks_goes_elsewhere_than_the_request_it_answers(policy: str):
    pairs = asked(policy)
    assert agrees(sum(here == there for here, there in pairs), len(pairs), 1 / 4, LEVEL)
