"""Each replica with a memory that does not hold every key: bounded, a filter, or a number.

Rule: placed like `per_replica`, so what they promise holds within one replica only; each differs
from it by its memory.
"""

from __future__ import annotations

from oauth_model.flows import UNKNOWN, Unknown
from oauth_model.replay import State, StoreAnswer
from oauth_model.strategies.base import Challenge, Outcome, Strategy, strategy
from oauth_model.strategies.pickers import in_this_replica


def maybe_used(self: Strategy, answer: StoreAnswer | Unknown) -> Outcome:
    """As ever, but where a filter takes a key for used a fresh token may be asked for."""
    maybe = answer is not UNKNOWN and answer.before is State.USED
    if maybe and self.settings.on_false_positive == "challenge":
        return Challenge()
    return Strategy.decide(self, answer)


@strategy
class BoundedPerReplica(Strategy):
    """A deny-list of at most `capacity` keys in each replica's memory; full, it forgets or refuses.

    The limit counts in busy minutes and under attack: whoever can make a server see enough keys
    pushes the victim's out (`when_full` "evict"), or shuts honest ones out ("refuse").
    """

    name = "bounded_per_replica"
    promise = "at most one use per replica while no more than `capacity` keys are alive there"
    fails = (
        "open when the oldest is evicted (a replay is accepted), closed when the newest is "
        "refused (an honest first use is rejected)"
    )
    costs = "no message; capacity × 129 bytes in each replica"
    in_the_field = (
        "node oidc-provider's memory adapter (LRU of 1000); Spring Security (100 000, "
        "full means rejected)"
    )
    memory = "bounded"
    placement = "each replica's own memory"
    stores_for = in_this_replica


@strategy
class SlidingBloom(Strategy):
    """A Bloom filter for each slice of time in each replica's memory, as Facebook's fizz has it.

    RFC 8446 8.2 allows a filter with false positives if they cost a round trip and no connection:
    `on_false_positive` "challenge" asks for a fresh token in place of refusing.
    """

    name = "sliding_bloom"
    promise = "at most one use per replica, in the window and at the load that it was sized for"
    fails = (
        "closed: a first use is taken for a replay at the false-positive rate; open for a key "
        "that outlives the window"
    )
    costs = "no message; about 14 bytes a key for one false positive in a thousand, full or empty"
    in_the_field = "fizz SlidingBloomReplayCache (TLS 1.3 0-RTT), 12 time buckets, 4 hashes"
    memory = "sliding_bloom"
    placement = "each replica's own memory"
    stores_for = in_this_replica
    decide = maybe_used


@strategy
class Cuckoo(Strategy):
    """A cuckoo filter of two generations in each replica's memory; full, it refuses.

    Smaller than a Bloom filter below three false positives in a hundred (Fan et al. 2014).
    """

    name = "cuckoo_filter"
    promise = "at most one use per replica, in the window and at the load that it was sized for"
    fails = (
        "closed: a first use is taken for a replay at the false-positive rate, and always when "
        "the filter is full"
    )
    costs = (
        "no message; two generations of about 14 bits a key for one false positive in a thousand"
    )
    in_the_field = "proposed where a Bloom filter is too large; no OAuth product known to us"
    memory = "cuckoo"
    placement = "each replica's own memory"
    stores_for = in_this_replica
    decide = maybe_used


@strategy
class NumberedTokens(Strategy):
    """Tokens that count up: each replica remembers the highest number and a bitmap behind it.

    Needs an issuer that numbers what it issues, for each server, and no server in between that
    reorders by more than the window: what comes later than that is refused, used or not.
    """

    name = "numbered_tokens"
    promise = "at most one use per replica, for ever, in a few bytes for each issuer"
    fails = "closed: a first use that comes more than `window_bits` numbers late is refused"
    costs = (
        "no message; for each issuer and server 8 bytes and `window_bits` (here 16 times as many: "
        "a number is an intention, for which up to 16 tokens are issued)"
    )
    in_the_field = (
        "App Attest's counter; IPsec's anti-replay window (RFC 4303 3.4.3); session "
        "counters of supabase's refresh tokens"
    )
    memory = "numbered"
    placement = "each replica's own memory"
    stores_for = in_this_replica
