"""Many audiences: what a malicious resource server gets out of the token that it is given."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any, NamedTuple

from oauth_model.identities import SUBJECT_TYPES
from oauth_model.issuance import DESIGNS
from oauth_model.token_formats import FORMATS
from sim.issuance_table import blast_radius
from sim.issuance_table.bench import Bench
from sim.issuance_table.keys import keys_shared
from sim.issuance_table.knowledge import linkable_pairs
from sim.lab.controls import also, changed, choice
from sim.lab.panel import Panel, Shown
from sim.lab.words import elsewhere, told
from sim.scenario import Scenario
from sim.trace import Row, Trace
from sim.views.scene import picture
from sim.views.tables import html_table
from sim.views.words import counted
from sim.world.simulation import simulate

NOBODY = "nobody"
#: A control that leaves what the scenario says.
AS_IT_IS = "as each server wants"
ENCRYPTED = {"to each server": True, "no": False}
#: Formats whose library is there: the one for SAML is an extra.
OFFERED = [name for name in FORMATS if name != "saml" or find_spec("signxml")]


class Findings(NamedTuple):
    """Server → where else what it was given works, and how many tokens its private key gives away;

    the pairs of servers that can tell that their users are one.
    """

    radius: dict[str, list[str]]
    read: dict[str, int]
    linked: list[list[str]]


class AudiencePanel(Panel):
    """One consent for all servers of a scenario, by one issuance design, one server malicious."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        servers = [NOBODY, *(server.name for server in scenario.servers)]
        malicious = scenario.malicious.server or NOBODY
        controls = {
            "design": choice("issuance design", list(DESIGNS), scenario.issuance),
            "malicious": choice("malicious server", servers, malicious),
            "token_format": choice("token format", [AS_IT_IS, *OFFERED], AS_IT_IS),
            "encrypted": choice("tokens encrypted", [AS_IT_IS, *ENCRYPTED], AS_IT_IS),
            "subject_type": choice("user known by", [AS_IT_IS, *SUBJECT_TYPES], AS_IT_IS),
            "also": also(),
        }
        super().__init__(controls)

    def look(self, **values: Any) -> Shown:
        """One run for the picture and the cost; for each server's token, thieves who try it."""
        malicious = values["malicious"]
        scenario = changed(self.scenario, self.fields(**values), values["also"])
        trace, found = simulate(scenario), findings(scenario)
        cost = f"{cost_of(trace)}. {served(trace, scenario)}"
        reach = [f"seen by {server}: works {elsewhere(w)}" for server, w in found.radius.items()]
        sentence = f"{cost}. {said(malicious, found.radius)}"
        details = given_html(trace, found) + f"<p>{linked(found)}</p>"
        return Shown(sentence, "; ".join([cost, *reach]), picture(trace), details)

    def fields(self, **values: Any) -> dict[str, Any]:
        """The fields of the scenario that the controls stand for."""
        malicious, encrypted = values["malicious"], values["encrypted"]
        wanted = {
            "token_format": values["token_format"],
            "encrypted": ENCRYPTED.get(encrypted, encrypted),
            "subject_type": values["subject_type"],
        }
        return {
            "issuance": values["design"],
            "malicious.server": None if malicious == NOBODY else malicious,
        } | {
            f"servers.{server.name}.{name}": value
            for server in self.scenario.servers
            for name, value in wanted.items()
            if value != AS_IT_IS
        }


def findings(scenario: Scenario) -> Findings:
    """What thieves, leaked keys and servers that compare notes come to."""
    bench = Bench(scenario)
    shown = bench.visit()
    return Findings(
        {each.name: blast_radius(scenario, each.name) for each in scenario.servers},
        keys_shared(bench)["read_with_leaked_key"],
        linkable_pairs(bench, shown),
    )


def linked(found: Findings) -> str:
    """Who can tell that users are one."""
    pairs = "; ".join(told(pair) for pair in found.linked)
    return f"Servers that can tell that their users are one: {pairs or 'none'}."


def cost_of(trace: Trace) -> str:
    """What the client was given, and how often it asked: "1 access token, 5 requests ..."."""
    clients = {node.name for node in trace.header.nodes if node.role == "client"}
    requests = sum(row.node in clients for row in trace.of("send"))
    tokens = counted(len(issued(trace, "client")), "access token")
    return f"{tokens}, {counted(requests, 'request')} by the client"


def issued(trace: Trace, actor: str = "") -> dict[str, Row]:
    """The access tokens by reference, as they were issued; those for one actor, or all."""
    return {
        row.token: row
        for row in trace.of("issue")
        if row.detail["kind"] == "access_token" and actor in ("", row.actor)
    }


def answers(trace: Trace) -> dict[str, Row]:
    """Server → its last answer to the honest client."""
    rows = trace.of("respond")
    return {row.detail["server"]: row for row in rows if row.actor == "client"}


def served(trace: Trace, scenario: Scenario) -> str:
    """Which servers took the client's token: not every token suits every server."""
    last = answers(trace)
    names = [server.name for server in scenario.servers]
    good = [name for name in names if name in last and last[name].detail["status"] < 300]
    whom = "all" if good == names else told(good) or "none"
    return f"Served by {whom}"


def said(malicious: str, radius: dict[str, list[str]]) -> str:
    """What the malicious server got."""
    if malicious == NOBODY:
        return "Nobody tries a token where it was not meant to go."
    return f"The token that {malicious} was given works {elsewhere(radius[malicious])}."


def given_html(trace: Trace, found: Findings) -> str:
    """Which token each server saw, for whom and about whom it is, and what else comes of it."""
    tokens, rows = issued(trace), []
    own = len(issued(trace, "client"))
    for server, answer in answers(trace).items():
        if server in found.radius and answer.token in tokens:
            claims = tokens[answer.token].detail["claims"]
            audience = claims["aud"]
            listed = audience if isinstance(audience, str) else ", ".join(audience)
            seen = [answer.token, listed, claims["sub"], claims["scope"]]
            read = f"{found.read[server]} of {own}"
            works = elsewhere(found.radius[server])
            rows.append([server, *seen, f"{answer.detail['status']}", works, read])
    headers = ["server", "token", "aud", "sub", "scope", "answer", "works", "its key reads"]
    return html_table(headers, rows, "What each server was given")
