"""A use is appended at a majority of members before it counts: one leader, one round."""

from __future__ import annotations

from oauth_model.flows import Flow, StoreCall
from oauth_model.replay import StoreAnswer
from oauth_model.strategies.base import PRIMARY, Strategy, Use, strategy
from oauth_model.strategies.knobs import TOO_FEW
from oauth_model.strategies.rounds import majority

PLACEMENT = "a leader and a majority of members"


@strategy
class Consensus(Strategy):
    """A deny-list whose leader inserts at a majority, itself included, before it answers.

    Each member grants a key once, and two majorities share a member: so at most one use is the
    first under whichever leader, also if two believe that they lead. A refusal goes the same way,
    for a leader that has lost its majority knows nothing for certain. Whom no majority answers is
    undecided, though the use may have been recorded. Only who can talk to a majority is elected;
    logs are not modelled, and members must keep what they acknowledged.
    """

    name = "consensus"
    promise = (
        "at most one use, whatever is lost, under any leader; decided while the leader and a "
        "majority are up, and after an election again"
    )
    fails = "as on_outage says without a majority or a leader; an undecided use may be recorded"
    costs = (
        "a round trip to the leader and from it to the nearest majority; N members, 2 N messages"
    )
    in_the_field = "Spanner, CockroachDB, etcd; DynamoDB global tables (MRSC)"
    placement = PLACEMENT

    def stores_for(self, use: Use) -> tuple[str, ...]:
        """The leader."""
        return (PRIMARY,)

    def at_store(self, call: StoreCall) -> Flow[StoreAnswer]:
        """Insert here and at the others; the first majority to answer decides."""
        heard, enough = yield from majority(self.place, call)
        if not enough:
            return heard[0]._replace(granted=True, acks=TOO_FEW)
        refusals = [answer for answer in heard if not answer.granted]
        youngest = min(heard, key=lambda answer: answer.age_s)  # it may have forgotten a use
        return refusals[0] if refusals else youngest._replace(acks=len(heard) - 1)
