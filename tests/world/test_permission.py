"""Strength of the sign-in and authorization details as dials of a scenario; nothing is consumed."""

from __future__ import annotations

from typing import Any

import pytest

from sim.trace import Trace
from tests.world.worlds import executed, kinds, run

PAY = "POST /payments"
#: The client asks for a scope where the server wants details.
DETAILS: dict[str, Any] = {"servers.0.details": {PAY: "payment"}, "issuance": "fat"}


def refusals(trace: Trace) -> list[tuple[int, str]]:
    return [
        (row.detail["status"], row.detail["error"])
        for row in trace.of("respond")
        if row.detail["status"] >= 400
    ]


def consumed(trace: Trace) -> list[str]:
    return [row.detail["kind"] for row in trace.of("consume") if row.peer.startswith("payments")]


def test_a_sign_in_that_is_too_weak_is_challenged_and_burns_nothing():
    trace = run({"servers.0.sign_in": {PAY: "phr"}})
    assert refusals(trace) == [(401, "insufficient_user_authentication")]
    assert (kinds(trace), executed(trace), consumed(trace)) == (["refused"], 0, [])


@pytest.mark.clause("interim-2025-01-20 insufficient RAR")
@pytest.mark.parametrize(
    ("policy", "refusal"),
    [
        ("off", (403, "insufficient_scope")),
        ("insufficient_authorization", (401, "insufficient_authorization")),
        ("transaction_authorization_required", (403, "insufficient_scope")),
    ],
)
def test_a_token_without_the_details_is_refused_as_the_policy_says(
    policy: str, refusal: tuple[int, str]
):
    trace = run(DETAILS | {"servers.0.rar_challenge": policy})
    assert (refusals(trace), executed(trace), consumed(trace)) == ([refusal], 0, [])


def test_a_challenge_says_where_the_metadata_is_where_the_server_is_advertised():
    trace = run({"servers.0.sign_in": {PAY: "phr"}, "servers.0.advertised": True})
    wires = [row.detail.get("wire", "") for row in trace.of("send")]
    where = "https://payments.example.com/.well-known/oauth-protected-resource"
    assert sum(f'resource_metadata="{where}"' in wire for wire in wires) == 1
