"""Quorums: how often one can be had, and what a read that misses the write sees.

Bailis, Venkataraman, Franklin, Hellerstein and Stoica, Probabilistically Bounded Staleness for
Practical Partial Quorums, VLDB 2012, section 3.
"""

from __future__ import annotations

from math import comb


def quorum_availability(available: float, members: int, needed: int | None = None) -> float:
    """Probability that so many of the members are up, a majority when nothing is said.

    Each is up with probability `available`, whatever the others are.
    """
    least = members // 2 + 1 if needed is None else needed
    up = range(least, members + 1)
    return sum(comb(members, k) * available**k * (1 - available) ** (members - k) for k in up)


def missed(members: int, reads: int, writes: int) -> float:
    """Probability that a random read quorum meets no member of a random write quorum."""
    return comb(members - writes, reads) / comb(members, reads)
