"""Mistakes: one line of a strategy written wrongly, as somebody in a hurry would.

Rule: each stands in for a member or two of a strategy, and leaves the rest as it is.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from oauth_model.flows import UNKNOWN, Flow, StoreCall, Unknown
from oauth_model.messages import Response
from oauth_model.replay import State, StoreAnswer
from oauth_model.strategies import LOCAL, PRIMARY, First, Outcome, Replay, Strategy, Use
from oauth_model.strategies.knobs import POLARITIES, TOO_FEW
from oauth_model.strategies.pickers import at_the_nearest_member, in_the_shared_store
from oauth_model.strategies.rounds import majority

#: The members that stand in for a strategy's own.
Members = dict[str, Any]


class Mutant(NamedTuple):
    """What is broken: a name, a sentence, and the members that stand in for the strategy's own."""

    name: str
    says: str
    members: Callable[[type[Strategy]], Members]


# --- of whoever asks a store


def _silence(cls: type[Strategy]) -> Members:
    def decide(self: Strategy, answer: StoreAnswer | Unknown) -> Outcome:
        return First() if answer is UNKNOWN else cls.decide(self, answer)

    return {"decide": decide}


def _two_steps(cls: type[Strategy]) -> Members:
    def use_up(self: Strategy, stores: tuple[str, ...], use: Use) -> Flow[Outcome]:
        seen = yield from self.first_answer(stores, "look", use)
        if seen is not UNKNOWN and seen.before is State.USED:
            return Replay()
        answer = yield from self.first_answer(stores, POLARITIES[self.polarity].at_use, use)
        return self.decide(answer if answer is UNKNOWN else answer._replace(granted=True))

    return {"use_up": use_up}


def _nearest(cls: type[Strategy]) -> Members:
    return {"stores_for": at_the_nearest_member}


def _asks(cls: type[Strategy]) -> Members:
    members: Members = {
        "stores_for": in_the_shared_store,
        "begin": Strategy.begin,
        "polarity": "deny_list",
        "consumes_at": "resource_server",
    }
    return {name: own for name, own in members.items() if getattr(cls, name) != own}


SILENCE = Mutant("silence", "an answer that does not come is taken for a yes", _silence)
TWO_STEPS = Mutant("two steps", "looks and then writes, whose answer is not looked at", _two_steps)
NEAREST = Mutant("nearest", "asks the nearest member in place of the right one", _nearest)
ASKS = Mutant("asks", "has the one store of all replicas use the token up before the work", _asks)


# --- of members that decide together


def _alone(cls: type[Strategy]) -> Members:
    return {"at_store": Strategy.at_store}


def _any_yes(cls: type[Strategy]) -> Members:
    def at_store(self: Strategy, call: StoreCall) -> Flow[StoreAnswer]:
        heard, enough = yield from majority(self.place, call)
        yes = [answer for answer in heard if answer.granted]
        return (yes or heard)[0]._replace(acks=len(heard) - 1 if enough else TOO_FEW)

    return {"at_store": at_store}


def _two_leaders(cls: type[Strategy]) -> Members:
    def stores_for(self: Strategy, use: Use) -> tuple[str, ...]:
        return (PRIMARY, self.place.nearest)

    return {"stores_for": stores_for} | _alone(cls)


def _own_word(cls: type[Strategy]) -> Members:
    def heard(
        self: Strategy, call: StoreCall, verb: str, value: str = ""
    ) -> Flow[list[StoreAnswer]]:
        told = call._replace(operation=verb, fingerprint=value, strategy="")
        return [(yield told._replace(store=LOCAL))]

    return {"_round": heard}


def _either_site(cls: type[Strategy]) -> Members:
    def begin(self: Strategy, use: Use) -> Flow[Outcome]:
        answer = yield from self.first_answer(self.place.members[:2], "insert", use)
        return self.decide(answer)

    return {"begin": begin}


ALONE = Mutant("alone", "the leader decides by itself and asks no other member", _alone)
ANY_YES = Mutant("any yes", "one member's yes is enough where another one has said no", _any_yes)
TWO_LEADERS = Mutant(
    "two leaders", "whom the leader does not answer asks the nearest member instead", _two_leaders
)
OWN_WORD = Mutant("own word", "whoever coordinates asks no other member", _own_word)
EITHER_SITE = Mutant("either site", "one site's word is enough", _either_site)


# --- of leases, windows, and who uses up elsewhere


def _no_fence(cls: type[Strategy]) -> Members:
    return {"fenced": False}


def _released(cls: type[Strategy]) -> Members:
    def complete(self: Strategy, use: Use, lease: int, response: Response) -> Flow[None]:
        yield from cls.abort(self, use, lease)

    return {"complete": complete}


def _no_commit(cls: type[Strategy]) -> Members:
    return {"complete": Strategy.complete}


def _one_more(cls: type[Strategy]) -> Members:
    def excused(self: Any, counted: StoreAnswer) -> bool:
        fewer = counted._replace(uses=max(1, counted.uses - 1))
        return bool(cls.excused(self, fewer))  # type: ignore[attr-defined]

    return {"excused": excused}


def _beside(cls: type[Strategy]) -> Members:
    return {"consumes_at": "resource_server"} | _two_steps(cls)


def _believed(cls: type[Strategy]) -> Members:
    return {"believes_s": 5.0}


NO_FENCE = Mutant("no fence", "the effect does not look at the number of the lease", _no_fence)
RELEASED = Mutant("released", "gives the key back when it is done, as one does a lock", _released)
NO_COMMIT = Mutant("no commit", "never says that it is done", _no_commit)
ONE_MORE = Mutant("one more", "counts further uses from 0, one too many", _one_more)
BESIDE = Mutant("beside", "looks and writes beside the effect's transaction", _beside)
BELIEVED = Mutant("believed", "believes the AS's answer for 5 s", _believed)
