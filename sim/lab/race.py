"""The race: one single-use token, several replicas, a lost response, a thief, a cut link."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import ipywidgets as W  # noqa: N812  # what its users call it

from oauth_model.strategies import STRATEGIES
from sim.checker import Verdict, check
from sim.experiments import Result, Run
from sim.lab.controls import LAST_SEED, also, assignments, button, changed, choice, seed
from sim.lab.dials import DIALS, GROUPS
from sim.lab.filling import Filling
from sim.lab.panel import Panel, Shown, row, styled
from sim.lab.words import milliseconds, percent
from sim.metrics import Tally
from sim.scenario import Scenario
from sim.scenario_files import parse_set, toml
from sim.trace import Trace
from sim.views.scene import picture
from sim.views.tables import html_table
from sim.views.words import counted
from sim.world.simulation import simulate

#: measure → what a reader calls it, in the order of the table.
RATES = {
    "double_accept_rate": "tokens accepted twice",
    "duplicate_effect_per_intention_rate": "paid twice",
    "retry_reject_rate": "honest retries told invalid_token after the payment",
    "consumed_unknown_rate": "paid, but the client does not know",
    "theft_rate": "stolen tokens that paid for the thief",
    "availability": "intentions served",
}
#: Replications, the one on screen the first of them.
MANY = 30
HOLDS = {True: "holds", False: "violated", None: "unknown"}


class RacePanel(Panel):
    """Run all intentions of a scenario; draw the one that a property complains about.

    Below the picture: the line that repeats what is on the screen, and the rates of this run beside
    those over many seeds, which come in while nobody moves anything. `preset`: the name under which
    the scenario is found, `given`: dotted field → value, what of it was set.
    """

    parts = ("promise", "verdict", "picture", "line", "rates", "details")

    def __init__(
        self, scenario: Scenario, preset: str = "", given: Mapping[str, Any] | None = None
    ) -> None:
        self.scenario, self.preset, self.given = scenario, preset, dict(given or {})
        self.promise, self.line, self.rates = W.HTML(), W.HTML(), W.HTML()
        self._filling = Filling(self._fill)
        controls = {
            "strategy": choice("enforcement strategy", list(STRATEGIES), scenario.strategy),
            "seed": seed(scenario.seed),
            "also": also(),
            **{name: dial.control(scenario) for name, dial in DIALS.items()},
        }
        self._start = {name: control.value for name, control in controls.items()}
        super().__init__(controls)

    def desk(self) -> Any:
        """What concerns the whole run in a line, and a tab for each group of dials."""
        again = button("new seed", self._another_seed)
        first = row([self.controls["strategy"], self.controls["seed"], again])
        groups = {title: [self.controls[name] for name in group] for title, group in GROUPS.items()}
        for control in (control for group in groups.values() for control in group):
            control.layout.width, control.style.description_width = "380px", "170px"
        groups["Any field"] = [self.controls["also"]]
        return W.VBox([first, W.Tab(list(map(row, groups.values())), titles=list(groups))])

    def _another_seed(self) -> None:
        """The next one; after the last the first."""
        self.set(seed=(self.controls["seed"].value + 1) % (LAST_SEED + 1))

    def look(self, **values: Any) -> Shown:
        """One run, its verdicts, its rates; more runs follow."""
        self._filling.stop()
        seeded = {"seed": values["seed"]}
        scenario = changed(self.scenario, seeded | self.fields(**values), values["also"])
        trace, run = seen(scenario)
        self._measures = run.tally.measures()
        result = Result(scenario)
        result.add(run)
        self._filling.begin([result], MANY)
        sentence, intention = telling(run.verdicts)
        numbers = [f"{what} {percent(self._measures[rate])}" for rate, what in RATES.items()]
        more = {
            "promise": promised(scenario.strategy),
            "line": styled(f"<pre>{escape(self._repeats(values, scenario.seed))}</pre>"),
            "rates": self._rates(1, self._measures),
        }
        drawn, details = picture(trace.about(intention)), verdicts_html(run.verdicts)
        return Shown(sentence, "; ".join(numbers), drawn, details, more=more)

    def moved(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Of these values of controls those that are not where they were at the beginning."""
        return {name: value for name, value in values.items() if value != self._start[name]}

    def settings(self) -> dict[str, Any]:
        """Only what tells this run from others: there are many dials."""
        values = self.values()
        return {name: values[name] for name in ("strategy", "seed")} | self.moved(values)

    def fields(self, **values: Any) -> dict[str, Any]:
        """The fields of the scenario that those controls stand for which were moved."""
        moved = self.moved(values)
        strategy = {name: value for name, value in moved.items() if name == "strategy"}
        dials = (DIALS[name].sets(self.scenario, moved[name]) for name in moved if name in DIALS)
        return strategy | dict(dials)

    def _repeats(self, values: dict[str, Any], seed: int) -> str:
        """A line that repeats what is on the screen: of the command, or of Python.

        The command takes a field once: what was set last stands there.
        """
        if not self.preset:
            places = self.moved(values).items()
            return f"panel.set({', '.join(f'{name}={value!r}' for name, value in places)})"
        moved = self.fields(**values)
        written = {parse_set(part)[0]: part for part in assignments(values["also"])}
        given = {n: value for n, value in self.given.items() if n not in moved | written}
        texts = {n: f"{n}={toml(value)}" for n, value in (given | moved).items()} | written
        sets = [word for name in texts if name != "seed" for word in ("--set", texts[name])]
        return shlex.join(["tokenrace", "run", self.preset, "--seed", f"{seed}", *sets])

    def _fill(self, results: Sequence[Result]) -> None:
        [result] = results
        self.rates.value = self._rates(result.replications, result.tally.measures())

    def _rates(self, runs: int, measures: Mapping[str, Any]) -> str:
        return styled(rates_html({"this run": self._measures, counted(runs, "seed"): measures}))


