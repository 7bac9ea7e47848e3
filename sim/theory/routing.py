"""Replicas that share nothing (RFC 9449 11.1): who meets whom.

RFC 8446 8 counts the same way: as many replays as server instances.
"""

from __future__ import annotations


def accepted_expected(replicas: int, presentations: int) -> float:
    """Mean number of acceptances when each presentation meets a random replica with its own memory.

    One per replica that is hit at all: the occupancy problem (Feller, volume 1, II.5).
    """
    return replicas * (1 - (1 - 1 / replicas) ** presentations)


def double_accept_per_replica(replicas: int, presentations: int = 2) -> float:
    """Probability of at least two acceptances: the presentations do not all hit one replica."""
    return 1 - float(replicas) ** (1 - presentations)


def double_accept_sticky(replicas: int, stickiness: float) -> float:
    """The same for two, the second of which is sent to the first's replica with this probability.

    When it is not sent there it goes to a random replica, which may be the same one.
    """
    return (1 - stickiness) * other_replica(replicas)


def double_accept_affinity(replicas: int, stickiness: float) -> float:
    """The same for two when each goes to one home replica with this probability, else anywhere.

    They part unless both are at home or chance brings them together: what a balancer with session
    affinity does that at times cannot honour it.
    """
    return (1 - stickiness**2) * other_replica(replicas)


def other_replica(replicas: int) -> float:
    """Probability that a random replica is not the one that was used before.

    The `lag_gap` formulas are for a second presentation at another replica; under random routing
    they are to be multiplied by this.
    """
    return 1 - 1 / replicas
