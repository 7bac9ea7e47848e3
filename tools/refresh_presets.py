"""Write the golden results of the presets, or (`--check`) say which of them are out of date.

A preset is a scenario from a real thread, run as it stands and with the remedies that its header
names; what is kept of a run is what the header speaks of. A golden result says what was so when it
was written: why it is so, the tests of `tests/test_presets.py` say in words.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

sys.path.append(str(Path(__file__).resolve().parents[1]))  # a script sees its own folder only
from sim.checker import check
from sim.metrics import Tally
from sim.scenario_files import load
from sim.trace import Row, Trace
from sim.world.simulation import simulate
from tools.generated import refreshed

GOLDEN = Path(__file__).resolve().parents[1] / "tests" / "presets"
#: How a preset is named that nothing was set on.
AS_IT_STANDS = "as it stands"
Overrides = dict[str, Any]
Fact = Callable[[Trace], Any]


def counted(words: Any) -> dict[str, int]:
    """How often each stands there, in order of name."""
    return dict(sorted(Counter(words).items()))


def ended(trace: Trace) -> dict[str, int]:
    """How many intentions were served, refused and left unknown."""
    return counted(row.detail["kind"] for row in trace.of("outcome"))


def successors(trace: Trace) -> dict[str, int]:
    """Number of successors → how many refresh tokens had so many; who had none is left out."""
    return brought(trace, "refresh_token", "refresh_token")


def families(trace: Trace) -> dict[str, int]:
    """Number of access tokens → how many codes brought so many; who brought none is left out."""
    return brought(trace, "code", "access_token")


def brought(trace: Trace, source: str, kind: str) -> dict[str, int]:
    """So many tokens of a kind → how many sources brought so many, within intentions."""
    sources = {row.token for row in trace.of("issue") if row.detail["kind"] == source}
    named = (row.detail.get("source", "") for row in issued(trace, kind))
    each = Counter(name for name in named if name in sources)
    return counted(str(number) for number in each.values())


def issued(trace: Trace, kind: str) -> list[Row]:
    """What of a kind was issued for an intention, not before."""
    return [r for r in trace.of("issue") if r.intention >= 0 and r.detail["kind"] == kind]


def sign_ins(trace: Trace) -> int:
    """How often a user signed in."""
    return len(issued(trace, "code"))


def revoked(trace: Trace) -> int:
    """How many grants the AS revoked, each counted once."""
    return len({row.intention for row in trace.of("revoke")})


def said_by_as(trace: Trace) -> dict[str, int]:
    """What the AS said to clients and thieves: status and error → how often."""
    away = (r for r in trace.of("send") if r.node.startswith("as-") and not at_store(r.peer))
    return counted(row.detail["label"] for row in away)


def refused_by_as(trace: Trace) -> dict[str, int]:
    """The errors of token requests, and what the strategy had decided → how often."""
    rows = trace.of("refuse")
    return counted(f"{r.detail['error']} {r.detail['outcome']}".strip() for r in rows)


def at_store(node: str) -> bool:
    """Whether a node keeps one-time keys."""
    return node.startswith(("store", "member", "newcomer"))


def said_by_server(trace: Trace) -> dict[str, int]:
    """What resource servers said: to whom, status and error → how often."""
    rows = trace.of("respond")
    return counted(f"{r.actor} {r.detail['status']} {r.detail['error']}".strip() for r in rows)


def stolen(trace: Trace) -> dict[str, int]:
    """Effects that a thief had, and the intentions that they are of."""
    effects = [r for r in trace.of("effect") if r.actor == "thief" and r.detail["executed"]]
    return {"effects": len(effects), "intentions": len({row.intention for row in effects})}


def theft_rate(trace: Trace) -> float | None:
    """The measure of this name."""
    tally = Tally()
    for row in trace:
        tally(row)
    rate: float | None = tally.values()["theft_rate"]
    return rate


class Preset(NamedTuple):
    """What is kept of a preset's runs, beside how its intentions ended, and what else is tried."""

    facts: tuple[Fact, ...]
    remedies: dict[str, Overrides]


AS, GRACE = "authorization_server.strategy", "authorization_server.rotation_grace"
SECONDS = "authorization_server.grace_s"
STORED = {AS: "idempotent_response"}
SAME = {GRACE: "same_successor", SECONDS: 60}
ACKNOWLEDGED = {GRACE: "until_successor_used"}
AGAIN = {"client.retry": "backoff", "client.retries": 5}
OWN = {"client.hidden_retries": 0, "client.retry": "immediate", "client.timeout_ms": 500}
REUSES, GENERATIONS = "authorization_server.grace_reuses", "authorization_server.grace_generations"
FAULTS = "authorization_server.faults"

