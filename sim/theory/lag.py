"""Asynchronous replication: the second presentation overtakes the record of the first.

Rule: double acceptance is P(lag > gap) for a second presentation at another replica; under random
routing it is to be multiplied by `routing.other_replica`.
"""

from __future__ import annotations

from math import erfc, exp, log, sqrt


def lag_gap_exponential(mean_lag: float, mean_gap: float) -> float:
    """Double acceptance with exponential lag and exponential gap: the race of two clocks."""
    return mean_lag / (mean_lag + mean_gap)


def lag_gap_fixed_lag(lag: float, mean_gap: float) -> float:
    """Double acceptance with a fixed lag and an exponential gap."""
    return 1 - exp(-lag / mean_gap)


def lag_gap_fixed_gap(mean_lag: float, gap: float) -> float:
    """Double acceptance with an exponential lag and a fixed gap."""
    return exp(-gap / mean_lag)


def lag_gap_lognormal(median_lag: float, sigma: float, gap: float) -> float:
    """Double acceptance with a lognormal lag and a fixed gap; sigma is that of the logarithm."""
    return 0.5 * erfc(log(gap / median_lag) / sigma / sqrt(2))
