"""A formula against a direct Monte Carlo: when the two agree.

Each comparison denies a true formula with probability 1e-5, and first makes sure that it would
notice an error of 10 % with probability 0.99: 6.75 standard errors, 4.42 for the level and 2.33 for
the power.
"""

from typing import Any

from sim.statistics import agrees

N = 200_000
LEVEL = 1e-5


def confirm_mean(samples: Any, expected: float) -> None:
    error = samples.std(ddof=1) / len(samples) ** 0.5
    assert 0.1 * expected > 6.75 * error, "too few samples"
    assert abs(samples.mean() - expected) <= 4.42 * error


def confirm_rate(happened: Any, expected: float) -> None:
    n = len(happened)
    assert 0.1 * expected > 6.75 * (expected * (1 - expected) / n) ** 0.5, "too few samples"
    assert agrees(int(happened.sum()), n, expected, LEVEL)
