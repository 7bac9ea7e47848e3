"""The certification clock: is a single-use token accepted again after 0 s, after 1 s, after 30 s?

These are the instants at which the conformance suites try (OpenID Connect: at once and after 30 s;
FAPI: after 1 s). The scenario itself answers, made quiet: nothing is lost or cut, one intention,
and somebody who re-sends its request so many seconds after it first reached a server.
"""

from __future__ import annotations

from typing import Any

from sim.scenario import Scenario
from sim.scenario_files import vary
from sim.trace import Row
from sim.world.simulation import run_into

INSTANTS_S = (0, 1, 30)
#: Sent so often that every replica is likely to be asked.
PRESENTATIONS = 16


def certification(scenario: Scenario) -> dict[str, Any]:
    """Seconds (as text) → whether a re-sent request was accepted, or was answered from store.

    A client cannot tell the two apart; a conformance suite would call both accepted.
    """
    found = {str(after_s): _second_uses(scenario, after_s) for after_s in INSTANTS_S}
    return {
        "reuse_accepted_after_s": {s: bool(uses - {"stored"}) for s, uses in found.items()},
        "reuse_answered_from_store_after_s": {s: "stored" in uses for s, uses in found.items()},
    }


def _second_uses(scenario: Scenario, after_s: int) -> set[str]:
    """What the strategy had decided about every second use that got a success status."""
    decided: set[str] = set()

    def sink(row: Row) -> None:
        if row.kind == "respond" and row.actor == "thief" and row.detail["status"] < 300:
            decided.add(row.detail["outcome"])

    run_into(quiet(scenario, after_s), sink)
    return decided


def quiet(scenario: Scenario, after_s: int) -> Scenario:
    """The scenario without misfortune, its one request re-sent `after_s` after it arrived."""
    undisturbed = {
        "request_loss_probability": 0.0,
        "response_loss_probability": 0.0,
        "duplicate_probability": 0.0,
        "reorder_probability": 0.0,
    }
    network = scenario.network
    calm = {
        "access": network.access.model_copy(update=undisturbed),
        "internal": network.internal.model_copy(update=undisturbed),
        "between": tuple(b.model_copy(update={"loss_probability": 0.0}) for b in network.between),
    }
    again = {
        "probability": 1.0,
        "delay": {"distribution": "constant", "value_ms": after_s * 1000.0},
        "presentations": PRESENTATIONS,
        "region": scenario.client.region,
    }
    return vary(
        scenario,
        story="single_use_payment",
        network=network.model_copy(update=calm).model_dump(),
        partitions=(),
        workload={"intentions": 1},
        client__retry="none",
        thief=again,
        malicious={},
        duration_s=max(scenario.duration_s, after_s + 30.0),
    )
