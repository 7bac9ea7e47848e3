"""What a token stands for at one replica of a resource server: by reading it, or by asking.

Rule: whatever a token says is checked here once (RFC 9068 4); what depends on time, and on
revocations that the server was told of, at every use.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

from oauth_model.claims import AccessToken, check_lifetime, read_access_token
from oauth_model.errors import InvalidToken
from oauth_model.flows import Flow, OneTimeKey, Send, Unknown
from oauth_model.hearing import Hearing
from oauth_model.jose import REMEMBERED, Verified
from oauth_model.messages import form_post
from oauth_model.resource_answers import Unavailable
from oauth_model.resource_config import Introspection, ResourceServerConfig
from oauth_model.retry import Answer
from oauth_model.single_use import SINGLE, one_time_key
from oauth_model.token_formats.base import ACCESS_TOKEN_TYPE

__all__ = ["AS", "Acceptance", "Introspection", "Known"]

#: The authorization server's party name.
AS = "as"


class Known(NamedTuple):
    """A token whose lasting checks passed, and the key of its one use if that is counted here."""

    token: AccessToken
    key: OneTimeKey | None


class Acceptance:
    """One replica's view of tokens; `clock` gives the seconds of its own clock.

    `read` gives what a token says; a server that introspects does not use it. `hearing` knows which
    tokens were revoked, None nothing.
    """

    def __init__(
        self,
        config: ResourceServerConfig,
        read: Callable[[str], Verified],
        clock: Callable[[], float],
        hearing: Hearing | None = None,
    ) -> None:
        self._config, self._clock, self._hearing = config, clock, hearing
        self._answers: dict[str, tuple[Known, float]] = {}  #: the oldest first
        self._known = lru_cache(maxsize=REMEMBERED)(lambda text: _known(config, read(text)))

    def read(self, text: str) -> Known | None:
        """What a token stands for, good now, as far as can be told without asking; None: ask.

        Raises InvalidToken (RFC 6750 3.1).
        """
        known = self._known(text) if self._config.introspection is None else self._believed(text)
        if known is not None:
            self.check_now(known.token)
        return known

    def ask(self, text: str) -> Flow[Known]:
        """What the AS says now that a token stands for; raises InvalidToken, Unavailable."""
        by = self._config.introspection
        assert by is not None, "a server that reads tokens asks nobody"
        request = form_post(by.endpoint, [("token", text)], by.headers)
        answer: Answer = yield Send(AS, request, by.timeout_s)
        if isinstance(answer, Unknown) or answer.status != 200:
            raise Unavailable
        members = answer.json()
        if members.get("active") is not True:
            raise InvalidToken("the token is not active")
        known = _known(self._config, Verified({"typ": ACCESS_TOKEN_TYPE}, members))
        self._believe(text, known, by.cache_s)
        self.check_now(known.token)
        return known

    def check_now(self, token: AccessToken) -> None:
        """Neither expired nor revoked as far as this replica knows; raises InvalidToken."""
        check_lifetime(token, now_s=self._clock(), leeway_s=self._config.leeway_s)
        if self._hearing is not None and token.jti in self._hearing:
            raise InvalidToken("the token was revoked")

    def _believed(self, text: str) -> Known | None:
        """What the AS said a moment ago."""
        known, until_s = self._answers.get(text, (None, 0.0))
        return known if self._clock() < until_s else None

    def _believe(self, text: str, known: Known, cache_s: float) -> None:
        """Keep an answer, and at most `REMEMBERED` of them, none much longer than `cache_s`."""
        answers, now_s = self._answers, self._clock()
        answers.pop(text, None)
        while answers:
            oldest = next(iter(answers))
            if len(answers) < REMEMBERED and now_s < answers[oldest][1]:
                break
            del answers[oldest]
        answers[text] = known, min(now_s + cache_s, known.token.expires_at_s)


def _known(config: ResourceServerConfig, verified: Verified) -> Known:
    token = read_access_token(verified, issuer=config.issuer, audience=config.identifier)
    if not (config.use_aware and token.use):
        return Known(token, None)
    if token.use != SINGLE:  # to take a limit for none would widen what was issued
        raise InvalidToken("the use of the token is not understood")
    if config.introspection is not None and config.introspection.is_the_use:
        return Known(token, None)
    context = config.identifier if config.one_use_per == "server" else ""
    return Known(token, one_time_key(token.issuer, context, token.jti))
