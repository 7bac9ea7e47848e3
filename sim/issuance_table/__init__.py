"""The issuance table: designs that serve several servers from one consent, side by side.

Rule: every figure is read from a run, none is typed in. What a design costs is counted in a run of
the world; what its tokens are good for in wrong hands is tried on a bench (`bench.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sim.certification import undisturbed
from sim.issuance_table.bench import Bench
from sim.issuance_table.keys import keys_shared
from sim.issuance_table.knowledge import claims_learned, linkable_pairs
from sim.issuance_table.thefts import (
    blast_radius,
    blast_radius_by_exchange,
    log_leak,
    raced,
    referer_leak,
)
from sim.issuance_table.wrong_requests import refresh_widens, refused
from sim.scenario import Scenario
from sim.scenario_files import vary
from sim.world.simulation import simulate

__all__ = ["blast_radius", "blast_radius_by_exchange", "issuance", "raced"]


def issuance(scenario: Scenario, designs: Sequence[str]) -> list[dict[str, Any]]:
    """A row for each design.

    Cost until every server was called: `round_trips` (requests that the client sent), `messages`
    (of all), `tokens` (access tokens issued); `serves`: the servers that served the honest client.

    Server → where what it was shown worked for somebody else: `blast_radius` (it turned malicious
    and presents it at the others), `blast_radius_by_exchange` (it has it exchanged first), `raced`
    (a single-use token, used before its honest use), `leaks` by `log` and by `referer`.

    `keys_shared`, `claims_learned`, `linkable`: what servers hold and know. `refused`: a wrong
    request → the error code that it got, None when it was not refused, and no entry where the
    design has no such request; `refresh_widens`: the
    servers that a refresh reached although nobody was asked about them.
    """
    calm = vary(scenario, **undisturbed(scenario), story="consent_then_call_all")
    calm = vary(calm, client__signed_in=False, workload__intentions=1)
    return [_row(vary(calm, issuance=name), name) for name in designs]


def _row(scenario: Scenario, name: str) -> dict[str, Any]:
    servers = [server.name for server in scenario.servers]
    bench = Bench(scenario)
    shown = bench.visit()
    return {
        "name": name,
        **_costs(scenario),
        "serves": [server for server in shown if shown[server].response.status < 300],
        "blast_radius": {server: blast_radius(scenario, server) for server in servers},
        "blast_radius_by_exchange": {s: blast_radius_by_exchange(scenario, s) for s in servers},
        "raced": {server: raced(scenario, server) for server in servers},
        "leaks": {
            "log": {server: log_leak(scenario, server) for server in servers},
            "referer": referer_leak(scenario),
        },
        "keys_shared": keys_shared(bench),
        "claims_learned": claims_learned(bench, shown),
        "linkable": linkable_pairs(bench, shown),
        "refused": refused(scenario),
        "refresh_widens": refresh_widens(scenario),
    }


def _costs(scenario: Scenario) -> dict[str, Any]:
    honest = simulate(scenario, full=False)
    [total] = honest.of("total")
    messages: dict[str, int] = total.detail["messages"]
    tokens = {row.token for row in honest.of("issue") if row.detail["kind"] == "access_token"}
    return {
        "round_trips": sum(n for link, n in messages.items() if link.startswith("client >")),
        "messages": sum(messages.values()),
        "tokens": len(tokens),
    }
