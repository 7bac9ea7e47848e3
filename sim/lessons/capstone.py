"""The capstone: a grace window for refresh tokens, argued with what it does for either side.

Law: a policy is judged by counts of the simulation with their intervals, on the same seeds as the
two policies that it has to beat. What is said of it can be run again from a terminal.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from math import log
from statistics import NormalDist
from typing import Any, NamedTuple

from sim.experiments import replication_seed
from sim.lessons.exercise import Aim, exercise
from sim.scenario import Scenario
from sim.scenario_files import load, vary
from sim.statistics import Estimate, wilson
from sim.theory import grace_uses, refused_after_loss
from sim.world.simulation import simulate

PRESET, PART, RUNS = "grace-opens-old-generations", "authorization_server", 2
LOSS, PATIENCE_S, MEDIAN_S, SIGMA = 0.15, 1.0, 30.0, 0.8
#: What all worlds have in common; then what each is about.
COMMON: dict[str, Any] = {"client.sleep_s": 60, "duration_s": 1200}
WORLDS: dict[str, dict[str, Any]] = {
    "clients": {
        "thief.probability": 0.0,
        "network.access.response_loss_probability": LOSS,
        "client.timeout_ms": 1000 * PATIENCE_S,
    },
    "thief": {
        "network.access.response_loss_probability": 0.0,
        "thief.delay": {"distribution": "lognormal", "median_ms": 1000 * MEDIAN_S, "sigma": SIGMA},
    },
}
WORLDS["slow clients"] = WORLDS["clients"] | {"client.timeout_ms": 2000.0}
WORLDS["fast thief"] = WORLDS["thief"] | {
    "thief.delay": {"distribution": "lognormal", "median_ms": 3000, "sigma": SIGMA}
}
WORLDS["late thief"] = {
    "network.access.response_loss_probability": 0.0,
    "client.sleep_s": 600,
    "thief.delay": {"distribution": "constant", "value_ms": 300_000},
}
#: policy → the fields of `authorization_server` that make it.
BASELINES: dict[str, dict[str, Any]] = {
    "no grace": {"rotation_grace": "none", "grace_s": 0},
    "60 s": {"rotation_grace": "mint_new", "grace_s": 60},
}
Policy = Mapping[str, Any]
#: Asked of a policy: the upper ends of its intervals, at most; what slow clients may suffer.
MOST_TOLD_NO, MOST_THEFT, MOST_SLOW = 0.05, 0.10, 0.03


class Score(NamedTuple):
    """`told_no`: of sessions without a thief, those that ended early, by a lost answer.

    `theft`: of the token requests that a thief repeats, those that bring it an access token.
    """

    told_no: Estimate
    theft: Estimate


def world(policy: Policy, about: str = "thief") -> Scenario:
    """One of `WORLDS` under a policy. Raises ScenarioError for a policy that cannot be."""
    return vary(load(PRESET), **fields(policy, about))


def fields(policy: Policy, about: str) -> dict[str, Any]:
    """What is set on the preset."""
    return COMMON | WORLDS[about] | {f"{PART}.{name}": value for name, value in policy.items()}


def score(policy: Policy, runs: int = RUNS) -> Score:
    """Both axes of the scoreboard."""
    return Score(told_no(policy, "clients", runs), theft(policy, "thief", runs))


def told_no(policy: Policy, about: str, runs: int = RUNS) -> Estimate:
    """Sessions that ended early / sessions."""
    served, ended, _, _ = _counts(tuple(policy.items()), about, runs)
    return wilson(ended - served, ended)


def theft(policy: Policy, about: str, runs: int = RUNS) -> Estimate:
    """Token requests that brought the thief a token / those it repeated."""
    _, _, got, tried = _counts(tuple(policy.items()), about, runs)
    return wilson(got, tried)


@cache
def _counts(policy: tuple[tuple[str, Any], ...], about: str, runs: int) -> tuple[int, ...]:
    """Served, ended; brought a token to the thief, repeated by it."""
    scenario, found = world(dict(policy), about), [0, 0, 0, 0]
    for number in range(runs):
        trace = simulate(scenario, seed=replication_seed(scenario.seed, number), full=False)
        ends = [row.detail["kind"] == "served" for row in trace.of("outcome")]
        got = sum(row.actor == "thief" for row in trace.of("respond"))
        refused = sum(row.actor == "thief" for row in trace.of("refuse"))
        more = (sum(ends), len(ends), got, got + refused)
        found = [a + b for a, b in zip(found, more, strict=True)]
    return tuple(found)


def foreseen(grace_s: float) -> tuple[float, float]:
    """Both axes by closed forms: two refreshes are lost too often, a lognormal thief is in time."""
    each = refused_after_loss(LOSS, grace_uses(grace_s, PATIENCE_S))
    in_time = NormalDist().cdf(log(grace_s / MEDIAN_S) / SIGMA) if grace_s else 0.0
    return 1 - (1 - each) ** 2, in_time


@exercise(
    "a window that can be argued",
    "Hand in a policy: rotation_grace and grace_s, and if you like grace_reuses.",
    "A client whose answers are lost comes again after 1 s, 2 s, 3 s; a thief comes later. The "
    "window has to lie between the two.",
    "Some clients wait 2 s each time: two retries of theirs take a little more than 4 s. Of the "
    "thieves 5 % come within 8 s.",
    'For instance {"rotation_grace": "same_successor", "grace_s": 6}.',
)
def check_policy(answer: Policy) -> Iterator[Aim]:
    """Against both baselines on both axes, and in two worlds that were not shown."""
    mine, none, sixty = (score(each) for each in (answer, *BASELINES.values()))
    yield Aim("clients", _high(mine.told_no) <= MOST_TOLD_NO, _told(mine.told_no, MOST_TOLD_NO))
    yield Aim("thief", _high(mine.theft) <= MOST_THEFT, _told(mine.theft, MOST_THEFT))
    clients, thief = _high(mine.told_no) <= MOST_TOLD_NO, _high(mine.theft) <= MOST_THEFT
    better = _high(mine.told_no) < _low(none.told_no)
    told = (
        f"told no {percent(mine.told_no)} against {percent(none.told_no)}, {_kept('theft', thief)}"
    )
    yield Aim("beats no grace", better and thief, told)
    better = _high(mine.theft) < _low(sixty.theft)
    told = (
        f"theft {percent(mine.theft)} against {percent(sixty.theft)}, {_kept('told no', clients)}"
    )
    yield Aim("beats 60 s", better and clients, told)
    slow = told_no(answer, "slow clients")
    told = f"told no {percent(slow)}; at most {100 * MOST_SLOW:.0f} % where clients wait 2 s"
    yield Aim("slow clients", (slow.value or 0) <= MOST_SLOW, told)
    late = theft(answer, "late thief", 1)
    yield Aim("a late thief gets nothing", not late.value, f"after five minutes {percent(late)}")


def percent(found: Estimate) -> str:
    """A share with its interval."""
    if found.value is None:
        return "no case"
    return f"{100 * found.value:.1f} % ({100 * _low(found):.1f} to {100 * _high(found):.1f})"


def _kept(what: str, so: bool) -> str:
    return f"{what} {'within' if so else 'out of'} bounds"


def _told(found: Estimate, most: float) -> str:
    return f"{percent(found)}; its upper end at most {100 * most:.0f} %"


def _low(found: Estimate) -> float:
    return found.low or 0.0


def _high(found: Estimate) -> float:
    return 1.0 if found.high is None else found.high
