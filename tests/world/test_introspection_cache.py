"""A server that asks the AS about tokens: handles, old answers that are believed, lost answers."""

from __future__ import annotations

from typing import Any

import pytest

from sim.trace import Trace
from tests.world.own_stories import first_at_ms, nothing, presenting, revoke, statuses, tell
from tests.world.worlds import answered, cut, executed, kinds, learnt, run

ASKS: dict[str, Any] = {"servers.0.introspects": True}
CONSUME: dict[str, Any] = {"single_use.at_introspection": "consume"}


def questions(trace: Trace) -> int:
    return sum("/introspect" in row.detail["label"] for row in trace.of("send"))


@pytest.mark.parametrize("token_format", ["jwt", "opaque"])
@pytest.mark.parametrize("policy", ["ignore", "consume"])
def test_a_single_use_payment_with_introspection_is_served_once(token_format: str, policy: str):
    fields = ASKS | {"servers.0.token_format": token_format, "single_use.at_introspection": policy}
    trace = run(fields)
    assert (kinds(trace), executed(trace), questions(trace)) == (["served"], 1, 1)


def test_a_handle_needs_introspection_whatever_the_dial_says():
    trace = run({"servers.0.token_format": "opaque"})
    assert (kinds(trace), questions(trace)) == (["served"], 1)


@pytest.mark.clause("interim-2025-01-20 introspection")
def test_where_introspection_rejects_a_server_that_asks_can_serve_no_single_use():
    trace = run(ASKS | {"single_use.at_introspection": "reject"})
    assert (kinds(trace), executed(trace)) == (["refused"], 0)


@pytest.mark.clause("RFC 7662 4 replay window")
@pytest.mark.parametrize(("cache_s", "window_ms"), [(0.0, 2), (0.2, 202), (0.45, 452)])
def test_a_revoked_token_works_on_for_the_life_of_an_old_answer(cache_s: float, window_ms: float):
    story = presenting(0.01, 100, revoke, after_s=0.005)
    trace = tell(story, ASKS | {"servers.0.introspection_cache_s": cache_s})
    good = [at for at, status in statuses(trace) if status == 200]
    first = good[0]
    assert good[-1] - first <= window_ms
    assert good[-1] - first >= window_ms - 12
    assert statuses(trace)[-1][1] == 401


@pytest.mark.clause("RFC 7662 4 replay window")
@pytest.mark.clause("interim-2025-01-20 introspection")
@pytest.mark.parametrize(("cache_s", "effects"), [(0.0, 1), (0.25, 3), (0.55, 6)])
def test_a_cached_answer_is_a_replay_window_where_asking_is_the_use(cache_s: float, effects: int):
    fields = ASKS | CONSUME | {"servers.0.introspection_cache_s": cache_s}
    trace = tell(presenting(0.1, 10, nothing, single=True), fields)
    assert executed(trace) == effects


def test_a_cached_answer_is_none_where_the_server_counts():
    fields = ASKS | {"servers.0.introspection_cache_s": 0.55}
    trace = tell(presenting(0.1, 10, nothing, single=True), fields)
    assert (executed(trace), questions(trace)) == (1, 2)


@pytest.mark.clause("RFC 7662 4 replay window")
def test_each_replica_believes_its_own_old_answer():
    fields = ASKS | CONSUME | {"servers.0.introspection_cache_s": 5.0}
    trace = tell(
        presenting(0.1, 20, nothing, single=True), fields | {"servers.0.replicas": ["eu"] * 2}
    )
    served = {row.node for row in trace.of("respond") if row.detail["status"] == 200}
    assert len(served) == 1


@pytest.mark.clause("interim-2025-01-20 introspection")
def test_a_lost_answer_to_the_question_burns_the_token_and_the_client_is_told_no():
    lost = cut("as-eu-1", "payments-eu-1", until_s=0.5, one_way=True)
    fields = ASKS | CONSUME | {"client.retry": "immediate", "client.timeout_ms": 5000.0}
    trace = run(fields | {"partitions": [lost]})
    assert (answered(trace), learnt(trace)) == ([503, 401], [503, 401])
    assert (kinds(trace), executed(trace)) == (["refused"], 0)


def test_where_the_server_counts_a_lost_answer_costs_a_retry_only():
    lost = cut("as-eu-1", "payments-eu-1", until_s=0.5, one_way=True)
    fields = ASKS | {"client.retry": "immediate", "client.timeout_ms": 5000.0}
    trace = run(fields | {"partitions": [lost]})
    assert (answered(trace), kinds(trace), executed(trace)) == ([503, 200], ["served"], 1)


def test_a_cut_off_server_serves_on_what_it_remembers():
    fields = ASKS | {"servers.0.introspection_cache_s": 30.0}
    cuts = [cut("as-eu-1", "payments-eu-1", from_s=0.1)]
    trace = tell(presenting(0.1, 5, nothing), fields | {"partitions": cuts})
    assert [status for _, status in statuses(trace)] == [200] * 5
    assert first_at_ms(trace.of("effect")) < 100
