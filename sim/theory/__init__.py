"""Closed forms: what a run must come out at, where mathematics knows the answer.

Rule: a formula says its model in words, its source, and nothing about the simulator; a test holds
each against printed values and against a direct Monte Carlo. Durations of one call share any unit.

Where nothing else is named the formula follows in a line from the model its docstring states.
"""

from sim.theory.filters import (
    birthday_collision,
    birthday_keys,
    bloom_bits_per_key,
    bloom_false_positive,
    bloom_hashes,
    cuckoo_false_positive,
    cuckoo_refusing,
    sliding_bloom_bytes_per_key,
    sliding_bloom_false_positive,
    sliding_bloom_refusing,
)
from sim.theory.lag import (
    lag_gap_exponential,
    lag_gap_fixed_gap,
    lag_gap_fixed_lag,
    lag_gap_lognormal,
)
from sim.theory.loss import LostResponse, grace_uses, lost_response, refused_after_loss
from sim.theory.places import home_region_latency, home_region_unavailability, lost_records
from sim.theory.queues import (
    erlang_c,
    md1_wait,
    mm1_response,
    mm1_response_quantile,
    mmc_response,
)
from sim.theory.quorums import missed, quorum_availability
from sim.theory.retries import any_slow, expected_attempts, hedge_rate, layered_attempts
from sim.theory.routing import (
    accepted_expected,
    double_accept_affinity,
    double_accept_per_replica,
    double_accept_sticky,
    other_replica,
)
from sim.theory.windows import check_then_act, check_then_act_accepted, check_then_act_burst

__all__ = [
    "LostResponse",
    "accepted_expected",
    "any_slow",
    "birthday_collision",
    "birthday_keys",
    "bloom_bits_per_key",
    "bloom_false_positive",
    "bloom_hashes",
    "check_then_act",
    "check_then_act_accepted",
    "check_then_act_burst",
    "cuckoo_false_positive",
    "cuckoo_refusing",
    "double_accept_affinity",
    "double_accept_per_replica",
    "double_accept_sticky",
    "erlang_c",
    "expected_attempts",
    "grace_uses",
    "hedge_rate",
    "home_region_latency",
    "home_region_unavailability",
    "lag_gap_exponential",
    "lag_gap_fixed_gap",
    "lag_gap_fixed_lag",
    "lag_gap_lognormal",
    "layered_attempts",
    "lost_records",
    "lost_response",
    "md1_wait",
    "missed",
    "mm1_response",
    "mm1_response_quantile",
    "mmc_response",
    "other_replica",
    "quorum_availability",
    "refused_after_loss",
    "sliding_bloom_bytes_per_key",
    "sliding_bloom_false_positive",
    "sliding_bloom_refusing",
]
