"""The race: one single-use token, several replicas, a lost response, a thief, a cut link."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import cycle, islice
from typing import Any

from oauth_model.retry import POLICIES, RETRY_WITH
from oauth_model.strategies import STRATEGIES
from sim.checker import Verdict, check
from sim.lab.controls import also, changed, choice, seed, slider
from sim.lab.panel import Panel, Shown
from sim.lab.words import milliseconds, percent
from sim.metrics import Tally
from sim.scenario import Scenario
from sim.scenario_world import Partition
from sim.views.scene import picture
from sim.views.tables import html_table
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
HOLDS = {True: "holds", False: "violated", None: "unknown"}


class RacePanel(Panel):
    """Run all intentions of a scenario; draw the one that a property complains about."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        client, access = scenario.client, scenario.network.access
        cut = scenario.partitions[0] if scenario.partitions else NO_CUT
        controls = {
            "strategy": choice("enforcement strategy", list(STRATEGIES), scenario.strategy),
            "replicas": slider("replicas", 1, 6, len(scenario.servers[0].replicas)),
            "loss": slider(
                "responses lost (%)", 0, 50, 100 * access.response_loss_probability, 0.5
            ),
            "retry": choice("retry", POLICIES, client.retry),
            "retry_with": choice("retry with", RETRY_WITH, client.retry_with),
            "thief": slider("requests stolen (%)", 0, 100, 100 * scenario.thief.probability, 0.5),
            "cut_s": slider("link cut for (s)", 0, 60, round(cut.until_s - cut.from_s)),
            "seed": seed(scenario.seed),
            "also": also(),
        }
        super().__init__(controls)

    def look(self, **values: Any) -> Shown:
        """One run, its verdicts, its rates."""
        scenario = changed(self.scenario, self.fields(**values), values["also"])
        trace = simulate(scenario, seed=values["seed"])
        tally = Tally()
        for row in trace:
            tally(row)
        measures = tally.measures()
        verdicts = check(trace, scenario.properties)
        sentence, intention = telling(verdicts)
        numbers = "; ".join(f"{what} {percent(measures[rate])}" for rate, what in RATES.items())
        details = rates_html(measures) + verdicts_html(verdicts)
        return Shown(sentence, numbers, picture(trace.about(intention)), details)

    def fields(self, **values: Any) -> dict[str, Any]:
        """The fields of the scenario that the controls stand for."""
        scenario = self.scenario
        server, home, away = scenario.servers[0].name, scenario.regions[0], scenario.regions[-1]
        cut = scenario.partitions[0] if scenario.partitions else NO_CUT
        until_s = cut.from_s + values["cut_s"]
        standing = {"from_s": cut.from_s, "until_s": until_s, "between": (home, away)}
        return {
            "strategy": values["strategy"],
            f"servers.{server}.replicas": tuple(islice(cycle((home, away)), values["replicas"])),
            "network.access.response_loss_probability": values["loss"] / 100,
            "client.retry": values["retry"],
            "client.retry_with": values["retry_with"],
            "thief.probability": values["thief"] / 100,
            "partitions": (standing,) if values["cut_s"] else (),
        }


def telling(verdicts: Mapping[str, Verdict]) -> tuple[str, int]:
    """A sentence on the first property that is violated, else unknown, and whose story it is."""
    for holds in (False, None):
        for name, verdict in verdicts.items():
            if verdict.holds is holds:
                intention = verdict.witness.get("intention", 0)
                return f"{name} is {HOLDS[holds]}: {verdict.because}.", intention
    return f"All of these hold: {', '.join(verdicts)}.", 0


def rates_html(measures: Mapping[str, Any]) -> str:
    """The rates, the latency and the messages of a run."""
    rows = [
        [what, percent(measures[rate]), f"{measures[rate]['n']}"] for rate, what in RATES.items()
    ]
    latency = measures["latency_ms"]
    rows += [[f"latency, {q}", milliseconds(latency[q]), f"{latency[q]['n']}"] for q in latency]
    rows.append(["messages per use", f"{measures['messages_per_use']:.1f}", ""])
    return html_table(
        ["measure", "value (95 % interval)", "of"], rows, "All intentions of this run"
    )


def verdicts_html(verdicts: Mapping[str, Verdict]) -> str:
    """What became of each property, why, and the clause it comes from."""
    rows = [[name, HOLDS[v.holds], v.because, v.clause] for name, v in verdicts.items()]
    return html_table(["property", "verdict", "because", "clause"], rows, "What was asked of it")
