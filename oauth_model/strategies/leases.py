"""Two phases: reserve the key, do the work, say how it went."""

from __future__ import annotations

from math import ceil

from oauth_model.flows import UNKNOWN, Flow, Start, StoreCall, Unknown, Wait
from oauth_model.messages import Response
from oauth_model.replay import State, StoreAnswer
from oauth_model.strategies.base import (
    SHARED,
    First,
    InFlight,
    OtherRequest,
    Outcome,
    Replay,
    Stored,
    Strategy,
    Use,
    strategy,
)


def _completed(strategy: Strategy, use: Use, lease: int, response: Response) -> Flow[None]:
    yield from _commit(strategy, StoreCall(SHARED, "commit", use.key, lease=lease))


def _aborted(strategy: Strategy, use: Use, lease: int) -> Flow[None]:
    yield StoreCall(SHARED, "release", use.key, lease=lease)


@strategy
class ReserveCommit(Strategy):
    """Reserve with a lease, perform, commit; a failure before the effect gives the key back.

    When work and commit outlast the lease, a second caller may reserve the same key.
    """

    name = "reserve_commit"
    promise = (
        "at most one use while the store keeps its records and work and commit fit into the lease; "
        "a crash before burns nothing"
    )
    fails = "open when work and commit outlast the lease; as on_outage says without the store"
    costs = "two round trips to the store for each use; the answer waits for the commit"
    in_the_field = "oauth2-proxy's refresh lock (2 s lease, no renewal); Redlock"
    placement = "one shared store"
    lost_response = "in flight until the lease ends"
    complete, abort = _completed, _aborted

    def begin(self, use: Use) -> Flow[Outcome]:
        """Reserve; someone else's lease in force means in flight."""
        answer = yield from _reserve(self, use)
        return _outcome(self, answer)


@strategy
class ReserveCommitFenced(Strategy):
    """The same with a lease that is renewed while its holder lives, and a number that fences.

    The number of a lease grows with each reservation, and the effect's own database refuses one
    that is not above all that it has seen for the key: a holder that was paused beyond its lease
    comes too late (Kleppmann's fencing token). It does not help against a successor: when the
    commit never arrives, whoever reserves next has a higher number, and a second effect.
    """

    name = "reserve_commit_fenced"
    promise = (
        "at most one use while the store keeps its records and renewals and commit arrive within "
        "the lease; who was overtaken has no effect; a crash before the effect burns nothing"
    )
    fails = "open when the commit comes later than the lease; as on_outage says without the store"
    costs = (
        "two round trips for each use, one more for each third of a lease; a number that the "
        "effect's database remembers"
    )
    in_the_field = "ZooKeeper and etcd leases with a fencing token"
    placement = "one shared store"
    lost_response = "in flight until the lease ends"
    fenced = True
    complete, abort = _completed, _aborted

    def begin(self, use: Use) -> Flow[Outcome]:
        """Reserve, and renew in the background until it is said how it went."""
        answer = yield from _reserve(self, use)
        outcome = _outcome(self, answer)
        if isinstance(outcome, First) and outcome.lease:
            yield Start(self._renew(use, outcome.lease))
        return outcome

    def _renew(self, use: Use, lease: int) -> Flow[None]:
        """Renew several times in each lease; a refusal says that it was committed or released.

        When no answer comes for so long that the lease is over, it cannot be renewed any more.
        """
        lease_s, unheard = self.settings.lease_s, 0
        for _ in range(MOST_RENEWALS):
            yield Wait(lease_s / IN_EACH_LEASE)
            renewed = yield StoreCall(SHARED, "renew", use.key, lease=lease, lease_s=lease_s)
            unheard = unheard + 1 if renewed is UNKNOWN else 0
            if unheard == IN_EACH_LEASE or not (unheard or renewed.granted):
                return


IN_EACH_LEASE = 3
#: A holder that has not said how it went after ten leases is taken for hung.
MOST_RENEWALS = 10 * IN_EACH_LEASE


@strategy
class IdempotentResponse(Strategy):
    """Reserve, perform, store the response; the same request again gets it from store.

    The request is the same when its fingerprint is: method, target and body; another is told so
    (422). Where the token is bound to a key, nobody comes so far without it; where it is not, a
    thief who repeats the bytes is handed the answer.
    """

    name = "idempotent_response"
    promise = (
        "at most one effect if the commit is in time and while the store keeps its records; an "
        "honest retry learns what became of it"
    )
    fails = "open when the commit comes later than the lease; as on_outage says without the store"
    costs = "two round trips to the store for each use, and a stored response for each token"
    in_the_field = "Idempotency-Key (draft-ietf-httpapi); the Kerberos KDC's lookaside cache"
    placement = "one shared store"
    lost_response = "the stored response, to the same request"
    abort = _aborted

    def begin(self, use: Use) -> Flow[Outcome]:
        """Reserve; a key that was used gives its stored response to the same request."""
        answer = yield from _reserve(self, use)
        if answer is not UNKNOWN and answer.response and answer.fingerprint == use.fingerprint:
            return Stored(answer.response)
        if answer is not UNKNOWN and answer.before is State.USED:
            return OtherRequest() if answer.fingerprint != use.fingerprint else Replay()
        return _outcome(self, answer)

    def complete(self, use: Use, lease: int, response: Response) -> Flow[None]:
        """Commit with the response."""
        commit = StoreCall(SHARED, "commit", use.key, lease=lease, response=response)
        yield from _commit(self, commit)


def _reserve(strategy: Strategy, use: Use) -> Flow[StoreAnswer | Unknown]:
    keep_until_s, lease_s = strategy.keep_until_s(use), strategy.settings.lease_s
    answer: StoreAnswer | Unknown = yield StoreCall(
        SHARED, "reserve", use.key, keep_until_s, fingerprint=use.fingerprint, lease_s=lease_s
    )
    return answer


def _commit(strategy: Strategy, commit: StoreCall) -> Flow[None]:
    """Commit; without an answer go on, and insist in the background while the lease may stand.

    A commit that never arrives lets the lease run out, and then the key is free again.
    """
    if (yield commit) is UNKNOWN:
        yield Start(_insist(strategy, commit))


def _insist(strategy: Strategy, commit: StoreCall) -> Flow[None]:
    settings = strategy.settings
    for _ in range(ceil(settings.lease_s / settings.resend_s)):
        yield Wait(settings.resend_s)
        if (yield commit) is not UNKNOWN:
            return


def _outcome(strategy: Strategy, answer: StoreAnswer | Unknown) -> Outcome:
    outcome = strategy.decide(answer)
    if answer is UNKNOWN:
        return outcome
    if isinstance(outcome, First):
        return First(answer.lease)
    return InFlight() if answer.before is State.RESERVED else outcome
