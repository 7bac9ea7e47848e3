"""Queues at a server: Poisson arrivals, first come first served, `load` < 1 of what it can do.

Rule: every result is in units of the mean service time, so any unit does. Kleinrock, Queueing
Systems, volume 1, 1975. Raises ValueError at a load of 1 or more, where no queue settles.
"""

from __future__ import annotations

from math import log


def mm1_response(load: float) -> float:
    """Mean time from arrival to departure with one worker and exponential service."""
    return 1 / (1 - _stable(load))


def mm1_response_quantile(load: float, q: float) -> float:
    """Quantile of the same: with one worker the response time is exponential itself."""
    return -log(1 - q) * mm1_response(load)


def erlang_c(workers: int, load: float) -> float:
    """Probability that whoever arrives must wait, with so many workers at this load each.

    From Erlang's B by its recursion over the workers.
    """
    offered, blocked = workers * _stable(load), 1.0
    for n in range(1, workers + 1):
        blocked = offered * blocked / (n + offered * blocked)
    return blocked / (1 - load * (1 - blocked))


def mmc_response(workers: int, load: float) -> float:
    """Mean time from arrival to departure with several workers and exponential service."""
    return 1 + erlang_c(workers, load) / (workers * (1 - load))


def md1_wait(load: float) -> float:
    """Mean time in the queue alone with one worker and constant service (Pollaczek–Khinchine)."""
    return load / (2 * (1 - _stable(load)))


def _stable(load: float) -> float:
    if not 0 <= load < 1:
        raise ValueError(f"load {load:g}; a queue settles from 0 to below 1")
    return load
