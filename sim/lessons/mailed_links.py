"""A mailed link: what the page does with each method, so that only its reader spends the link."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from oauth_model.strategies import STRATEGIES
from sim.lessons.exercise import Aim, exercise
from sim.metrics import Tally
from sim.scenario import Scenario
from sim.scenario_files import load, vary
from sim.trace import Trace
from sim.world.simulation import simulate

METHODS, DOES = ("GET", "HEAD", "POST"), ("act", "show")
READERS = 40
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
#: Of those who do not wait for their mail to the end of the run, in per cent.
ENOUGH = 90


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
    if not _acts(policy):
        yield Aim("readers act", False, "none can: neither the link nor the form does anything")
        return
    yield Aim("readers act", *_all_act(_world(policy)))
    shows = policy["HEAD"] == "show"
    yield Aim("a HEAD changes nothing", shows, "it shows" if shows else "it acts, as GET never may")
    spent = _by(simulate(_world(policy, action__scanner__probability=1.0)))["scanner"]
    yield Aim("scanners spend nothing", not spent, f"{spent} of {READERS} links spent by a scanner")
    yield Aim("two clicks", *_all_served(_world(policy, story="mailed_link_impatient")))
    yield from _lost_answers(_world(policy, **LOSSY))
    acted = _by(simulate(_world(policy, workload__intentions=10, partitions=CUT))).total()
    yield Aim("readers who are cut off", not acted, f"{acted} links used")


def _wrong_word(policy: Mapping[str, str]) -> str:
    """What is none of the words that are known; "" when all are."""
    for name in METHODS:
        if policy.get(name) not in DOES:
            return f"{name} is {policy.get(name)!r}; 'act' and 'show' are known"
    chosen = policy.get("strategy", "")
    return "" if chosen in STRATEGIES else f"no strategy is called {chosen!r}"


def _acts(policy: Mapping[str, str]) -> bool:
    """Whether a reader can get anything done: people send no HEAD."""
    return "act" in (policy["GET"], policy["POST"])


def _world(policy: Mapping[str, str], **fields: Any) -> Scenario:
    """The preset with this page, a few readers, and no scanner if nothing else is said.

    The laboratory's page knows two ways. A reader who is shown no form sends none, so what a POST
    does matters only where the GET shows.
    """
    way = "on_click" if policy["GET"] == "act" else "explicit"
    usual = {"workload__intentions": READERS, "action__scanner__probability": 0.0}
    chosen = {"strategy": policy["strategy"], "action__confirmation": way}
    return vary(load("magic-link"), **(usual | chosen | fields))


def _by(trace: Trace) -> Counter[str]:
    """Who used links, and how often."""
    return Counter(row.actor for row in trace.of("effect"))


def _all_act(scenario: Scenario) -> tuple[bool, str]:
    did = _by(simulate(scenario))["client"]
    return did == READERS, f"{did} of {READERS} did what the link is for"


def _all_served(scenario: Scenario) -> tuple[bool, str]:
    ends = simulate(scenario).of("outcome")
    served = sum(row.detail["kind"] == "served" for row in ends)
    return served == READERS, f"{served} of {READERS} were told that it worked"


def _lost_answers(scenario: Scenario) -> Iterator[Aim]:
    """One answer in four is lost: no link may be used twice, and nearly all must be told so."""
    trace, tally = simulate(scenario), Tally()
    for row in trace:
        tally(row)
    used = Counter(row.token for row in trace.of("effect"))
    twice = sum(often > 1 for often in used.values())
    yield Aim("lost answers, one use", not twice, f"{twice} links used twice")
    share = 100 * (tally.measures()["availability"]["value"] or 0.0)
    told = f"{share:.0f} % of those whose mail came, {ENOUGH} % wanted"
    yield Aim("lost answers, readers told that it worked", share >= ENOUGH, told)
