"""One token's journey: a trace step by step, message by message."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from oauth_model.strategies import STRATEGIES
from sim.checker import check
from sim.lab.controls import also, changed, choice, seed, slider
from sim.lab.panel import Panel, Shown
from sim.scenario import Scenario
from sim.trace import Trace
from sim.views.layout import lay_out
from sim.views.scene import picture
from sim.views.wire import messages, wire_html
from sim.world.simulation import simulate

#: claim → what it says, and where it is defined.
CLAIMS: dict[str, tuple[str, str]] = {
    "iss": ("who issued it", "RFC 7519 4.1.1"),
    "sub": ("on whose behalf", "RFC 7519 4.1.2"),
    "aud": ("for which server", "RFC 7519 4.1.3"),
    "client_id": ("to which client", "RFC 9068 2.2"),
    "scope": ("for what", "RFC 9068 2.2.3"),
    "iat": ("issued at (s since 1970)", "RFC 7519 4.1.6"),
    "exp": ("expires at (s since 1970)", "RFC 7519 4.1.4"),
    "jti": ("its name", "RFC 7519 4.1.7"),
    "use": ("for how many requests", "interim 2025-01-20"),
}


class JourneyPanel(Panel):
    """A slider over the messages of a run: the message, its claims, the picture so far.

    It starts at the end, so that a reader without a kernel sees the whole journey.
    """

    parts = ("verdict", "details", "picture")

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        last = max(1, len(messages(simulate(scenario))))
        controls = {
            "message": slider("message", 1, last, last),
            "strategy": choice("enforcement strategy", list(STRATEGIES), scenario.strategy),
            "seed": seed(scenario.seed),
            "also": also(),
        }
        super().__init__(controls)

    def look(self, **values: Any) -> Shown:
        """A run up to the moment before its next message leaves."""
        scenario = changed(self.scenario, {"strategy": values["strategy"]}, values["also"])
        trace = simulate(scenario, seed=values["seed"])
        sent = messages(trace)
        if not sent:
            return Shown("No message was sent.", "no message", picture(trace))
        self.controls["message"].max = len(sent)
        number = min(values["message"], len(sent))
        sentence = f"Message {number} of {len(sent)}: {label(trace, number)}."
        numbers = f"{len(sent)} messages; {effects(trace)}"
        drawn = picture(until(trace, number), all_lanes=lay_out(trace).lanes)
        return Shown(sentence, numbers, drawn, wire_html(part(trace, number, number)))


def part(trace: Trace, first: int, last: int) -> Trace:
    """Only what became of the messages from one number to another, counted from 1."""
    numbers = {message.row.message for message in messages(trace)[first - 1 : last]}
    return Trace(trace.header, [row for row in trace if row.message in numbers])


def until(trace: Trace, number: int) -> Trace:
    """All that happened before the message after this one left."""
    later = messages(trace)[number:]
    return Trace(
        trace.header, trace.rows[: trace.rows.index(later[0].row)] if later else trace.rows
    )


def label(trace: Trace, number: int) -> str:
    """A message in a line."""
    row = messages(trace)[number - 1].row
    return f"{row.detail['label']} from {row.node} to {row.peer}"


def effects(trace: Trace) -> str:
    """Who had an effect: "an effect for client, thief"."""
    actors = [row.actor for row in trace.of("effect") if row.detail["executed"]]
    return f"an effect for {', '.join(actors)}" if actors else "no effect"


def claims_table(claims: Mapping[str, Any]) -> list[list[str]]:
    """Each claim of a token with its value, its meaning and its clause."""
    return [[name, f"{value}", *CLAIMS.get(name, ("", ""))] for name, value in claims.items()]


def first_intention(trace: Trace, name: str) -> int:
    """The intention at which a property is first violated. Raises KeyError when it never is."""
    return int(check(trace, [name])[name].witness["intention"])
