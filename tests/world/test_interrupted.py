"""Browser abort, sleep and wake: the answer is lost to who asked, and the server does not know."""

from __future__ import annotations

from typing import Any

import pytest

from tests.world.worlds import MS, S, answered, constant, executed, kinds, run

#: The AS answers after 22 ms, with the refresh token rotated at 12.
REFRESH: dict[str, Any] = {
    "story": "interrupted_refresh",
    "client.public": True,
    "client.interrupted_after_ms": 15.0,
    "duration_s": 2000.0,
}
#: The answer is back after 22 ms, with the effect at 12.
PAYMENT: dict[str, Any] = {
    "story": "interrupted_payment",
    "client.interrupted_after_ms": 15.0,
    "duration_s": 2000.0,
}


@pytest.mark.parametrize("sleep_s", [0.0, 600.0])
@pytest.mark.parametrize(
    ("strategy", "ends", "effects"),
    [
        ("shared_atomic", "refused", 0),
        ("idempotent_response", "served", 1),
        ("no_check", "served", 1),
    ],
)
def test_a_refresh_again_with_the_old_token(strategy, ends, effects, sleep_s):
    fields = {"authorization_server.strategy": strategy, "client.sleep_s": sleep_s}
    trace = run(REFRESH | fields)
    assert (kinds(trace), executed(trace)) == ([ends], effects)


@pytest.mark.parametrize(
    ("strategy", "sleep_s", "ends", "effects"),
    [
        ("shared_atomic", 0.0, "refused", 1),  # told so after the effect had happened
        ("idempotent_response", 0.0, "served", 1),
        ("no_check", 0.0, "served", 2),
        ("idempotent_response", 600.0, "refused", 1),  # the token has expired meanwhile
        ("no_check", 600.0, "refused", 1),
    ],
)
def test_a_payment_again_with_the_same_token(strategy, sleep_s, ends, effects):
    trace = run(PAYMENT | {"strategy": strategy, "client.sleep_s": sleep_s})
    assert (kinds(trace), executed(trace)) == ([ends], effects)
    assert len(answered(trace)) == 2


@pytest.mark.parametrize(("after_ms", "lost"), [(21.9, True), (22.1, False)])
def test_what_came_before_the_interruption_was_heard(after_ms: float, lost: bool):
    trace = run(REFRESH | {"client.interrupted_after_ms": after_ms})
    assert kinds(trace) == ["refused" if lost else "served"]
    assert bool(trace.of("timeout")) is lost


@pytest.mark.parametrize("sleep_s", [0.0, 0.5, 600.0])
def test_it_wakes_when_it_has_slept(sleep_s: float):
    trace = run(PAYMENT | {"client.sleep_s": sleep_s, "authorization_server.strategy": "no_check"})
    first, second = (row.t_us for row in trace.of("send") if row.detail["label"].endswith("ments"))
    assert second - first == 15 * MS + sleep_s * S


def test_one_who_signs_in_again_has_lost_only_time():
    trace = run(REFRESH | {"client.on_refused": "sign_in"})
    assert kinds(trace) == ["served"]
    assert [r.detail["kind"] for r in trace.of("issue") if r.intention >= 0].count("code") == 1


def test_the_certain_loss_of_one_answer_is_what_the_closed_form_says():
    """Strict: refused if and only if the first answer is lost, here on every link for all."""
    many = {"workload.intentions": 40, "workload.gap": constant(1000), "client.sleep_s": 1.0}
    uniform = {"distribution": "uniform", "low_ms": 5, "high_ms": 10}
    fields = REFRESH | many | {"network.access": {"latency": uniform}}
    trace = run(fields | {"client.interrupted_after_ms": 17.0})
    missed = {row.intention for row in trace.of("timeout")}
    refused = {i for i, kind in enumerate(kinds(trace)) if kind == "refused"}
    assert refused == missed
    assert 5 < len(missed) < 35