#: Name of a scenario → what of it is kept.
PRESETS: dict[str, Preset] = {
    "lost-response-strict": Preset(
        (successors, revoked),
        {
            "stored": STORED,
            "same successor": SAME,
            "minted once": {**SAME, GRACE: "mint_new", REUSES: 1},
        },
    ),
    "concurrent-refresh-500": Preset(
        (said_by_as, revoked),
        {"stored, again": STORED | AGAIN, "same successor": SAME | {AS: "shared_atomic"}},
    ),
    "rebalance-false-reject": Preset(
        (refused_by_as,), {"deny-list": {AS: "home_owner"}, "one store": {AS: "shared_allow_list"}}
    ),
    "toctou-refresh": Preset(
        (successors, revoked), {"claimed": {AS: "shared_atomic"}, "stored, again": STORED | AGAIN}
    ),
    "ttl-shorter-than-window": Preset(
        (said_by_server, stolen), {"kept": {"strategy_settings.retention_margin_s": 0}}
    ),
    "lease-expires-mid-redeem": Preset(
        (successors, revoked), {"longer lease": {"strategy_settings.lease_s": 30}}
    ),
    "ssr-fanout-family-kill": Preset(
        (sign_ins, revoked, successors),
        {"claimed": {AS: "shared_atomic"}, "same successor": SAME | {AS: "shared_atomic"}},
    ),
    "user-abort-refresh": Preset((revoked,), {"stored": STORED, "acknowledged": ACKNOWLEDGED}),
    "many-processes-one-credential": Preset(
        (said_by_server, revoked),
        {
            "adopted": {"client.on_refused": "adopt"},
            "1 s": {**SAME, SECONDS: 1},
            "10 s": {**SAME, SECONDS: 10},
        },
    ),
    "sleep-wake-late-retry": Preset(
        (revoked,), {"30 minutes": {SECONDS: 1800}, "acknowledged": ACKNOWLEDGED}
    ),
    "code-race-double-issue": Preset(
        (families, revoked),
        {
            "claimed": {AS: "shared_atomic"},
            "claimed too late": {AS: "shared_atomic", FAULTS: ["issue_before_invalidate"]},
            "stored": STORED,
        },
    ),
    "identical-proof-retry": Preset(
        (said_by_server, refused_by_as),
        {"own retry": OWN, "bearer": {"client.proof": "none"}},
    ),
    "client-clock-wrong": Preset(
        (said_by_server,),
        {
            "a minute behind": {"faults.0.offset_ms": -60_000},
            "7 s ahead": {"faults.0.offset_ms": 7_000},
            "certificate": {"client.proof": "mtls"},
            "nonce": {"servers.0.dpop_nonces": True},
        },
    ),
    "grace-opens-old-generations": Preset(
        (stolen, theft_rate, revoked),
        {"one generation": {GENERATIONS: "one"}, "no grace": {GRACE: "none"}},
    ),
    "jti-namespace-collision": Preset(
        (said_by_server,), {"in context": {"servers.0.proof_strategy": "shared_atomic"}}
    ),
}


def ran(name: str, overrides: Overrides | None = None, *, full: bool = True) -> Trace:
    """The trace of a preset, with what was set on it; `full` with every message."""
    return simulate(load(name, overrides), full=full)


def told(preset: Preset, trace: Trace, properties: tuple[str, ...]) -> dict[str, Any]:
    """What is kept of one run."""
    verdicts = {name: each.holds for name, each in check(trace, properties).items()}
    facts = {fact.__name__: fact(trace) for fact in preset.facts}
    return {"ended": ended(trace), "verdicts": verdicts, **facts}


def golden(name: str) -> dict[str, Any]:
    """The result of a preset: how it was run → what came of it."""
    preset, properties = PRESETS[name], load(name).properties
    full = said_by_as in preset.facts  # nothing else needs messages
    return {
        how: told(preset, ran(name, fields, full=full), properties)
        for how, fields in {AS_IT_STANDS: {}, **preset.remedies}.items()
    }


def path(name: str) -> Path:
    """Where the golden result of a preset is."""
    return GOLDEN / f"{name}.json"


def written(result: dict[str, Any]) -> str:
    """A result as its file has it."""
    return json.dumps(result, indent=2, ensure_ascii=False) + "\n"


def main() -> int:
    """Write all golden results, or with `--check` compare; 1 when one is out of date."""
    new = {path(name): written(golden(name)) for name in PRESETS}
    return refreshed(new, "out of date: {late}; run python tools/refresh_presets.py")


if __name__ == "__main__":
    sys.exit(main())
