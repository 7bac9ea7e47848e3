"""Lost responses: strict single use leaves a share p of the clients without an answer; a grace of g
further uses leaves p ** (g + 1).
"""

from __future__ import annotations

from collections import Counter

import pytest
from scipy.stats import binomtest

from sim.trace import Row
from tests.world.worlds import LEVEL, constant, outcomes

#: How often an answer is lost, and how long a client waits for one before it asks again.
P, TIMEOUT_MS = 0.5, 50.0
#: Neighbouring graces are so far apart that half as many would tell them from each other.
INTENTIONS = 600


def lossy(case: str, **settings: float) -> list[Row]:
    """How clients fare that ask again until they are answered, and the effects on the way."""
    fields = {f"strategy_settings.{name}": value for name, value in settings.items()} | {
        "strategy": "grace_window",
        "client.retry": "immediate",
        "client.retries": 20,
        "client.timeout_ms": TIMEOUT_MS,
        "workload.intentions": INTENTIONS,
        "workload.gap": constant(1000),
        "network.access.response_loss_probability": P,
        "duration_s": INTENTIONS + 60.0,
    }
    return outcomes(fields, case, lambda row: row.kind in ("outcome", "effect"))


def check(rows: list[Row], uses: int) -> None:
    rejected = sum(row.detail.get("kind") == "refused" for row in rows)
    assert binomtest(rejected, INTENTIONS, P ** (uses + 1)).pvalue > LEVEL
    effects = Counter(row.intention for row in rows if row.kind == "effect")
    assert max(effects.values()) == uses + 1


@pytest.mark.parametrize("uses", [0, 1, 2])
def test_the_share_of_clients_that_end_rejected(uses: int):
    check(lossy(f"lost {uses}", grace_uses=uses), uses)


def test_seconds_are_worth_as_many_uses_as_retries_fit_into_them():
    check(lossy("lost in time", grace_s=2.5 * TIMEOUT_MS / 1000), 2)
