"""A mailed link: what the page does with each method, so that only its reader spends the link."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from oauth_model import action_endpoint
from oauth_model.errors import OAuthError
from oauth_model.messages import Request
from oauth_model.strategies import STRATEGIES
from sim.lessons.exercise import Aim, exercise
from sim.scenario_files import load, vary
from sim.trace import Trace
from sim.world.simulation import simulate

METHODS, DOES = ("GET", "HEAD", "POST"), ("act", "show")
READERS = 60
#: Answers are lost, and whoever hears none sends the same request once more, up to three times.
LOSSY: dict[str, Any] = {
    "network__access__response_loss_probability": 0.25,
    "client__retry": "immediate",
    "client__retries": 3,
}
CUT = tuple(
    {"from_s": 0.0, "until_s": 1200.0, "between": ("client-eu", f"account-{place}-1")}
    for place in ("eu", "us")
)
ENOUGH = 95


@exercise(
    "a link that scanners cannot spend",
    "Say for GET, HEAD and POST whether the page acts or shows its form, and name a strategy.",
    "Which methods may change nothing? A scanner relies on that (RFC 9110, section 9.2.1).",
    "GET and HEAD show, POST acts. Now an answer to the POST is lost: what must a retry be told?",
    "The same answer as before, and no second effect: the strategy is 'idempotent_response'.",
)
def check_page(policy: Mapping[str, str]) -> Iterator[Aim]:
    """Words, quiet mail, a scanner for every link, two clicks, lost answers, no line at all."""
    wrong = _wrong_word(policy)
    yield Aim("words", not wrong, wrong or "known ones")
    if wrong:
        return
    does = tuple(policy[name] for name in METHODS)
    chosen = policy["strategy"]
    quiet = _run(does, chosen)
    yield Aim("readers are served", *_served(quiet, READERS))
    head = policy["HEAD"] == "show"
    yield Aim("a HEAD changes nothing", head, "it shows" if head else "it acts; a scanner may ask")
    scanned = _run(does, chosen, action__scanner__probability=1.0)
    spent = sum(row.actor == "scanner" for row in scanned.of("effect"))
    yield Aim("scanners spend nothing", not spent, f"{spent} of {READERS} links spent by a scanner")
    yield Aim("two clicks", *_served(_run(does, chosen, story="mailed_link_impatient"), READERS))
    lossy = _run(does, chosen, **LOSSY)
    twice = sum(n > 1 for n in Counter(row.token for row in lossy.of("effect")).values())
    yield Aim("lost answers: one use", not twice, f"{twice} links used twice")
    share = 100 * _count(lossy) / READERS
    told = f"{share:.0f} % served, {ENOUGH} % wanted"
    yield Aim("lost answers: readers are served", share >= ENOUGH, told)
    acted = len(_run(does, chosen, workload__intentions=10, partitions=CUT).of("effect"))
    yield Aim("readers who are cut off", not acted, f"{acted} links used")


def _wrong_word(policy: Mapping[str, str]) -> str:
    for name in METHODS:
        if policy.get(name) not in DOES:
            return f"{name} is {policy.get(name)!r}; 'act' and 'show' are known"
    name = policy.get("strategy", "")
    return "" if name in STRATEGIES else f"strategy is {name!r}, and there is none of that name"


def _run(does: tuple[str, ...], strategy: str, **fields: Any) -> Trace:
    usual = {"workload__intentions": READERS, "action__scanner__probability": 0.0}
    with acting(dict(zip(METHODS, does, strict=True))):
        return simulate(vary(load("magic-link"), strategy=strategy, **(usual | fields)))


@contextmanager
def acting(does: Mapping[str, str]) -> Iterator[None]:
    """Have the page behind a link act on the methods that a policy says, for so long."""
    usual = action_endpoint.used_by

    def used_by(request: Request, confirmation: str) -> str:
        if does.get(request.method) != "act" or urlsplit(request.url).path != "/action":
            return ""
        try:
            return action_endpoint.presented(request)
        except OAuthError:
            return ""

    action_endpoint.used_by = used_by
    try:
        yield
    finally:
        action_endpoint.used_by = usual


def _count(trace: Trace) -> int:
    return sum(row.detail["kind"] == "served" for row in trace.of("outcome"))


def _served(trace: Trace, of: int) -> tuple[bool, str]:
    served = _count(trace)
    return served == of, f"{served} of {of} served"
