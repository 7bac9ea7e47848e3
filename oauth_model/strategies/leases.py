"""Two phases: reserve the key, do the work, say how it went."""

from __future__ import annotations

from oauth_model.flows import UNKNOWN, Flow, StoreCall, Unknown
from oauth_model.messages import Response
from oauth_model.replay import State, StoreAnswer
from oauth_model.strategies.base import (
    SHARED,
    First,
    InFlight,
    Outcome,
    Replay,
    Stored,
    Strategy,
    Use,
    strategy,
)


@strategy
class ReserveCommit(Strategy):
    """Reserve with a lease, perform, commit; a failure before the effect gives the key back.

    When the work outlasts the lease, a second caller may reserve the same key.
    """

    name = "reserve_commit"
    promise = "at most one use while the work fits into the lease; a crash before it burns nothing"
    in_the_field = "oauth2-proxy's refresh lock (2 s lease, no renewal); Redlock"

    def begin(self, use: Use) -> Flow[Outcome]:
        """Reserve; someone else's lease in force means in flight."""
        answer = yield from _reserve(self, use)
        return _outcome(self, answer)

    def complete(self, use: Use, lease: int, response: Response) -> Flow[None]:
        """Commit. No answer changes nothing: the lease protects the key until it runs out."""
        yield StoreCall(SHARED, "commit", use.key, lease=lease)

    def abort(self, use: Use, lease: int) -> Flow[None]:
        """Release."""
        yield StoreCall(SHARED, "release", use.key, lease=lease)


@strategy
class IdempotentResponse(Strategy):
    """Reserve, perform, store the response; the same request again gets it from store.

    The request is the same when its fingerprint is: method, target, body, and the key the token is
    bound to, if any. A thief who repeats the very bytes of an unbound token is handed the answer.
    """

    name = "idempotent_response"
    promise = "at most one effect, and the honest retry learns what became of it"
    in_the_field = "Idempotency-Key (draft-ietf-httpapi); the Kerberos KDC's lookaside cache"

    def begin(self, use: Use) -> Flow[Outcome]:
        """Reserve; a key that was used gives its stored response to the same request."""
        answer = yield from _reserve(self, use)
        if answer is not UNKNOWN and answer.response and answer.fingerprint == use.fingerprint:
            return Stored(answer.response)
        return _outcome(self, answer)

    def complete(self, use: Use, lease: int, response: Response) -> Flow[None]:
        """Commit with the response."""
        yield StoreCall(SHARED, "commit", use.key, lease=lease, response=response)

    def abort(self, use: Use, lease: int) -> Flow[None]:
        """Release."""
        yield StoreCall(SHARED, "release", use.key, lease=lease)


def _reserve(strategy: Strategy, use: Use) -> Flow[StoreAnswer | Unknown]:
    keep_until_s, lease_s = strategy.keep_until_s(use), strategy.settings.lease_s
    answer: StoreAnswer | Unknown = yield StoreCall(
        SHARED, "reserve", use.key, keep_until_s, fingerprint=use.fingerprint, lease_s=lease_s
    )
    return answer


def _outcome(strategy: Strategy, answer: StoreAnswer | Unknown) -> Outcome:
    if answer is UNKNOWN:
        return strategy.decide(UNKNOWN)
    if answer.granted:
        return First(answer.lease)
    return InFlight() if answer.before is State.RESERVED else Replay()
