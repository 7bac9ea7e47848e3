"""Workers: requests wait in line, first come, first served."""

from __future__ import annotations

from typing import Any

import pytest

from sim.trace import Row, Trace
from tests.world.worlds import constant, outcomes, run

#: Payments come every 2 ms and take 5 ms of a worker each; links without chance (worlds.py).
BUSY = {
    "workload.intentions": 4,
    "workload.gap": constant(2),
    "servers.0.workers": {"count": 1, "service": constant(5)},
}


def answers(fields: dict[str, Any], case: str = "answers") -> list[Row]:
    """The answers of the payment server, in the order in which they were given."""
    return outcomes(fields, case, lambda row: row.kind == "respond")


def handling_ms(rows: list[Row]) -> list[float]:
    """How long each request was at the server."""
    return [row.detail["handling_us"] / 1000 for row in rows]


def test_one_worker_serves_in_turn_and_is_not_held_by_the_store():
    # Each waits for those before it, then 5 ms of work and 2 ms for the store.
    assert handling_ms(answers(BUSY)) == [7, 10, 13, 16]


def test_two_workers_serve_two_at_once():
    assert handling_ms(answers(BUSY | {"servers.0.workers.count": 2})) == [7, 7, 8, 8]


def test_a_worker_that_is_blocked_waits_for_the_store_too():
    blocked = BUSY | {"servers.0.workers.blocking": True}
    assert handling_ms(answers(blocked)) == [7, 12, 17, 22]


def test_without_a_number_of_workers_nobody_waits():
    assert handling_ms(answers(BUSY | {"servers.0.workers.count": 0})) == [2, 2, 2, 2]


def test_a_store_has_workers_too():
    slow_store = {"stores.workers": {"count": 1, "service": constant(5)}}
    several = {"workload.intentions": 3, "workload.gap": constant(2)}
    assert handling_ms(answers(slow_store | several)) == [7, 10, 13]


def test_so_has_the_authorization_server():
    slow = {"authorization_server.workers": {"count": 1, "service": constant(30)}}
    (row,) = [row for row in run(slow).rows if row.kind == "issue" and row.intention == 0]
    assert row.t_us == 40_000  # 10 ms on the way, 30 ms of work


def test_the_pages_behind_mailed_links_have_workers_too():
    fields = {"story": "mailed_link", "client.signed_in": False}
    line = {"servers.0.workers": {"count": 1, "service": constant(300)}}
    quick, slow = (handling_ms(run(fields | more).of("respond")) for more in ({}, line))
    assert slow == [each + 300 for each in quick]


def worked_us(trace: Trace, node: str) -> dict[str, list[int]]:
    """sender → how long each of its requests was at a node."""
    began, found = dict[tuple[str, int], int](), dict[str, list[int]]()
    for row in trace.of("deliver", "send"):
        if row.intention < 0 or row.node != node or (row.peer, node) == ("store", "as-eu-1"):
            continue
        if row.kind == "deliver":
            began[row.peer, row.intention] = row.t_us
        else:
            found.setdefault(row.peer, []).append(row.t_us - began[row.peer, row.intention])
    return found


@pytest.mark.parametrize(
    ("strategy", "node", "part"),
    [
        ("introspect_and_consume", "as-eu-1", "authorization_server"),
        ("shared_allow_list", "store", "stores"),
    ],
)
def test_two_senders_for_one_intention_are_served_apart(strategy: str, node: str, part: str):
    service = {"count": 9, "service": {"distribution": "exponential", "mean_ms": 20}}
    many = {"workload.intentions": 20, "workload.gap": constant(500), "strategy": strategy}
    trace = run(many | {f"{part}.workers": service, "client.timeout_ms": 5000})
    one, other = worked_us(trace, node).values()
    assert len({b - a for a, b in zip(one, other, strict=True)}) == 20
