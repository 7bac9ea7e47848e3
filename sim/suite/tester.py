"""The client that a suite tests with, what it sees, and what it does to get so far.

Rule: an honest client of the scenario's own; it reads answers and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from oauth_model.at_once import at_once
from oauth_model.client import Client
from oauth_model.client_requests import call_request
from oauth_model.flows import Flow, Send
from oauth_model.issuance import DESIGNS, Design, Target
from oauth_model.messages import Request, Response
from oauth_model.parameters import Pairs
from oauth_model.provers import Prover
from oauth_model.retry import Answer, CallResult, conclude

#: How long a call of a server may take, in seconds.
PATIENCE_S = 10.0


class Tester(NamedTuple):
    """Who tests: a client of the scenario's; `prover(off_s)` proves with a clock that is off.

    `attend(there)`: whether the resource owner, when asked, is there to grant anything. `tries`:
    how often a second use is tried.
    """

    client: Client
    prover: Callable[[float], Prover]
    attend: Callable[[bool], None]
    tries: int

    @property
    def target(self) -> Target:
        """The first server, where everything is tried."""
        return self.client.config.targets[0]

    @property
    def design(self) -> Design:
        """The way in which tokens for it are asked for."""
        return DESIGNS[self.client.config.design]

    def redemption(self) -> Flow[Pairs]:
        """The parameters that redeem a fresh code; empty when none was given."""
        yield from self.client.authorize([self.target.name])
        asked = self.design.ask_token(self.target)
        return self.client.redemption(asked) if self.client.pending else []

    def sign_in(self) -> Flow[str]:
        """An access token for the server, "" when there was none; a refresh token may be kept."""
        pairs = yield from self.redemption()
        return token_in((yield from self.client.ask_token(pairs))) if pairs else ""

    def refresh(self) -> Pairs:
        """The parameters of a refresh request with the refresh token that is kept now."""
        return [*self.client.refresh(), *self.design.ask_token(self.target)]

    def request(self, token: str, prover: Prover | None = None) -> Request:
        """A call of the server, with a fresh proof."""
        prover, target = prover or self.client.prover, self.target
        authorization = f"{prover.scheme} {token}"
        call = call_request(target, target.operation, target.body, authorization, ())
        return prover.prove(call, token)

    def send(self, request: Request) -> Flow[Answer]:
        """The server's answer."""
        answer: Answer = yield Send(self.target.party or self.target.name, request, PATIENCE_S)
        return answer

    def any_good(self, attempt: Callable[[], Flow[Answer]]) -> Flow[bool]:
        """Whether any of several tries was accepted."""
        accepted = False
        for _ in range(self.tries):
            accepted = good((yield from attempt())) or accepted
        return accepted


class Seen(NamedTuple):
    """What became of it; None for what was not tried, because the first use did not come so far.

    `accepted`: whether a second use was; `alive`: whether what the first one brought still works
    afterwards. `replaced`: whether there was a successor of what was used again.
    """

    accepted: bool | None = None
    alive: bool | None = None
    replaced: bool = True


NOTHING = Seen()
#: What a test does.
Try = Callable[[Tester], Flow[Seen]]


def both(attempt: Callable[[], Flow[Answer]]) -> Flow[Seen]:
    """Two attempts that do not wait for each other; alive when one was good."""

    def one() -> Flow[CallResult]:
        return conclude((yield from attempt()), 1)

    results = yield from at_once([one(), one()])
    served = [result.kind for result in results].count("served")
    return Seen(served == 2, alive=served > 0)


def good(answer: Answer) -> bool:
    """Whether it is a success."""
    return isinstance(answer, Response) and answer.status < 300


def members(answer: Answer) -> dict[str, Any]:
    """The members of a JSON answer, none of any other."""
    return answer.json() if isinstance(answer, Response) else {}


def token_in(answer: Answer) -> str:
    """The access token in a token response, or ""."""
    return str(members(answer).get("access_token", ""))


def has_code(answer: Answer) -> bool:
    """Whether an authorization response brings a code."""
    location = answer.header("Location") if isinstance(answer, Response) else ""
    return any(name == "code" for name, _ in Request("GET", location or "").query())
