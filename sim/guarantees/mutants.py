"""Mutants: each strategy with one thing broken, as near to the truth as a mistake would be.

Rule: a mutant has its strategy's name and place and differs in one member. An exploration that says
"holds" must find one of them out, or it has not looked where it matters.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

from oauth_model.flows import UNKNOWN, Flow, StoreCall, Unknown
from oauth_model.replay import State, StoreAnswer
from oauth_model.strategies import (
    PRIMARY,
    STRATEGIES,
    First,
    Outcome,
    Replay,
    Strategy,
    Use,
)
from oauth_model.strategies.knobs import POLARITIES
from oauth_model.strategies.pickers import at_the_nearest_member


class Mutant(NamedTuple):
    """What is broken: a name, a sentence, and the members that stand in for the strategy's own."""

    name: str
    says: str
    members: Callable[[type[Strategy]], dict[str, Any]]


@contextmanager
def broken(strategy: str, mutant: Mutant) -> Iterator[None]:
    """Have the mutant run wherever the strategy is named, for so long."""
    whole = STRATEGIES[strategy]
    STRATEGIES[strategy] = type(whole.__name__, (whole,), mutant.members(whole))
    try:
        yield
    finally:
        STRATEGIES[strategy] = whole


def _silence(cls: type[Strategy]) -> dict[str, Any]:
    def decide(self: Strategy, answer: StoreAnswer | Unknown) -> Outcome:
        return First() if answer is UNKNOWN else cls.decide(self, answer)

    return {"decide": decide}


def _forgetful(cls: type[Strategy]) -> dict[str, Any]:
    return {"keep_until_s": lambda self, use: 0.0}


def _lenient(cls: type[Strategy]) -> dict[str, Any]:
    def begin(self: Strategy, use: Use) -> Flow[Outcome]:
        outcome = yield from cls.begin(self, use)
        return First() if isinstance(outcome, Replay) else outcome

    return {"begin": begin}


def _two_steps(cls: type[Strategy]) -> dict[str, Any]:
    def use_up(self: Strategy, stores: tuple[str, ...], use: Use) -> Flow[Outcome]:
        seen = yield from self.first_answer(stores, "look", use)
        if seen is not UNKNOWN and seen.before is State.USED:
            return Replay()
        answer = yield from self.first_answer(stores, POLARITIES[self.polarity].at_use, use)
        return self.decide(answer if answer is UNKNOWN else answer._replace(granted=True))

    return {"use_up": use_up}


def _nearest(cls: type[Strategy]) -> dict[str, Any]:
    return {"stores_for": at_the_nearest_member}


def _alone(cls: type[Strategy]) -> dict[str, Any]:
    return {"at_store": Strategy.at_store}


def _one_fewer(cls: type[Strategy]) -> dict[str, Any]:
    def at_store(self: Strategy, call: StoreCall) -> Flow[StoreAnswer]:
        answer = yield from cls.at_store(self, call)
        return answer._replace(acks=0)

    return {"at_store": at_store, "acks_needed": lambda self: 0}


def _two_leaders(cls: type[Strategy]) -> dict[str, Any]:
    def stores_for(self: Strategy, use: Use) -> tuple[str, ...]:
        return (PRIMARY, self.place.nearest)

    return {"stores_for": stores_for} | _alone(cls)


def _own_value(cls: type[Strategy]) -> dict[str, Any]:
    def heard(self: Any, call: StoreCall, verb: str, value: str = "") -> Flow[list[StoreAnswer]]:
        answers = yield from cls._round(self, call, verb, value)  # type: ignore[attr-defined]
        return [each._replace(fingerprint="") if verb == "promise" else each for each in answers]

    return {"_round": heard}


def _either_site(cls: type[Strategy]) -> dict[str, Any]:
    def begin(self: Strategy, use: Use) -> Flow[Outcome]:
        answer = yield from self.first_answer(self.place.members[:2], "insert", use)
        return self.decide(answer)

    return {"begin": begin}


def _no_fence(cls: type[Strategy]) -> dict[str, Any]:
    return {"fenced": False}


