"""The race: one single-use token, several replicas, a lost response, a thief, a cut link."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from html import escape
from itertools import cycle, islice
from typing import Any

import ipywidgets as W  # noqa: N812  # what its users call it

from oauth_model.retry import POLICIES, RETRY_WITH
from oauth_model.strategies import STRATEGIES
from sim.checker import Verdict, check
from sim.experiments import Result
from sim.lab.controls import also, button, changed, choice, seed, slider
from sim.lab.filling import Filling
from sim.lab.panel import STYLE, Panel, Shown
from sim.lab.words import milliseconds, percent
from sim.metrics import Tally
from sim.scenario import Scenario
from sim.scenario_files import toml, vary
from sim.scenario_world import Partition
from sim.trace import Trace
from sim.views.scene import picture
from sim.views.tables import html_table
from sim.views.words import counted
from sim.world.simulation import simulate

#: Where a link would be cut in a scenario that cuts none.
NO_CUT = Partition.model_construct(from_s=40.0, until_s=40.0, between=("", ""))
#: measure → what a reader calls it, in the order of the table.
RATES = {
    "double_accept_rate": "tokens accepted twice",
    "duplicate_effect_per_intention_rate": "paid twice",
    "retry_reject_rate": "honest retries told invalid_token after the payment",
    "consumed_unknown_rate": "paid, but the client does not know",
    "theft_rate": "stolen tokens that paid for the thief",
    "availability": "intentions served",
}
#: Replications that follow the one on screen.
MANY = 30
HOLDS = {True: "holds", False: "violated", None: "unknown"}


class RacePanel(Panel):
    """Run all intentions of a scenario; draw the one that a property complains about.

    Below the picture: the line that repeats what is on the screen, and the rates over many seeds,
    which come in while nobody moves anything. `preset`: the name under which the scenario is found,
    `given`: dotted field → value, what of it was set.
    """

    parts = ("actions", "verdict", "picture", "line", "rates", "details")

    def __init__(
        self, scenario: Scenario, preset: str = "", given: Mapping[str, Any] | None = None
    ) -> None:
        self.scenario, self.preset, self.given = scenario, preset, dict(given or {})
        self.line, self.rates = W.HTML(), W.HTML()
        self._filling = Filling(self._fill)
        self.actions = button("new seed", lambda: self.set(seed=self.controls["seed"].value + 1))
        client, access = scenario.client, scenario.network.access
        cut = scenario.partitions[0] if scenario.partitions else NO_CUT
        loss, outage = access.response_loss_probability, scenario.strategy_settings.on_outage
        controls = {
            "strategy": choice("enforcement strategy", list(STRATEGIES), scenario.strategy),
            "on_outage": choice("store out of reach", ("fail_closed", "fail_open"), outage),
            "replicas": slider("replicas", 1, 6, len(scenario.servers[0].replicas)),
            "latency_ms": slider(
                "latency, each way (ms)", 1, 400, round(_usual_ms(access.latency))
            ),
            "loss": slider("responses lost (%)", 0, 50, 100 * loss, 0.5),
            "retry": choice("retry", POLICIES, client.retry),
            "retry_with": choice("retry with", RETRY_WITH, client.retry_with),
            "thief": slider("requests stolen (%)", 0, 100, 100 * scenario.thief.probability, 0.5),
            "cut_s": slider("link cut for (s)", 0, 60, round(cut.until_s - cut.from_s)),
            "seed": seed(scenario.seed),
            "also": also(),
        }
        self._start = {name: control.value for name, control in controls.items()}
        super().__init__(controls)

    def look(self, **values: Any) -> Shown:
        """One run, its verdicts, its rates; more runs follow."""
        self._filling.stop()
        self.line.value = self.rates.value = ""
        fields = self.fields(**values)
        scenario = changed(self.scenario, fields, values["also"])
        trace, measures, verdicts = seen(scenario, values["seed"])
        sentence, intention = telling(verdicts)
        numbers = "; ".join(f"{what} {percent(measures[rate])}" for rate, what in RATES.items())
        details = rates_html(measures) + verdicts_html(verdicts)
        self.line.value = f"<pre>{escape(self._repeats(values))}</pre>"
        self._filling.begin([Result(vary(scenario, seed=values["seed"]))], MANY)
        return Shown(sentence, numbers, picture(trace.about(intention)), details)

    def fields(self, **values: Any) -> dict[str, Any]:
        """The fields of the scenario that those controls stand for which were moved."""
        scenario = self.scenario
        server, home, away = scenario.servers[0].name, scenario.regions[0], scenario.regions[-1]
        cut = scenario.partitions[0] if scenario.partitions else NO_CUT
        until_s, latency_ms = cut.from_s + values["cut_s"], values["latency_ms"]
        standing = {"from_s": cut.from_s, "until_s": until_s, "between": (home, away)}
        latency = {"distribution": "lognormal", "median_ms": latency_ms, "sigma": 0.4}
        stand_for = {
            "strategy": ("strategy", values["strategy"]),
            "on_outage": ("strategy_settings.on_outage", values["on_outage"]),
            "replicas": (
                f"servers.{server}.replicas",
                tuple(islice(cycle((home, away)), values["replicas"])),
            ),
            "latency_ms": ("network.access.latency", latency),
            "loss": ("network.access.response_loss_probability", values["loss"] / 100),
            "retry": ("client.retry", values["retry"]),
            "retry_with": ("client.retry_with", values["retry_with"]),
            "thief": ("thief.probability", values["thief"] / 100),
            "cut_s": ("partitions", (standing,) if values["cut_s"] else ()),
        }
        moved = (name for name in stand_for if values[name] != self._start[name])
        return dict(stand_for[name] for name in moved)

    def _repeats(self, values: dict[str, Any]) -> str:
        """A line that repeats what is on the screen: of the command, or of Python."""
        if not self.preset:
            moved = {name: v for name, v in values.items() if v != self._start[name]}
            return f"panel.set({', '.join(f'{name}={v!r}' for name, v in moved.items())})"
        said = self.given | self.fields(**values)
        fields = [f"{name}={toml(value)}" for name, value in said.items()]
        fields += [part.strip() for part in values["also"].split(";") if part.strip()]
        sets = [word for field in fields for word in ("--set", field)]
        return shlex.join(["tokenrace", "run", self.preset, "--seed", str(values["seed"]), *sets])

    def _fill(self, results: Sequence[Result]) -> None:
        [result] = results
        title = f"Over {counted(result.replications, 'seed')}"
        self.rates.value = f"{STYLE}{rates_html(result.tally.measures(), title)}"


def _usual_ms(latency: Any) -> float:
    """Where a slider begins: at the middle of a distribution that names one, else at its least."""
    named = latency.model_dump()
    return next((named[name] for name in ("median_ms", "mean_ms", "value_ms") if name in named), 1)


def seen(scenario: Scenario, seed: int) -> tuple[Trace, dict[str, Any], dict[str, Verdict]]:
    """One run with every message kept, its measures, and the verdicts on its properties."""
    trace, tally = simulate(scenario, seed=seed), Tally()
    for row in trace:
        tally(row)
    return trace, tally.measures(), check(trace, scenario.properties)


def telling(verdicts: Mapping[str, Verdict]) -> tuple[str, int]:
    """A sentence on the first property that is violated, else unknown, and whose story it is."""
    for holds in (False, None):
        for name, verdict in verdicts.items():
            if verdict.holds is holds:
                intention = verdict.witness.get("intention", 0)
                return f"{name} is {HOLDS[holds]}: {verdict.because}.", intention
    return f"All of these hold: {', '.join(verdicts)}.", 0


def rates_html(measures: Mapping[str, Any], title: str = "All intentions of this run") -> str:
    """The rates, the latency and the messages of one run or of many."""
    rows = [
        [what, percent(measures[rate]), f"{measures[rate]['n']}"] for rate, what in RATES.items()
    ]
    latency = measures["latency_ms"]
    rows += [[f"latency, {q}", milliseconds(latency[q]), f"{latency[q]['n']}"] for q in latency]
    rows.append(["messages per use", f"{measures['messages_per_use']:.1f}", ""])
    return html_table(["measure", "value (95 % interval)", "of"], rows, title)


def verdicts_html(verdicts: Mapping[str, Verdict]) -> str:
    """What became of each property, why, and the clause it comes from."""
    rows = [[name, HOLDS[v.holds], v.because, v.clause] for name, v in verdicts.items()]
    return html_table(["property", "verdict", "because", "clause"], rows, "What was asked of it")
