"""Races: replicas that share nothing, a look before a write, a record that is still on its way."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from sim import theory
from sim.validation.checks import Expected, Experiment, samples
from sim.validation.evidence import Evidence
from sim.validation.worlds import (
    accepted,
    constant,
    doubly,
    exponential,
    lognormal,
    race,
    times,
    uniform,
)

TWICE = "tokens accepted twice"
Found = Mapping[str, Evidence]


def _per_replica(replicas: int, presentations: int, n: int, seed: int) -> Found:
    thief = {"presentations": presentations - 1, "delay": uniform(50)}
    homes = ["home"] * replicas
    accepts = accepted(race("per replica", seed, n, homes, thief, strategy="per_replica"))
    return {"twice": doubly(accepts), "times": times(accepts)}


def per_replica(replicas: int, presentations: int) -> Experiment:
    """Replicas with their own memory, and a thief who presents so often, less once."""
    p = theory.double_accept_per_replica(replicas, presentations)
    mean = theory.accepted_expected(replicas, presentations)
    expected = {"twice": Expected(p, TWICE), "times": Expected(mean, "acceptances of a token")}
    n = max(3000, samples(p))
    measure = partial(_per_replica, replicas, presentations)
    return Experiment(f"per_replica_k{replicas}_m{presentations}", lambda: expected, n, measure)


def _affinity(replicas: int, stickiness: float, n: int, seed: int) -> Found:
    balancer = {"policy": "sticky", "sticky_by": "token", "stickiness": stickiness}
    more = {"strategy": "per_replica", "balancer": balancer}
    thief = {"delay": uniform(50)}
    return {
        "twice": doubly(accepted(race("affinity", seed, n, ["home"] * replicas, thief, **more)))
    }


def affinity(replicas: int, stickiness: float) -> Experiment:
    """The same under session affinity that is at times not honoured."""
    p = theory.double_accept_affinity(replicas, stickiness)
    name = f"affinity_k{replicas}_s{round(100 * stickiness)}"
    measure = partial(_affinity, replicas, stickiness)
    return Experiment(name, lambda: {"twice": Expected(p, TWICE)}, samples(p), measure)


def _store_away(window_ms: float) -> dict[str, Any]:
    """The store is half the window away from every server."""
    latency = {"internal": {"latency": constant(window_ms / 2)}}
    return {"strategy": "shared_check_then_act", "network": latency}


def _check_then_act(window_ms: float, mean_gap_ms: float, n: int, seed: int) -> Found:
    thief, more = {"delay": exponential(mean_gap_ms)}, _store_away(window_ms)
    return {
        "twice": doubly(accepted(race("check, then act", seed, n, ["home"] * 2, thief, **more)))
    }


def check_then_act(window_ms: float, mean_gap_ms: float) -> Experiment:
    """A look and a write a round trip later, and a copy after an exponential gap."""
    p = theory.check_then_act(window_ms, mean_gap_ms)
    name = f"check_then_act_{window_ms:.0f}_in_{mean_gap_ms:.0f}_ms"
    measure = partial(_check_then_act, window_ms, mean_gap_ms)
    return Experiment(name, lambda: {"twice": Expected(p, TWICE)}, samples(p), measure)


def _burst(window_ms: float, burst_ms: float, clicks: int, n: int, seed: int) -> Found:
    more = _store_away(window_ms) | {
        "story": "single_use_burst",
        "client": {"region": "home", "clicks": clicks, "spread_ms": burst_ms},
    }
    accepts = accepted(race("burst", seed, n, ["home"] * 2, {}, **more))
    return {"twice": doubly(accepts), "times": times(accepts)}


def burst(window_ms: float, burst_ms: float, clicks: int) -> Experiment:
    """The same when one token is presented several times within a while."""
    p = theory.check_then_act_burst(window_ms, burst_ms, clicks)
    mean = theory.check_then_act_accepted(window_ms, burst_ms, clicks)
    expected = {"twice": Expected(p, TWICE), "times": Expected(mean, "acceptances of a token")}
    name = f"burst_{window_ms:.0f}_in_{burst_ms:.0f}_ms_m{clicks}"
    measure = partial(_burst, window_ms, burst_ms, clicks)
    return Experiment(name, lambda: expected, max(4000, samples(p)), measure)


def _lag(lag: dict[str, Any], gap: dict[str, Any], n: int, seed: int) -> Found:
    between = [{"regions": ["eu", "us"], "latency": lag}]
    more = {"strategy": "replicated_async", "network": {"between": between}}
    return {"twice": doubly(accepted(race("lag", seed, n, ["eu", "us"], {"delay": gap}, **more)))}


def lag(name: str, p: float, delay: dict[str, Any], gap: dict[str, Any]) -> Experiment:
    """A record on its way to another region, and a copy that may overtake it.

    `p`: the probability that it does; half of the copies meet the other of two replicas.
    """
    p *= theory.other_replica(2)
    measure = partial(_lag, delay, gap)
    return Experiment(f"lag_{name}", lambda: {"twice": Expected(p, TWICE)}, samples(p), measure)


EXPERIMENTS = (
    *(per_replica(k, m) for k in (2, 3, 10) for m in (2, 5)),
    affinity(2, 0.2),
    affinity(4, 0.4),
    check_then_act(20, 40),
    check_then_act(40, 40),
    burst(40, 100, 2),
    burst(20, 100, 5),
    lag("exponential", theory.lag_gap_exponential(400, 100), exponential(400), exponential(100)),
    lag("fixed_lag", theory.lag_gap_fixed_lag(400, 200), constant(400), exponential(200)),
    lag("fixed_gap", theory.lag_gap_fixed_gap(400, 100), exponential(400), constant(100)),
    lag("lognormal", theory.lag_gap_lognormal(120, 0.8, 40), lognormal(120, 0.8), constant(40)),
)
