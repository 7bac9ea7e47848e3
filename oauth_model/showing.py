"""What is used up by being shown: a DPoP proof, a client assertion, a token the AS is asked about.

Rule: whoever shows such a thing a second time is refused, also with the same bytes. An answer that
a strategy stored belongs to what is redeemed (`grants.once`, `one_use`); here there is none, so to
whoever counts uses it is a replay like any other.
"""

from __future__ import annotations

from oauth_model.flows import Flow
from oauth_model.messages import Response
from oauth_model.strategies import First, Outcome, Replay, Stored, Strategy, Use, decision

#: What a strategy that stores answers is given to keep.
SHOWN = Response(204)


def show(strategy: Strategy, use: Use) -> Flow[Outcome]:
    """What the strategy says of this use; the first is completed at once. Never `Stored`."""
    outcome = yield from strategy.begin(use)
    if isinstance(outcome, Stored):
        outcome = Replay()
    yield decision(use.key, outcome)
    if isinstance(outcome, First) and outcome.lease:
        yield from strategy.complete(use, outcome.lease, SHOWN)
    return outcome


def show_own(strategy: Strategy, use: Use) -> Flow[Outcome]:
    """The same of what its presenter made itself.

    Nobody registered it, and an allow-list knows only what is on it: so it is registered now. That
    makes nothing good again, for what was used has left a tombstone there.
    """
    yield from strategy.register(use)
    return (yield from show(strategy, use))
