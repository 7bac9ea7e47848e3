"""Filters: how often a first use is taken for a replay, by a server whose memory is a filter.

Every payment is an honest first use. They come so fast that the keys that are kept are as many as
the filter was sized for: what it takes for used it refuses and does not keep. How wrong a filter is
depends on the keys that happen to be in it, so what is compared is batches, each longer than its
window; an error of 10 % in the theory is noticed. Less of one in the filter is: one that refuses
less keeps more, and refuses more for it (two buckets of twelve too few are noticed, one is not).
With fewer payments the filters are smaller, and with a few keys in each of its buckets a Bloom
filter is more often wrong than the theory of large ones says.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from oauth_model.filters import SLOTS, CuckooFilter
from sim import theory
from sim.scenario_files import vary
from sim.trace import Row
from sim.validation.checks import Expected, Experiment
from sim.validation.evidence import Evidence, batches
from sim.validation.worlds import constant, race
from sim.world.simulation import run_into

Found = Mapping[str, Evidence]
REFUSED = "first uses refused"
#: How long a filter remembers, and of how many such windows a run consists.
WINDOW_S, WINDOWS, BATCHES = 11.0, 26, 20
#: A fingerprint of 5 bits, none of which is 0.
COARSE, FINGERPRINTS = 0.5, 31
#: Entries for each slot of a cuckoo filter's full generation; the other is half as full on average.
LOAD, GENERATIONS = 0.78, 1.5
#: Keys for each slot that a filter is asked to have room for, so that it has as many as are wanted.
ASKED = 0.9


def _refused(
    strategy: str, sizing: tuple[float, float], kept_per_s: float, wrong: float, n: int, seed: int
) -> Found:
    """`wrong`: how often the theory says, which is how many more payments there are than keys."""
    gap_ms = 1000 * (1 - wrong) / kept_per_s
    sized = dict(zip(("filter_keys_per_s", "false_positive_rate"), sizing, strict=True))
    settings = {"filter_window_s": WINDOW_S} | sized
    scenario = vary(
        race("filters", seed, n, ["home"], {}, strategy=strategy, strategy_settings=settings),
        workload__gap=constant(gap_ms),
        duration_s=n * gap_ms / 1000 + 1000,
    )
    refused: list[float] = []

    def sink(row: Row) -> None:
        if row.kind == "respond":
            refused.append(row.detail["outcome"] != "first")

    run_into(scenario, sink)
    return {"refused": batches(refused, BATCHES)}


def _bloom(rate: float, wrong: float, n: int, seed: int) -> Found:
    per_s = n * (1 - wrong) / (WINDOWS * WINDOW_S)
    return _refused("sliding_bloom", (per_s, rate), per_s, wrong, n, seed)


def bloom(rate: float) -> Experiment:
    """The sliding Bloom filter as fizz sizes it, with this rate for each of its twelve buckets."""
    wrong = theory.sliding_bloom_refusing(rate)
    expected = {"refused": Expected(wrong, REFUSED)}
    return Experiment("sliding_bloom", lambda: expected, 20_000, partial(_bloom, rate, wrong))


def _cuckoo(wrong: float, n: int, seed: int) -> Found:
    most = n * (1 - wrong) / WINDOWS / LOAD / SLOTS
    buckets = 1 << int(most).bit_length() - 1
    kept, asked_per_s = LOAD * SLOTS * buckets, ASKED * SLOTS * buckets / WINDOW_S
    assert CuckooFilter(asked_per_s, WINDOW_S, COARSE).buckets == buckets
    sizing = asked_per_s, COARSE
    return _refused("cuckoo_filter", sizing, kept / WINDOW_S, wrong, n, seed)


def cuckoo() -> Experiment:
    """A cuckoo filter of two generations, with fingerprints so short that it is often wrong."""
    wrong = theory.cuckoo_refusing(FINGERPRINTS, SLOTS, LOAD * GENERATIONS)
    expected = {"refused": Expected(wrong, REFUSED)}
    return Experiment("cuckoo_filter", lambda: expected, 20_000, partial(_cuckoo, wrong))


EXPERIMENTS = (bloom(0.05), cuckoo())
