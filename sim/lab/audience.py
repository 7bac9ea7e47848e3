"""Many audiences: what a malicious resource server gets out of the token that it is given."""

from __future__ import annotations

from typing import Any

from oauth_model.issuance import DESIGNS
from sim.issuance_table import issuance
from sim.lab.controls import also, changed, choice
from sim.lab.panel import Panel, Shown
from sim.lab.words import elsewhere
from sim.scenario import Scenario
from sim.trace import Trace
from sim.views.scene import picture
from sim.views.tables import html_table
from sim.views.words import counted
from sim.world.simulation import simulate

NOBODY = "nobody"


class AudiencePanel(Panel):
    """One consent for all servers of a scenario, by one issuance design, one server malicious."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        servers = [server.name for server in scenario.servers]
        controls = {
            "design": choice("issuance design", list(DESIGNS), scenario.issuance),
            "malicious": choice(
                "malicious server", [NOBODY, *servers], scenario.malicious.server or NOBODY
            ),
            "also": also(),
        }
        super().__init__(controls)

    def look(self, **values: Any) -> Shown:
        """One run for the picture; the issuance table's own runs for the numbers."""
        malicious = values["malicious"]
        fields = {
            "issuance": values["design"],
            "malicious.server": None if malicious == NOBODY else malicious,
        }
        scenario = changed(self.scenario, fields, values["also"])
        [row] = issuance(scenario, [scenario.issuance])
        trace = simulate(scenario)
        tokens = counted(row["tokens"], "access token")
        cost = f"{tokens}, {counted(row['round_trips'], 'request')} by the client"
        radius: dict[str, list[str]] = row["blast_radius"]
        reach = [f"seen by {server}: works {elsewhere(found)}" for server, found in radius.items()]
        sentence = f"{cost}. {said(malicious, radius)}"
        return Shown(
            sentence, "; ".join([cost, *reach]), picture(trace), tokens_html(trace, radius)
        )


def said(malicious: str, radius: dict[str, list[str]]) -> str:
    """What the malicious server got."""
    if malicious == NOBODY:
        return "Nobody tries a token where it was not meant to go."
    return f"The token that {malicious} was given works {elsewhere(radius[malicious])}."


def tokens_html(trace: Trace, radius: dict[str, list[str]]) -> str:
    """Which token each server saw from the client, for whom it was, and where else it works."""
    issued = {row.token: row.detail["claims"] for row in trace.of("issue")}
    rows = []
    for row in trace.of("respond"):
        if row.actor == "client" and row.token in issued:
            server, claims = row.detail["server"], issued[row.token]
            audience = claims["aud"]
            listed = audience if isinstance(audience, str) else ", ".join(audience)
            rows.append([server, row.token, listed, claims["scope"], elsewhere(radius[server])])
    headers = ["server", "token", "aud", "scope", "works"]
    return html_table(headers, rows, "What each server was given")
