"""Where the one use of a token is consumed: a dial, because that is the dispute.

before_scope: a call that is then refused (403) has burned the token. before_effect: the call is
permitted first. with_effect: in the same transaction as the effect. after_effect: the effect may
happen twice before anybody counts.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from oauth_model.errors import InvalidToken, OAuthError
from oauth_model.flows import Flow, Perform
from oauth_model.messages import RETRY_SOON, Response, json_response
from oauth_model.resource_answers import UNAVAILABLE, Unavailable
from oauth_model.strategies import (
    Challenge,
    First,
    InFlight,
    OtherRequest,
    Outcome,
    Replay,
    Stored,
    Strategy,
    Use,
    decision,
)

CONSUME = ("before_scope", "before_effect", "with_effect", "after_effect")

DONE = json_response(200, {"status": "done"})
#: Somebody else is using the token (draft-ietf-httpapi-idempotency-key-header 2.7).
BUSY = Response(409, RETRY_SOON)
#: The token was used for another request (the same draft, 2.7).
OTHER = Response(422)


class Call(NamedTuple):
    """One use of a token and the effect that it is for.

    `permit` checks whether the token is good for the call and is run once; `still_good()` checks
    whether it is yet good at all. Both raise an OAuthError.
    """

    use: Use
    effect: Perform
    permit: Flow[None]
    still_good: Callable[[], None]


class OneUse:
    """The one use at one replica; `consume` of `CONSUME`.

    `serve(call)` is a flow to the answer; it raises InvalidToken for a token that was used before,
    and what the call's own checks raise.
    """

    def __init__(self, consume: str, strategy: Strategy) -> None:
        self._strategy, self._place = strategy, PLACES[consume]

    def serve(self, call: Call) -> Flow[Response]:
        """Serve a call; the use is consumed in its place."""
        return self._place(self, call)

    def _claimed(self, call: Call, *, permit_first: bool) -> Flow[Response]:
        use, effect, permit, still_good = call
        if permit_first:
            yield from permit
        outcome = yield from self._strategy.begin(use)
        yield decision(use.key, outcome)
        if not isinstance(outcome, First):
            return _refusal(outcome)
        try:
            yield from permit  # one that has ended does nothing when it is run again
            still_good()  # begin took time, and a record may not outlive its token
        except (OAuthError, Unavailable):
            if outcome.lease:
                yield from self._strategy.abort(use, outcome.lease)
            raise
        if self._strategy.fenced and outcome.lease:
            effect = effect._replace(fence=(use.key, outcome.lease))
        done = yield effect
        if done.consumed_before:  # another holder of the key has been here meanwhile
            raise InvalidToken("the token was used before")
        return (yield from self._complete(use, outcome))

    def _with_effect(self, call: Call) -> Flow[Response]:
        yield from call.permit
        use, keep_until_s = call.use, self._strategy.keep_until_s(call.use)
        done = yield call.effect._replace(consume=use.key, keep_until_s=keep_until_s)
        outcome = Replay() if done.consumed_before else First()
        yield decision(use.key, outcome)
        return _refusal(outcome) if done.consumed_before else DONE

    def _after_effect(self, call: Call) -> Flow[Response]:
        yield from call.permit
        yield call.effect
        outcome = yield from self._strategy.begin(call.use)
        yield decision(call.use.key, outcome)
        if not isinstance(outcome, First):
            return _refusal(outcome)
        return (yield from self._complete(call.use, outcome))

    def _complete(self, use: Use, outcome: First) -> Flow[Response]:
        if outcome.lease:
            yield from self._strategy.complete(use, outcome.lease, DONE)
        return DONE


PLACES: dict[str, Callable[[OneUse, Call], Flow[Response]]] = {
    "before_scope": partial(OneUse._claimed, permit_first=False),
    "before_effect": partial(OneUse._claimed, permit_first=True),
    "with_effect": OneUse._with_effect,
    "after_effect": OneUse._after_effect,
}


def _refusal(outcome: Outcome) -> Response:
    """What becomes of a use that is not the first; raises InvalidToken."""
    if isinstance(outcome, Replay):
        raise InvalidToken("the token was used before")
    if isinstance(outcome, OtherRequest):
        return OTHER
    if isinstance(outcome, Challenge):
        raise InvalidToken("present a fresh token")
    if isinstance(outcome, Stored):
        return outcome.response
    return BUSY if isinstance(outcome, InFlight) else UNAVAILABLE
