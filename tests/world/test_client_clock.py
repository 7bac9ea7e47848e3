"""A client whose clock is wrong: what it says of the time reaches its proofs and nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from tests.world.worlds import constant, kinds, run


def clock(node: str, offset_s: float, drift_ppm: float = 0.0) -> dict[str, Any]:
    return {"clocks": [{"node": node, "offset_ms": offset_s * 1000, "drift_ppm": drift_ppm}]}


DPOP = {"client.proof": "dpop"}


@pytest.mark.clause("RFC 9449 4.3 iat")
@pytest.mark.parametrize(
    ("offset_s", "ends"),
    [
        (-600, "refused"),
        (-66, "refused"),
        (-64, "served"),
        (5, "served"),
        (7, "refused"),
        (600, "refused"),
    ],
)
def test_proofs_are_good_while_the_clients_clock_is_in_the_window(offset_s: float, ends: str):
    """60 s for a slow clock, 5 s of leeway either way; `iat` is in whole seconds."""
    assert kinds(run(DPOP | clock("client-eu", offset_s))) == [ends]


@pytest.mark.parametrize("proof", ["none", "mtls"])
@pytest.mark.parametrize("offset_s", [-600, 600])
def test_a_client_that_dates_nothing_may_be_wrong(proof: str, offset_s: float):
    assert kinds(run({"client.proof": proof} | clock("client-eu", offset_s))) == ["served"]


def test_a_clock_that_gains_leaves_the_window_after_a_while():
    """10 % a second too many: more than 5 s ahead after a minute, and before that it worked."""
    many = {"workload.intentions": 20, "workload.gap": constant(5000), "duration_s": 200.0}
    found = kinds(run(DPOP | many | clock("client-eu", 0, 100_000)))
    served = found.count("served")
    assert found == ["served"] * served + ["refused"] * (20 - served)
    assert 10 <= served <= 12  # 5.0 s ahead at 50 s, 6.0 s at 60 s


def test_what_the_server_thinks_of_the_time_is_its_own():
    """A server that is 10 minutes behind finds proofs of the right time in its future."""
    trace = run(DPOP | {"story": "ordinary_payment"} | clock("payments-eu-1", -600))
    assert [row.detail["error"] for row in trace.of("respond")] == ["invalid_dpop_proof"]
