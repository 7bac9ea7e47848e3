"""The certification clock: is a single-use token accepted again after 0 s, after 1 s, after 30 s?

And the other way round: is the refresh token of before still good 30 s after its rotation?

These are the instants at which the conformance suites try (OpenID Connect: at once and after 30 s;
FAPI: after 1 s, and for the refresh token after 30 s). The scenario itself answers, made quiet:
nothing is lost or cut, a few intentions, and somebody who re-sends each request so many seconds
after it first reached a server. After 0 s means both: at once, so that all race, and as soon as
the slowest first answer was there.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from sim.clocks import US_PER_MS
from sim.scenario import Scenario
from sim.scenario_files import vary
from sim.suite.reuse import refresh_token_again
from sim.suite.running import observe
from sim.trace import Row
from sim.world.simulation import run_into

INSTANTS_S = (0, 1, 30)
#: After so long FAPI 2.0 has the refresh token of before tried (5.3.2.1-9).
LOST_S = 30
#: So many tokens are tried, each so often for each replica, and at least so often: every replica
#: is likely to be asked, and two presentations to come within the few ms of a race.
INTENTIONS, PER_REPLICA, AT_LEAST = 10, 2, 8
#: Between two intentions, so that none waits for another.
GAP = {"distribution": "constant", "value_ms": 1000.0}
STORED = "stored"


def certification(scenario: Scenario) -> dict[str, Any]:
    """Seconds (as text) → whether a re-sent request was accepted, or was answered from store.

    A client cannot tell the two apart; a conformance suite would call both accepted. Yes if it was
    so for one of the tokens tried, whoever had it accepted first. None where no token was accepted
    and shown again, and for a scenario without single-use tokens. A token that has expired by then
    is refused by any strategy. Of a refresh token: None where it is not rotated, so that there is
    no previous one.
    """
    concerned = single_use(scenario)
    found = {
        str(after_s): _second_uses(scenario, after_s) if concerned else None
        for after_s in INSTANTS_S
    }
    return {
        "reuse_accepted_after_s": {
            s: None if uses is None else "accepted" in uses for s, uses in found.items()
        },
        "reuse_answered_from_store_after_s": {
            s: None if uses is None else STORED in uses for s, uses in found.items()
        },
        "previous_refresh_token_accepted_after_s": {
            str(LOST_S): _previous_refresh_token(scenario),
        },
    }


def _previous_refresh_token(scenario: Scenario) -> bool | None:
    """Whether a client whose answer was lost may come with the token that it has."""
    seen = observe(vary(scenario, **undisturbed(scenario)), refresh_token_again(LOST_S))
    return seen.accepted if seen.replaced else None


def _second_uses(scenario: Scenario, after_s: int) -> set[str] | None:
    """What the uses of a token that was used came to; None if none was tried."""
    shown, slowest_ms = _shown(scenario, after_s * 1000.0)
    if after_s == 0:
        shown += _shown(scenario, slowest_ms)[0]
    tried = [found for found in shown if len(found) > 1 and any(found)]
    twice = {"accepted" for found in tried if sum(map(_let_in, found)) > 1}
    return twice | {STORED for found in tried if STORED in found} if tried else None


def _shown(scenario: Scenario, after_ms: float) -> tuple[list[list[str]], float]:
    """For each token the outcomes of its presentations, and the slowest answer to a client, ms.

    "" is the outcome of a presentation that was refused.
    """
    outcomes: dict[str, list[str]] = defaultdict(list)
    slowest_us = 0

    def sink(row: Row) -> None:
        nonlocal slowest_us
        if row.kind == "respond":
            granted = row.detail["status"] < 300
            outcomes[row.token].append(row.detail["outcome"] if granted else "")
            if row.actor == "client":
                slowest_us = max(slowest_us, row.detail["handling_us"])

    run_into(quiet(scenario, after_ms), sink)
    return list(outcomes.values()), slowest_us / US_PER_MS


def _let_in(outcome: str) -> bool:
    return outcome not in {"", STORED}


def single_use(scenario: Scenario) -> bool:
    """Whether the scenario's own story, undisturbed, brings a single-use access token."""
    found = False

    def sink(row: Row) -> None:
        nonlocal found
        issued = row.kind == "issue" and row.detail["kind"] == "access_token"
        found = found or (issued and row.detail["claims"].get("use") == "single")

    run_into(vary(scenario, **undisturbed(scenario), workload={"intentions": 1}), sink)
    return found


def quiet(scenario: Scenario, after_ms: float) -> Scenario:
    """The scenario without misfortune, its requests re-sent `after_ms` after they arrived."""
    again = {
        "probability": 1.0,
        "delay": {"distribution": "constant", "value_ms": after_ms},
        "presentations": min(100, max(AT_LEAST, PER_REPLICA * len(scenario.servers[0].replicas))),
        "region": scenario.client.region,
    }
    settings = undisturbed(scenario) | {"thief": again}
    return vary(
        scenario,
        **settings,
        story="single_use_payment",
        workload={"intentions": INTENTIONS, "gap": GAP},
        duration_s=max(scenario.duration_s, after_ms / 1000 + 30.0),
    )


def undisturbed(scenario: Scenario) -> dict[str, Any]:
    """What to set, with `vary`, so that nothing goes wrong: no loss, no cut, no attacker."""
    never = {
        "request_loss_probability": 0.0,
        "response_loss_probability": 0.0,
        "duplicate_probability": 0.0,
        "reorder_probability": 0.0,
    }
    network = scenario.network
    calm = {
        "access": network.access.model_copy(update=never),
        "internal": network.internal.model_copy(update=never),
        "between": tuple(b.model_copy(update={"loss_probability": 0.0}) for b in network.between),
    }
    return {
        "network": network.model_copy(update=calm).model_dump(),
        "partitions": (),
        "faults": (),
        "thief": {},
        "malicious": {},
        "client__retry": "none",
        "client__hidden_retries": 0,
        "client__rotation_result_discarded": False,
        "client__timeout_ms": 1e6,
        "stores__timeout_ms": 1e6,
    }
