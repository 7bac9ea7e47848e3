"""Fail open or closed: for each server the policy that its worth asks for.

Law: each server is simulated alone, in the same network and under the same cuts, because how a
check fails is one dial of a run.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from oauth_model.strategies import STRATEGIES
from sim.experiments import replicate
from sim.exploration import Bounds, Exploration, explore
from sim.lessons.exercise import Aim, exercise
from sim.lessons.trying import SMALL
from sim.scenario import Scenario
from sim.scenario_files import load, vary

#: Of a server: the name of its strategy, and `fail_closed` or `fail_open`.
Policy = tuple[str, str]
POLICIES = ("fail_closed", "fail_open")
LEAST_SERVED = 0.9
BOUNDS = Bounds(landmarks=0, schedules=800)
#: cut → what it separates, and whether only in this direction.
CUTS: dict[str, tuple[tuple[str, str], bool] | None] = {
    "no cut": None,
    "eu and us": (("eu", "us"), False),
    "eu to us only": (("eu", "us"), True),
    "us to eu only": (("us", "eu"), True),
    "one replica and the store": (("payments-eu-1", "store"), False),
}
#: Nothing else goes wrong: what is lost, a cut has taken. Every request is replayed by a thief.
CALM: dict[str, Any] = {
    "workload__intentions": 100,
    "workload__gap": {"distribution": "constant", "value_ms": 1000.0},
    "network__access__request_loss_probability": 0.0,
    "network__access__response_loss_probability": 0.0,
    "thief__probability": 1.0,
}


@exercise(
    "open or closed",
    "For each server, give its strategy and what it does when its store is silent.",
    "Two questions for each server: what does a second acceptance cost, and what a refusal?",
    "Both may ask the same store. Only what silence means must differ.",
    "payments: shared_atomic, fail_closed; profile: shared_atomic, fail_open.",
)
def check_policies(policies: Mapping[str, Policy]) -> Iterator[Aim]:
    """`policies`: "payments" and "profile" → strategy and policy. Raises ValueError for others."""
    payments, profile = (_known(policies[name]) for name in ("payments", "profile"))
    served = under_cut("no cut", *payments)["availability"]["value"]
    told = f"{100 * served:.0f} % served while no link is cut"
    yield Aim("payments: paid when all is well", served > LEAST_SERVED, told)
    found = explored(*payments)
    sound = found.exhausted and found.counterexample is None and not found.missing
    yield Aim("payments: never accepted twice", sound, str(found))
    for cut in list(CUTS)[1:]:
        served = under_cut(cut, *profile)["availability"]["value"]
        told = f"{100 * served:.0f} % served, of {100 * LEAST_SERVED:.0f} %"
        yield Aim(f"profile, cut between {cut}", served > LEAST_SERVED, told)
    twice = under_cut("no cut", *profile)["double_accept_rate"]["value"]
    told = f"{100 * twice:.0f} % of the tokens were accepted twice while no link was cut"
    yield Aim("profile: single use when all is well", twice == 0, told)


def _known(policy: Policy) -> Policy:
    strategy, on_outage = policy
    for name, allowed in ((strategy, STRATEGIES), (on_outage, POLICIES)):
        if name not in allowed:
            raise ValueError(f"{name!r} is none of {', '.join(allowed)}")
    return policy


def cut_world(
    cut: str, strategy: str = "shared_atomic", on_outage: str = "fail_closed"
) -> Scenario:
    """A hundred payments in a hundred seconds, the store in the United States, one of `CUTS`."""
    found = CUTS[cut]
    partition = found and {
        "from_s": 30.0,
        "until_s": 60.0,
        "between": found[0],
        "one_way": found[1],
    }
    return vary(
        load("two-regions-payment"),
        strategy=strategy,
        strategy_settings__on_outage=on_outage,
        partitions=(partition,) if partition else (),
        **CALM,
    )


@cache
def under_cut(cut: str, strategy: str, on_outage: str) -> dict[str, Any]:
    """The measures of that world."""
    return replicate(cut_world(cut, strategy, on_outage)).tally.measures()


@cache
def explored(strategy: str, on_outage: str) -> Exploration:
    """Every order of one payment, its thief, and one message to a store that does not arrive."""
    scenario = vary(load("one-payment"), strategy=strategy, **SMALL)
    return explore(
        vary(scenario, strategy_settings__on_outage=on_outage),
        ["at_most_one_effect_per_token"],
        BOUNDS,
    )
