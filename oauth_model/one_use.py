"""Where the one use of a token is consumed: a dial, because that is the dispute.

before_scope: a call that is then refused (403) has burned the token. before_effect: the call is
permitted first. with_effect: in the same transaction as the effect. after_effect: the effect may
happen twice before anybody counts.
"""

from __future__ import annotations

from collections.abc import Callable

from oauth_model.acceptance import Unavailable
from oauth_model.errors import InvalidToken, OAuthError
from oauth_model.flows import Flow, Perform
from oauth_model.messages import RETRY_SOON, Response, json_response
from oauth_model.strategies import (
    Challenge,
    First,
    InFlight,
    Outcome,
    Replay,
    Stored,
    Strategy,
    Undecided,
    Use,
    decision,
)

CONSUME = ("before_scope", "before_effect", "with_effect", "after_effect")

DONE = json_response(200, {"status": "done"})
UNAVAILABLE = Response(503, RETRY_SOON)


class OneUse:
    """The one use at one replica; `consume` of `CONSUME`, `realm` for its challenges.

    `serve(use, effect, permit, still_good)` is a flow to the answer: `permit()` checks whether the
    token is good for the call and `still_good()` whether it is yet good at all; both raise.
    """

    def __init__(self, consume: str, strategy: Strategy, realm: str) -> None:
        self._strategy = strategy
        self.serve: Callable[
            [Use, Perform, Callable[[], Flow[None]], Callable[[], None]], Flow[Response]
        ] = {
            "before_scope": self._before_scope,
            "before_effect": self._before_effect,
            "with_effect": self._with_effect,
            "after_effect": self._after_effect,
        }[consume]
        self._refusals: dict[type[Outcome], Response] = {
            Replay: InvalidToken("the token was used before").challenge_response(realm),
            Challenge: InvalidToken("present a fresh token").challenge_response(realm),
            InFlight: Response(409, RETRY_SOON),  # draft-ietf-httpapi-idempotency-key-header 2.7
            Undecided: UNAVAILABLE,
        }

    def _before_scope(
        self,
        use: Use,
        effect: Perform,
        permit: Callable[[], Flow[None]],
        still_good: Callable[[], None],
    ) -> Flow[Response]:
        outcome = yield from self._begin(use)
        if not isinstance(outcome, First):
            return self._refusal(outcome)
        try:
            yield from permit()
            still_good()  # begin took time, and a record may not outlive its token
        except (OAuthError, Unavailable):
            if outcome.lease:
                yield from self._strategy.abort(use, outcome.lease)
            raise
        yield effect
        return (yield from self._complete(use, outcome))

    def _before_effect(
        self,
        use: Use,
        effect: Perform,
        permit: Callable[[], Flow[None]],
        still_good: Callable[[], None],
    ) -> Flow[Response]:
        yield from permit()
        return (yield from self._before_scope(use, effect, _permitted, still_good))

    def _with_effect(
        self,
        use: Use,
        effect: Perform,
        permit: Callable[[], Flow[None]],
        still_good: Callable[[], None],
    ) -> Flow[Response]:
        yield from permit()
        keep_until_s = self._strategy.keep_until_s(use)
        done = yield effect._replace(consume=use.key, keep_until_s=keep_until_s)
        outcome = Replay() if done.consumed_before else First()
        yield decision(use.key, outcome)
        return self._refusal(outcome) if done.consumed_before else DONE

    def _after_effect(
        self,
        use: Use,
        effect: Perform,
        permit: Callable[[], Flow[None]],
        still_good: Callable[[], None],
    ) -> Flow[Response]:
        yield from permit()
        yield effect
        outcome = yield from self._begin(use)
        if not isinstance(outcome, First):
            return self._refusal(outcome)
        return (yield from self._complete(use, outcome))

    def _begin(self, use: Use) -> Flow[Outcome]:
        outcome = yield from self._strategy.begin(use)
        yield decision(use.key, outcome)
        return outcome

    def _complete(self, use: Use, outcome: First) -> Flow[Response]:
        if outcome.lease:
            yield from self._strategy.complete(use, outcome.lease, DONE)
        return DONE

    def _refusal(self, outcome: Outcome) -> Response:
        return outcome.response if isinstance(outcome, Stored) else self._refusals[type(outcome)]


def _permitted() -> Flow[None]:
    """What was checked before."""
    yield from ()
