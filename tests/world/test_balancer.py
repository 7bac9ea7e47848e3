"""The balancer: which replica gets a request, by each policy; every replica of every party is one.

The statistical tests have fixed seeds and `test_network.LEVEL`.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

import pytest
from scipy import stats

from sim.statistics import agrees
from sim.trace import Row
from tests.world.test_network import LEVEL
from tests.world.worlds import constant, cut, executed, outcomes, run

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


def test_random_is_uniform_over_the_replicas():
    times = Counter(row.node for row in served(MANY | {"workload.intentions": 4000}, "uniform"))
    assert sorted(times) == sorted(NODES)
    assert stats.chisquare(list(times.values())).pvalue > LEVEL


def test_random_picks_anew_for_every_presentation():
    rows = served(TWICE | {"workload.intentions": 2000}, "anew")
    same = sum(first == second for first, second in by_token(rows).values())
    assert agrees(same, 2000, 1 / len(REPLICAS), LEVEL)


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


@pytest.mark.parametrize("stickiness", [0.5, 0.0, 1.0])
def test_stickiness_is_the_share_of_requests_that_stick(stickiness: float):
    """A request that does not stick goes anywhere, where it would have gone among others."""
    sticky = {"balancer.policy": "sticky", "balancer.stickiness": stickiness}
    rows = served(TWICE | sticky | {"workload.intentions": 2000}, f"stickiness {stickiness}")
    home = stickiness + (1 - stickiness) / 4
    together = home**2 + 3 * ((1 - stickiness) / 4) ** 2
    same = sum(first == second for first, second in by_token(rows).values())
    assert agrees(same, 2000, together, LEVEL) or same == 2000 * together


def test_every_replica_of_the_authorization_server_issues():
    fields = {"authorization_server.replicas": ["eu", "us", "eu"], "workload.intentions": 6}
    rows = run(fields | {"balancer.policy": "round_robin"}).of("issue")
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
