"""What a resource server was told of revocations (`revocation_events`), and how it listens.

Rule: only its issuer is believed, about tokens for this server. What was told twice is told once,
and forgotten when the token could not be used any more anyway, so memory is bounded by the tokens
that are alive.
"""

from __future__ import annotations

from collections.abc import Callable
from heapq import heappop, heappush

from oauth_model.errors import InvalidToken
from oauth_model.jose import Verified
from oauth_model.messages import Request, Response, json_response
from oauth_model.revocation_events import EVENT_MEDIA_TYPE, RevokedToken, read_event

#: RFC 8935 2.2: heard, and nothing more to say.
HEARD = Response(202)
#: How much longer than the token is acceptable here, in seconds: the replicas' clocks differ.
MARGIN_S = 60.0


class Hearing:
    """The tokens that a server was told are dead; its replicas share one, as they share its ledger.

    `verify` checks a signature under the keys of `issuer` that this server trusts; `audience` is
    its identifier, `leeway_s` what it adds to `exp`.
    """

    def __init__(
        self,
        verify: Callable[[str], Verified],
        issuer: str,
        audience: str,
        leeway_s: float = 0.0,
    ) -> None:
        self._verify = verify
        self._issuer, self._audience = issuer, audience
        self._leeway_s = leeway_s
        self._dead: set[str] = set()
        self._until: list[tuple[float, str]] = []

    def __contains__(self, jti: str) -> bool:
        """Whether the token of this `jti` is known to be revoked."""
        return jti in self._dead

    def __len__(self) -> int:
        """How many tokens are remembered."""
        return len(self._until)

    def told(self, request: Request, now_s: float) -> Response:
        """Answer an event; `now_s` in seconds of the clock of the replica that it reached."""
        if _media_type(request) != EVENT_MEDIA_TYPE:
            return _refusal("the body is no security event token")
        try:
            verified = self._verify(request.body)
            event = read_event(verified, issuer=self._issuer, audience=self._audience)
        except InvalidToken as error:
            return _refusal(error.description)
        self._forget(now_s)
        for token in event.tokens:
            self._remember(token, now_s)
        return HEARD

    def _remember(self, token: RevokedToken, now_s: float) -> None:
        until_s = token.expires_at_s + self._leeway_s + MARGIN_S
        if token.jti not in self._dead and now_s < until_s:
            self._dead.add(token.jti)
            heappush(self._until, (until_s, token.jti))

    def _forget(self, now_s: float) -> None:
        while self._until and self._until[0][0] <= now_s:
            self._dead.discard(heappop(self._until)[1])


def _media_type(request: Request) -> str:
    return (request.header("Content-Type") or "").partition(";")[0].strip().lower()


def _refusal(why: str) -> Response:
    """RFC 8935 2.3, 2.4; of its codes the one that fits whatever is wrong."""
    return json_response(400, {"err": "invalid_request", "description": why})
