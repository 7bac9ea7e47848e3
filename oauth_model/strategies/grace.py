"""A grace window: the first use starts it, and inside it the key is good again.

For a client whose answer was lost, and for whoever copied the token meanwhile.
"""

from __future__ import annotations

from oauth_model.flows import UNKNOWN, Flow
from oauth_model.replay import StoreAnswer
from oauth_model.strategies.base import (
    SHARED,
    Challenge,
    First,
    Outcome,
    Replay,
    Strategy,
    Use,
    strategy,
)


@strategy
class GraceWindow(Strategy):
    """A shared store that counts: so many further uses, or so many seconds after the first.

    `grace_uses` limits how often, `grace_s` how long; 0 is no limit where the other is set, and
    with both 0 the key is good once. The store's own clock measures the window, so that replicas
    cannot disagree about it. If each answer is lost with probability p and the client asks again
    until it has one, p ** (grace_uses + 1) of the clients are left without.
    """

    name = "grace_window"
    promise = (
        "at most 1 + grace_uses uses, all within grace_s of the first, while the store keeps its "
        "records; with grace_uses 0 as many as anybody likes within grace_s, with grace_s 0 "
        "whenever"
    )
    fails = "as on_outage says without the store; inside the window open to whoever has the token"
    costs = "a round trip to the store for each use; an effect for each use inside the window"
    in_the_field = "Hydra, Okta, Cognito and Connect2id for refresh tokens; here for any key"
    placement = "one shared store"
    lost_response = "good again, so often and so long"

    def begin(self, use: Use) -> Flow[Outcome]:
        """Count one more use in the shared store, and look at the number and at the time."""
        counted = yield self.ask(SHARED, "count", use)
        if counted is UNKNOWN:
            return self.decide(UNKNOWN)
        if counted.age_s - counted.used_for_s < self.settings.quarantine_s:
            return Challenge()  # of what was used before its first record nobody knows
        return First() if counted.granted and self.excused(counted) else Replay()

    def excused(self, counted: StoreAnswer) -> bool:
        """Whether the use that was just counted is the first, or inside the window."""
        uses, seconds = self.settings.grace_uses, self.settings.grace_s
        again = counted.uses - 1
        so_often = again <= uses or (not uses and seconds > 0)
        so_long = not seconds or counted.used_for_s < seconds
        return not again or (so_often and so_long)
