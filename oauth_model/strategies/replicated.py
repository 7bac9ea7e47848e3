"""One store per region, and the news travels afterwards."""

from __future__ import annotations

from oauth_model.flows import UNKNOWN, Flow, StoreCall
from oauth_model.strategies.base import First, Outcome, Strategy, Use, regional, strategy
from oauth_model.strategies.spreading import spread

#: Where its own store is silent, a server that goes on all the same tells the others for so long.
SILENT_S = 120.0


@strategy
class ReplicatedAsync(Strategy):
    """A deny-list in each region's store; a use is written locally and copied to the others.

    Between the use and the arrival of the copy another region accepts the key once more. A cut
    link stretches that window to the length of the cut: copies are sent again until acknowledged,
    as long as the record must stand and the server that sends them does not restart.
    Nobody looks whether a copy met another use (`multi_master` does).
    """

    name = "replicated_async"
    promise = "at most one use per region and replication lag; the lag is unbounded under partition"
    fails = (
        "open by lag: each region accepts once; what a server that restarts had still to copy, no "
        "other region ever learns; as on_outage says when its own store is silent"
    )
    costs = "a round trip within the region for each use; in the background one to each other"
    in_the_field = "DynamoDB global tables (MREC); Redis with asynchronous replicas"
    placement = "one store per region, copied in the background by the server"

    def begin(self, use: Use) -> Flow[Outcome]:
        """Insert in this region's store, then spread the word."""
        here = regional(self.place.region)
        answer = yield StoreCall(here, "insert", use.key, self.keep_until_s(use))
        outcome = self.decide(answer)
        if isinstance(outcome, First):
            others = [region for region in self.place.regions if region != self.place.region]
            keep_until_s = self.keep_until_s(use)
            copies = (StoreCall(regional(r), "insert", use.key, keep_until_s) for r in others)
            keep_s = SILENT_S if answer is UNKNOWN else answer.keep_s
            yield from spread(tuple(copies), self.settings, keep_s)
        return outcome
