"""Failover: what the new primary has not heard of, and what becomes of it.

Rule: payments come at random instants (Poisson), each record is copied so long after it was written
and is lost with its sender; every token is presented once more when the new primary is in charge.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from math import ceil

from sim import theory
from sim.scenario_files import vary
from sim.trace import Row
from sim.validation.checks import Expected, Experiment, Z
from sim.validation.evidence import Count, Evidence, Share
from sim.validation.worlds import constant, exponential, race
from sim.world.simulation import run_into

Found = Mapping[str, Evidence]
WRITES_PER_S = 1000
#: Of the time in which n payments are expected: when the primary fails, and the lag before that.
FAILS, LAG = 0.8, 0.7
#: Until another member takes over; and when a token is presented again, which is after that.
DETECTION_S, AGAIN_MS = 1.0, 15_000
#: A copy to the member that failed is not sent again: it would only take time.
NEVER_S = 1e6


class Records:
    """What the trace shows of records: written, known to the new primary, and used again."""

    def __init__(self) -> None:
        self.written: set[str] = set()
        self.copied: set[str] = set()
        self.accepted: Counter[str] = Counter()
        self._over = False

    def __call__(self, row: Row) -> None:
        """See one row."""
        if row.kind == "fault" and row.detail["action"] == "promote":
            self._over = True
        elif row.kind == "respond" and row.detail["outcome"] == "first":
            self.accepted[row.token] += 1
        elif row.kind == "consume" and not self._over:
            (self.written if row.node == "member-home-1" else self.copied).add(row.token)


def _measure(n: int, seed: int) -> Found:
    all_s = n / WRITES_PER_S
    lag_s = LAG * all_s
    scenario = vary(
        race(
            "failover",
            seed,
            n,
            ["home"] * 2,
            {"delay": constant(AGAIN_MS)},
            strategy="failover_deny_list",
            stores={"members": ["home"] * 2, "region": "home"},
            strategy_settings={"copy_after_s": lag_s, "resend_s": NEVER_S},
            faults=[{"fault": "failover", "from_s": FAILS * all_s, "detection_s": DETECTION_S}],
        ),
        workload__gap=exponential(1000 / WRITES_PER_S),
    )
    records = Records()
    run_into(scenario, records)
    lost, kept = records.written - records.copied, records.written & records.copied
    return {
        "lost": Count(len(lost), lag_s),
        "again": Share(sum(records.accepted[token] == 2 for token in lost), len(lost)),
        "kept": Share(sum(records.accepted[token] == 2 for token in kept), len(kept)),
    }


def lost() -> Experiment:
    """A deny-list with an asynchronous replica: the records of the lag are lost, and good again."""
    rate = theory.lost_records(WRITES_PER_S, 1.0)
    expected = {
        "lost": Expected(rate, "records lost, a second of lag"),
        "again": Expected(1.0, "their tokens, accepted again"),
        "kept": Expected(0.0, "other tokens, accepted again"),
    }
    n = ceil(Z**2 / 0.01 / LAG)
    return Experiment("failover_lost", lambda: expected, n, _measure)


EXPERIMENTS = (lost(),)
