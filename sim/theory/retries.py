"""What retries and fan-out cost: attempts, layers, the slowest part, and the hedged request."""

from __future__ import annotations

from math import exp, factorial


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


def hedge_rate(mean_leg: float, hedge_after: float, legs: int = 2) -> float:
    """Share of requests that are sent twice: the answer takes longer than the hedge waits.

    The way there and back are `legs` exponential durations of one mean (Erlang's distribution). A
    hedged single-use token is a double presentation, so this is also how often that happens.
    """
    x = hedge_after / mean_leg
    return exp(-x) * sum(x**k / factorial(k) for k in range(legs))
