"""Redeeming what is good for one use: the one way codes and rotated refresh tokens are consumed.

Rule: called last, when nothing else can fail. A request that fails before has used up nothing and
revoked nothing, or whoever sees a code could burn it (OAuth 2.1 4.1.3).
"""

from __future__ import annotations

from oauth_model.errors import InvalidGrant
from oauth_model.flows import Flow
from oauth_model.grants.records import Grant
from oauth_model.grants.replica import Replica
from oauth_model.grants.revocation import revoke_grant
from oauth_model.messages import NO_STORE, RETRY_SOON, Response
from oauth_model.strategies import (
    First,
    InFlight,
    OtherRequest,
    Replay,
    Stored,
    Undecided,
    Use,
    decision,
)

#: RFC 6749 5.2 has no code for either; what HTTP says is enough (RFC 9110 15.5.10, 15.6.4).
BUSY = Response(409, (*RETRY_SOON, *NO_STORE))
UNAVAILABLE = Response(503, (*RETRY_SOON, *NO_STORE))


def redeem(
    replica: Replica,
    use: Use,
    grant: Grant,
    answer: Flow[Response],
    *,
    again: Flow[Response | None] | None = None,
    tombstone: bool = True,
) -> Flow[Response]:
    """Answer with `answer` if this is the first use; a replay revokes the grant (`tombstone`).

    Unless `again`, which a replay is put to first, has an answer to it (`grants.grace`).

    Raises InvalidGrant for a replay (RFC 6749 4.1.2), for a challenge (nothing fresher can be
    presented), and when the grant expired or was revoked, also after the answer was stored. The
    grant stays behind as a tombstone: its refresh tokens are dead, and so is what the winner of
    the race gets later. An access token that is out dies where somebody asks about it
    (introspection) or is told (a revocation event); elsewhere it lives until it expires.
    """
    outcome = yield from replica.one_time.begin(use)
    yield decision(use.key, outcome)
    if isinstance(outcome, Replay | OtherRequest):
        excused = (yield from again) if again else None
        if excused:
            return excused
        if tombstone:
            yield from revoke_grant(replica, grant)
        raise InvalidGrant("used before")
    if isinstance(outcome, Stored) and not grant.revoked:
        return outcome.response
    if isinstance(outcome, InFlight | Undecided):
        return BUSY if isinstance(outcome, InFlight) else UNAVAILABLE
    if not isinstance(outcome, First):
        raise InvalidGrant("authorize again")
    # The strategy took time: another request may have revoked the grant, or the record may be gone.
    if grant.revoked or replica.clock() >= use.acceptable_until_s:
        if outcome.lease:
            yield from replica.one_time.abort(use, outcome.lease)
        raise InvalidGrant("expired or revoked")
    response = yield from answer
    if outcome.lease:
        yield from replica.one_time.complete(use, outcome.lease, response)
    return response
