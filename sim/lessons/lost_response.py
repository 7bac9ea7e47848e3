"""The lost response: how often a user has paid and the client does not know it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache

from sim.lessons.exercise import Aim, exercise
from sim.scenario_files import load, vary
from sim.statistics import wilson
from sim.world.simulation import simulate

#: Requests lost, answers lost, retries: far apart, so that no wrong formula suits them all.
SETTINGS = ((0.0, 0.2, 0), (0.3, 0.1, 2), (0.6, 0.5, 1))
QUIET = {
    "strategy": "shared_atomic",
    "stores__region": "eu",
    "servers__payments__replicas": ("eu",),
    "partitions": (),
    "thief__probability": 0.0,
    "workload__intentions": 1000,
    "duration_s": 900,
}


@exercise(
    "paid in the dark",
    "Return the probability that the payment is made and the client does not know it.",
    "When is the payment made? When at least one of the n + 1 requests reaches the server.",
    "Only one answer ever says that it was made: the one to the request that made it.",
    "(1 - p ** (n + 1)) is the first, and q the chance that this answer is lost.",
)
def check_rate(answer: Callable[[float, float, int], float]) -> Iterator[Aim]:
    """A closed form, compared with the simulation and at the ends of its range."""
    for request_loss, response_loss, retries in SETTINGS:
        said = float(answer(request_loss, response_loss, retries))
        low, high = in_the_dark(request_loss, response_loss, retries)
        where = f"p={request_loss}, q={response_loss}, n={retries}"
        told = f"you say {said:.3f}, the simulation {low:.3f} to {high:.3f}"
        yield Aim(where, low <= said <= high, told)
    said = float(answer(0.0, 0.0, 2))
    told = f"you say {said:.3f}: nobody is left in the dark, that is 0"
    yield Aim("nothing lost", said == 0, told)


@cache
def in_the_dark(request_loss: float, response_loss: float, retries: int) -> tuple[float, float]:
    """Of those who had their token: paid and not served, Wilson's interval of a run."""
    fields = {
        "network__access__request_loss_probability": request_loss,
        "network__access__response_loss_probability": response_loss,
        "client__retries": retries,
    }
    trace = simulate(vary(load("two-regions-payment"), **QUIET, **fields))
    held = {row.intention for row in trace.of("wallet")}
    paid = {row.intention for row in trace.of("effect")}
    served = {row.intention for row in trace.of("outcome") if row.detail["kind"] == "served"}
    found = wilson(len(paid - served), len(held))
    return found.low or 0.0, 1.0 if found.high is None else found.high
