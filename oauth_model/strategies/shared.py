"""One store for all replicas: tested and set in one step, in two, and from the other side."""

from __future__ import annotations

from oauth_model.flows import UNKNOWN, Flow, StoreCall
from oauth_model.replay import State
from oauth_model.strategies.base import SHARED, Outcome, Replay, Strategy, Use, strategy
from oauth_model.strategies.pickers import in_the_shared_store


@strategy
class SharedAtomic(Strategy):
    """A deny-list in one store; one test-and-set per presentation.

    A lost answer of the store leaves the key used and the caller undecided: fail closed burns the
    token, fail open risks a second use.
    """

    name = "shared_atomic"
    promise = "at most one use while the store keeps its records; no answer from it, no decision"
    fails = "as on_outage says when the store is silent; open when it loses its records"
    costs = "a round trip to the one store for each use, however far away; nothing at issuance"
    in_the_field = "Redis SET NX; Keycloak putIfAbsent; a UNIQUE constraint (Hydra's assertion jti)"
    placement = "one shared store"
    stores_for = in_the_shared_store


@strategy
class SharedCheckThenAct(Strategy):
    """A deny-list in one store, asked first and written to afterwards: the race window is the gap.

    The insert's own refusal is not looked at, as where a plain `save` follows a `find`.
    """

    name = "shared_check_then_act"
    promise = "at most one use if presentations are further apart than a round trip to the store"
    fails = "open to whoever asks between another's look and its insert"
    costs = "two round trips to the store for a first use, one for a replay"
    in_the_field = "node oidc-provider find-then-save; Duende Exists-then-Add; CVE-2026-1035"
    atomicity = "check then act"
    placement = "one shared store"

    def begin(self, use: Use) -> Flow[Outcome]:
        """Look, then insert."""
        seen = yield StoreCall(SHARED, "look", use.key)
        if seen is not UNKNOWN and seen.before is State.USED:
            return Replay()
        saved = yield StoreCall(SHARED, "insert", use.key, self.keep_until_s(use))
        if UNKNOWN in (seen, saved):
            return self.decide(UNKNOWN)
        return self.decide(saved._replace(granted=True))


@strategy
class SharedAllowList(Strategy):
    """An allow-list in one store: written at issuance, deleted by the first use.

    The mirror image of `shared_atomic`: where a lost record lets a deny-list accept twice, it lets
    an allow-list refuse an honest first use.
    """

    name = "shared_allow_list"
    promise = "at most one use, always; a lost record refuses the first"
    fails = "as on_outage says when the store is silent; closed when it loses its records"
    costs = "a round trip to the store at issuance and another for each use"
    in_the_field = "Keycloak authorization codes (put at issue, remove at redeem); TLS tickets"
    polarity = "allow_list"
    placement = "one shared store"
    stores_for = in_the_shared_store
