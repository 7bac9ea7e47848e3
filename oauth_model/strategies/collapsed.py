"""A namespace that has collapsed: keys without whose they are, so that honest ones meet.

Rule: here on purpose, as what goes wrong where a replay key is the identifier alone; nothing else
differs from one shared store.
"""

from __future__ import annotations

from oauth_model.flows import Flow, OneTimeKey
from oauth_model.numbered import COUNTING
from oauth_model.strategies.base import Outcome, Strategy, Use, strategy
from oauth_model.strategies.pickers import in_the_shared_store


def bare(key: OneTimeKey) -> OneTimeKey:
    """The key as one sees it who knows neither issuer nor context: of what counts, the number."""
    counting = COUNTING.search(key.id)
    number = counting[2] if counting else None
    return OneTimeKey(key.kind, "", "", number or key.id)


@strategy
class CollapsedNamespace(Strategy):
    """`shared_atomic` with a key of the identifier alone: who counts 1, 2, 3 meets all who do.

    An identifier is unique where it was made (RFC 7519 4.1.7, RFC 9449 11.1: "in the context of the
    target URI"). Whoever forgets the context takes the first use of one for a replay of another's,
    unless all of them draw identifiers at random.
    """

    name = "collapsed_namespace"
    promise = "at most one use; of two honest keys with one number, one is refused"
    fails = "closed: an identifier that somebody else has used is refused at its first use"
    costs = "a round trip to the one store for each use; nothing at issuance"
    mistaken = True
    in_the_field = "replay caches keyed by the bare jti (found in the review of Inji Certify)"
    placement = "one shared store"
    stores_for = in_the_shared_store

    def begin(self, use: Use) -> Flow[Outcome]:
        """As ever, with what is left of the key."""
        return super().begin(use._replace(key=bare(use.key)))
