"""A small world in which things go wrong: a payment each second, an impatient client.

Intention n begins at n + 1 seconds; 30 ms later its request is at the server, for 2 ms (`worlds`).
"""

from __future__ import annotations

from typing import Any

from sim.scenario import Scenario
from sim.trace import Row, Trace
from tests.world.worlds import constant, run, scenario

PAYMENTS = {"workload.gap": constant(1000), "client.timeout_ms": 100}
EXPONENTIAL = {"distribution": "exponential", "mean_ms": 2000}


def fault(kind: str, from_s: float = 0.0, until_s: float | None = None, **more: Any) -> Any:
    """A fault on a schedule."""
    return {"fault": kind, "from_s": from_s, "until_s": until_s} | more


def drawn(kind: str, **more: Any) -> Any:
    """A fault that comes and goes, two seconds each on average."""
    return {"fault": kind, "every": EXPONENTIAL, "lasting": EXPONENTIAL} | more


def fields(*faults: Any, count: int = 6, **more: Any) -> dict[str, Any]:
    """What to set on the small world: so many payments, and what goes wrong."""
    named = {name.replace("__", "."): value for name, value in more.items()}
    return PAYMENTS | {"workload.intentions": count, "faults": list(faults)} | named


def spoilt(*faults: Any, count: int = 6, **more: Any) -> Trace:
    """The trace of a run."""
    return run(fields(*faults, count=count, **more))


def described(*faults: Any, **more: Any) -> Scenario:
    """The scenario of a run."""
    return scenario(fields(*faults, **more))


def told(trace: Trace) -> list[tuple[float, str, str]]:
    """Every row about a fault: when (s), what, and at which node."""
    return [(row.t_us / 1e6, row.detail["action"], row.node) for row in trace.of("fault")]


def unserved(trace: Trace) -> list[int]:
    """The intentions that were not served."""
    ended = trace.of("outcome")
    return sorted(row.intention for row in ended if row.detail["kind"] != "served")


def dropped(trace: Trace, reason: str) -> list[Row]:
    """The messages that were dropped for a reason."""
    return [row for row in trace.of("drop") if row.detail["reason"] == reason]
