"""The figures of the PBS paper once more, finely: WARS drawn directly, in millions of trials.

Rule: this is no simulation of this project's world but of the model in words (`drawn`), and says so
beside each figure. What `pbs` shows in the world is held against the same theory. Noticed with
probability 0.9: a consistency at once 0.3 points off, a latency's 99.9th percentile 1 % off where
one answer is awaited and 3 % where more are, and a t-visibility 2 % off; for YMMR as printed, of
which the paper has no figures, up to twice as much.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING

from sim.theory.pbs_paper import MEMBERS, STORES, TABLE
from sim.validation.checks import Expected, Experiment
from sim.validation.drawn import Sizes, draw, rungs
from sim.validation.evidence import Crossing, Evidence, Share
from sim.validation.pbs import Q, at_once, expect_visibility, theory_of

if TYPE_CHECKING:
    from sim.validation.drawn import Counts

#: store → how many trials.
TRIALS = {
    "LNKD-SSD": 20_000_000,
    "LNKD-DISK": 60_000_000,
    "YMMR": 30_000_000,
    "YMMR as run": 80_000_000,
}
LEAST = 500_000
DRAWN = "drawn"


def _lines(store: str) -> list[Sizes]:
    return [Sizes(*sizes) for sizes in TABLE[store]]


def _stale(store: str) -> list[Sizes]:
    return [sizes for sizes in _lines(store) if sum(sizes) <= MEMBERS]


def _visible_late(store: str) -> list[Sizes]:
    return [sizes for sizes in _stale(store) if TABLE[store][sizes].visibility_ms]


def _measure(store: str, n: int, seed: int) -> Mapping[str, Evidence]:
    found = draw(STORES[store], MEMBERS, _lines(store), n, seed)
    evidence: dict[str, Evidence] = {}
    for needed in range(1, MEMBERS + 1):
        look = next(each for sizes, each in found.items() if sizes.reads == needed)
        write = next(each for sizes, each in found.items() if sizes.writes == needed)
        evidence[f"read_{needed}_p999_ms"] = crossing(look.looks, n)
        evidence[f"write_{needed}_p999_ms"] = crossing(write.writes, n)
    for sizes in _stale(store):
        once = found[sizes].stale_at_once
        evidence[f"{_named(sizes)}_consistent_at_once"] = Share(n - once, n)
        evidence[f"{_named(sizes)}_visibility_ms"] = crossing(found[sizes].unseen, n)
    return evidence


def crossing(longer: Counts, n: int) -> Crossing:
    """Where the share falls below 1 − q: the rungs around, as the counts themselves say."""
    target = 1 - Q
    near = (longer > n * target / 2) & (longer < n * target * 2)
    return Crossing(rungs()[near].tolist(), longer[near].tolist(), n, target)


def _expect(store: str) -> Mapping[str, Expected]:
    expected: dict[str, Expected] = {}
    for needed in range(1, MEMBERS + 1):
        quorum = theory_of(store, (needed, needed))
        look, write = f"look of {needed}, 99.9 %, {DRAWN}", f"write of {needed}, 99.9 %, {DRAWN}"
        expected[f"read_{needed}_p999_ms"] = Expected(quorum.read_latency(Q), look, "ms")
        expected[f"write_{needed}_p999_ms"] = Expected(quorum.write_latency(Q), write, "ms")
    for sizes in _stale(store):
        expected[f"{_named(sizes)}_consistent_at_once"] = _of(sizes, at_once(store, sizes))
    for sizes in _visible_late(store):
        visible = _of(sizes, expect_visibility(store, sizes))
        expected[f"{_named(sizes)}_visibility_ms"] = visible
    return expected


def _of(sizes: Sizes, expected: Expected) -> Expected:
    which = f"R{sizes.reads} W{sizes.writes}, {DRAWN}"
    return expected._replace(about=f"{expected.about}, {which}")


def _names(store: str) -> tuple[str, ...]:
    latencies = (
        f"{what}_{needed}_p999_ms" for needed in range(1, MEMBERS + 1) for what in ("read", "write")
    )
    return (
        *latencies,
        *(f"{_named(sizes)}_consistent_at_once" for sizes in _stale(store)),
        *(f"{_named(sizes)}_visibility_ms" for sizes in _visible_late(store)),
    )


def _named(sizes: Sizes) -> str:
    return f"r{sizes.reads}_w{sizes.writes}"


def drawn(store: str) -> Experiment:
    """All figures of one store's part of the table."""
    name = f"drawn_{store.lower().replace('-', '_').replace(' ', '_')}"
    expect, measure = partial(_expect, store), partial(_measure, store)
    return Experiment(name, expect, TRIALS[store], measure, LEAST, _names(store))


EXPERIMENTS = tuple(drawn(store) for store in TRIALS)
