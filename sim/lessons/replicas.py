"""Replicas: the record of a use is on its way, and a second presentation may overtake it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from math import inf
from typing import Any, NamedTuple

from sim.lessons.exercise import Aim, exercise
from sim.scenario import Scenario
from sim.scenario_files import load, vary
from sim.statistics import agrees
from sim.trace import Trace
from sim.world.simulation import simulate

REGIONS = ("eu", "us", "ap", "sa")
#: Mean lag and gap in ms, replicas: far apart, so that no wrong formula suits them all.
SETTINGS = (
    (50.0, 10.0, 2),
    (50.0, 100.0, 2),
    (200.0, 150.0, 2),
    (80.0, 40.0, 3),
    (20.0, 30.0, 3),
    (300.0, 60.0, 4),
)
#: An answer outside the 99 % interval of a run is wrong.
LEVEL = 0.01
#: Where records of a use are copied to, and what such a message is called.
COPIES = {(f"store-{region}", "insert") for region in REGIONS}
#: Longer than any run.
FOR_EVER = 1e5


class Seen(NamedTuple):
    """Tokens presented twice, and how many of them were accepted twice."""

    presented: int
    twice: int

    def fits(self, said: float) -> bool:
        """Whether a probability agrees with what was seen; what is none does not."""
        return 0 <= said <= 1 and agrees(self.twice, self.presented, said, LEVEL)

    def told(self, said: float) -> str:
        """What an answer says, and what was seen."""
        return f"you say {said:.3f}, the simulation {self.twice} of {self.presented}"


@exercise(
    "the replay window",
    "Return the probability that a second presentation, `gap` later, is accepted as well.",
    "Two things must happen: the balancer picks another replica, and the record is not there yet.",
    "The first has probability 1 - 1/k. The second is P(lag > gap) of an exponential lag.",
    "(1 - 1 / replicas) * exp(-gap / lag)",
)
def check_window(answer: Callable[[float, float, int], float]) -> Iterator[Aim]:
    """A closed form, compared with the simulation, at its ends, and with a world it is not for."""
    for lag, gap, replicas in SETTINGS:
        said, found = float(answer(lag, gap, replicas)), seen(lag, gap, replicas)
        where = f"lag {lag:.0f} ms, gap {gap:.0f} ms, {replicas} replicas"
        yield Aim(where, found.fits(said), found.told(said))
    alone = float(answer(50.0, 10.0, 1))
    yield Aim("one replica", alone == 0, f"you say {alone:.3f}, and there is no other to ask")
    said, found = float(answer(inf, 100.0, 2)), seen(inf, 100.0, 2)
    yield Aim("the link cut: an infinite lag", found.fits(said), found.told(said))
    said, found = float(answer(50.0, 10.0, 2)), seen(50.0, 10.0, 2, "shared_atomic")
    yield Aim("told apart from one shared store", not found.fits(said), found.told(said))


def lags_ms(trace: Trace) -> list[float]:
    """How long each record of a use was on its way to the other server region's store."""
    region = {node.name: node.region for node in trace.header.nodes}
    arrived = {row.message: row.t_us for row in trace.of("deliver")}
    return [
        (arrived[row.message] - row.t_us) / 1e3
        for row in trace.of("send")
        if row.message in arrived and (row.peer, row.detail["label"]) in COPIES
        if region[row.node] != region[row.peer]
    ]


@cache
def seen(lag: float, gap: float, replicas: int, strategy: str = "replicated_async") -> Seen:
    """What a run of such a world comes to; an infinite lag is a link that is cut."""
    scenario = vary(world(lag, gap, replicas), strategy=strategy, workload__intentions=100)
    trace = simulate(scenario, seed=4)
    answers = [row for row in trace.of("respond") if row.detail["server"] == "payments"]
    return Seen(
        sum(row.actor == "thief" for row in answers),
        sum(row.actor == "thief" and row.detail["status"] == 200 for row in answers),
    )


def world(lag: float, gap: float, replicas: int) -> Scenario:
    """Replicas in as many regions, a client and a thief equally near to all of them.

    `lag`: the mean time (ms) that a record takes from one region to another, exponential; `gap`:
    how much later (ms) the thief presents each token once more.
    """
    regions = REGIONS[:replicas]
    pairs = [(a, b) for i, a in enumerate(regions) for b in regions[i + 1 :]]
    cut = [{"from_s": 0.0, "until_s": FOR_EVER, "between": pair} for pair in pairs]
    mean_ms = 1.0 if lag == inf else lag
    latency: dict[str, Any] = {"distribution": "exponential", "mean_ms": mean_ms}
    nothing = {"distribution": "constant", "value_ms": 0.0}
    return vary(
        load("one-payment"),
        about__title="A record on its way",
        properties=("at_most_one_effect_per_token",),
        strategy="replicated_async",
        client__region="home",
        client__retry="none",
        authorization_server__replicas=("home",),
        servers__payments__replicas=regions,
        stores__region="home",
        network__access={"latency": nothing},
        network__internal={"latency": nothing},
        network__between=tuple({"regions": pair, "latency": latency} for pair in pairs),
        partitions=tuple(cut) if lag == inf else (),
        thief={"probability": 1.0, "region": "home", "delay": nothing | {"value_ms": gap}},
        workload__intentions=150,
        workload__gap={"distribution": "constant", "value_ms": 2000.0},
        duration_s=400,
    )
