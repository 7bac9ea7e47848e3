"""How much memory one-time use takes: a formula, memories that were really made, and one run.

Rule: bytes of lists are entries times what an entry was measured to take; bytes of filters are
those of filters built for that load; the number of entries is held against a simulated store.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Any, NamedTuple

from oauth_model.filters import CuckooFilter, SlidingBloomFilter
from sim.metrics import Tally
from sim.scenario import Scenario
from sim.scenario_files import build
from sim.theory.room import ENTRY_BYTES, kept_entries
from sim.trace import Row
from sim.world.simulation import run_into

Progress = Callable[[int, int], None]

#: Small, medium and large: keys per second. The medium one is what Keycloak is load-tested with.
RATES_PER_S = (1_000, 20_000, 100_000)
#: What filters are sized for here.
FALSE_POSITIVE_RATE = 0.001
#: What is simulated: this rate, and seconds short enough for a short run, of each that counts.
SIMULATED_PER_S = 1_000
SIMULATED_LIFETIME_S, SIMULATED_LEEWAY_S, SIMULATED_MARGIN_S = 1, 0.5, 0.5


class Room(NamedTuple):
    """What one way of remembering takes at one rate; `entries` is 0 for what keeps no list."""

    kind: str
    rate_per_s: float
    entries: int
    bytes: int


def rooms(
    lifetime_s: float,
    leeway_s: float,
    margin_s: float,
    rates_per_s: tuple[int, ...] = RATES_PER_S,
) -> list[Room]:
    """Each way of remembering at each rate (keys per second); durations in seconds."""
    window_s = lifetime_s + leeway_s + margin_s
    found = []
    for rate in rates_per_s:
        entries = kept_entries(rate, lifetime_s, leeway_s, margin_s)
        lists = {kind: entries * each for kind, each in ENTRY_BYTES.items()}
        found += [Room(kind, rate, round(entries), round(size)) for kind, size in lists.items()]
        sizing = rate, window_s, FALSE_POSITIVE_RATE
        bloom, cuckoo = SlidingBloomFilter(*sizing), CuckooFilter(*sizing)
        found.append(Room("sliding Bloom filter, as fizz lays it out", rate, 0, bloom.size_bytes()))
        found.append(Room("cuckoo filter, two generations", rate, 0, cuckoo.size_bytes()))
    return found


class Confirmation(NamedTuple):
    """The formula beside a simulated store of the same load."""

    rate_per_s: int
    lifetime_s: int
    leeway_s: float
    margin_s: float
    expected_entries: float
    simulated_entries: int

    @property
    def off_by(self) -> float:
        """How far the store is from the formula, as a share of it."""
        return abs(self.simulated_entries - self.expected_entries) / self.expected_entries


def confirmation(seed: int = 1, progress: Progress = lambda done, total: None) -> Confirmation:
    """Run a shared deny-list at SIMULATED_PER_S and count what it holds at most.

    `progress` is told how many of how many uses are over.
    """
    scenario, tally = _busy(), Tally()
    load = SIMULATED_PER_S, SIMULATED_LIFETIME_S, SIMULATED_LEEWAY_S, SIMULATED_MARGIN_S
    over = count(1)

    def sink(row: Row) -> None:
        tally(row)
        if row.kind == "outcome":
            progress(next(over), scenario.workload.intentions)

    run_into(scenario, sink, seed=seed)
    return Confirmation(*load, kept_entries(*load), tally.store_peak_entries)


def _busy() -> Scenario:
    """Payments at the rate, for twice as long as a key is kept, and nothing that goes wrong."""
    kept_s = SIMULATED_LIFETIME_S + SIMULATED_LEEWAY_S + SIMULATED_MARGIN_S
    gap = {"distribution": "exponential", "mean_ms": 1000 / SIMULATED_PER_S}
    tree: dict[str, Any] = {
        "about": {"title": "a busy store"},
        "strategy": "shared_atomic",
        "strategy_settings": {"retention_margin_s": SIMULATED_MARGIN_S},
        "authorization_server": {"single_use_lifetime_s": SIMULATED_LIFETIME_S},
        "servers": [
            {
                "name": "payments",
                "operations": {"POST /payments": "payment"},
                "leeway_s": SIMULATED_LEEWAY_S,
            }
        ],
        "workload": {"intentions": int(2 * SIMULATED_PER_S * kept_s), "gap": gap},
        "duration_s": 3 * kept_s,
    }
    return build(tree, "a busy store")
