"""A fresh token: what a retry has to carry, so that one payment stays one.

Law: client, server and network are those of the laboratory; the answer chooses, for each attempt,
the token and the idempotency key.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import Any

from oauth_model.client import Client
from oauth_model.flows import Flow
from oauth_model.retry import Answer, CallResult, persist
from oauth_model.stories import STORIES, Story
from sim.exploration import Bounds, Exploration, explore
from sim.lessons.exercise import Aim, exercise
from sim.lessons.trying import lent
from sim.scenario import Scenario
from sim.scenario_files import load, vary
from sim.trace import Trace
from sim.world.simulation import simulate

#: Of a payment and an attempt (0, 1, …): the name of the token, and the Idempotency-Key or None.
Carries = Callable[[str, int], tuple[object, str | None]]
NAME = "paying_as_answered"
PAYMENTS = 40
ONCE = "at_most_one_effect_per_intention"
SMALL = Bounds(landmarks=0)
LOST = {
    "network__access__response_loss_probability": 0.3,
    "client__retries": 4,
    "workload__intentions": PAYMENTS,
    "workload__gap": {"distribution": "constant", "value_ms": 7000.0},
    "duration_s": 300,
}
CUT = {"network__access__request_loss_probability": 1.0, "workload__intentions": 3}


@exercise(
    "what a retry carries",
    "Return the name of the token and the Idempotency-Key of each attempt to make a payment.",
    "After an unknown outcome a used token is good for nothing. What names the token of a retry?",
    "The server must see that two attempts are one payment, and that two payments are two.",
    "A token for each (payment, attempt); a key for each payment.",
)
def check_carries(carries: Carries) -> Iterator[Aim]:
    """Forty payments, one in three answers lost; every order of one; and a link that is cut."""
    trace = paid(carries, **LOST)
    served, done = _ended(trace, "served"), _effects(trace)
    told = f"{served} of {PAYMENTS} payments ended served"
    yield Aim("the client learns that it has paid", served >= PAYMENTS - 2, told)
    unpaid = served - len({row for row in done if row in _served(trace)})
    told = f"{unpaid} payments were called served and never made"
    yield Aim("served means paid", unpaid == 0, told)
    twice = len(done) - len(set(done))
    yield Aim("nobody pays twice", twice == 0, f"{twice} of {PAYMENTS} payments were made again")
    found = explored(*_pattern(carries))
    yield Aim("nor in any order", found.exhausted and found.counterexample is None, _said(found))
    trace = paid(carries, **CUT)
    nothing = not _effects(trace) and not _ended(trace, "served")
    yield Aim("nothing when the link is cut", nothing, "no payment, and none called served")


def paying(carries: Carries) -> Story:
    """A story: pay once, each attempt with the token and the key that the answer says."""

    def story(client: Client, servers: Sequence[str]) -> Flow[CallResult]:
        server, tokens, payment = servers[0], dict[str, str](), client.new_id("payment")
        target = client.targets[server]

        def attempt(number: int) -> Flow[Answer | None]:
            name, key = carries(payment, number)
            if repr(name) not in tokens:
                obtained = yield from client.single_use(server, target.scope)
                if obtained.kind != "served":
                    return None
                tokens[repr(name)] = client.wallet.token(server)
            extra = () if key is None else (("Idempotency-Key", f'"{key}"'),)
            token = tokens[repr(name)]
            return (yield from client.present(server, target.operation, target.body, token, extra))

        return (yield from persist(client.config.retry, attempt))

    return story


def paid(carries: Carries, **fields: Any) -> Trace:
    """A run of the smallest story in which a token comes twice, paid as the answer says."""
    with lent(STORIES, NAME, paying(carries)):
        return simulate(vary(quiet(), **fields))


def quiet() -> Scenario:
    """The smallest story: one server in one place, which therefore needs no store but its own."""
    return vary(
        load("one-payment"),
        story=NAME,
        strategy="per_replica",
        servers__payments__replicas=("eu",),
    )


def _pattern(carries: Carries) -> tuple[bool, bool, bool]:
    """Of two attempts at one payment: is it one token, one key, and is there a key?"""
    (first, key), (second, again) = carries("payment", 0), carries("payment", 1)
    return repr(first) == repr(second), key == again, key is not None


@cache
def explored(same_token: bool, same_key: bool, with_key: bool) -> Exploration:
    """Every order of one payment: of its two attempts nothing else can differ."""

    def carries(payment: str, attempt: int) -> tuple[int, str | None]:
        key = payment if same_key else f"{payment}-{attempt}"
        return 0 if same_token else attempt, key if with_key else None

    with lent(STORIES, NAME, paying(carries)):
        return explore(quiet(), [ONCE], SMALL)


def _said(found: Exploration) -> str:
    if found.counterexample is not None:
        return str(found)
    return f"no second payment in {found.schedules} schedules, which are all (bounds {SMALL})"


def _ended(trace: Trace, kind: str) -> int:
    return sum(row.detail["kind"] == kind for row in trace.of("outcome"))


def _served(trace: Trace) -> set[int]:
    return {row.intention for row in trace.of("outcome") if row.detail["kind"] == "served"}


def _effects(trace: Trace) -> list[int]:
    return [row.intention for row in trace.of("effect") if row.detail["executed"]]
