"""Time is not shared: how much leeway to give, and for how long to remember what was used."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from statistics import NormalDist
from typing import NamedTuple

from oauth_model.client import Client
from oauth_model.flows import Flow, Wait
from oauth_model.retry import CallResult, conclude
from oauth_model.stories import STORIES
from sim.clocks import EPOCH_S, US_PER_S
from sim.lessons.exercise import Aim, exercise
from sim.scenario import Scenario
from sim.scenario_files import load, vary
from sim.world.simulation import simulate

#: A fleet has as many replicas as a server may; several stand for more.
REPLICAS, FLEETS = 64, 2
#: Chosen so that few draws come near to the closed form.
SEED = 60
#: Honest clients come in the last seconds before expiry; late ones in so many after it.
HONEST_S, LATE_S = 4.0, 5.0
FALSE_REJECTS, LATE_ACCEPTANCE_S, MOST_MARGIN_S = 0.005, 2.0, 10.0
#: The store's clock and the server's: apart by as much as either may be off, in either direction.
APART_MS = {
    "both right": (0, 0),
    "store 3 s ahead, server 3 s behind": (3000, -3000),
    "store 3 s behind, server 3 s ahead": (-3000, 3000),
}


class Fleet(NamedTuple):
    """What a fleet did: honest presentations and how many it refused; how long it went on."""

    honest: int
    refused: int
    late_s: float

    @property
    def false_rejects(self) -> float:
        """The share of honest presentations that was refused."""
        return self.refused / self.honest


@exercise(
    "leeway and memory",
    "Choose `leeway_s` for the server and `margin_s` for the store's records.",
    "Leeway moves both numbers: fewer false rejects, longer acceptance. Try values in `fleet`.",
    "Both targets are met between 1.7 and 2. The margin has nothing to do with the leeway.",
    "The store may be 3 s ahead while the server is 3 s behind: 6 s in all. Leeway 1.85.",
)
def check_clocks(answer: Mapping[str, float]) -> Iterator[Aim]:
    """Two numbers, held against fleets of replicas and against clocks that are apart."""
    leeway_s, margin_s = float(answer["leeway_s"]), float(answer["margin_s"])
    found = fleet(leeway_s)
    said = f"{100 * found.false_rejects:.2f} % of {found.honest}, less than 0.5 % is asked"
    yield Aim("false rejects", found.false_rejects < FALSE_REJECTS, said)
    said = f"{found.late_s:.2f} s on average, less than 2 s is asked"
    yield Aim("acceptance after expiry", found.late_s < LATE_ACCEPTANCE_S, said)
    for name, apart in APART_MS.items():
        used, again = replays(*apart, leeway_s, margin_s)
        said = f"{used} tokens used and replayed, {again} of them accepted again"
        yield Aim(name, used > 0 and not again, said)
    used, again = replays(3000, -3000, leeway_s, 0.0)
    said = f"without a margin {again} of {used} are: a world that this check can tell apart"
    yield Aim("without a margin", again > 0, said)
    said = f"records stand {margin_s:.1f} s longer, at most {MOST_MARGIN_S:.0f} s are to be paid"
    yield Aim("memory", margin_s <= MOST_MARGIN_S, said)


@cache
def fleet(leeway_s: float) -> Fleet:
    """Ordinary tokens presented from before to after their expiry, to clocks off by N(0, 1 s)."""
    seen = [pair for number in range(FLEETS) for pair in _presented(leeway_s, number)]
    honest = [status for age, status in seen if -HONEST_S <= age < 0]
    late = [(int(age), status) for age, status in seen if 0 <= age < LATE_S]
    seconds = range(int(LATE_S))
    shares = (_share([status for after, status in late if after == second]) for second in seconds)
    return Fleet(len(honest), honest.count(401), sum(shares))


@cache
def replays(store_ms: int, server_ms: int, leeway_s: float, margin_s: float) -> tuple[int, int]:
    """Single-use tokens used and replayed, and how many were accepted again."""
    scenario = two_clocks(store_ms, server_ms, leeway_s, margin_s)
    trace = simulate(vary(scenario, workload__intentions=40))
    actors = [row.actor for row in trace.of("effect")]
    return actors.count("client"), actors.count("thief")


def two_clocks(store_ms: int, server_ms: int, leeway_s: float, margin_s: float) -> Scenario:
    """A server and its store, each with a clock of its own; a thief replays 20 to 45 s later."""
    return vary(
        load("one-payment"),
        about__title="Two clocks",
        workload__intentions=150,
        workload__gap={"distribution": "constant", "value_ms": 1000.0},
        duration_s=240,
        network__access__response_loss_probability=0.0,
        network__between=(),
        client__retry="none",
        servers__payments__replicas=("eu",),
        servers__payments__leeway_s=leeway_s,
        stores__region="eu",
        strategy_settings__retention_margin_s=margin_s,
        thief__probability=1.0,
        thief__delay={"distribution": "uniform", "low_ms": 20_000.0, "high_ms": 45_000.0},
        clocks=(
            {"node": "store", "offset_ms": float(store_ms)},
            {"node": "payments-eu-1", "offset_ms": float(server_ms)},
        ),
    )


def _presented(leeway_s: float, number: int) -> Iterator[tuple[float, int]]:
    """How long after its expiry a token came, in true seconds, and what it was told."""
    with _story() as story:
        trace = simulate(_fleet(leeway_s, number, story), seed=SEED + number)
    issued = [row for row in trace.of("issue") if row.detail["kind"] == "access_token"]
    expires_s = {row.token: row.detail["claims"]["exp"] - EPOCH_S for row in issued}
    for row in trace.of("respond"):
        if row.token in expires_s:
            age_s = row.detail["received_us"] / US_PER_S - expires_s[row.token]
            yield age_s, row.detail["status"]


def _fleet(leeway_s: float, number: int, story: str) -> Scenario:
    """Replicas whose clocks are off by every so-manieth quantile of N(0, 1 s)."""
    many = REPLICAS * FLEETS
    off_s = [NormalDist().inv_cdf((i + 0.5) / many) for i in range(number, many, FLEETS)]
    clocks = [(f"payments-eu-{i}", 1000 * each) for i, each in enumerate(off_s, 1)]
    scenario = two_clocks(0, 0, leeway_s, 0.0)
    return vary(
        scenario,
        story=story,
        strategy="no_check",
        thief__probability=0.0,
        authorization_server__access_token_lifetime_s=30,
        workload__intentions=15,
        workload__gap={"distribution": "uniform", "high_ms": 1000.0},
        servers__payments__replicas=("eu",) * REPLICAS,
        clocks=tuple({"node": node, "offset_ms": offset_ms} for node, offset_ms in clocks),
    )


def _share(statuses: Sequence[int]) -> float:
    return statuses.count(200) / len(statuses)


@contextmanager
def _story() -> Iterator[str]:
    """The name of a story in which a client presents one ordinary token again and again."""

    def story(client: Client, servers: Sequence[str]) -> Flow[CallResult]:
        server, result = servers[0], CallResult("unknown", None, 0)
        target = client.targets[server]
        client.wallet.tokens.pop(server, None)
        yield from client.obtain(server)
        yield Wait(25.5)
        for number in range(65):  # the late ones further apart: they are counted in seconds
            yield Wait(0.1 if number < 48 else 0.25)
            token = client.wallet.token(server)
            answer = yield from client.present(server, target.operation, target.body, token)
            result = conclude(answer, 1)
        return result

    STORIES["until_it_expired"] = story
    try:
        yield "until_it_expired"
    finally:
        del STORIES["until_it_expired"]
