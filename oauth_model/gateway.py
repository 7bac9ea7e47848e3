"""An API gateway in front of a resource server, which makes ordinary tokens good for one use.

Rule: a gateway knows the token as a string and what the server answered, nothing else. So a quota
counts refused calls too, and a revocation comes after the effect.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from oauth_model.credentials import credentials
from oauth_model.errors import OAuthError
from oauth_model.flows import Flow, OneTimeKey, Send, Start, Wait
from oauth_model.jose import sha256_b64url
from oauth_model.messages import RETRY_SOON, Request, Response, form_post
from oauth_model.showing import show_own
from oauth_model.strategies import First, Replay, Strategy, Use

#: Of the AS's answer to a revocation the gateway makes nothing.
PATIENCE_S = 10.0
#: RFC 6585 4; Apigee answers so when a quota is exceeded.
EXCEEDED = Response(429)

Serve = Callable[[Request], Flow[Response]]


class Quota(NamedTuple):
    """One call for each token, counted by a strategy: in this gateway, or in one shared count.

    `clock` gives seconds; a count lasts `interval_s`, which should outlive the tokens.
    """

    serve: Serve
    strategy: Strategy
    clock: Callable[[], float]
    interval_s: float

    def handle(self, request: Request) -> Flow[Response]:
        """Count, then pass on: whatever the server says, the count stands."""
        name = _name(request)
        if name:
            use = Use(OneTimeKey("quota", "", "", name), self.clock() + self.interval_s)
            outcome = yield from show_own(self.strategy, use)
            if isinstance(outcome, Replay):
                return EXCEEDED
            if not isinstance(outcome, First):
                return Response(503, RETRY_SOON)
        return (yield from self.serve(request))


class RevokeAfterUse(NamedTuple):
    """Has the AS revoke each token that got a success, `delay_s` later, and who hears of it.

    `revocation` is the endpoint (RFC 7009) and `headers` authenticate the gateway, which must be
    allowed to revoke what was issued to others.
    """

    serve: Serve
    revocation: str
    headers: tuple[tuple[str, str], ...]
    delay_s: float

    def handle(self, request: Request) -> Flow[Response]:
        """Pass on, and revoke behind the answer's back."""
        response = yield from self.serve(request)
        if 200 <= response.status < 300 and _name(request):
            yield Start(self._revoke(credentials(request).token))
        return response

    def _revoke(self, token: str) -> Flow[None]:
        yield Wait(self.delay_s)
        yield Send("as", form_post(self.revocation, [("token", token)], self.headers), PATIENCE_S)


def _name(request: Request) -> str:
    """A name for the token of a request, "" when it has none that is well-formed."""
    try:
        return sha256_b64url(credentials(request).token)
    except OAuthError:
        return ""
