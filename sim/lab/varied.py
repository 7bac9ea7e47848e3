"""One control, and what it changes: the run of the seed on screen, and the measures of that run.

Rule: everything else of the scenario stays as it is, so that what changes is the control's doing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import ipywidgets as W  # noqa: N812  # what its users call it

from sim.lab.controls import WHOLE, changed, seed
from sim.lab.panel import Panel, Shown
from sim.lab.race import seen, telling, verdicts_html
from sim.lab.words import milliseconds, percent
from sim.scenario import Scenario
from sim.scenario_files import vary
from sim.views.scene import picture
from sim.views.tables import html_table


class VariedPanel(Panel):
    """Run a scenario with one field at each of several values.

    `field`: a dotted field of the scenario; `label`: what a reader calls it, with its unit;
    `values`: what the control offers; `watch`: measure → what a reader calls it.
    """

    def __init__(
        self,
        scenario: Scenario,
        field: str,
        label: str,
        values: Sequence[Any],
        watch: dict[str, str],
    ) -> None:
        self.scenario, self.field, self.watch = scenario, field, watch
        control = W.SelectionSlider(
            options=[(str(value), value) for value in values],
            value=values[0],
            description=label,
            style=WHOLE,
            layout=W.Layout(width="460px"),
            continuous_update=False,
        )
        super().__init__({"value": control, "seed": seed(scenario.seed)})

    def look(self, **values: Any) -> Shown:
        """One run, its verdicts, the measures that are watched."""
        scenario = changed(self.scenario, {self.field: values["value"]}, "")
        trace, run = seen(vary(scenario, seed=values["seed"]))
        measures, verdicts = run.tally.measures(), run.verdicts
        sentence, intention = telling(verdicts)
        said = [(what, _value(measures[name])) for name, what in self.watch.items()]
        numbers = "; ".join(f"{what} {value}" for what, value in said)
        table = html_table(["measure", "value"], said, "All intentions of this run")
        return Shown(
            sentence, numbers, picture(trace.about(intention)), table + verdicts_html(verdicts)
        )


def _value(measure: Any) -> str:
    """A rate with its interval, the middle of a duration, a mean, or a count."""
    if not isinstance(measure, dict):
        return f"{measure}" if isinstance(measure, int) else f"{measure:.1f}"
    return milliseconds(measure["p50"]) if "p50" in measure else percent(measure)