def _no_commit(cls: type[Strategy]) -> dict[str, Any]:
    return {"complete": Strategy.complete}


def _beside(cls: type[Strategy]) -> dict[str, Any]:
    return {"consumes_at": "resource_server"} | _two_steps(cls)


def _believed(cls: type[Strategy]) -> dict[str, Any]:
    return {"believes_s": 5.0}


def _unlimited(cls: type[Strategy]) -> dict[str, Any]:
    return {"excused": lambda self, counted: True}


def _no_nonce(cls: type[Strategy]) -> dict[str, Any]:
    return {"wants_nonces": False}


SILENCE = Mutant("silence", "an answer that does not come is taken for a yes", _silence)
FORGETFUL = Mutant("forgetful", "a record is forgotten at once", _forgetful)
LENIENT = Mutant("lenient", "a replay is taken for a first use", _lenient)
TWO_STEPS = Mutant("two steps", "looks and then writes, whose answer is not looked at", _two_steps)
NEAREST = Mutant("nearest", "asks the nearest member in place of the right one", _nearest)
ALONE = Mutant("alone", "the leader decides by itself and asks no other member", _alone)
TOO_FEW = Mutant("too few", "counts a use that no majority has recorded", _one_fewer)
TWO_LEADERS = Mutant(
    "two leaders", "whom the leader does not answer asks the nearest member instead", _two_leaders
)
OWN_VALUE = Mutant(
    "own value", "proposes its own use where another's is half done already", _own_value
)
EITHER_SITE = Mutant("either site", "one site's word is enough", _either_site)
NO_FENCE = Mutant("no fence", "the effect does not look at the number of the lease", _no_fence)
NO_COMMIT = Mutant("no commit", "never says that it is done", _no_commit)
BESIDE = Mutant("beside", "looks and writes beside the effect's transaction", _beside)
BELIEVED = Mutant("believed", "believes the AS's answer for 5 s", _believed)
UNLIMITED = Mutant("unlimited", "the window has no end", _unlimited)
NO_NONCE = Mutant("no nonce", "wants no nonce", _no_nonce)

#: strategy → its mutants, the nearest to the truth first. `no_check` has nothing to break.
MUTANTS: Mapping[str, tuple[Mutant, ...]] = {
    "no_check": (),
    **dict.fromkeys(
        ("per_replica", "bounded_per_replica", "sliding_bloom", "cuckoo_filter", "numbered_tokens"),
        (FORGETFUL, LENIENT),
    ),
    **dict.fromkeys(
        ("shared_atomic", "shared_allow_list", "collapsed_namespace"),
        (TWO_STEPS, SILENCE, FORGETFUL),
    ),
    "shared_check_then_act": (FORGETFUL, LENIENT),
    **dict.fromkeys(
        ("failover_deny_list", "failover_allow_list"), (NEAREST, TWO_STEPS, SILENCE, LENIENT)
    ),
    "two_sites": (EITHER_SITE, SILENCE, LENIENT),
    "quorum": (SILENCE, FORGETFUL, LENIENT),
    "consensus": (TOO_FEW, TWO_LEADERS, ALONE, SILENCE, LENIENT),
    "lightweight_transaction": (OWN_VALUE, SILENCE, LENIENT),
    "multi_master": (FORGETFUL, LENIENT),
    "replicated_async": (FORGETFUL, LENIENT),
    **dict.fromkeys(
        ("home_owner", "home_owner_allow_list"), (NEAREST, TWO_STEPS, SILENCE, LENIENT)
    ),
    "grace_window": (UNLIMITED, SILENCE, FORGETFUL),
    "idempotent_response": (NO_COMMIT, SILENCE, FORGETFUL, LENIENT),
    "reserve_commit": (NO_COMMIT, SILENCE, FORGETFUL, LENIENT),
    "reserve_commit_fenced": (NO_FENCE, NO_COMMIT, SILENCE, FORGETFUL, LENIENT),
    "server_nonce": (NO_NONCE,),
    "introspect_and_consume": (BELIEVED, TWO_STEPS, SILENCE),
    "introspection_cached": (TWO_STEPS, FORGETFUL),
    "in_transaction": (BESIDE,),
}
