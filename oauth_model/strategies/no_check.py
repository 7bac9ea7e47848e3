"""No check: the token's short life is the only limit."""

from __future__ import annotations

from oauth_model.flows import Flow
from oauth_model.strategies.base import First, Outcome, Strategy, Use, strategy


@strategy
class NoCheck(Strategy):
    """Accept every presentation inside the token's life; the baseline that costs nothing."""

    name = "no_check"
    promise = "nothing beyond expiry: every presentation in time is accepted"
    fails = "open, until the token expires"
    costs = "nothing"
    placement = "nowhere"
    polarity = ""
    atomicity = ""
    lost_response = "good again"
    in_the_field = (
        "a resource server that does not know the claim `use` and ignores it (RFC 7519 4)"
    )

    def begin(self, use: Use) -> Flow[Outcome]:
        """First, whatever happened before."""
        yield from ()
        return First()
