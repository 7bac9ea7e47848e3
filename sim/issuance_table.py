"""The issuance table: designs that serve several servers from one consent, side by side.

Rule: every figure is read from a run, none is typed in. A design is run once undisturbed, for what
it costs, and once for each server turned malicious, for where else what that server saw works.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sim.certification import undisturbed
from sim.scenario import Scenario
from sim.scenario_files import vary
from sim.trace import Trace
from sim.world.simulation import simulate


def issuance(scenario: Scenario, designs: Sequence[str]) -> list[dict[str, Any]]:
    """A row for each design: what it cost until every server was called, and its blast radius.

    `round_trips`: requests that the client sent; `messages`: all messages; `tokens`: access tokens
    that it was issued; `blast_radius`: server → the other servers where what it saw was accepted.
    """
    calm = vary(scenario, **undisturbed(scenario))
    return [_row(vary(calm, issuance=name), name) for name in designs]


def _row(scenario: Scenario, name: str) -> dict[str, Any]:
    honest = _run(scenario, {})
    [total] = honest.of("total")
    messages: dict[str, int] = total.detail["messages"]
    tokens = {row.token for row in honest.of("issue") if row.detail["kind"] == "access_token"}
    return {
        "name": name,
        "round_trips": sum(n for link, n in messages.items() if link.startswith("client >")),
        "messages": sum(messages.values()),
        "tokens": len(tokens),
        "blast_radius": {s.name: blast_radius(scenario, s.name) for s in scenario.servers},
    }


def blast_radius(scenario: Scenario, malicious: str) -> list[str]:
    """The other servers that accepted what a malicious one was given, in the scenario's order."""
    answers = _run(scenario, {"server": malicious}).of("respond")
    fooled = {
        row.detail["server"]
        for row in answers
        if row.actor == malicious and row.detail["status"] < 300
    }
    return [server.name for server in scenario.servers if server.name in fooled]


def _run(scenario: Scenario, malicious: dict[str, str]) -> Trace:
    return simulate(vary(scenario, malicious=malicious), full=False)
