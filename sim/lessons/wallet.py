"""The wallet of a single-use token: what a client keeps, what it presents, what it puts back."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import product
from typing import Any

from oauth_model.client import Client
from oauth_model.flows import Flow, Note
from oauth_model.retry import CallResult
from oauth_model.stories import STORIES
from oauth_model.wallet import Wallet
from sim.lessons.exercise import Aim, exercise
from sim.scenario import Scenario
from sim.scenario_files import load, vary
from sim.trace import Trace
from sim.world.simulation import simulate

#: How a trace calls the token that the client begins with.
ORIGINAL = "at-session.1"
#: What can happen to a wallet, and in how long a row all orders of it are tried.
EVENTS = ("ordinary", "renewed", "single-use", "call over")
LONGEST = 5
BASE = {
    "network__access__response_loss_probability": 0.0,
    "stores__region": "eu",
    "servers__payments__operations": {"POST /payments": "payments", "GET /payments": "payments"},
    "client__retries": 2,
    "client__retry_with": "fresh_token",
    "workload__intentions": 12,
    "workload__gap": {"distribution": "constant", "value_ms": 5000.0},
    "duration_s": 120,
}
CUT = tuple(
    {"from_s": 0.0, "until_s": 120.0, "between": ("client-eu", f"payments-{region}-1")}
    for region in ("eu", "us")
)
#: world → what is different in it; whether a payment can be made there.
WORLDS: dict[str, tuple[dict[str, Any], bool]] = {
    "a good line": ({}, True),
    "a third of the answers lost": ({"network__access__response_loss_probability": 1 / 3}, True),
    "cut off all the time": ({"partitions": CUT}, False),
}


#: Makes what is asked for: attributes `slot` and `refresh`, methods `receive` and `called`.
Answer = Callable[[], Any]


def pay_then_list(client: Client, servers: Sequence[str]) -> Flow[CallResult]:
    """Pay with a single-use token; then list the payments with whatever token is held."""
    server = servers[0]
    yield from client.call_once(server, "POST /payments", client.targets[server].body)
    return (yield from client.call(server, "GET /payments"))


@exercise(
    "a wallet for single-use tokens",
    "Write `receive` and `called`: after a call the last ordinary token must be in `slot` again.",
    "Only `receive` sees whether a token is for a single use. What must be remembered by then?",
    "Remember ordinary tokens as they come, in a second place that single-use tokens never enter.",
    "Ordinary: write slot and original. Single: write slot only. Called: slot = original.",
)
def check_wallet(answer: Answer) -> Iterator[Aim]:
    """Every order of events, then the laboratory's client with this wallet, in three worlds."""
    first = _wrong(answer, ("single-use", "call over"))
    yield Aim("one call", not first, first or "the ordinary token came back")
    orders = [row for n in range(1, LONGEST + 1) for row in product(EVENTS, repeat=n)]
    wrong = next(filter(None, (_wrong(answer, order) for order in orders)), "")
    yield Aim("every order of events", not wrong, wrong or f"all {len(orders)} looked at")
    for name, (fields, possible) in WORLDS.items():
        trace = _run(answer, vary(load("one-payment"), **(BASE | fields)))
        yield Aim(name, *_judged(trace, possible))


def _wrong(answer: Answer, events: Sequence[str]) -> str:
    """What is wrong at the end of some events that follow a first token; "" when nothing is."""
    mine, told, swapped = answer(), list[str](), False
    kept = held = refresh = ""
    for number, event in enumerate(("renewed", *events)):
        if event == "call over":
            mine.called()
            told.append(event)
            held, swapped = kept, False
            continue
        single = event == "single-use"
        token = f"{'single' if single else 'token'}-{number}"
        told.append(f"{event} {token}")
        mine.receive(_response(event, number, token))
        refresh = f"rt-{number}" if event == "renewed" else refresh
        kept = kept if single else token
        # An ordinary token that comes while a single-use one stands in may wait for the call's end.
        held = mine.slot if swapped and not single and mine.slot in (held, token) else token
        swapped = swapped or single
    for what, found, right in (("slot", mine.slot, held), ("refresh", mine.refresh, refresh)):
        if found != right:
            return f"{', '.join(told)}: {what} is {found!r}, it should be {right!r}"
    return ""


def _response(event: str, number: int, token: str) -> dict[str, str]:
    """The members of a token response; `colour` is one that nobody knows (RFC 6749 5.1)."""
    members = {"access_token": token, "colour": "red"}
    members |= {"use": "single"} if event == "single-use" else {}
    return members | ({"refresh_token": f"rt-{number}"} if event == "renewed" else {})


class _Held(Wallet):
    """The laboratory's wallet, in which an answer decides what stands in the slot."""

    def __init__(self, mine: Any, server: str, like: Wallet) -> None:
        super().__init__(dict(like.tokens), like.refresh_token)
        self._mine = mine
        mine.receive({"access_token": like.token(server), "refresh_token": like.refresh_token})

    def _put(self, server: str, action: str, token: str) -> Note:
        mine, before = self._mine, self.token(server)
        if action == "restore":
            mine.called()
        else:
            mine.receive({"access_token": token} | ({"use": "single"} if "swap" in action else {}))
        self.tokens[server] = mine.slot
        detail = {"server": server, "action": action, "token": mine.slot, "before": before}
        return Note("wallet", detail)


@contextmanager
def _story(answer: Answer) -> Iterator[str]:
    """The name of a story in which the client has this wallet, for so long."""

    def story(client: Client, servers: Sequence[str]) -> Flow[CallResult]:
        if not isinstance(client.wallet, _Held):
            client.wallet = _Held(answer(), servers[0], client.wallet)
        return pay_then_list(client, servers)

    STORIES["with_your_wallet"] = story
    try:
        yield "with_your_wallet"
    finally:
        del STORIES["with_your_wallet"]


def _run(answer: Answer, scenario: Scenario) -> Trace:
    with _story(answer) as story:
        return simulate(vary(scenario, story=story))


def _judged(trace: Trace, possible: bool) -> tuple[bool, str]:
    """Whether the run is as it should be, and what was seen."""
    paid = [row for row in trace.of("effect") if row.detail["operation"] == "POST /payments"]
    lists = [row for row in trace.of("respond") if row.detail["operation"] == "GET /payments"]
    refused = sum(row.detail["status"] == 401 for row in lists)
    ended = [row.token for row in trace.of("wallet") if row.detail["action"] == "restore"]
    lost = sum(token != ORIGINAL for token in ended)
    said = f"of {len(ended)} calls, {lost} lost the token; of {len(lists)} lists, {refused} refused"
    met = bool(ended) and not lost and not refused and bool(paid) == bool(lists) == possible
    return met, said if possible else f"{said}; payments: {len(paid)}"
