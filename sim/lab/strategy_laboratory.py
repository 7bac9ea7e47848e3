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
from sim.lab.controls import WHOLE, choice, several, slider, text
from sim.lab.figure import still
from sim.lab.filling import Filling
from sim.lab.panel import Panel, Shown, announced, row, styled
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
        self.bar = W.IntProgress(min=0, style=WHOLE, layout=W.Layout(width="560px"))
        self._filling = Filling(self._grown)
        chosen_first = sorted(STRATEGIES, key=lambda name: name not in strategies)
        super().__init__(
            {
                "strategies": several("strategies (Ctrl adds one)", chosen_first, strategies),
                "vary": text("vary", vary),
                "measure": choice("measure", list(RATES), measure),
                "replications": slider("replications", 1, 40, 10),
            }
        )

    def desk(self) -> Any:
        """The strategies beside everything else."""
        strategies, *others = self.controls.values()
        return row([strategies, W.VBox(others)])

    def look(self, **values: Any) -> Shown:
        """The first replication of each; the others follow."""
        self._filling.stop()
        self._count(0, values["replications"])
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
        self._cells, self._measure = tuple(cells), values["measure"]
        swept, svg, alt = self._drawn(results)
        self._count(1, values["replications"])
        self._filling.begin(results, values["replications"])
        found = [result.tally.measures()[self._measure]["value"] for result in results]
        numbers = ", ".join("none" if each is None else f"{100 * each:.1f} %" for each in found)
        return Shown(
            self._sentence(swept), numbers, details=taken_away(swept, svg), chart=still(svg, alt)
        )

    def _grown(self, results: Sequence[Result]) -> None:
        """Drawn anew whenever there are twice as many: a picture takes as long as many runs."""
        many, asked = results[0].replications, results[0].asked
        if many == asked or many.bit_count() == 1:
            swept, svg, alt = self._drawn(results)
            self.verdict.value = announced(self._sentence(swept))
            self.picture.value = still(svg, alt)
            if not swept.interrupted:
                self.details.value = styled(taken_away(swept, svg))
        self._count(many, asked)

    def _count(self, many: int, asked: int) -> None:
        self.bar.max, self.bar.value = asked, many
        self.bar.description = f"{many} of {counted(asked, 'replication')}"

    def _drawn(self, results: Sequence[Result]) -> tuple[Sweep, str, str]:
        """What there is so far, its curves, and what they say to who cannot see them."""
        many, asked = results[0].replications, results[0].asked
        swept = Sweep(self.scenario, self._cells, tuple(results), asked, 0, many)
        chart = swept.chart([self._measure])
        return swept, svg_of(chart.figure), chart.alt

    def _sentence(self, swept: Sweep) -> str:
        names = told(list(dict.fromkeys(cell.strategy for cell in swept.cells)))
        many = counted(swept.replications, "replication")
        return f"{self._measure}: under {names}, {many} of each so far."


def taken_away(swept: Sweep, svg: str) -> str:
    """The figure and its table as files."""
    files = {
        "figure.svg": ("image/svg+xml", svg),
        "table.csv": ("text/csv", swept.frame().to_csv(index=False)),
    }
    return f"<p>Take away: {' · '.join(_link(name, *file) for name, file in files.items())}</p>"


def _link(name: str, kind: str, text: str) -> str:
    data = b64encode(text.encode()).decode()
    return f'<a download="{name}" href="data:{kind};base64,{data}">{name}</a>'
