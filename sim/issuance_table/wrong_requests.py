"""Wrong requests: what the authorization server says when it is asked for more than there is.

Rule: each is the design's own request with one thing wrong, after a consent to the first server
only. Where the wrong thing cannot be said in a design's requests, nothing is asked.
"""

from __future__ import annotations

from collections.abc import Callable

from oauth_model.acceptance import AS
from oauth_model.client import Client
from oauth_model.client_requests import authorization_pairs, authorization_request, post_to
from oauth_model.issuance import Target
from oauth_model.issuance.base import split
from oauth_model.messages import Request, Response
from oauth_model.parameters import Pairs
from sim.issuance_table.bench import Bench
from sim.issuance_table.thefts import in_the_query, worked
from sim.scenario import Scenario
from sim.world.recorder import error_code

NOWHERE, NONSENSE = "https://nowhere.example.com", "nonsense"
#: What a wrong request is answered; None for a design that has no such request.
Wrong = Callable[[Bench], Response | None]


def refused(scenario: Scenario) -> dict[str, str | None]:
    """Wrong request → error code, None when it was answered as if nothing were wrong with it."""
    answers = {name: wrong(Bench(scenario)) for name, wrong in WRONG.items()}
    return {name: said(answer) for name, answer in answers.items() if answer is not None}


def refresh_widens(scenario: Scenario) -> list[str]:
    """The servers that the client reached by refresh, when the consent was for the first only."""
    bench = Bench(scenario)
    first, *others = bench.targets
    bench.visit([first])
    reached = []
    for name in others:
        answer = bench.run(bench.client.obtain(name)).response
        token = answer.json().get("access_token") if answer else None
        flow = bench.client.present(name, bench.targets[name].operation, "", token or "")
        if token and worked(bench.run(flow)):
            reached.append(name)
    return reached


def said(response: Response) -> str | None:
    """The error code of an answer, in whichever place it has one; the bare status without."""
    if response.status == 302:
        reply = dict(Request("GET", response.header("Location") or "").query())
        return reply.get("error")
    if response.status < 300:
        return None
    return error_code(response) or str(response.status)


def _ends(bench: Bench) -> tuple[Target, Target]:
    """The first server, and the last."""
    targets = tuple(bench.targets.values())
    return targets[0], targets[-1]


def _consent(bench: Bench, target: Target) -> Response | None:
    client, design = bench.client, bench.design
    if type(client).authorize is not Client.authorize:  # it asks in a protocol of its own
        return None
    asked = design.ask_consent((target,))
    if asked == design.ask_consent(_ends(bench)[:1]):
        return None
    pairs = authorization_pairs(client.party, design.response_type, "state", "verifier", asked)
    return bench.ask(AS, authorization_request(client.party, pairs))


def _consent_to_an_unknown_scope(bench: Bench) -> Response | None:
    return _consent(bench, _ends(bench)[0]._replace(scope=NONSENSE))


def _consent_to_an_unknown_server(bench: Bench) -> Response | None:
    return _consent(bench, _ends(bench)[0]._replace(identifier=NOWHERE))


def _refresh(bench: Bench, asked: Pairs) -> Response | None:
    client, first = bench.client, _ends(bench)[0]
    if asked == bench.design.ask_token(first):
        return None
    bench.visit([first.name])
    if not client.wallet.refresh_token:
        return None
    return bench.ask(AS, post_to(client.party, "/token", [*client.refresh(), *asked]))


def _refresh_for_an_unknown_scope(bench: Bench) -> Response | None:
    return _refresh(bench, [("scope", NONSENSE)])


def _refresh_for_a_scope_not_granted(bench: Bench) -> Response | None:
    first, last = _ends(bench)
    granted = set(split(last.scope)) <= set(split(first.scope))
    return None if granted else _refresh(bench, [("scope", last.scope)])


def _refresh_for_a_server_not_granted(bench: Bench) -> Response | None:
    return _refresh(bench, bench.design.ask_token(_ends(bench)[1]))


def _refresh_for_an_unknown_server(bench: Bench) -> Response | None:
    return _refresh(bench, bench.design.ask_token(_ends(bench)[0]._replace(identifier=NOWHERE)))


def _redeem(bench: Bench, change: dict[str, str], times: int = 1) -> Response | None:
    client, first = bench.client, _ends(bench)[0]
    bench.run(client.authorize([first.name]))
    if client.pending is None:
        return None
    pairs = dict(client.redemption(bench.design.ask_token(first))) | change
    request = post_to(client.party, "/token", list(pairs.items()))
    return [bench.ask(AS, request) for _ in range(times)][-1]


def _code_twice(bench: Bench) -> Response | None:
    return _redeem(bench, {}, times=2)


def _code_with_another_verifier(bench: Bench) -> Response | None:
    return _redeem(bench, {"code_verifier": "v" * 43})


def _token_in_the_query(bench: Bench) -> Response | None:
    bench.visit()
    held = [name for name in bench.targets if bench.client.wallet.token(name)]
    response: Response | None = bench.run(in_the_query(bench, held[0])) if held else None
    return response


WRONG: dict[str, Wrong] = {
    "consent to an unknown scope": _consent_to_an_unknown_scope,
    "consent to an unknown server": _consent_to_an_unknown_server,
    "refresh for an unknown scope": _refresh_for_an_unknown_scope,
    "refresh for a scope not granted": _refresh_for_a_scope_not_granted,
    "refresh for a server not granted": _refresh_for_a_server_not_granted,
    "refresh for an unknown server": _refresh_for_an_unknown_server,
    "code redeemed twice": _code_twice,
    "code with another verifier": _code_with_another_verifier,
    "token in the query of a URL": _token_in_the_query,
}
