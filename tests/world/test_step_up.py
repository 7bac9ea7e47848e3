"""RFC 9470 beside single use: a token that is replaced for good, and one that is put back."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from sim.scenario_files import load, vary
from sim.trace import Row, Trace
from sim.world.simulation import simulate

STEP_UP: dict[str, Any] = {"story": "stepped_up_call"}
SINGLE_USE: dict[str, Any] = {"story": "single_use_payment", "servers__payments__sign_in": {}}


def run(**fields: Any) -> Trace:
    return simulate(vary(load("step-up"), **fields), full=False)


def answers(trace: Trace, actor: str) -> Counter[tuple[int, str]]:
    rows = (row.detail for row in trace.of("respond") if row.actor == actor)
    return Counter((detail["status"], detail["error"]) for detail in rows)


def swaps(trace: Trace, intention: int) -> list[Row]:
    return [row for row in trace.of("wallet") if row.intention == intention]


@pytest.mark.clause("RFC 9470 replaces")
@pytest.mark.clause("RFC 9470 3 challenge")
@pytest.mark.clause("RFC 9470 4 request")
def test_a_client_is_told_once_and_served_from_then_on():
    told = {(401, "insufficient_user_authentication"): 50, (200, ""): 100}
    assert answers(run(**STEP_UP), "client") == told


@pytest.mark.clause("RFC 9470 4 request")
@pytest.mark.clause("RFC 9470 6.1 claims")
def test_the_new_token_says_how_the_user_signed_in():
    issued = [row.detail["claims"] for row in run(**STEP_UP).of("issue") if row.intention == 7]
    [new] = [claims for claims in issued if claims]
    assert (new["acr"], new["iat"] - new["auth_time"]) == ("otp", 0)


@pytest.mark.clause("RFC 9470 replaces")
@pytest.mark.clause("interim-2025-01-20 step-up")
@pytest.mark.clause("interim-2025-01-20 restored")
def test_step_up_replaces_where_single_use_restores():
    [replaced] = swaps(run(**STEP_UP), 3)
    assert (replaced.detail["action"], replaced.detail["before"]) == ("replace", "at-session.1")
    swapped, restored = swaps(run(**SINGLE_USE), 3)
    assert (swapped.detail["action"], swapped.token) == ("swap_in", restored.detail["before"])
    assert (restored.detail["action"], restored.token) == ("restore", "at-session.1")


@pytest.mark.clause("interim-2025-01-20 step-up")
def test_a_thief_of_a_stepped_up_token_has_more_than_before():
    stepped_up, single = answers(run(**STEP_UP), "thief"), answers(run(**SINGLE_USE), "thief")
    assert stepped_up[200, ""] > 30
    assert set(single) == {(401, "invalid_token")}


def test_a_thief_of_the_old_token_is_told_to_sign_in():
    assert answers(run(**STEP_UP), "thief")[401, "insufficient_user_authentication"] > 10


@pytest.mark.clause("RFC 9470 3 challenge")
def test_a_sign_in_that_is_too_long_ago_is_asked_for_again():
    """Every call to the server takes a second and more after the sign-in, which may be none old."""
    slow = {"distribution": "constant", "value_ms": 1500.0}
    aged = {"servers__payments__sign_in_age_s": 5, "network__access__latency": slow}
    trace = run(**STEP_UP, **aged, client__timeout_ms=1e5)
    told = answers(trace, "client")[401, "insufficient_user_authentication"]
    assert told == 100  # again before the second call


def test_a_sign_in_that_fails_leaves_what_was_held():
    cut = {"from_s": 0, "until_s": 1e6, "between": ["client-eu", "as-eu-1"]}
    trace = run(**STEP_UP, partitions=[cut])
    assert {row.intention for row in trace.of("wallet")} == {-1}
    assert {row.detail["kind"] for row in trace.of("outcome")} == {"refused"}
