"""Probabilistically bounded staleness: the quorum strategy under the latencies of the PBS paper.

Rule: the theory is `sim.theory.pbs`, the paper `sim.theory.pbs_paper`, and the simulation strategy,
members and wires of this project (`sim.validation.bare`). Where the paper gives the consistency at
once, 0.3 points are noticed with probability 0.9; in other lines `KEYS` notice 1 to 3 points, and a
99.9th percentile beyond which there is five times what should be. What is rarer is simulated under
a condition (`sim.validation.late`): a t-visibility that is 25 % off is noticed, and a stale share
that is 20 to 40 % off; at gaps at which most writes are late, of which the line itself is the finer
check, one that is twice what it should be. `pbs_drawn` is finer, without a world.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, partial
from typing import Any

from sim.distributions import Mixture
from sim.metrics import Tally
from sim.scenario import Scenario
from sim.scenario_files import load, vary
from sim.theory.legs import Exponential, Leg, Pareto
from sim.theory.pbs import Quorum
from sim.theory.pbs_paper import (
    CONSISTENT_AT_ONCE,
    MEMBERS,
    OPERATIONS,
    STEP_MS,
    STORES,
    TABLE,
    TRIALS,
    first_crossing,
)
from sim.validation.bare import Presentations
from sim.validation.checks import Expected, Experiment, PaperWay, noticing, samples
from sim.validation.evidence import Crossing, Evidence, Given, Quantile, Share
from sim.validation.late import Late
from sim.world.simulation import run_into

Found = Mapping[str, Evidence]
Sizes = tuple[int, int]  #: reads, writes
KEYS, KEYS_OF_VISIBILITY, KEYS_OF_CELL = 10_000, 4000, 3000
#: So many values bound their 99.9th percentile from above.
LEAST_KEYS = 4000
Q = 0.999
#: What the reference advises: latencies by how many answers they wait for, and consistency.
ONE_PER_CENT, THREE_PER_CENT, POINTS = 0.01, 0.03, 0.003
#: t-visibility is looked for at the places 10^(k / 40) ms, so in steps of 6 %, that lie between
#: these multiples of what the paper says.
PLACES_PER_DECADE, AROUND_PAPER = 40, (0.8, 1.4)
#: The table of stale reads: gaps in ms.
GAPS_MS = (0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
#: (store, sizes) → the gaps that are listed; elsewhere all of them. What is rarer is not listed.
LISTED: dict[tuple[str, Sizes], tuple[int, ...]] = {
    ("LNKD-SSD", (1, 1)): GAPS_MS[:4],
    ("LNKD-SSD", (1, 2)): GAPS_MS[:4],
    ("LNKD-SSD", (2, 1)): GAPS_MS[1:3],
    ("LNKD-DISK", (2, 1)): GAPS_MS[:7],
}
#: store → what to know of all its figures; (store, sizes) → of its t-visibility.
REMARKS = {"YMMR": "it was made with alpha 3.5 for writes, where 3.35 is printed"}
OTHER_SWEEP = "its grid or its run was another, for theory and simulations agree"
REMARKS_OF_VISIBILITY = {
    ("YMMR", (2, 1)): OTHER_SWEEP,
    ("YMMR as run", (2, 1)): OTHER_SWEEP,
}


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


# a line of the table


def _measure_line(store: str, sizes: Sizes, n: int, seed: int) -> Found:
    found = Presentations(scenario_of(store, sizes, seed), (0.0,)).run(n)
    return {
        "read_p999_ms": Quantile(found.look_ms, Q),
        "write_p999_ms": Quantile(found.write_ms, Q),
        "consistent_at_once": Share(n - found.again[0], n),
    }


def _expect_line(store: str, sizes: Sizes) -> Mapping[str, Expected]:
    quorum, paper = theory_of(store, sizes), TABLE[store][sizes]
    remark = REMARKS.get(store, "")
    latency = {
        f"{name}_p999_ms": Expected(
            quantile(Q),
            f"{'look' if name == 'read' else 'write'}, 99.9 %",
            "ms",
            published,
            _paper_quantile(quantile),
            ONE_PER_CENT if needed == 1 else THREE_PER_CENT,
            remark,
        )
        for name, quantile, published, needed in (
            ("read", quorum.read_latency, paper.read_ms, quorum.reads),
            ("write", quorum.write_latency, paper.write_ms, quorum.writes),
        )
    }
    return latency | {"consistent_at_once": at_once(store, sizes)}


def _paper_quantile(quantile: Any) -> PaperWay:
    from scipy.stats import binom

    beyond = (float(binom.ppf(each, OPERATIONS, Q)) / OPERATIONS for each in (0.05, 0.5, 0.95))
    return PaperWay(f"a quantile of {OPERATIONS:,} operations", *map(quantile, beyond))


def at_once(store: str, sizes: Sizes) -> Expected:
    """Consistency of a look as soon as the write is acknowledged."""
    from scipy.stats import binom

    p = theory_of(store, sizes).consistent(0)
    published = CONSISTENT_AT_ONCE.get(store) if sizes == (1, 1) else None
    if published is None:
        return Expected(p, "consistent at once")
    shares = (float(binom.ppf(each, TRIALS, p)) / TRIALS for each in (0.05, 0.5, 0.95))
    way = PaperWay(f"{TRIALS:,} trials", *shares)
    return Expected(p, "consistent at once", "", published, way, POINTS)


def line(store: str, sizes: Sizes) -> Experiment:
    """One line of the published table: both latencies, and consistency at once."""
    expect, measure = partial(_expect_line, store, sizes), partial(_measure_line, store, sizes)
    names = ("read_p999_ms", "write_p999_ms", "consistent_at_once")
    published = CONSISTENT_AT_ONCE.get(store) if sizes == (1, 1) else None
    n = noticing(published, POINTS) if published else KEYS
    return Experiment(f"pbs_{named(store, sizes)}", expect, n, measure, LEAST_KEYS, names)


# t-visibility


def _late(store: str, sizes: Sizes, after_ms: float, seed: int) -> Late:
    leg = Mixture.model_validate(mixture(STORES[store].write))
    return Late(seed, "writer eu > member eu write", leg, after_ms, MEMBERS, sizes[0])


def places_ms(published_ms: float) -> tuple[float, ...]:
    """Where t-visibility is looked for: nothing of this depends on the theory."""
    least, most = (published_ms * each for each in AROUND_PAPER)
    ladder = (10 ** (k / PLACES_PER_DECADE) for k in range(4 * PLACES_PER_DECADE))
    return tuple(each for each in ladder if least <= each <= most)


def _measure_visibility(store: str, sizes: Sizes, n: int, seed: int) -> Found:
    at = places_ms(TABLE[store][sizes].visibility_ms)
    late = _late(store, sizes, at[0], seed)
    found = Presentations(scenario_of(store, sizes, seed), at, choices=late).run(n)
    return {"visibility_ms": Crossing(at, found.again, n, (1 - Q) / late.probability)}


def expect_visibility(store: str, sizes: Sizes) -> Expected:
    """The exact t-visibility, what the paper says, and what its way of reading it off shows."""
    quorum, about = theory_of(store, sizes), "t-visibility, 99.9 %"
    crossing = PaperWay("first crossing of a sweep", *first_crossing(quorum, STEP_MS[store]))
    published = TABLE[store][sizes].visibility_ms
    remark = REMARKS_OF_VISIBILITY.get((store, sizes), "")
    return Expected(quorum.visibility(Q), about, "ms", published, crossing, None, remark)


def visibility(store: str, sizes: Sizes) -> Experiment:
    """When 99.9 % of looks see the write."""
    return Experiment(
        f"pbs_{named(store, sizes)}_visibility",
        lambda: {"visibility_ms": expect_visibility(store, sizes)},
        KEYS_OF_VISIBILITY,
        partial(_measure_visibility, store, sizes),
        names=("visibility_ms",),
    )


# the table of stale reads


def _measure_stale(store: str, sizes: Sizes, n: int, seed: int) -> Found:
    return {
        f"after_{gap_ms}_ms": _cell(store, sizes, gap_ms, n, seed)
        for gap_ms in gaps_of(store, sizes)
    }


def _cell(store: str, sizes: Sizes, gap_ms: int, n: int, seed: int) -> Given:
    late = _late(store, sizes, gap_ms, seed + gap_ms)
    found = Presentations(scenario_of(store, sizes, seed), (gap_ms,), choices=late).run(n)
    return Given(Share(found.again[0], n), late.probability)


def gaps_of(store: str, sizes: Sizes) -> tuple[int, ...]:
    """The gaps that are listed."""
    return LISTED.get((store, sizes), GAPS_MS)


def _expect_stale(store: str, sizes: Sizes) -> Mapping[str, Expected]:
    return {
        f"after_{gap_ms}_ms": Expected(
            theory_of(store, sizes).stale(gap_ms), f"stale after {gap_ms} ms"
        )
        for gap_ms in gaps_of(store, sizes)
    }


def stale(store: str, sizes: Sizes) -> Experiment:
    """Stale reads, which are double acceptances by a stale look, over the gap; n for each gap."""
    expect, measure = partial(_expect_stale, store, sizes), partial(_measure_stale, store, sizes)
    names = tuple(f"after_{gap_ms}_ms" for gap_ms in gaps_of(store, sizes))
    return Experiment(f"stale_{named(store, sizes)}", expect, KEYS_OF_CELL, measure, names=names)


# the whole protocol


def _measure_again(store: str, sizes: Sizes, gap_ms: float, n: int, seed: int) -> Found:
    tally = Tally()
    delay = {"distribution": "constant", "value_ms": gap_ms}
    more = {"workload__intentions": n, "thief__delay": delay, "duration_s": 0.4 * n + 100}
    run_into(scenario_of(store, sizes, seed, **more), tally)
    rate = tally.measures()["double_accept_rate"]
    return {"twice": Share(round(rate["value"] * rate["n"]), rate["n"])}


def again(store: str, sizes: Sizes, gap_ms: float, p: float) -> Experiment:
    """The whole protocol: a token presented again so long after it first reached a server.

    `p`: about how likely it is that it is accepted again, for the size of the sample.
    """
    about = f"double_accept_rate, copy after {gap_ms:g} ms"
    return Experiment(
        f"again_{named(store, sizes)}_{gap_ms:g}_ms",
        lambda: {"twice": Expected(theory_of(store, sizes).accepted_again(gap_ms), about)},
        samples(p),
        partial(_measure_again, store, sizes, gap_ms),
        names=("twice",),
    )


def named(store: str, sizes: Sizes) -> str:
    """A line of the table in the name of an experiment."""
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
STALE = [(store, sizes) for store, sizes in LINES if sum(sizes) <= MEMBERS]
EXPERIMENTS = (
    *(line(*one) for one in LINES),
    *(visibility(*one) for one in STALE if TABLE[one[0]][one[1]].visibility_ms),
    *(stale(*one) for one in STALE),
    *(again("LNKD-DISK", (1, 1), gap_ms, p) for gap_ms, p in ((2, 0.62), (5, 0.29), (10, 0.11))),
    *(again("LNKD-DISK", (2, 2), gap_ms, p) for gap_ms, p in ((2, 0.4), (5, 0.09))),
)
