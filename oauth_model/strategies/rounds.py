"""A round of calls to several members, of whose answers the first few count."""

from __future__ import annotations

from oauth_model.flows import Flow, Gather, StoreCall, Unknown
from oauth_model.replay import StoreAnswer
from oauth_model.strategies.base import LOCAL, Place

#: The answers that were heard, and whether there were enough.
Heard = tuple[list[StoreAnswer], bool]


def answered(calls: tuple[StoreCall, ...], need: int) -> Flow[Heard]:
    """The first so many answers; fewer when no more can come."""
    answers: tuple[StoreAnswer | Unknown, ...] = yield Gather(calls, need)
    heard = [answer for answer in answers if not isinstance(answer, Unknown)]
    return heard, len(heard) >= need


def majority(place: Place, call: StoreCall) -> Flow[Heard]:
    """What the first majority of members answers, this one before the others."""
    told = call._replace(strategy="")
    mine: StoreAnswer = yield told._replace(store=LOCAL)
    calls = tuple(told._replace(store=member) for member in place.others)
    if not calls:
        return [mine], True
    heard, enough = yield from answered(calls, (len(calls) + 1) // 2)
    return [mine, *heard], enough
