"""What the suites do: use a thing once, wait, use it again.

Rule: a flow of an honest client; it reads answers and nothing else. What was refused is tried again
at each replica, for one that remembers is no proof that the others do.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from oauth_model.at_once import at_once
from oauth_model.client import Client
from oauth_model.client_requests import (
    authorization_pairs,
    authorization_request,
    call_request,
    post_to,
)
from oauth_model.flows import Flow, Send, Wait
from oauth_model.issuance import DESIGNS, Design, Target
from oauth_model.jose import sha256_b64url
from oauth_model.messages import Request, Response
from oauth_model.parameters import Pairs
from oauth_model.provers import Prover
from oauth_model.retry import Answer, CallResult, conclude

#: How far off the clock of a proof is set (FAPI 2.0 DPoP negative tests), in seconds.
HOUR_S = 3600.0
#: How long a call may take that is no part of the client's policy, in seconds.
PATIENCE_S = 10.0


class Tester(NamedTuple):
    """Who tests: a client of the scenario's; `prover(off_s)` proves with a clock that is off.

    `tries`: how often a second use is tried.
    """

    client: Client
    prover: Callable[[float], Prover]
    tries: int

    @property
    def target(self) -> Target:
        """The first server, where everything is tried."""
        return self.client.config.targets[0]

    @property
    def design(self) -> Design:
        """The way in which tokens for it are asked for."""
        return DESIGNS[self.client.config.design]

    @property
    def asked(self) -> Pairs:
        """What a token request says to get one."""
        return self.design.ask_token(self.target)


class Seen(NamedTuple):
    """What became of it; None for what was not tried, because the first use did not come so far.

    `accepted`: whether a second use was; `alive`: whether what the first one brought still works
    afterwards. `replaced`: whether there was a successor of what was used again.
    """

    accepted: bool | None = None
    alive: bool | None = None
    replaced: bool = True


NOTHING = Seen()
Try = Callable[[Tester], Flow[Seen]]


def code_again(after_s: float) -> Try:
    """Redeem a code, wait, redeem it again; then call a server with the token of the first time."""

    def flow(tester: Tester) -> Flow[Seen]:
        client = tester.client
        redemption = yield from _redemption(tester)
        token = _token((yield from client.ask_token(redemption))) if redemption else ""
        if not token:
            return NOTHING
        yield Wait(after_s)
        accepted = yield from _any(tester, lambda: client.ask_token(redemption))
        return Seen(accepted, _good((yield from _call(tester, token))))

    return flow


def code_at_once(tester: Tester) -> Flow[Seen]:
    """Two requests with one code, neither of which waits for the other; alive if one was good."""
    redemption = yield from _redemption(tester)
    if not redemption:
        return NOTHING

    def redeem() -> Flow[CallResult]:
        return conclude((yield from tester.client.ask_token(redemption)), 1)

    results = yield from at_once([redeem(), redeem()])
    served = [result.kind for result in results].count("served")
    return Seen(served == 2, alive=served > 0)


def refresh_token_again(after_s: float) -> Try:
    """Refresh, wait, refresh with the refresh token of before; then with its successor."""

    def flow(tester: Tester) -> Flow[Seen]:
        client = tester.client
        redemption = yield from _redemption(tester)
        if not redemption:
            return NOTHING
        yield from client.ask_token(redemption)
        before = [*client.refresh(), *tester.asked]
        if not _good((yield from client.ask_token(before))):
            return NOTHING
        successor = [*client.refresh(), *tester.asked]
        yield Wait(after_s)
        again = yield from client.ask_token(before)
        alive = yield from client.ask_token(successor)
        return Seen(_good(again), _good(alive), replaced=successor != before)

    return flow


def proof_again(tester: Tester) -> Flow[Seen]:
    """The same request twice, with the same proof (RFC 9449 11.1)."""
    token = yield from _signed_in(tester)
    request = tester.client.prover.prove(_request(tester, token), token)
    if not token or not _good((yield from _send(tester, request))):
        return NOTHING
    return Seen((yield from _any(tester, lambda: _send(tester, request))))


def proof_off(tester: Tester) -> Flow[Seen]:
    """A proof that is an hour old, and one from an hour ahead."""
    token = yield from _signed_in(tester)
    if not token or not _good((yield from _call(tester, token))):
        return NOTHING
    accepted = False
    for off_s in (-HOUR_S, HOUR_S):
        request = tester.prover(off_s).prove(_request(tester, token), token)
        accepted = _good((yield from _send(tester, request))) or accepted
    return Seen(accepted)


def request_uri_again(tester: Tester) -> Flow[Seen]:
    """Come with a pushed request until it brought a code, and once more (RFC 9126 7.3)."""
    client, design = tester.client, tester.design
    state, verifier = client.new_id("state"), sha256_b64url(client.new_id("verifier"))
    asked = design.ask_consent([tester.target])
    pairs = authorization_pairs(client.party, design.response_type, state, verifier, asked)
    pushed = yield from client.ask(post_to(client.party, "/par", pairs))
    uri = _members(pushed).get("request_uri")
    if not uri:
        return NOTHING
    named = [("client_id", client.config.client_id), ("request_uri", uri)]

    def visit() -> Flow[Answer]:
        answer: Answer = yield client.once(authorization_request(client.party, named))
        return answer

    if not _has_code((yield from visit())):
        return NOTHING
    accepted = False
    for _ in range(tester.tries):
        accepted = _has_code((yield from visit())) or accepted
    return Seen(accepted)


def _redemption(tester: Tester) -> Flow[Pairs]:
    """The parameters that redeem a fresh code; empty when none was given."""
    yield from tester.client.authorize([tester.target.name])
    return tester.client.redemption(tester.asked) if tester.client.pending else []


def _signed_in(tester: Tester) -> Flow[str]:
    """An access token for the first server, "" when there was none."""
    redemption = yield from _redemption(tester)
    return _token((yield from tester.client.ask_token(redemption))) if redemption else ""


def _any(tester: Tester, attempt: Callable[[], Flow[Answer]]) -> Flow[bool]:
    """Whether any of several tries was accepted."""
    accepted = False
    for _ in range(tester.tries):
        accepted = _good((yield from attempt())) or accepted
    return accepted


def _request(tester: Tester, token: str) -> Request:
    target, scheme = tester.target, tester.client.prover.scheme
    return call_request(target, target.operation, target.body, f"{scheme} {token}", ())


def _call(tester: Tester, token: str) -> Flow[Answer]:
    """Call the first server with a fresh proof."""
    return _send(tester, tester.client.prover.prove(_request(tester, token), token))


def _send(tester: Tester, request: Request) -> Flow[Answer]:
    answer: Answer = yield Send(tester.target.party or tester.target.name, request, PATIENCE_S)
    return answer


def _good(answer: object) -> bool:
    return isinstance(answer, Response) and answer.status < 300


def _members(answer: Answer) -> dict[str, str]:
    return answer.json() if isinstance(answer, Response) else {}


def _token(answer: Answer) -> str:
    return _members(answer).get("access_token", "")


def _has_code(answer: Answer) -> bool:
    location = answer.header("Location") if isinstance(answer, Response) else ""
    return any(name == "code" for name, _ in Request("GET", location or "").query())
