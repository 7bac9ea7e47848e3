"""Closed forms: what a run must come out at, where mathematics knows the answer.

Rule: a formula says its model in words, its source, and nothing about the simulator; a test holds
each against printed values and against a direct Monte Carlo. Durations of one call share any unit.

Where nothing else is named the formula follows in a line from the model its docstring states.
"""

from __future__ import annotations

from functools import cache
from math import erfc, exp, floor, log, sqrt
from typing import NamedTuple

# Replicas that share nothing (RFC 9449 11.1; RFC 8446 8: as many replays as server instances).


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


# Asynchronous replication: the second presentation overtakes the record of the first, P(lag > gap).


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


# Check, then act: everyone who looks before the first has written is let in.


def check_then_act(window: float, mean_gap: float) -> float:
    """Double acceptance of two presentations an exponential gap apart; window: look to write."""
    return 1 - exp(-window / mean_gap)


def check_then_act_burst(window: float, burst: float, presentations: int = 2) -> float:
    """Double acceptance of presentations uniform in a burst no shorter than the window.

    The gap from the earliest to the second exceeds d = window / burst with probability (1 − d)^m.
    """
    return 1 - (1 - window / burst) ** presentations


def check_then_act_accepted(window: float, burst: float, presentations: int) -> float:
    """Mean number of acceptances in such a burst: 1 + m d − d^m."""
    d = window / burst
    return 1 + presentations * d - d**presentations


# The lost response: the server has done it, the client does not know, the client asks again.


class LostResponse(NamedTuple):
    """What becomes of one intention: three probabilities that sum to 1.

    `consumed_unknown` is the part of `unknown` in which the effect has happened.
    """

    served: float
    refused: float
    unknown: float
    consumed_unknown: float


def refused_after_loss(response_loss: float, grace_uses: int = 0) -> float:
    """Probability that an honest client which never gives up is refused in the end.

    All of its `grace_uses` + 1 accepted presentations must lose their response; lost requests only
    cost time. Strict single use (RFC 6749 4.1.2, RFC 9700 4.14.2) is `grace_uses` 0.
    """
    return response_loss ** (grace_uses + 1)


def lost_response(
    request_loss: float, response_loss: float, retries: int, grace_uses: int = 0
) -> LostResponse:
    """The same for a client that gives up after `retries` retries without an answer.

    The recursion over the attempts left; the sum it stands for has one term per order of losses.
    """

    @cache
    def after(attempts: int, accepted: int) -> LostResponse:
        if attempts == 0:
            return LostResponse(0.0, 0.0, 1.0, 1.0 if accepted else 0.0)
        again = after(attempts - 1, accepted)
        if accepted > grace_uses:
            answered, lost = LostResponse(0.0, 1.0, 0.0, 0.0), again
        else:
            answered, lost = LostResponse(1.0, 0.0, 0.0, 0.0), after(attempts - 1, accepted + 1)
        reached = _mix(response_loss, lost, answered)
        return _mix(request_loss, again, reached)

    return after(retries + 1, 0)


def grace_uses(grace: float, retry_delay: float) -> int:
    """How many extra uses a grace window covers when retries are this far apart."""
    return floor(grace / retry_delay)


def expected_attempts(loss: float, retries: int) -> float:
    """Mean number of attempts when each fails with this probability: a truncated geometric mean."""
    return float(retries + 1) if loss == 1 else (1 - loss ** (retries + 1)) / (1 - loss)


def layered_attempts(attempts_per_layer: int, layers: int) -> int:
    """Attempts at the bottom of a stack whose every layer retries (Amazon Builders' Library)."""
    return int(attempts_per_layer**layers)


def any_slow(slow: float, parts: int) -> float:
    """Probability that at least one of a request's parts is slow, each with probability `slow`.

    Dean and Barroso, The Tail at Scale, 2013.
    """
    return 1 - (1 - slow) ** parts


# Where the record lives.


def lost_records(writes_per_s: float, lag_s: float) -> float:
    """Mean number of records that a failover to an asynchronous replica loses: Little's law."""
    return writes_per_s * lag_s


def home_region_latency(away: float, rtt: float) -> float:
    """Mean added latency when one region owns a key and this share of uses comes from elsewhere."""
    return away * rtt


def home_region_unavailability(away: float, link_down: float) -> float:
    """Share of uses that fail because they are away from the owner and the link to it is down."""
    return away * link_down


def _mix(weight: float, one: LostResponse, other: LostResponse) -> LostResponse:
    return LostResponse(*(weight * a + (1 - weight) * b for a, b in zip(one, other, strict=True)))