def promised(strategy: str) -> str:
    """What a strategy promises."""
    said = escape(f"{strategy} promises: {STRATEGIES[strategy].promise}.")
    return f'<div style="line-height:1.4;color:#5F5F5F">{said}</div>'


def seen(scenario: Scenario) -> tuple[Trace, Run]:
    """One run with every message kept, its measures, and the verdicts on its properties."""
    trace, tally = simulate(scenario), Tally()
    for each in trace:
        tally(each)
    return trace, Run(scenario.seed, tally, check(trace, scenario.properties))


def telling(verdicts: Mapping[str, Verdict]) -> tuple[str, int]:
    """A sentence on the first property that is violated, else unknown, and whose story it is."""
    for holds in (False, None):
        for name, verdict in verdicts.items():
            if verdict.holds is holds:
                intention = verdict.witness.get("intention", 0)
                return f"{name} is {HOLDS[holds]}: {verdict.because}.", intention
    return f"All of these hold: {', '.join(verdicts)}.", 0


def rates_html(found: Mapping[str, Mapping[str, Any]]) -> str:
    """The rates, the latency and the messages of each of several, side by side, by their names."""
    columns = [_column(measures) for measures in found.values()]
    rows = [[name, *(cell for column in columns for cell in column[name])] for name in columns[0]]
    heads = [head for name in found for head in (f"{name} (95 % interval)", "of")]
    return html_table(["measure", *heads], rows, "What came of all intentions")


def _column(measures: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    """What a reader calls a measure → its value, and of how many it is."""
    latency = measures["latency_ms"]
    rates = {what: measures[rate] for rate, what in RATES.items()}
    said = {what: (percent(rate), f"{rate['n']}") for what, rate in rates.items()}
    said |= {f"latency, {q}": (milliseconds(of), f"{of['n']}") for q, of in latency.items()}
    return said | {"messages per use": (f"{measures['messages_per_use']:.1f}", "")}


def verdicts_html(verdicts: Mapping[str, Verdict]) -> str:
    """What became of each property, why, and the clause it comes from."""
    rows = [[name, HOLDS[v.holds], v.because, v.clause] for name, v in verdicts.items()]
    return html_table(["property", "verdict", "because", "clause"], rows, "What was asked of it")
