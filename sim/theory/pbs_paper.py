"""What the PBS paper gives: its fitted latencies and its published table, as data.

Bailis, Venkataraman, Franklin, Hellerstein and Stoica, VLDB 2012: tables "fits" and "t-visibility".
Durations in ms. Two things to know before comparing with it. The published t are first crossings: a
sweep estimates the consistency anew at each t, from 50 000 trials, and takes the first t that
looks consistent, which is too early (`first_crossing`). And the figures for YMMR were made with
alpha = 3.5 for its writes where the paper prints 3.35 (`YMMR_AS_RUN`, `YMMR`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sim.theory.pbs import Exponential, Leg, Pareto, Quorum, Wars

_SSD = Leg(((0.9122, Pareto(0.235, 10)), (0.0878, Exponential(1.66))))
_DISK_WRITE = Leg(((0.38, Pareto(1.05, 1.51)), (0.62, Exponential(0.183))))
_YMMR_REST = Leg(((0.982, Pareto(1.5, 3.8)), (0.018, Exponential(0.0217))))


def _ymmr(alpha: float) -> Wars:
    write = Leg(((0.939, Pareto(3, alpha)), (0.061, Exponential(0.0028))))
    return Wars(write, _YMMR_REST, _YMMR_REST, _YMMR_REST)


LNKD_SSD = Wars(_SSD, _SSD, _SSD, _SSD)
LNKD_DISK = Wars(_DISK_WRITE, _SSD, _SSD, _SSD)
YMMR, YMMR_AS_RUN = _ymmr(3.35), _ymmr(3.5)
#: name → legs.
STORES: dict[str, Wars] = {
    "LNKD-SSD": LNKD_SSD,
    "LNKD-DISK": LNKD_DISK,
    "YMMR": YMMR,
    "YMMR as run": YMMR_AS_RUN,
}
MEMBERS = 3


class Published(NamedTuple):
    """A line of the table: 99.9th percentiles of latency, and t for 99.9 % consistency."""

    read_ms: float
    write_ms: float
    visibility_ms: float


#: store → (reads, writes) → what the paper says.
TABLE: dict[str, dict[tuple[int, int], Published]] = {
    "LNKD-SSD": {
        (1, 1): Published(0.66, 0.66, 1.85),
        (1, 2): Published(0.66, 1.63, 1.79),
        (2, 1): Published(1.63, 0.65, 0),
        (2, 2): Published(1.62, 1.64, 0),
        (3, 1): Published(4.14, 0.65, 0),
        (1, 3): Published(0.65, 4.09, 0),
    },
    "LNKD-DISK": {
        (1, 1): Published(0.66, 10.99, 45.5),
        (1, 2): Published(0.65, 20.97, 43.3),
        (2, 1): Published(1.63, 10.9, 13.6),
        (2, 2): Published(1.64, 20.96, 0),
        (3, 1): Published(4.12, 10.89, 0),
        (1, 3): Published(0.65, 112.65, 0),
    },
    "YMMR": {
        (1, 1): Published(5.58, 10.83, 1364.0),
        (1, 2): Published(5.61, 427.12, 1352.0),
        (2, 1): Published(32.6, 10.73, 202.0),
        (2, 2): Published(33.18, 428.11, 0),
        (3, 1): Published(219.27, 10.79, 0),
        (1, 3): Published(5.63, 1870.86, 0),
    },
}
TABLE["YMMR as run"] = TABLE["YMMR"]
#: Published consistency at t = 0 of a quorum of 1 and 1: the text of section 5.6.
CONSISTENT_AT_ONCE = {"LNKD-SSD": 0.974, "LNKD-DISK": 0.439, "YMMR as run": 0.893}

#: The step of the sweep over t, in ms, as the digits of the table let one see.
STEP_MS = {"LNKD-SSD": 0.01, "LNKD-DISK": 0.1, "YMMR": 1.0, "YMMR as run": 1.0}
TRIALS = 50_000
#: Of latencies, the table has quantiles of so many operations.
OPERATIONS = 1_000_000


def first_crossing(quorum: Quorum, step_ms: float, q: float = 0.999) -> Sequence[float]:
    """5th, 50th and 95th percentile of the first t of a sweep whose own estimate reaches q.

    Of `TRIALS` fresh trials at each t, at most the share 1 − q may be stale: exact binomial
    probabilities take the place of a repeated sweep.
    """
    import numpy as np
    from scipy.stats import binom

    t_ms = np.arange(0.0, 1.5 * quorum.visibility(q) + step_ms, step_ms)
    stale = np.array([quorum.stale(t) for t in t_ms])
    reached = binom.cdf(round((1 - q) * TRIALS), TRIALS, stale)
    crossed_by = 1 - np.cumprod(1 - reached)
    return [float(t_ms[np.searchsorted(crossed_by, share)]) for share in (0.05, 0.5, 0.95)]
