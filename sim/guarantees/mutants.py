"""Mutants: each strategy with one thing broken, as near to the truth as a mistake would be.

Rule: a mutant has its strategy's name and place and differs in one member. An exploration that says
"holds" must find one of them out, or it has not looked where it matters.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from oauth_model.strategies import STRATEGIES
from sim.guarantees.mistakes import (
    ALONE,
    ANY_YES,
    ASKS,
    BELIEVED,
    BESIDE,
    EITHER_SITE,
    NEAREST,
    NO_COMMIT,
    NO_FENCE,
    ONE_MORE,
    OWN_WORD,
    RELEASED,
    SILENCE,
    TWO_LEADERS,
    TWO_STEPS,
    Mutant,
)
from sim.guarantees.models import ONCE

#: strategy → what it is broken by, the nearest to the truth first. Nothing for those that accept a
#: second use under every fault model: there is nothing that an exploration could have overlooked.
MUTANTS: Mapping[str, tuple[Mutant, ...]] = {
    **dict.fromkeys(
        (
            *("no_check", "per_replica", "bounded_per_replica", "sliding_bloom"),
            *("cuckoo_filter", "numbered_tokens"),
        ),
        (),
    ),
    **dict.fromkeys(
        ("shared_atomic", "shared_allow_list", "collapsed_namespace"), (TWO_STEPS, SILENCE)
    ),
    "shared_check_then_act": (),
    **dict.fromkeys(("failover_deny_list", "failover_allow_list"), (NEAREST, TWO_STEPS, SILENCE)),
    "two_sites": (EITHER_SITE, SILENCE),
    "quorum": (),
    "consensus": (ALONE, ANY_YES, TWO_LEADERS, SILENCE),
    "lightweight_transaction": (OWN_WORD, SILENCE),
    **dict.fromkeys(("multi_master", "replicated_async"), ()),
    **dict.fromkeys(("home_owner", "home_owner_allow_list"), (NEAREST, TWO_STEPS, SILENCE)),
    "grace_window": (ONE_MORE, SILENCE),
    **dict.fromkeys(("idempotent_response", "reserve_commit"), (RELEASED, NO_COMMIT, SILENCE)),
    "reserve_commit_fenced": (NO_FENCE, RELEASED, NO_COMMIT, SILENCE),
    "server_nonce": (),
    "introspect_and_consume": (TWO_STEPS, BELIEVED, SILENCE),
    "introspection_cached": (),
    "in_transaction": (BESIDE,),
}


def mutants(strategy: str, asked: str) -> tuple[Mutant, ...]:
    """What an exploration of a strategy for this property must find out. Raises KeyError."""
    return MUTANTS[strategy] if asked == ONCE else (ASKS,)


@contextmanager
def broken(strategy: str, mutant: Mutant) -> Iterator[None]:
    """Have the mutant run wherever the strategy is named, for so long."""
    whole = STRATEGIES[strategy]
    STRATEGIES[strategy] = type(whole.__name__, (whole,), mutant.members(whole))
    try:
        yield
    finally:
        STRATEGIES[strategy] = whole
