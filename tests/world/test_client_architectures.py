"""Minutes of 2025-01-20, client-side token management: what two tabs do to each other's tokens."""

from __future__ import annotations

from collections import Counter

import pytest

from oauth_model.architectures import ARCHITECTURES
from sim.checker import check
from sim.scenario_files import load, vary
from sim.scenario_parties import ClientPart
from sim.trace import Trace
from sim.world.simulation import simulate

SAFE = ("bff", "service_worker")


def tabs(architecture: str, story: str, **more) -> Trace:
    fields = {"client__architecture": architecture, "story": story} | more
    return simulate(vary(load("tabs"), **fields), full=False)


def kinds(trace: Trace) -> Counter[str]:
    return Counter(row.detail["kind"] for row in trace.of("outcome"))


def restored(trace: Trace) -> bool | None:
    return check(trace, ["original_token_restored"])["original_token_restored"].holds


@pytest.mark.clause("interim-2025-01-20 browser")
def test_a_tab_that_calls_takes_the_single_use_token_of_one_that_pays():
    trace = tabs("tabs", "concurrent_calls")
    refused = {row.intention for row in trace.of("outcome") if row.detail["kind"] == "refused"}
    assert 10 < len(refused) < 60
    paid = {r.intention for r in trace.of("effect") if r.detail["operation"] == "POST /payments"}
    assert 0 < len(refused - paid) < len(refused)  # of the others the reader came second
    assert restored(trace) is True  # too late: a call was refused that nothing was wrong with


@pytest.mark.clause("interim-2025-01-20 browser")
def test_two_swaps_in_one_store_lose_the_original():
    trace = tabs("tabs", "concurrent_payments")
    assert restored(trace) is False
    assert kinds(trace)["refused"] > 50  # the ordinary call that follows finds a spent token


@pytest.mark.clause("interim-2025-01-20 backend for frontend")
@pytest.mark.clause("interim-2025-01-20 restored")
@pytest.mark.parametrize("architecture", SAFE)
@pytest.mark.parametrize("story", ["concurrent_calls", "concurrent_payments"])
def test_one_party_that_swaps_restores_the_original(architecture, story):
    trace = tabs(architecture, story)
    assert kinds(trace) == {"served": 200}
    assert restored(trace) is True


def test_a_backend_swaps_inside_one_request_and_nobody_waits():
    def median_us(architecture: str) -> int:
        ended = tabs(architecture, "concurrent_payments").of("outcome")
        return int(sorted(row.detail["latency_us"] for row in ended)[100])

    assert median_us("service_worker") - median_us("bff") > 20_000


def test_a_token_of_another_scope_is_refused_and_not_burned():
    """Down-scoping shields the payment: what the other tab calls needs what its token lacks."""
    operations = {"POST /payments": "payment", "GET /payments": "payments.read"}
    trace = tabs("tabs", "concurrent_calls", servers__payments__operations=operations)
    errors = Counter(row.detail["error"] for row in trace.of("respond"))
    assert set(errors) == {"", "insufficient_scope"}


def test_tabs_far_apart_do_no_harm():
    trace = tabs("tabs", "concurrent_payments", client__spread_ms=1e6, duration_s=1e4)
    assert kinds(trace)["served"] > 195


def test_every_architecture_can_be_chosen_in_a_scenario():
    for name in ARCHITECTURES:
        assert ClientPart.model_validate({"architecture": name}).architecture == name
