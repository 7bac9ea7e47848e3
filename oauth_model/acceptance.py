"""What a token stands for at one replica of a resource server: by reading it, or by asking.

Rule: whatever a token says is checked here once (RFC 9068 4); what depends on time, and on
revocations that the replica heard of, at every use.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from oauth_model.claims import AccessToken, check_lifetime, read_access_token
from oauth_model.errors import InvalidToken
from oauth_model.flows import Flow, OneTimeKey, Send, Unknown
from oauth_model.jose import REMEMBERED, Verified
from oauth_model.messages import Headers, form_post
from oauth_model.retry import Answer
from oauth_model.single_use import SINGLE, one_time_key
from oauth_model.token_formats.base import ACCESS_TOKEN_TYPE

#: The authorization server's party name.
AS = "as"


@dataclass(frozen=True, slots=True)
class Introspection:
    """How a resource server asks about tokens (RFC 7662 2.1).

    `headers` authenticate it. An answer that says active is believed for `cache_s` seconds, and
    never beyond `exp`: for so long a revoked or used token goes on working here (RFC 7662 4).
    """

    endpoint: str
    headers: Headers
    cache_s: float = 0.0
    timeout_s: float = 1.0


class Known(NamedTuple):
    """A token whose lasting checks passed, and the key of its one use if it has only one."""

    token: AccessToken
    key: OneTimeKey | None


class Unavailable(Exception):
    """The authorization server did not answer: the token may be good or not."""


class Acceptance:
    """One replica's view of tokens; `clock` gives the seconds of its own clock.

    `read` gives what a token says; without `introspection` that is all there is. `one_use_per` as
    in `single_use.ONE_USE_PER`.
    """

    def __init__(
        self,
        issuer: str,
        identifier: str,
        read: Callable[[str], Verified],
        clock: Callable[[], float],
        *,
        leeway_s: float = 0.0,
        use_aware: bool = True,
        one_use_per: str = "server",
        introspection: Introspection | None = None,
    ) -> None:
        self._issuer, self._identifier = issuer, identifier
        self._read, self._clock = read, clock
        self._leeway_s = leeway_s
        self._use_aware = use_aware
        self._context = identifier if one_use_per == "server" else ""
        self._introspection = introspection
        self._answers: dict[str, tuple[Known, float]] = {}
        self._revoked: set[str] = set()
        self._known = lru_cache(maxsize=REMEMBERED)(self._read_token)

    def accept(self, text: str) -> Flow[Known]:
        """What a token stands for, good now; raises InvalidToken (RFC 6750 3.1), Unavailable."""
        if self._introspection is None:
            known = self._known(text)
        else:
            known = yield from self._asked(text, self._introspection)
        self.check_now(known.token)
        return known

    def check_now(self, token: AccessToken) -> None:
        """Neither expired nor revoked as far as this replica knows; raises InvalidToken."""
        check_lifetime(token, now_s=self._clock(), leeway_s=self._leeway_s)
        if token.jti in self._revoked:
            raise InvalidToken("the token was revoked")

    def revoke(self, jti: str) -> None:
        """Believe from now on that the token of this `jti` was revoked."""
        self._revoked.add(jti)

    def _read_token(self, text: str) -> Known:
        return self._check(self._read(text))

    def _check(self, verified: Verified) -> Known:
        token = read_access_token(verified, issuer=self._issuer, audience=self._identifier)
        if not (self._use_aware and token.use):
            return Known(token, None)
        if token.use != SINGLE:  # to take a limit for none would widen what was issued
            raise InvalidToken("the use of the token is not understood")
        return Known(token, one_time_key(token.issuer, self._context, token.jti))

    def _asked(self, text: str, by: Introspection) -> Flow[Known]:
        """What the AS says of a token, or said a moment ago."""
        known, until_s = self._answers.get(text, (None, 0.0))
        if known is not None and self._clock() < until_s:
            return known
        request = form_post(by.endpoint, [("token", text)], by.headers)
        answer: Answer = yield Send(AS, request, by.timeout_s)
        known = self._check(Verified({"typ": ACCESS_TOKEN_TYPE}, self._active(answer)))
        if by.cache_s:
            until_s = min(self._clock() + by.cache_s, known.token.expires_at_s)
            self._answers[text] = (known, until_s)
        return known

    def _active(self, answer: Answer) -> dict[str, object]:
        if isinstance(answer, Unknown) or answer.status != 200:
            raise Unavailable
        members = answer.json()
        if members.get("active") is not True:
            raise InvalidToken("the token is not active")
        return members
