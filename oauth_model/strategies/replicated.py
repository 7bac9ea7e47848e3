"""One store per region, and the news travels afterwards."""

from __future__ import annotations

from oauth_model.flows import UNKNOWN, Flow, Start, StoreCall, Wait
from oauth_model.strategies.base import First, Outcome, Strategy, Use, regional, strategy


@strategy
class ReplicatedAsync(Strategy):
    """A deny-list in each region's store; a use is written locally and copied to the others.

    Between the use and the arrival of the copy another region accepts the key once more. A cut
    link stretches that window to the length of the cut: copies are sent again until acknowledged.
    """

    name = "replicated_async"
    promise = "at most one use per region and replication lag; the lag is unbounded under partition"
    in_the_field = "DynamoDB global tables (MREC); Redis with asynchronous replicas"

    def begin(self, use: Use) -> Flow[Outcome]:
        """Insert in this region's store, then spread the word."""
        here = regional(self.place.region)
        outcome = self.decide((yield StoreCall(here, "insert", use.key, self.keep_until_s(use))))
        if isinstance(outcome, First):
            for region in self.place.regions:
                if region != self.place.region:
                    yield Start(self.copy(regional(region), use))
        return outcome

    def copy(self, store: str, use: Use) -> Flow[None]:
        """In the background: insert in another region's store until it acknowledges."""
        copy = StoreCall(store, "insert", use.key, self.keep_until_s(use))
        for _ in range(COPY_TRIES):
            if (yield copy) is not UNKNOWN:
                return
            yield Wait(self.settings.resend_s)


#: A copy is given up after so many tries: by then the token has long expired.
COPY_TRIES = 120
