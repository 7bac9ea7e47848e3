"""Whatever a valid scenario says, a run ends and its trace makes sense."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oauth_model.issuance import DESIGNS
from oauth_model.stories import STORIES
from oauth_model.strategies import STRATEGIES
from sim.trace import Trace
from tests.world.worlds import constant, cut, run

CHANCE = (0.0, 0.3, 1.0)
DURATIONS: tuple[dict[str, Any], ...] = (
    constant(0),
    constant(30),
    constant(1e12),
    {"distribution": "exponential", "mean_ms": 100},
    {"distribution": "pareto", "least_ms": 1e12, "alpha": 0.1},
    {"distribution": "lognormal", "median_ms": 20, "sigma": 10},
)
LINKS = {
    f"network.{link}.{field}": values
    for link in ("access", "internal")
    for field, values in {
        "latency": DURATIONS,
        "request_loss_probability": CHANCE,
        "response_loss_probability": CHANCE,
        "duplicate_probability": CHANCE,
        "reorder_probability": CHANCE,
        "reorder_extra": DURATIONS,
    }.items()
}
#: field → values at and beyond the edges of what makes sense.
VALUES: dict[str, tuple[Any, ...]] = LINKS | {
    "story": tuple(STORIES),
    "strategy": tuple(STRATEGIES),
    "issuance": tuple(DESIGNS),
    "duration_s": (0.001, 1, 1e7),
    "workload.gap": DURATIONS,
    "client.region": ("us", "asia"),
    "client.signed_in": (False,),
    "client.timeout_ms": (1e-9, 1, 1e12),
    "client.retry": ("immediate", "backoff", "hedged"),
    "client.retries": (0, 20),
    "client.backoff_base_ms": (1e-9, 1e12),
    "client.hedge_after_ms": (1e-9, 1e12),
    "client.retry_with": ("fresh_token", "fresh_token_same_idempotency_key"),
    "client.use_aware": (False,),
    "client.clicks": (1, 30),
    "client.public": (True,),
    "client.architecture": ("tabs", "service_worker", "processes"),
    "client.on_refused": ("wipe", "adopt", "sign_in"),
    "client.interrupted_after_ms": (1e-9, 1e12),
    "client.sleep_s": (1, 1e9),
    "client.hidden_retries": (1, 20),
    "client.hidden_retry_after_ms": (1e-9, 1, 1e12),
    "client.rotation_result_discarded": (True,),
    "authorization_server.replicas": (["eu", "us", "eu"],),
    "authorization_server.access_token_lifetime_s": (1, 1_000_000_000),
    "authorization_server.single_use_lifetime_s": (1, 2),
    "authorization_server.code_lifetime_s": (1,),
    "authorization_server.strategy": tuple(STRATEGIES),
    "stores.region": ("us", "asia"),
    "stores.timeout_ms": (1e-9, 1e12),
    "strategy_settings.retention_margin_s": (-1e9, 0),
    "strategy_settings.lease_s": (0, 1e9),
    "strategy_settings.on_outage": ("fail_open",),
    "strategy_settings.resend_s": (1e-7, 1e9),
    "balancer.policy": ("round_robin", "sticky"),
    "thief.probability": CHANCE,
    "thief.place": ("path", "token_path", "pre_generating"),
    "thief.delay": DURATIONS,
    "thief.presentations": (1, 30),
    "malicious.server": ("payments", "mail"),
    "clocks": ([{"node": "as-eu-1", "offset_ms": 1e9}], [{"node": "store", "drift_ppm": -1e5}]),
    "partitions": ([cut("eu", "eu")], [cut("eu", "store", until_s=1), cut("eu", "eu", until_s=2)]),
    "servers.payments.replicas": (["eu", "us", "us"],),
    "servers.payments.consume": ("before_scope", "with_effect", "after_effect"),
    "servers.payments.use_aware": (False,),
    "servers.payments.leeway_s": (5, 1e9),
}
FIELDS = st.lists(st.sampled_from(sorted(VALUES)), unique=True, max_size=8).flatmap(
    lambda names: st.fixed_dictionaries({name: st.sampled_from(VALUES[name]) for name in names})
)
SERVERS = [
    {"name": "payments", "operations": {"POST /payments": "payment"}},
    {"name": "mail", "operations": {"GET /mail": "email"}},
]


@settings(derandomize=True, deadline=None, max_examples=60)
@given(FIELDS)
def test_any_valid_scenario_runs_to_its_end_and_every_intention_ends_once(fields: dict[str, Any]):
    trace = run({"servers": SERVERS, "workload.intentions": 4} | fields)
    ended = Counter(row.intention for row in trace.of("outcome"))
    assert set(ended.values()) <= {1}
    assert ended.keys() >= {row.intention for row in trace.of("send") if row.intention >= 0}
    assert [row.t_us for row in trace] == sorted(row.t_us for row in trace)
    assert trace.rows[-1].t_us <= trace.header.duration_us
    a_client_that_was_served_has_what_it_wanted(trace)


def a_client_that_was_served_has_what_it_wanted(trace: Trace) -> None:
    """Whatever is lost, doubled or stolen: 200 is only said after the effect has happened."""
    done = {row.intention for row in trace.of("effect") if row.detail["executed"]}
    served = {row.intention for row in trace.of("outcome") if row.detail["kind"] == "served"}
    assert served <= done


@pytest.mark.parametrize("field", sorted(VALUES))
def test_every_value_runs_alone(field: str):
    for value in VALUES[field]:
        trace = run({"servers": SERVERS, "workload.intentions": 2, field: value})
        assert len(trace.of("total")) == 1
