"""Where else what somebody saw works: attackers on the bench, each before a fresh set of parties.

Rule: they are the world's attackers (`sim.world.attackers`); a place counts when it answered them
with success.
"""

from __future__ import annotations

from oauth_model.acceptance import AS
from oauth_model.flows import Flow, Send
from oauth_model.messages import Request, Response, form_post, with_query
from sim.issuance_table import references
from sim.issuance_table.bench import Bench, party_of
from sim.parties import credentials
from sim.scenario import Scenario
from sim.scenario_files import vary
from sim.world.attackers import PATIENCE_S, bearer, elsewhere, exchange, replay

#: The two pages whose addresses a browser tells to whoever serves a picture on them.
REDIRECT_PAGE, RESOURCE_PAGE = "redirect page", "resource page"


def blast_radius(scenario: Scenario, malicious: str) -> list[str]:
    """The other servers that accepted what a malicious one was given, in the scenario's order."""
    bench = Bench(scenario, malicious)
    shown = bench.visit().get(malicious)
    return _works(bench, shown.request, but=malicious) if shown else []


def blast_radius_by_exchange(scenario: Scenario, malicious: str) -> list[str]:
    """The same for what the AS gave the malicious server in exchange (RFC 8693).

    The AS allows it to whoever is in the audience of a token; all servers are its clients.
    """
    bench = Bench(vary(scenario, authorization_server__exchange_by="audience"), malicious)
    shown = bench.visit().get(malicious)
    if not shown:
        return []
    own = next(each for each in bench.resources if each.name == malicious)
    token, asker = bearer(shown.request), credentials(own)
    return [
        name
        for name, target in bench.targets.items()
        if name != malicious and worked(bench.run(exchange(target, token, asker)))
    ]


def raced(scenario: Scenario, malicious: str) -> list[str]:
    """Where a single-use token worked for the malicious server before its honest use.

    The client asks for one token for as many servers as its design allows, and shows it to the
    malicious one first, which does not use it up.
    """
    bench = Bench(vary(scenario, single_use__audiences="several"), malicious)
    client, targets = bench.client, bench.targets
    bench.run(client.authorize(list(targets)))
    if bench.run(client.obtain(malicious)).kind != "served":
        return []
    together = bench.design.good_for(targets[malicious], tuple(targets.values()))
    scope = " ".join(targets[name].scope for name in together)
    if bench.run(client.single_use(malicious, scope)).kind != "served":
        return []
    shown = bench.present(malicious)
    return _works(bench, shown.request, but=malicious) if shown else []


def log_leak(scenario: Scenario, server: str) -> list[str]:
    """Where what stands in one server's log works after its honest use, that server included."""
    bench = Bench(scenario)
    shown = bench.visit().get(server)
    if not shown:
        return []
    again = bench.run(replay(party_of(bench.targets[server]), shown.request))
    works = {server} if worked(again) else set()
    works.update(_works(bench, shown.request, but=server))
    return [name for name in bench.targets if name in works]


def referer_leak(scenario: Scenario) -> dict[str, list[str]]:
    """Page → where what its address gives away works.

    Of the client's redirect page: code and state (RFC 9700 4.2.4), redeemed without the client's
    credentials and verifier, and slipped into a session of the thief's own at the client (4.5);
    of GNAP, the interaction reference in the same ways (`references`).
    Of a server's page: the token, if the server takes one in the query (RFC 6750 2.3).
    """
    bench = Bench(scenario)
    in_urls = [n for n in bench.visit() if worked(bench.run(in_the_query(bench, n)))]
    return {REDIRECT_PAGE: _with_the_code(scenario), RESOURCE_PAGE: in_urls}


def _with_the_code(scenario: Scenario) -> list[str]:
    found = set()
    for server in Bench(scenario).targets:
        for attempt in (_redeem_alone, _inject):
            found.update(attempt(Bench(scenario), server))
    for answered in (references.alone, references.injected):
        bench = Bench(scenario)
        for token in references.tokens_of(answered(bench)):
            found.update(_works(bench, _bearing(token)))
    return [name for name in Bench(scenario).targets if name in found]


def _redeem_alone(bench: Bench, server: str) -> list[str]:
    """The thief at the token endpoint, with all that the address says."""
    client = bench.client
    bench.run(client.authorize(list(bench.targets)))
    if client.pending is None:
        return []
    pairs = client.redemption(bench.design.ask_token(bench.targets[server]))
    known = [(name, value) for name, value in pairs if name != "code_verifier"]
    known.append(("client_id", client.config.client_id))
    answer = bench.ask(AS, form_post(f"{client.config.issuer}/token", known))
    token = answer.json().get("access_token")
    if not token:
        return []
    return _works(bench, _bearing(token))


def _bearing(token: str) -> Request:
    return Request("", "", (("Authorization", f"Bearer {token}"),))


def _inject(bench: Bench, server: str) -> list[str]:
    """The honest client redeems the stolen code in a session that the thief began."""
    client, names = bench.client, list(bench.targets)
    bench.run(client.authorize(names))
    stolen = client.pending
    bench.run(client.authorize(names))
    if stolen is None or client.pending is None:
        return []
    client.pending = client.pending._replace(code=stolen.code)
    if bench.run(client.obtain(server)).kind != "served":
        return []
    shown = bench.present(server)
    return _works(bench, shown.request) if shown else []


def in_the_query(bench: Bench, name: str) -> Flow[Response]:
    """The client's token as `access_token` in the URL of a call (RFC 6750 2.3)."""
    target = bench.targets[name]
    bare = elsewhere(Request("", ""), target)
    token = bench.client.wallet.token(name)
    url = with_query(bare.url, [("access_token", token)])
    answer: Response = yield Send(party_of(target), bare._replace(url=url), PATIENCE_S)
    return answer


def _works(bench: Bench, request: Request, but: str = "") -> list[str]:
    """Where the credentials of a request are accepted, one server left out."""
    return [
        name
        for name, target in bench.targets.items()
        if name != but and worked(bench.run(replay(party_of(target), elsewhere(request, target))))
    ]


def worked(answer: object) -> bool:
    """Whether an attacker was answered with success."""
    return isinstance(answer, Response) and answer.status < 300
