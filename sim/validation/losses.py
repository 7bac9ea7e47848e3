"""Losses and delays: lost answers, hedged requests, stores that are away or cannot be had."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from functools import partial
from math import ceil

from sim import theory
from sim.scenario import Scenario
from sim.trace import Row
from sim.validation.bare import Presentations
from sim.validation.checks import Expected, Experiment, Z, samples
from sim.validation.evidence import Evidence, Mean, Share
from sim.validation.worlds import APART_MS, constant, count, exponential, race
from sim.world.simulation import run_into

Found = Mapping[str, Evidence]


def _rows(scenario: Scenario, kind: str) -> list[Row]:
    rows: list[Row] = []

    def sink(row: Row) -> None:
        if row.kind == kind:
            rows.append(row)

    run_into(scenario, sink)
    return rows


def _sent_again(
    loss: dict[str, float], retries: int, settings: dict[str, float], n: int, seed: int
) -> Found:
    client = {"region": "home", "retry": "immediate", "retries": retries, "timeout_ms": TIMEOUT_MS}
    more = {
        "strategy": "grace_window" if settings else "shared_atomic",
        "strategy_settings": settings,
        "network": {"access": loss},
        "client": client,
    }
    ended = [
        row.detail
        for row in _rows(race("lost answers", seed, n, ["home"] * 2, {}, **more), "outcome")
        if row.detail["attempts"]  # the others got no token
    ]
    kinds = Counter(each["kind"] for each in ended)
    return {
        "refused": Share(kinds["refused"], len(ended)),
        "unknown": Share(kinds["unknown"], len(ended)),
        "attempts": Mean([each["attempts"] for each in ended]),
    }


#: After so long a client sends the same again.
TIMEOUT_MS = 50.0


def lost(request_loss: float, response_loss: float, retries: int) -> Experiment:
    """Strict single use and a client that sends the same again until it hears something."""
    outcome = theory.lost_response(request_loss, response_loss, retries)
    either = 1 - (1 - request_loss) * (1 - response_loss)
    expected = {
        "refused": Expected(outcome.refused, "honest clients refused"),
        "unknown": Expected(outcome.unknown, "honest clients without an answer"),
        "attempts": Expected(theory.expected_attempts(either, retries), "attempts of a client"),
    }
    if outcome.unknown < 1e-3:
        del expected["unknown"]
    name = f"lost_{100 * request_loss:.0f}_{100 * response_loss:.0f}_retries_{retries}"
    tokens = 1 - either ** (retries + 1)  # it gets one as it uses it: by asking as often
    wanted = max(samples(each.theory) for each in expected.values() if each.theory < 1)
    n = ceil(wanted / tokens)
    loss = {
        "request_loss_probability": request_loss,
        "response_loss_probability": response_loss,
    }
    return Experiment(name, lambda: expected, n, partial(_sent_again, loss, retries, {}))


def grace(response_loss: float, uses: int, grace_s: float = 0.0) -> Experiment:
    """The same with a grace window of so many uses; or, with `grace_s`, of as many as fit in it."""
    if grace_s:
        uses = theory.grace_uses(grace_s, TIMEOUT_MS / 1000)
    p = theory.refused_after_loss(response_loss, uses)
    expected = {"refused": Expected(p, f"honest clients refused, {uses} further uses")}
    settings: dict[str, float] = {"grace_s": grace_s} if grace_s else {"grace_uses": uses}
    loss = {"response_loss_probability": response_loss}
    name = f"grace_{1000 * grace_s:.0f}_ms" if grace_s else f"grace_uses_{uses}"
    measure = partial(_sent_again, loss, PATIENCE, settings)
    return Experiment(name, lambda: expected, samples(p), measure)


#: As often as a client may retry: that it gives up before it has an answer is beyond notice.
PATIENCE = 20


def _layers(loss: float, tries: int, n: int, seed: int) -> Found:
    client = {
        "region": "home",
        "retry": "immediate",
        "retries": tries - 1,
        "timeout_ms": tries * TIMEOUT_MS,
        "hidden_retries": tries - 1,
        "hidden_retry_after_ms": TIMEOUT_MS,
    }
    network = {"access": {"response_loss_probability": loss}}
    more = {"strategy": "no_check", "client": client, "network": network}
    arrived = count(race("layers", seed, n, ["home"], {}, **more), "respond", lambda row: True)
    return {"attempts": Mean(list(arrived.values()))}


def layers(loss: float, tries: int) -> Experiment:
    """A client that tries so often, on a library that tries as often each time and says nothing."""
    mean = theory.expected_attempts(loss, theory.layered_attempts(tries, 2) - 1)
    expected = {"attempts": Expected(mean, "attempts that reach the server")}
    name = f"layers_{100 * loss:.0f}_tries_{tries}"
    return Experiment(name, lambda: expected, 4000, partial(_layers, loss, tries))


def _hedged(mean_ms: float, after_ms: float, n: int, seed: int) -> Found:
    more = {
        "strategy": "no_check",
        "network": {"access": {"latency": exponential(mean_ms)}},
        "client": {
            "region": "home",
            "retry": "hedged",
            "hedge_after_ms": after_ms,
            "timeout_ms": 1e6,
        },
    }
    scenario = race("hedged requests", seed, n, ["home"], {}, **more)
    arrived = count(scenario, "respond", lambda row: True)
    return {"twice": Share(sum(times == 2 for times in arrived.values()), len(arrived))}


def hedged(mean_ms: float, after_ms: float) -> Experiment:
    """A client that sends the same again when no answer came by then: a token presented twice."""
    p = theory.hedge_rate(mean_ms, after_ms)
    expected = {"twice": Expected(p, "tokens presented twice")}
    return Experiment(
        f"hedged_after_{after_ms:.0f}_ms",
        lambda: expected,
        samples(p),
        partial(_hedged, mean_ms, after_ms),
    )


def _away(rtt_ms: float, down: float, n: int, seed: int) -> Found:
    n -= n % round(1000 * PERIOD_S / APART_MS)  # whole periods, so that the share is exact
    between = [{"regions": ["eu", "us"], "latency": constant(rtt_ms / 2)}]
    more = {
        "strategy": "shared_atomic",
        "network": {"between": between},
        "stores": {"region": "eu", "timeout_ms": 10 * rtt_ms},
    }
    replicas = ["eu", "us", "us", "us"]
    whole = race("away from home", seed, n, replicas, {}, **more)
    handled = [row.detail["handling_us"] / 1000 for row in _rows(whole, "respond")]
    cuts = [
        {"from_s": start, "until_s": start + down * PERIOD_S, "between": ["eu", "us"]}
        for start in range(0, round(n * APART_MS / 1000), PERIOD_S)
    ]
    cut = race("away from home", seed, n, replicas, {}, partitions=cuts, **more)
    answers = [row.detail["outcome"] for row in _rows(cut, "respond")]
    return {
        "added_ms": Mean(handled),
        "undecided": Share(answers.count("undecided"), len(answers)),
    }


#: The link of `away` is down at the beginning of each such while.
PERIOD_S = 20


def away(rtt_ms: float, down: float) -> Experiment:
    """One region has the store, another three of the four servers; the link is at times down."""
    share = 0.75
    p = theory.home_region_unavailability(share, down)
    expected = {
        "added_ms": Expected(theory.home_region_latency(share, rtt_ms), "added by the store", "ms"),
        "undecided": Expected(p, "uses that nobody could decide"),
    }
    n = max(samples(p), ceil(Z**2 * (1 - share) / share / 0.01))
    return Experiment(f"away_{rtt_ms:.0f}_ms", lambda: expected, n, partial(_away, rtt_ms, down))


def _majority(members: int, loss: float, n: int, seed: int) -> Found:
    more = {
        "strategy": "quorum",
        "stores": {"members": ["home"] * members, "timeout_ms": 1000.0},
        "network": {"internal": {"request_loss_probability": loss}},
    }
    scenario = race("majorities", seed, 1, ["home"], {}, **more)
    accepted = Presentations(scenario, writer="home", reader="home").run(n).accepted
    return {"accepted": Share(accepted, n)}


def majority(members: int, loss: float) -> Experiment:
    """A look and a write, each of which needs a majority of members of which some do not hear."""
    p = theory.quorum_availability(1 - loss, members) ** 2
    expected = {"accepted": Expected(p, "uses that found a majority twice")}
    n = samples(1 - p)
    return Experiment(
        f"majority_of_{members}", lambda: expected, n, partial(_majority, members, loss)
    )


EXPERIMENTS = (
    lost(0.0, 0.6, 20),
    lost(0.2, 0.5, 2),
    *(grace(0.7, uses) for uses in (0, 1, 2)),
    grace(0.7, 0, grace_s=0.08),
    layers(0.8, 3),
    hedged(10, 15),
    away(80, 0.4),
    majority(3, 0.4),
    majority(5, 0.4),
)
