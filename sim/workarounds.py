"""The ways to make a token good for one payment without single-use tokens, side by side.

Rule: every figure is read from runs. A way (`WAYS`) is run once undisturbed, for what it costs, and
once for each instant at which a thief tries the token that it copied at its first use.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from statistics import median
from typing import Any, NamedTuple

from sim.certification import undisturbed
from sim.scenario import Scenario
from sim.scenario_files import vary
from sim.statistics import Estimate, wilson
from sim.trace import Row, Trace
from sim.world.attackers import COPIES
from sim.world.simulation import simulate

Settings = dict[str, Any]
#: When the thief tries, in seconds after the request that it copied reached a server.
INSTANTS_S = (0, 1, 5, 30, 60, 600, 3600, 7200)


class Way(NamedTuple):
    """One way: what it is, the story, and what it sets at client, AS and first server."""

    says: str
    story: str
    client: Mapping[str, Any] = {}
    server: Mapping[str, Any] = {}
    authorization_server: Mapping[str, Any] = {}


_HEARS = {"hears_revocations": True}
_TELLS = {"revocation_events": True}
WAYS: dict[str, Way] = {
    "single_use": Way("token_use=single, as the minutes propose", "single_use_payment"),
    "refresh_off": Way(
        "the client is registered without refresh tokens, and asks the user each time",
        "separate_authorization",
        client={"refresh_tokens": False},
    ),
    "dedicated_client": Way(
        "a client for payments alone: no refresh tokens, short access tokens", "dedicated_client"
    ),
    "separate_authorization": Way(
        "an authorization of its own for each payment", "separate_authorization"
    ),
    "custom_scope": Way("a token for the scope of a payment, by refresh", "custom_scope"),
    "revocation": Way("the same, revoked after use; servers are not told", "revoked_after_use"),
    "revocation_asked": Way(
        "the same; the server introspects every token",
        "revoked_after_use",
        server={"introspects": True},
    ),
    "revocation_told": Way(
        "the same; the AS tells servers by event",
        "revoked_after_use",
        server=_HEARS,
        authorization_server=_TELLS,
    ),
    "quota_local": Way(
        "a gateway's quota of one, counted in each gateway",
        "custom_scope",
        server={"gateway": "quota", "gateway_strategy": "per_replica"},
    ),
    "quota_synchronous": Way(
        "a gateway's quota of one, counted together",
        "custom_scope",
        server={"gateway": "quota", "gateway_strategy": "shared_atomic"},
    ),
    "revoke_by_event": Way(
        "a gateway has the token revoked after its use",
        "custom_scope",
        server={"gateway": "revoke"} | _HEARS,
        authorization_server=_TELLS,
    ),
    "revoke_by_event_7s": Way(
        "the same, and the event takes 7 s to spread",
        "custom_scope",
        server={"gateway": "revoke", "gateway_delay_s": 7.0} | _HEARS,
        authorization_server=_TELLS,
    ),
}


class Outcome(NamedTuple):
    """What a way comes to; figures are for each payment, shares those of stolen tokens.

    `latency_ms` is the median of the payments that were served, None when none was; `thief_away_ms`
    the median time that the thief's request took to a server beyond the instant, None when it had
    nothing to try.
    """

    name: str
    messages_per_use: float
    round_trips_per_use: float
    interactions_per_use: float
    sessions_per_use: float
    refresh_tokens_per_use: float
    store_operations_per_use: float
    latency_ms: float | None
    thief_away_ms: float | None
    works_after_s: dict[int, Estimate]

    @property
    def tried(self) -> bool:
        """Whether the thief had a token to try, at any instant."""
        return any(share.n for share in self.works_after_s.values())

    @property
    def exposure_s(self) -> tuple[int | None, int | None]:
        """The last instant at which a copy worked, and the first after that; None for none."""
        if not self.tried:
            return None, None
        worked = [s for s, share in self.works_after_s.items() if share.value]
        if not worked:
            return None, INSTANTS_S[0]
        return worked[-1], next((s for s in INSTANTS_S if s > worked[-1]), None)

    def to_json(self) -> dict[str, Any]:
        """Its members, and the exposure."""
        works = {str(s): share.to_json() for s, share in self.works_after_s.items()}
        more = {"says": WAYS[self.name].says, "exposure_s": list(self.exposure_s)}
        return self._asdict() | {"works_after_s": works} | more


def workarounds(scenario: Scenario, ways: Iterable[str] = WAYS) -> list[Outcome]:
    """Each way, in this scenario."""
    return [_outcome(with_way(scenario, name), name) for name in ways]


def with_way(scenario: Scenario, name: str) -> Scenario:
    """The scenario, undisturbed, with payments made in this way."""
    way = WAYS[name]
    settings: Settings = undisturbed(scenario) | {"story": way.story}
    for part in ("client", "authorization_server"):
        settings |= {f"{part}__{field}": value for field, value in getattr(way, part).items()}
    settings |= {f"servers__0__{field}": value for field, value in way.server.items()}
    return vary(scenario, **settings)


def _outcome(scenario: Scenario, name: str) -> Outcome:
    trace = simulate(scenario, full=False)
    [total] = trace.of("total")
    begun, messages = total.detail["begun"], total.detail["messages"]
    issued = [row for row in trace.of("issue") if row.intention >= 0]
    stolen = {after_s: _stolen(scenario, after_s) for after_s in INSTANTS_S}

    def per_use(wanted: Callable[[Row], bool]) -> float:
        return float(sum(map(wanted, issued)) / begun)

    return Outcome(
        name,
        messages_per_use=sum(messages.values()) / begun,
        round_trips_per_use=sum(messages[m] for m in messages if m.startswith("client >")) / begun,
        interactions_per_use=per_use(lambda row: row.detail["kind"] == "code"),
        sessions_per_use=per_use(lambda row: bool(row.detail.get("with_session"))),
        refresh_tokens_per_use=per_use(lambda row: row.detail["kind"] == "refresh_token"),
        store_operations_per_use=total.detail["store_operations"] / begun,
        latency_ms=_median_ms(
            row.detail["latency_us"]
            for row in trace.of("outcome")
            if row.detail["kind"] == "served"
        ),
        thief_away_ms=_away_ms(stolen[INSTANTS_S[0]]),
        works_after_s={after_s: _works(run) for after_s, run in stolen.items()},
    )


def _median_ms(times_us: Iterable[int]) -> float | None:
    """The median in milliseconds of times in microseconds; None when there are none."""
    times = list(times_us)
    return float(median(times)) / 1000 if times else None


def _stolen(scenario: Scenario, after_s: int) -> Trace:
    """The run in which every token is copied at its first use, and tried so much later."""
    delay = {"distribution": "constant", "value_ms": after_s * 1000.0}
    stolen = vary(
        scenario,
        thief={"probability": 1.0, "delay": delay, "region": scenario.client.region},
        duration_s=scenario.duration_s + after_s,
    )
    return simulate(stolen, full=False)


def _works(trace: Trace) -> Estimate:
    """The share of stolen tokens that had an effect."""
    worked = {row.token for row in _thiefs(trace, "effect") if row.detail["executed"]}
    return wilson(len(worked), len({row.token for row in _thiefs(trace, "respond")}))


def _away_ms(trace: Trace) -> float | None:
    """How long after a request its copy reached a server, when the thief sent it at once."""
    copied = {
        (row.intention, row.attempt): row.detail["received_us"]
        for row in trace.of("respond")
        if row.actor == "client"
    }
    tried = [(row, (row.intention, row.attempt // COPIES)) for row in _thiefs(trace, "respond")]
    return _median_ms(row.detail["received_us"] - copied[of] for row, of in tried if of in copied)


def _thiefs(trace: Trace, kind: str) -> list[Row]:
    """What became of copied tokens; of copied revocation events nothing becomes."""
    return [row for row in trace.of(kind) if row.actor == "thief" and row.token]
