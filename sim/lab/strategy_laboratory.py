"""The strategy laboratory: some strategies, one field over some values, curves with intervals.

Rule: all strategies meet the same seeds at every value, so that what differs is the strategy's
doing. The first replication stands at once; the others come in one by one.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from typing import Any

import ipywidgets as W  # noqa: N812  # what its users call it

from oauth_model.strategies import STRATEGIES
from sim.experiments import Result, run_once
from sim.lab.controls import choice, several, slider, text
from sim.lab.filling import Filling
from sim.lab.panel import Panel, Shown
from sim.lab.words import told
from sim.rates import RATES
from sim.scenario import Scenario
from sim.scenario_files import ScenarioError
from sim.sweeps.errors import SweepError
from sim.sweeps.grid import grid, parse_vary
from sim.sweeps.results import Sweep
from sim.views.figure_files import svg_of
from sim.views.words import counted

#: More cells than this would keep a reader waiting for the first curve.
MOST_CELLS = 60


class StrategyLaboratory(Panel):
    """Choose strategies and what to vary; the curves grow more certain while you look."""

    parts = ("verdict", "bar", "picture", "details")

    def __init__(
        self, scenario: Scenario, strategies: Sequence[str], vary: str, measure: str
    ) -> None:
        self.scenario = scenario
        self.bar = W.IntProgress(
            description="replications", min=0, style={"description_width": "initial"}
        )
        self._filling = Filling(self._grown)
        super().__init__(
            {
                "strategies": several("strategies (Ctrl adds one)", list(STRATEGIES), strategies),
                "vary": text("vary", vary),
                "measure": choice("measure", list(RATES), measure),
                "replications": slider("replications", 1, 40, 10),
            }
        )

    def look(self, **values: Any) -> Shown:
        """The first replication of each; the others follow."""
        self._filling.stop()
        if not values["strategies"]:
            raise ScenarioError("strategies: none is chosen; allowed: one or more of the list")
        try:
            cells = grid(self.scenario, parse_vary([values["vary"]]), values["strategies"])
        except SweepError as error:
            raise ScenarioError(str(error)) from None
        if len(cells) > MOST_CELLS:
            raise ScenarioError(f"vary: {len(cells)} cells; allowed: {MOST_CELLS} at most")
        results = [Result(cell.scenario, asked=values["replications"]) for cell in cells]
        for result in results:
            result.add(run_once(result.scenario, result.scenario.seed))
        self._cells = tuple(cells)
        self._filling.begin(results, values["replications"])
        return self._shown(results, values["measure"])

    def _grown(self, results: Sequence[Result]) -> None:
        shown = self._shown(results, self.controls["measure"].value)
        self.picture.value, self.details.value = shown.chart, shown.details

    def _shown(self, results: Sequence[Result], measure: str) -> Shown:
        many = results[0].replications
        self.bar.max, self.bar.value = results[0].asked, many
        swept = Sweep(self.scenario, self._cells, tuple(results), results[0].asked, 0, many)
        chart, names = swept.chart([measure]), list(dict.fromkeys(c.strategy for c in self._cells))
        sentence = f"{measure} under {told(names)}; {counted(many, 'replication')} of each so far."
        files = {
            "figure.svg": ("image/svg+xml", svg_of(chart.figure)),
            "table.csv": ("text/csv", swept.frame().to_csv(index=False)),
        }
        links = " · ".join(_link(name, *file) for name, file in files.items())
        found = [result.tally.measures()[measure]["value"] for result in results]
        numbers = ", ".join("none" if each is None else f"{100 * each:.1f} %" for each in found)
        return Shown(sentence, numbers, details=f"<p>{links}</p>", chart=chart._repr_html_())


def _link(name: str, kind: str, text: str) -> str:
    data = b64encode(text.encode()).decode()
    return f'<a download="{name}" href="data:{kind};base64,{data}">{name}</a>'
