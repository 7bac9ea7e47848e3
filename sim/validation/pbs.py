"""Probabilistically bounded staleness: the quorum strategy under the latencies of the PBS paper.

Rule: the theory is `sim.theory.pbs`, the paper `sim.theory.pbs_paper`, and the simulation strategy,
members and wires of this project (`sim.validation.bare`). A sample of `KEYS` notices a t-visibility
that is 25 % off, and a 99.9th percentile beyond which there is twice or none of what should be.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, partial
from typing import Any

from sim.metrics import Tally
from sim.scenario import Scenario
from sim.scenario_files import load, vary
from sim.theory.pbs import Exponential, Leg, Pareto, Quorum
from sim.theory.pbs_paper import CONSISTENT_AT_ONCE, MEMBERS, STORES, TABLE
from sim.validation.bare import Presentations
from sim.validation.checks import Expected, Experiment, samples
from sim.validation.evidence import Crossing, Evidence, Quantile, Share
from sim.world.simulation import run_into

Found = Mapping[str, Evidence]
Sizes = tuple[int, int]  #: reads, writes
KEYS, KEYS_OF_TABLE = 40_000, 10_000
Q = 0.999
#: Around the theory's t-visibility, in its units: where a reader looks.
AROUND = (0.6, 0.8, 1.0, 1.25, 1.6)
#: The table of stale reads: gaps in ms, as far as something is to be seen in a sample.
GAPS_MS = (0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
SEEN = 2e-3


@cache
def theory_of(store: str, sizes: Sizes) -> Quorum:
    """The theory of one line of the paper's table."""
    return Quorum(STORES[store], MEMBERS, *sizes)


def mixture(leg: Leg) -> dict[str, Any]:
    """A leg as it stands in a scenario file."""
    return {
        "distribution": "mixture",
        "parts": [{"weight": weight, "of": _part(part)} for weight, part in leg.parts],
    }


def _part(part: Pareto | Exponential) -> dict[str, Any]:
    if isinstance(part, Pareto):
        return {"distribution": "pareto", "least_ms": part.least_ms, "alpha": part.alpha}
    return {"distribution": "exponential", "mean_ms": 1 / part.rate_per_ms}


def scenario_of(store: str, sizes: Sizes, seed: int, **more: Any) -> Scenario:
    """The preset `quorum` with the legs of a store of the paper; nobody gives up before 20 s."""
    reads, writes = sizes
    legs = {name: mixture(leg) for name, leg in STORES[store]._asdict().items()}
    changed = {
        "seed": seed,
        "stores__legs": legs,
        "stores__members": ["eu"] * MEMBERS,
        "stores__timeout_ms": 20_000.0,
        "strategy_settings__reads": reads,
        "strategy_settings__writes": writes,
    }
    return vary(load("quorum"), **changed | more)


def _measure_line(store: str, sizes: Sizes, n: int, seed: int) -> Found:
    t_ms = theory_of(store, sizes).visibility(Q)
    gaps_ms = (0.0, *(share * t_ms for share in AROUND)) if t_ms else (0.0,)
    found = Presentations(scenario_of(store, sizes, seed), gaps_ms).run(n)
    evidence: dict[str, Evidence] = {
        "read_p999_ms": Quantile(found.look_ms, Q),
        "write_p999_ms": Quantile(found.write_ms, Q),
        "consistent_at_once": Share(n - found.again[0], n),
    }
    if t_ms:
        evidence["visibility_ms"] = Crossing(gaps_ms[1:], found.again[1:], n, 1 - Q)
    return evidence


