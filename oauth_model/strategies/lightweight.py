"""A use is decided by Paxos among the members, without a leader: four rounds."""

from __future__ import annotations

from oauth_model.acceptors import RANKS
from oauth_model.flows import Flow, StoreCall, Wait
from oauth_model.replay import State, StoreAnswer
from oauth_model.strategies.base import LOCAL, Strategy, strategy
from oauth_model.strategies.knobs import TOO_FEW
from oauth_model.strategies.pickers import at_the_nearest_member
from oauth_model.strategies.rounds import majority

#: A coordinator outrun by another tries again so often, after up to so long a pause (Cassandra's).
TRIES = 8
PAUSE_S = 0.1
#: No majority answered, or others were always faster: the use may or may not have been written.
UNSURE = StoreAnswer(granted=True, before=State.ABSENT, acks=TOO_FEW)


@strategy
class LightweightTransaction(Strategy):
    """`INSERT … IF NOT EXISTS`: the nearest member coordinates a single-decree Paxos per key.

    Prepare, read, propose, commit, each answered by a majority. What is agreed on is which use it
    was: a coordinator that finds another's proposal half done finishes that one, and learns that
    it came second. A time-out leaves the outcome unknown, and somebody else may finish it later.
    """

    name = "lightweight_transaction"
    promise = (
        "at most one use, whatever is lost, with no leader; decided while a majority is up and the "
        "nearest member among it"
    )
    fails = "as on_outage says without a majority, or in contention; the use may yet be written"
    costs = (
        "a round trip to the nearest member and four from it to a majority; 2 + 8 (N - 1) messages"
    )
    in_the_field = "Cassandra and ScyllaDB lightweight transactions; DataStax Astra"
    placement = "a majority of members, any of which coordinates"
    memory = "acceptors"
    stores_for = at_the_nearest_member

    def at_store(self, call: StoreCall) -> Flow[StoreAnswer]:
        """Coordinate, with a higher ballot each time that another coordinator was faster."""
        rank, mine = sum(other < self.place.store for other in self.place.others), ""
        for _ in range(TRIES):
            numbered = yield call._replace(store=LOCAL, strategy="", operation="ballot")
            ballot = numbered.lease * RANKS + rank
            mine = mine or named(ballot, self.place.store, numbered.fingerprint)
            answer = yield from self._attempt(call._replace(lease=ballot), mine)
            if answer is not None:
                return answer
            yield Wait(PAUSE_S, jitter=True)
        return UNSURE

    def _attempt(self, call: StoreCall, mine: str) -> Flow[StoreAnswer | None]:
        """One ballot; None when another one outran it."""
        promises = yield from self._round(call, "promise")
        if not (promises and all(promise.granted for promise in promises)):
            return None if promises else UNSURE
        rows = yield from self._round(call, "look")
        if not rows:
            return UNSURE
        age_s = min(promise.age_s for promise in promises)
        for row in rows:
            if row.before is State.USED:
                return _decided(row.fingerprint == mine, age_s)
        value = max(promises, key=lambda promise: promise.lease).fingerprint or mine
        accepted = yield from self._round(call, "accept", value)
        if not (accepted and all(one.granted for one in accepted)):
            return None if accepted else UNSURE
        yield from self._round(call, "commit", value)  # unheard, it is decided all the same
        return _decided(value == mine, age_s)

    def _round(self, call: StoreCall, verb: str, value: str = "") -> Flow[list[StoreAnswer]]:
        """What the first majority answers, this member included; nothing if there is none."""
        told = call._replace(operation=verb, fingerprint=value)
        heard, enough = yield from majority(self.place, told)
        return heard if enough else []


def named(ballot: int, store: str, numbered: str) -> str:
    """The name of a use, which no other has: in no other store, and not after a loss of memory."""
    return f"{ballot} {store} {numbered}"


def _decided(mine: bool, age_s: float) -> StoreAnswer:
    return StoreAnswer(mine, State.ABSENT if mine else State.USED, age_s=age_s)
