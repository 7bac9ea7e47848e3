"""The overlap that the minutes debate: single use beside tokens bound to a key or a transaction.

Rule: every cell is counted in runs, none is typed in. A kind of token (`KINDS`) is run once
undisturbed, for what it costs, and once for each thing that goes wrong (`ATTACKS`, `MISHAPS`); all
runs have the scenario's seed, so all kinds meet the same network and the same thief.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from statistics import median
from typing import Any, NamedTuple

from sim.certification import undisturbed
from sim.scenario import Scenario
from sim.scenario_files import vary
from sim.statistics import Estimate, wilson
from sim.trace import Trace
from sim.world.simulation import simulate

Settings = dict[str, Any]

#: Kind of token → what is combined in it (`PARTS`), besides a bearer token's being one.
KINDS: dict[str, tuple[str, ...]] = {
    "bearer": (),
    "single_use": ("single_use",),
    "dpop": ("dpop",),
    "dpop_jti": ("dpop", "jti"),
    "dpop_nonce": ("dpop", "nonce"),
    "mtls": ("mtls",),
    "rar": ("rar",),
    "single_use+dpop": ("single_use", "dpop"),
    "single_use+mtls": ("single_use", "mtls"),
    "single_use+rar": ("single_use", "rar"),
    "dpop_jti+rar": ("dpop", "jti", "rar"),
    "all_dpop": ("single_use", "dpop", "jti", "rar"),
    "all_mtls": ("single_use", "mtls", "rar"),
}
#: The types of details at the first server, and at the others.
DETAILS = ("payment", "access")
#: What the parts of a kind mean, for a reader.
PARTS: dict[str, str] = {
    "single_use": "a token for this call alone, of one use",
    "dpop": "bound to a key, with a proof for each request (RFC 9449)",
    "jti": "each proof accepted once",
    "nonce": "each proof with a nonce of the server's",
    "mtls": "bound to the certificate of the connection (RFC 8705)",
    "rar": "a token for this transaction's details (RFC 9396)",
}


def _constant(value_ms: float) -> Settings:
    return {"distribution": "constant", "value_ms": value_ms}


def _thief(value_ms: float, **more: Any) -> Settings:
    return {"thief": {"probability": 1.0, "delay": _constant(value_ms)} | more}


#: Attack → what it changes in the undisturbed scenario.
ATTACKS: dict[str, Callable[[Scenario], Settings]] = {
    "log_soon": lambda scenario: _thief(1_000),
    "log_late": lambda scenario: _thief(120_000),
    "path_replay": lambda scenario: _thief(0, place="path"),
    "path_change": lambda scenario: _thief(0, place="path", changes_body=True),
    "malicious_server": lambda scenario: {"malicious": {"server": scenario.servers[0].name}},
}
#: One answer in three is lost, and none of the requests.
LOST = 1 / 3
#: Mishap → what it changes.
MISHAPS: dict[str, Callable[[Scenario], Settings]] = {
    "lost_response": lambda scenario: {
        "network__access__response_loss_probability": LOST,
        "client__timeout_ms": scenario.client.timeout_ms,
        "client__retry": "immediate",
        "client__retries": 5,
    },
    "double_click": lambda scenario: {"client__clicks": 2},
}


class NobodyServed(ValueError):
    """A kind of token served nobody even undisturbed; the message is one line."""


class Cost(NamedTuple):
    """What a kind costs, undisturbed, for each thing that the user wanted once."""

    messages_per_use: float
    store_operations_per_use: float
    latency_ms: float


class Honest(NamedTuple):
    """The shares of honest intentions that were told no, and that had two effects."""

    told_no: Estimate
    twice: Estimate


class Attack(NamedTuple):
    """The share of an attacker's presentations that had an effect, and what its victims met."""

    worked: Estimate
    honest: Honest


