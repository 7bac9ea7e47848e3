"""Each key has a home: the member that its hash picks decides about it, and nobody else.

The order of the members in which a key looks for its owners is its own (rendezvous hashing): it
does not depend on how they are listed, and a member that leaves hands over only what it owned.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b

from oauth_model.flows import Flow, OneTimeKey, StoreCall
from oauth_model.replay import StoreAnswer
from oauth_model.strategies.base import Challenge, Outcome, Strategy, Use, region_of, strategy
from oauth_model.strategies.spreading import NEWS, news, spread, take

PLACEMENT = "the key's owner by hash, copied in the background to its next `owners`"
COSTS = (
    "a round trip to the owner, wherever it stands; in the background one from it to each further "
    "owner; with forward = false no trip out of the region, but a fresh token where it is not owned"
)


def owners(key: OneTimeKey, members: Iterable[str]) -> list[str]:
    """All members, in the order in which they own the key."""
    name = "\n".join(key)

    def weight(member: str) -> bytes:
        return blake2b(f"{member}\n{name}".encode(), digest_size=8).digest()

    return sorted(members, key=weight)


def _owners(strategy: Strategy, use: Use) -> tuple[str, ...]:
    return tuple(owners(use.key, strategy.place.members)[: strategy.settings.owners])


def _at_home(strategy: Strategy, use: Use) -> Flow[Outcome]:
    asked = strategy.stores_for(use)
    if not strategy.settings.forward and region_of(asked[0]) != strategy.place.region:
        return Challenge()
    return (yield from strategy.use_up(asked, use))


def _at_owner(strategy: Strategy, call: StoreCall) -> Flow[StoreAnswer]:
    answer = yield from take(call)
    if call.operation in NEWS and answer.granted:
        family = owners(call.key, {*strategy.place.members, strategy.place.store})
        others = (name for name in family[: strategy.settings.owners] if name != call.store)
        copies = tuple(news(call, member) for member in others)
        yield from spread(copies, strategy.settings, answer.keep_s)
    return answer


@strategy
class HomeOwner(Strategy):
    """A deny-list at the key's owner.

    With one owner a key is undecided while that member is silent. With more, the next in line is
    asked, as after a change of membership: it accepts a replay that the owner's copy had not told
    it of, and it refuses a first use that the silent owner had recorded. With `forward` false a
    server asks no owner in another region: the client is to come back with a fresh token, which
    may be owned here (TLS 1.3: one storage zone is authoritative for a ticket, RFC 8446 8.2).
    """

    name = "home_owner"
    promise = "with one owner at most one use; with more, while no owner is silent"
    fails = "with one owner as on_outage says while it is silent; with more open by lag"
    costs = COSTS
    in_the_field = "TLS 1.3 tickets by authoritative zone; segments of Infinispan and Hazelcast"
    placement = PLACEMENT
    stores_for, begin, at_store = _owners, _at_home, _at_owner


@strategy
class HomeOwnerAllowList(Strategy):
    """An allow-list at the key's owner; `owners`, `forward` as in `home_owner`.

    A removal whose answer was lost, asked again of the next owner, refuses an honest first use. A
    removal that was not copied yet when its owner fell silent lets a replay in at the next one.
    """

    name = "home_owner_allow_list"
    promise = (
        "with one owner at most one use; with more, while no owner is silent, and a first use may "
        "be refused when one falls"
    )
    fails = (
        "with more than one owner, closed when one falls silent after a removal or before a "
        "registration was copied; open when one does before a removal was copied"
    )
    costs = f"{COSTS}; at issuance as much again"
    in_the_field = "Keycloak authorization codes in Infinispan (owners = 2)"
    polarity = "allow_list"
    placement = PLACEMENT
    stores_for, begin, at_store = _owners, _at_home, _at_owner
