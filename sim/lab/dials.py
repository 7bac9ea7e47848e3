"""The dials of the race: what can be moved, in which group, and which field of a scenario it sets.

Rule: a dial is a line of a table. Where it begins is read from the scenario, what a menu offers
from the field's own type; every dial says in a sentence what it does to the race.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from itertools import cycle, islice
from typing import Any, NamedTuple, get_args

from sim.lab.controls import choice, slider
from sim.scenario import Scenario
from sim.scenario_world import Partition


class Dial(NamedTuple):
    """A control, made for a scenario, and what a value of it sets there: dotted field and value."""

    control: Callable[[Scenario], Any]
    sets: Callable[[Scenario, Any], tuple[str, Any]]


def menu(field: str, label: str, tip: str) -> Dial:
    """The names that a field may have; `server.` stands for the first server."""

    def control(scenario: Scenario) -> Any:
        part, name = _part(scenario, field)
        allowed = get_args(type(part).model_fields[name].annotation)
        return choice(label, allowed, getattr(part, name), tip)

    return Dial(control, lambda scenario, value: (_named(scenario, field), value))


def number(  # they are the columns of a table
    field: str, label: str, least: float, most: float, step: float, tip: str, per: int = 1
) -> Dial:
    """A number of a field, `per` of the control's to one of the field's (100: per cent)."""

    def control(scenario: Scenario) -> Any:
        part, name = _part(scenario, field)
        value = round(getattr(part, name) * per, 6)
        begins = round(value) if isinstance(step, int) else value
        return slider(label, min(least, begins), max(most, begins), begins, step, tip)

    def sets(scenario: Scenario, value: float) -> tuple[str, Any]:
        return _named(scenario, field), value if per == 1 else value / per

    return Dial(control, sets)


def _part(scenario: Scenario, field: str) -> tuple[Any, str]:
    """The part of the scenario that a field stands in, and its name there."""
    *way, name = field.split(".")
    server = way[:1] == ["server"]
    return reduce(getattr, way[server:], scenario.servers[0] if server else scenario), name


def _named(scenario: Scenario, field: str) -> str:
    first, _, rest = field.partition(".")
    return f"servers.{scenario.servers[0].name}.{rest}" if first == "server" else field


def _latency(scenario: Scenario) -> Any:
    """Where a distribution names a middle it begins there, else at its least."""
    named = scenario.network.access.latency.model_dump()
    middles = (named[name] for name in ("median_ms", "mean_ms", "value_ms") if name in named)
    tip = "From client to server, median; the delays are log-normal: some take much longer."
    return slider("latency, each way (ms)", 1, 400, round(next(middles, 1)), tip=tip)


def _set_latency(scenario: Scenario, value: float) -> tuple[str, Any]:
    drawn = {"distribution": "lognormal", "median_ms": value, "sigma": 0.4}
    return "network.access.latency", drawn


#: Where a link would be cut in a scenario that cuts none.
NO_CUT = Partition.model_construct(from_s=40.0, until_s=40.0, between=("", ""))


def _first_cut(scenario: Scenario) -> Partition:
    return scenario.partitions[0] if scenario.partitions else NO_CUT


def _cut(scenario: Scenario) -> Any:
    cut = _first_cut(scenario)
    tip = f"From second {cut.from_s:g} on, nothing passes between the regions."
    return slider("link cut for (s)", 0, 60, round(cut.until_s - cut.from_s), tip=tip)


def _set_cut(scenario: Scenario, value: float) -> tuple[str, Any]:
    cut, sides = _first_cut(scenario), (scenario.regions[0], scenario.regions[-1])
    standing = {"from_s": cut.from_s, "until_s": cut.from_s + value, "between": sides}
    return "partitions", (standing,) if value else ()


def _replicas(scenario: Scenario) -> Any:
    tip = "Of the server, in one region and the other in turn; any of them may get a request."
    return slider("replicas", 1, 6, len(scenario.servers[0].replicas), tip=tip)


def _set_replicas(scenario: Scenario, value: int) -> tuple[str, Any]:
    home, away = scenario.regions[0], scenario.regions[-1]
    return _named(scenario, "server.replicas"), tuple(islice(cycle((home, away)), value))


def _wrong_clock(scenario: Scenario) -> str:
    """The first replica, which is there however many there are."""
    return f"{scenario.servers[0].name}-{scenario.servers[0].replicas[0]}-1"


def _skew(scenario: Scenario) -> Any:
    offsets = {clock.node: clock.offset_ms for clock in scenario.clocks}
    begins = round(offsets.get(_wrong_clock(scenario), 0) / 1000)
    tip = "How far the clock of the first replica is ahead of the others; below 0, behind."
    return slider("a clock ahead by (s)", -60, 60, begins, tip=tip)


def _set_skew(scenario: Scenario, value: int) -> tuple[str, Any]:
    node = _wrong_clock(scenario)
    others = tuple(clock.model_dump() for clock in scenario.clocks if clock.node != node)
    wrong = ({"node": node, "offset_ms": 1000.0 * value},) if value else ()
    return "clocks", (*others, *wrong)


def _region(scenario: Scenario) -> Any:
    tip = "Where the one shared store is: whoever asks it from elsewhere waits for the way there."
    return choice("shared store in", scenario.regions, scenario.stores.region, tip)


NETWORK = {
    "latency_ms": Dial(_latency, _set_latency),
    "loss": number(
        *("network.access.response_loss_probability", "responses lost (%)", 0, 50, 0.5),
        "Of the answers to the client: what it asked for was done, and it cannot know.",
        per=100,
    ),
    "twice": number(
        *("network.access.duplicate_probability", "sent twice (%)", 0, 50, 0.5),
        "Of the client's requests and their answers, as where a proxy sends one again.",
        per=100,
    ),
    "cut_s": Dial(_cut, _set_cut),
    "balancer": menu(
        *("balancer.policy", "balancer"),
        "random: any replica; round_robin: a retry goes to the next; sticky: always to the same.",
    ),
}
CLIENT = {
    "retry": menu(
        *("client.retry", "retry"),
        "After no answer. hedged: the same once more, before it is known that none comes.",
    ),
    "retry_with": menu(
        *("client.retry_with", "retry with"),
        "A fresh token is another use; an idempotency key tells the server that it is one payment.",
    ),
    "retries": number("client.retries", "retries", 0, 5, 1, "How often it tries again at most."),
    "timeout_ms": number(
        *("client.timeout_ms", "waits for an answer (ms)", 50, 3000, 50),
        "After this the outcome is unknown to the client, which is not the same as failed.",
    ),
    "proof": menu(
        *("client.proof", "proof of possession"),
        "Binds the token to a key: DPoP (RFC 9449) or the client's certificate (RFC 8705).",
    ),
}
SERVERS = {
    "replicas": Dial(_replicas, _set_replicas),
    "consume": menu(
        *("server.consume", "token consumed"),
        "When the one use counts as used: before the payment is made, in one transaction, after.",
    ),
    "lifetime_s": number(
        *("authorization_server.single_use_lifetime_s", "token good for (s)", 1, 120, 1),
        "From its issuance on; records of its use are kept at least as long.",
    ),
    "leeway_s": number(
        *("server.leeway_s", "leeway (s)", 0, 60, 1),
        "How long after its expiry a token is still taken, for clocks that differ.",
    ),
    "skew_s": Dial(_skew, _set_skew),
}
STORES = {
    "on_outage": menu(
        *("strategy_settings.on_outage", "store out of reach"),
        "fail_closed: nobody is served until it answers; fail_open: everybody is.",
    ),
    "region": Dial(_region, lambda _, value: ("stores.region", value)),
    "patience_ms": number(
        *("stores.timeout_ms", "servers wait for it (ms)", 10, 2000, 10),
        "After this a store is out of reach, whatever it has written down.",
    ),
    "lag_s": number(
        *("strategy_settings.copy_after_s", "copied after (s)", 0.0, 10.0, 0.1),
        "How late a store copies its records to others: replicated_async, multi_master and others.",
    ),
    "margin_s": number(
        *("strategy_settings.retention_margin_s", "kept after expiry (s)", -60, 120, 5),
        "How much longer than its token a record is kept; below 0, it is forgotten too early.",
    ),
    "grace_s": number(
        *("strategy_settings.grace_s", "grace window (s)", 0, 30, 1),
        "How long after the first use a second one is excused; only grace_window does that.",
    ),
}
THIEF = {
    "thief": number(
        *("thief.probability", "requests stolen (%)", 0, 100, 0.5),
        "Of the client's requests, each with its token, which the thief then presents too.",
        per=100,
    ),
    "place": menu(
        *("thief.place", "found in"),
        "In the server's log, after the use; on the path, before it; at the AS; in the client.",
    ),
    "presentations": number(
        *("thief.presentations", "presented (times)", 1, 5, 1),
        "How often the thief presents what it found.",
    ),
}
#: Title of a group → its dials by name.
GROUPS = {
    "Network": NETWORK,
    "Client": CLIENT,
    "Servers": SERVERS,
    "Stores": STORES,
    "Thief": THIEF,
}
DIALS = {name: dial for group in GROUPS.values() for name, dial in group.items()}
