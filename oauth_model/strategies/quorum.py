"""A quorum of members without test-and-set: look at some of them, then write to some of them."""

from __future__ import annotations

from oauth_model.flows import UNKNOWN, Flow
from oauth_model.replay import State
from oauth_model.strategies.base import First, Outcome, Replay, Strategy, Use, strategy
from oauth_model.strategies.rounds import Heard, answered


@strategy
class Quorum(Strategy):
    """A deny-list on N members: all are asked, the first R answers count, then W must acknowledge.

    Two things let a second use in. It looks at R members that the first one's record has not
    reached, which R + W > N rules out; or both look before either has written, which no choice of
    R and W rules out, since a member that has the record already does not say no.
    """

    name = "quorum"
    promise = (
        "at most one use if R + W > N and presentations are further apart than a look and a write"
    )
    fails = "open by lag and by the race; as on_outage says when fewer than R or W members answer"
    costs = "two rounds of N messages each; the slower of the R-th and the W-th answer counts"
    atomicity = "check then act"
    placement = "a quorum of members"
    in_the_field = "Dynamo and Cassandra without lightweight transactions; Riak"

    def begin(self, use: Use) -> Flow[Outcome]:
        """Look, then insert; what the members say to the insert is not looked at."""
        seen, enough = yield from self._round("look", use, self.settings.reads)
        if any(answer.before is State.USED for answer in seen):
            return Replay()
        outcome = self.decide(UNKNOWN)
        if enough:
            youngest = min(seen, key=lambda answer: answer.age_s)  # it may have forgotten a use
            outcome = self.decide(youngest._replace(granted=True))
        if isinstance(outcome, First):
            _, enough = yield from self._round("insert", use, self.settings.writes)
            outcome = First() if enough else self.decide(UNKNOWN)
        return outcome

    def _round(self, verb: str, use: Use, wanted: int) -> Flow[Heard]:
        """The first so many answers (0: a majority), and whether there were enough."""
        members = self.place.members
        need = wanted or len(members) // 2 + 1
        calls = tuple(self.ask(member, verb, use) for member in members)
        return (yield from answered(calls, need))