class Line(NamedTuple):
    """A row of the matrix.

    `audiences` is for how many servers a token is, at most, that the malicious server was given;
    `left_out` the share of intentions that a lost answer kept from getting a token, so that they
    are not among those of `lost_response`.
    """

    name: str
    cost: Cost
    attacks: dict[str, Attack]
    mishaps: dict[str, Honest]
    audiences: int
    left_out: Estimate

    def to_json(self, than: Cost) -> dict[str, Any]:
        """The line as members of a JSON document; `than` is what a bearer token costs."""
        return {
            "name": self.name,
            "parts": list(KINDS[self.name]),
            "audiences": self.audiences,
            "attacks": {
                name: {"worked": attack.worked.to_json()} | _json(attack.honest)
                for name, attack in self.attacks.items()
            },
            "mishaps": {name: _json(mishap) for name, mishap in self.mishaps.items()},
            "lost_response_left_out": self.left_out.to_json(),
            "cost": self.cost._asdict() | {"added_latency_ms": self.added_ms(than)},
            "finding": self.finding(than),
        }

    def added_ms(self, than: Cost) -> float:
        """Median latency beyond that of a bearer token."""
        return round(self.cost.latency_ms - than.latency_ms, 3)

    @property
    def by_audience(self) -> bool:
        """Whether the token's one audience alone stops a malicious server, whatever else does."""
        return self.audiences == 1 and self.attacks["malicious_server"].worked.value == 0

    def finding(self, than: Cost) -> str:
        """The row in a sentence: what it stops, what it breaks, what it costs.

        A malicious server is to its credit only where the token was good for another server.
        """
        stopped = [
            WORDS[name]
            for name, a in self.attacks.items()
            if a.worked.value == 0 and not (name == "malicious_server" and self.by_audience)
        ]
        audience = " (a malicious server: by its audience alone)" if self.by_audience else ""
        through = [
            f"{WORDS[name]} ({_share(a.worked)})"
            for name, a in self.attacks.items()
            if a.worked.value
        ]
        broken = [
            f"{what} after {WORDS[name]} ({_share(share)})"
            for name, mishap in self.mishaps.items()
            for what, share in zip(("tells no", "acts twice"), mishap, strict=True)
            if share.value
        ]
        cost, base = self.cost, than
        return (
            f"{self.name} stops {_listed(stopped)}{audience}; lets through {_listed(through)}; "
            f"breaks: {_listed(broken)}; "
            f"costs {cost.messages_per_use - base.messages_per_use:+.1f} messages, "
            f"{cost.store_operations_per_use - base.store_operations_per_use:+.1f} store "
            f"operations and {self.added_ms(than):+.0f} ms a use."
        )


#: How attacks and mishaps are called in a sentence.
WORDS = {
    "log_soon": "a log read 1 s later",
    "log_late": "a log read 2 min later",
    "path_replay": "a copy on the path",
    "path_change": "a changed copy on the path",
    "malicious_server": "a malicious server",
    "lost_response": "a lost answer",
    "double_click": "a double click",
}


def _share(estimate: Estimate) -> str:
    return f"{100 * (estimate.value or 0):.0f} %"


def _listed(names: list[str]) -> str:
    return ", ".join(names) or "nothing"


def _json(honest: Honest) -> dict[str, Any]:
    return {name: share.to_json() for name, share in honest._asdict().items()}


def overlap(scenario: Scenario, kinds: Iterable[str] = KINDS) -> list[Line]:
    """The matrix: a line for each kind of token."""
    return [_line(scenario, name) for name in kinds]


def _line(scenario: Scenario, name: str) -> Line:
    of = with_kind(vary(scenario, **undisturbed(scenario)), KINDS[name])
    cost = _cost(_run(of, {}))  # first: it is what tells a scenario that serves nobody
    clicks = vary(of, story=of.story.replace("payment", "burst"))
    attacks = {attack: _run(of, change(scenario)) for attack, change in ATTACKS.items()}
    lost = _run(of, MISHAPS["lost_response"](scenario))
    twice = _run(clicks, MISHAPS["double_click"](scenario))
    return Line(
        name,
        cost,
        {attack: Attack(_stolen(trace), _honest(trace)) for attack, trace in attacks.items()},
        {"lost_response": _honest(lost, again=True), "double_click": _honest(twice)},
        _audiences(attacks["malicious_server"]),
        _left_out(lost),
    )


