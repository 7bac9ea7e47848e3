"""Claims from the discussion of single use, and what refutes them: a world, measured."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from sim.experiments import replicate
from sim.exploration import Bounds, explore
from sim.lessons.exercise import Aim, exercise
from sim.scenario_files import load, vary

Fields = Mapping[str, Any]
HOLDS = "holds"
#: A hundred payments at a server with two replicas, where nothing goes wrong unless it is said.
BASE: Fields = {
    "strategy": "shared_atomic",
    "workload.intentions": 100,
    "workload.gap": {"distribution": "exponential", "mean_ms": 400.0},
    "duration_s": 90,
    "network.access.response_loss_probability": 0.0,
}


#: What a strict store is: it is asked in one step, believed alone, and keeps what it was told.
STRICT: Fields = {
    "strategy": "shared_atomic",
    "strategy_settings.on_outage": "fail_closed",
    "strategy_settings.retention_margin_s": 60.0,
}


class Claim(NamedTuple):
    """What is said; what it takes for granted (`given`); the measure that would be 0 if it held.

    `instead`: what the claim takes for granted is replaced by, to see that it, and not the world,
    is to blame. None for the claim that no world refutes.
    """

    says: str
    given: Fields
    measure: str
    instead: Fields | None


CLAIMS: dict[str, Claim] = {
    "strict": Claim(
        "with one strict store no token has two effects",
        STRICT,
        "duplicate_effect_per_token_rate",
        None,
    ),
    "told": Claim(
        "with one strict store, a client whose payment was made is told so",
        {"strategy": "shared_atomic"},
        "consumed_unknown_rate",
        {"strategy": "idempotent_response"},
    ),
    "cache": Claim(
        "a cache in each replica is as good as a store",
        {"strategy": "per_replica"},
        "double_accept_rate",
        {"strategy": "shared_atomic"},
    ),
    "fresh": Claim(
        "after a time-out a fresh token is safe, since every token is used once",
        {"client.retry_with": "fresh_token"},
        "duplicate_effect_per_intention_rate",
        {"client.retry_with": "same_token"},
    ),
    "thief": Claim(
        "a stolen token is worth nothing, since it is used once",
        {"client.proof": "none"},
        "theft_rate",
        {"client.proof": "mtls"},
    ),
    "introspection": Claim(
        "an authorization server may answer that single-use tokens are not active",
        {"single_use.at_introspection": "reject"},
        "first_use_reject_rate",
        {"single_use.at_introspection": "ignore"},
    ),
}


@exercise(
    "claims and evidence",
    "For each claim give the fields of a world that refutes it, or 'holds' if none does.",
    "One of them holds. For each of the others, ask who must be unlucky, or dishonest, or curious.",
    "Fields: network.access.response_loss_probability, thief.probability, thief.place ('path'), "
    "servers.payments.introspects.",
    "told, fresh: lose 0.2 of the answers. cache: thief.probability 1. thief: the same, on the "
    "path. introspection: a server that introspects. strict: 'holds'.",
)
def check_evidence(evidence: Mapping[str, Any]) -> Iterator[Aim]:
    """Each claim in the world that was given for it, and in the same world without its premise."""
    for name, claim in CLAIMS.items():
        given = evidence.get(name, "nothing")
        if given == HOLDS:
            yield Aim(name, *_held(claim))
        elif not isinstance(given, Mapping):
            yield Aim(name, False, f"{given!r} is neither 'holds' nor the fields of a world")
        else:
            yield Aim(name, *_refuted(claim, given))


def _held(claim: Claim) -> tuple[bool, str]:
    """Nobody has shown a claim by not refuting it: every order of the smallest story is run."""
    if claim.instead is not None:
        return False, f"there is a world in which it does not hold: {claim.measure} is not 0"
    said = explore(vary(load("one-payment"), **claim.given), bounds=Bounds(faults=0, landmarks=0))
    return bool(said.holds), str(said)


def _refuted(claim: Claim, given: Fields) -> tuple[bool, str]:
    """Whether the measure is above 0 beyond chance, and half of it or less without the premise."""
    broken = [f for f in claim.given if any(f"{f}.".startswith(f"{other}.") for other in given)]
    if broken:
        return False, f"the claim is about {broken[0]} = {claim.given[broken[0]]}: leave it so"
    world = {**BASE, **claim.given, **given}
    low, share, told = seen(claim.measure, world)
    if low <= 0:
        return False, f"not refuted by this world: {told}"
    if claim.instead is None:
        return True, told
    _, without, also = seen(claim.measure, {**world, **claim.instead})
    other = ", ".join(f"{field} = {value}" for field, value in claim.instead.items())
    if without > share / 2:
        return False, f"{told}, but also in the same world with {other}: {also}"
    return True, f"{told}; with {other}: {_two_figures(100 * without)} %"


def seen(measure: str, fields: Fields) -> tuple[float, float, str]:
    """A rate in a world: the lower end of its 95 % interval, its value, and both in words."""
    found = replicate(vary(load("one-payment"), **fields)).tally.measures()[measure]
    if found["value"] is None:
        return 0.0, 0.0, f"{measure} had no case"
    (low, high), share = found["ci95"], found["value"]
    interval = f"{_two_figures(100 * low)} to {_two_figures(100 * high)}"
    return low, share, f"{measure} {_two_figures(100 * share)} % (95 % interval {interval})"


def _two_figures(value: float) -> str:
    """What is above 0 never reads as 0: that is what refutes a claim."""
    return f"{float(f'{value:.2g}'):g}"