def _expect_line(store: str, sizes: Sizes) -> Mapping[str, Expected]:
    quorum, paper = theory_of(store, sizes), TABLE[store][sizes]
    at_once = CONSISTENT_AT_ONCE.get(store) if sizes == (1, 1) else None
    expected = {
        "read_p999_ms": Expected(quorum.read_latency(Q), "look, 99.9 %", "ms", paper.read_ms),
        "write_p999_ms": Expected(quorum.write_latency(Q), "write, 99.9 %", "ms", paper.write_ms),
        "consistent_at_once": Expected(quorum.consistent(0), "consistent at once", "", at_once),
    }
    if t_ms := quorum.visibility(Q):
        about = "t-visibility, 99.9 %"
        expected["visibility_ms"] = Expected(t_ms, about, "ms", paper.visibility_ms)
    return expected


def line(store: str, sizes: Sizes) -> Experiment:
    """One line of the published table: both latencies, consistency at once, t-visibility."""
    expect, measure = partial(_expect_line, store, sizes), partial(_measure_line, store, sizes)
    return Experiment(f"pbs_{_named(store, sizes)}", expect, KEYS, measure)


def _measure_stale(store: str, sizes: Sizes, n: int, seed: int) -> Found:
    found = Presentations(scenario_of(store, sizes, seed), GAPS_MS).run(n)
    return {
        f"after_{gap_ms}_ms": Share(again, n)
        for gap_ms, again in zip(GAPS_MS, found.again, strict=True)
    }


def _expect_stale(store: str, sizes: Sizes) -> Mapping[str, Expected]:
    stale = {gap_ms: theory_of(store, sizes).stale(gap_ms) for gap_ms in GAPS_MS}
    return {
        f"after_{gap_ms}_ms": Expected(p, f"stale after {gap_ms} ms")
        for gap_ms, p in stale.items()
        if p >= SEEN
    }


def stale(store: str, sizes: Sizes) -> Experiment:
    """Stale reads, which are double acceptances by a stale look, over the gap."""
    expect, measure = partial(_expect_stale, store, sizes), partial(_measure_stale, store, sizes)
    return Experiment(f"stale_{_named(store, sizes)}", expect, KEYS_OF_TABLE, measure)


def _measure_again(store: str, sizes: Sizes, gap_ms: float, n: int, seed: int) -> Found:
    tally = Tally()
    delay = {"distribution": "constant", "value_ms": gap_ms}
    more = {"workload__intentions": n, "thief__delay": delay, "duration_s": 0.4 * n + 100}
    run_into(scenario_of(store, sizes, seed, **more), tally)
    rate = tally.measures()["double_accept_rate"]
    return {"twice": Share(round(rate["value"] * rate["n"]), rate["n"])}


def again(store: str, sizes: Sizes, gap_ms: float) -> Experiment:
    """The whole protocol: a token presented again so long after it first reached a server."""
    p = theory_of(store, sizes).accepted_again(gap_ms)
    about = f"double_accept_rate, copy after {gap_ms:g} ms"
    measure = partial(_measure_again, store, sizes, gap_ms)
    name = f"again_{_named(store, sizes)}_{gap_ms:g}_ms"
    return Experiment(name, lambda: {"twice": Expected(p, about)}, samples(p), measure)


def _named(store: str, sizes: Sizes) -> str:
    reads, writes = sizes
    return f"{store.lower().replace('-', '_').replace(' ', '_')}_r{reads}_w{writes}"


#: Yammer's writes as printed make other figures where they matter.
LINES = [
    *(
        (store, sizes)
        for store in ("LNKD-SSD", "LNKD-DISK", "YMMR as run")
        for sizes in TABLE[store]
    ),
    *(("YMMR", sizes) for sizes in ((1, 1), (2, 1))),
]
#: Never stale as often as `SEEN`.
TOO_RARE = [("LNKD-SSD", (2, 1))]
EXPERIMENTS = (
    *(line(store, sizes) for store, sizes in LINES),
    *(stale(*one) for one in LINES if sum(one[1]) <= MEMBERS and one not in TOO_RARE),
    *(again("LNKD-DISK", (1, 1), gap_ms) for gap_ms in (2, 5, 10)),
    *(again("LNKD-DISK", (2, 2), gap_ms) for gap_ms in (2, 5)),
)