def with_kind(scenario: Scenario, parts: tuple[str, ...]) -> Scenario:
    """The scenario with tokens of this kind, at its first server."""
    what = (
        "single_use" if "single_use" in parts else "transaction" if "rar" in parts else "ordinary"
    )
    proof = next((part for part in parts if part in ("dpop", "mtls")), "none")
    settings: Settings = {"story": f"{what}_payment", "client__proof": proof}
    for index, server in enumerate(scenario.servers):
        at = f"servers__{index}"
        settings[f"{at}__proof_strategy"] = scenario.strategy if "jti" in parts else ""
        settings[f"{at}__dpop_nonces"] = "nonce" in parts
        if "rar" in parts:
            settings[f"{at}__details"] = {next(iter(server.operations)): DETAILS[min(index, 1)]}
    if "rar" in parts:
        settings["issuance"] = "rar_locations"
    return vary(scenario, **settings)


def _run(scenario: Scenario, change: Settings) -> Trace:
    return simulate(vary(scenario, **change), full=False)


def _audiences(trace: Trace) -> int:
    """For how many servers a token is, at most, that the client presented; 0 when it did not."""
    presented = {row.token for row in trace.of("respond") if row.actor == "client"}
    issued = [row.detail for row in trace.of("issue") if row.detail["kind"] == "access_token"]
    named = [each["claims"].get("aud", ()) for each in issued if _jti(each) in presented]
    return max((1 if isinstance(aud, str) else len(aud) for aud in named), default=0)


def _jti(issue: dict[str, Any]) -> str:
    """The identifier of an issued token, by which the trace calls it."""
    return str(issue["claims"].get("jti", ""))


def _left_out(trace: Trace) -> Estimate:
    """The share of intentions that never heard from a server, nor waited in vain for one."""
    asked = {row.intention for row in trace.of("return")}
    ended = [row.intention for row in trace.of("outcome")]
    return wilson(sum(intention not in asked for intention in ended), len(ended))


def _cost(trace: Trace) -> Cost:
    """What was sent and how long it took; raises NobodyServed when nobody was."""
    [total] = trace.of("total")
    begun = total.detail["begun"]
    served = [r.detail["latency_us"] for r in trace.of("outcome") if r.detail["kind"] == "served"]
    if not served:
        raise NobodyServed(
            "overlap needs a scenario whose client pays with a single call; nobody was served"
        )
    return Cost(
        sum(total.detail["messages"].values()) / begun,
        total.detail["store_operations"] / begun,
        median(served) / 1000,
    )


def _stolen(trace: Trace) -> Estimate:
    """Of what others than the client presented, the share that had an effect."""
    effects = [row for row in trace.of("effect") if row.actor != "client"]
    tried = sum(row.actor != "client" for row in trace.of("respond"))
    return wilson(sum(row.detail["executed"] for row in effects), tried)


def _honest(trace: Trace, *, again: bool = False) -> Honest:
    """What became of the intentions; with `again`, of those that were left without an answer."""
    unanswered = {row.intention for row in trace.of("return") if row.detail["status"] is None}
    ended = {row.intention: row.detail["kind"] for row in trace.of("outcome")}
    among = [i for i in ended if i in unanswered or not again]
    effects = Counter(row.intention for row in trace.of("effect") if row.detail["executed"])
    refused = sum(ended[i] == "refused" for i in among)
    repeated = sum(effects[i] > 1 for i in among)
    return Honest(wilson(refused, len(among)), wilson(repeated, len(among)))
