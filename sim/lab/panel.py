"""What every panel is: controls, one sentence, a picture and details; values in, views out.

Rule: a callback only sets traits. Nothing is printed and there is no Output widget, so that a panel
says the same in JupyterLab, in Voila, to nbval and in a file. A panel decides nothing: `look` asks
the simulation, the checker and the views, and whatever cannot be is one line in their words.
"""

from __future__ import annotations

from html import escape
from typing import Any, ClassVar, NamedTuple

import ipywidgets as W  # noqa: N812  # what its users call it

from sim.lab.figure import live, still
from sim.scenario_files import ScenarioError
from sim.views.shapes import Picture
from sim.views.svg import render_svg

#: Tables close together; a message beside its claims, in a room of one height, so that a picture
#: below it stands still while messages pass.
STYLE = """<style>
.tokenrace { line-height: 1.35 }
.tokenrace caption { text-align: left; font-weight: 600; padding: 0.5em 0 0.2em }
.tokenrace th, .tokenrace td { text-align: left; vertical-align: top; padding: 1px 14px 1px 0 }
.tokenrace .wire { min-height: 18em }
.tokenrace article { display: flex; flex-wrap: wrap; gap: 0 3em }
.tokenrace h3 { width: 100%; margin: 0.3em 0; font-size: 1em }
.tokenrace pre { flex: 0 1 44em; margin: 0.5em 0; white-space: pre-wrap; overflow-wrap: anywhere }
.tokenrace .clause { color: #5F5F5F; user-select: none }
</style>
"""


class Shown(NamedTuple):
    """What a panel shows for one setting of its controls.

    `sentence`: the point, in plain text; `numbers`: what the run came to, for `repr`; `drawn`: None
    when there was no run, or when `chart`, an `<img>` with its words, stands in its place;
    `details`: HTML.
    """

    sentence: str
    numbers: str
    drawn: Picture | None = None
    details: str = ""
    chart: str = ""


class Panel(W.VBox):  # type: ignore[misc]  # ipywidgets ships no types
    """Controls by name (`controls`), and what `look` makes of their values (`shown`)."""

    #: What stands below the controls.
    parts: ClassVar[tuple[str, ...]] = ("verdict", "picture", "details")

    def __init__(self, controls: dict[str, Any]) -> None:
        self.controls = controls
        self.verdict, self.picture, self.details = W.HTML(), W.HTML(), W.HTML()
        self._refresh()
        for control in controls.values():
            control.observe(self._refresh, "value")
        side_by_side = W.Layout(flex_flow="row wrap", grid_gap="2px 28px")
        row = W.HBox(list(controls.values()), layout=side_by_side)
        super().__init__([row, *(getattr(self, part) for part in self.parts)])

    def look(self, **values: Any) -> Shown:
        """What to show for these values of the controls. Raises ScenarioError if they cannot be."""
        raise NotImplementedError(f"{type(self).__name__}.look")

    def set(self, **values: Any) -> None:
        """Move controls by name, as a reader would."""
        for name, value in values.items():
            self.controls[name].value = value

    def values(self) -> dict[str, Any]:
        """Where the controls stand."""
        return {name: control.value for name, control in self.controls.items()}

    def _refresh(self, change: object = None) -> None:
        try:
            self.shown = self.look(**self.values())
        except ScenarioError as error:
            self.shown = Shown(str(error), f"not possible: {error}")
        drawn, details = self.shown.drawn, self.shown.details
        self.verdict.value = announced(self.shown.sentence)
        self.picture.value = live(drawn) if drawn else self.shown.chart
        self.details.value = f'{STYLE}<div class="tokenrace">{details}</div>'

    def __repr__(self) -> str:
        settings = ", ".join(f"{name}={value!r}" for name, value in self.values().items())
        return f"{type(self).__name__}({settings}): {self.shown.numbers}"

    def _repr_mimebundle_(self, **options: Any) -> dict[str, Any]:
        """The live panel and, for readers without a kernel, its point and its picture."""
        bundle: dict[str, Any] = super()._repr_mimebundle_(**options)
        drawn, sentence = self.shown.drawn, self.shown.sentence
        bundle["text/plain"] = repr(self)  # ipywidgets cuts it short
        alt = f"{sentence} {drawn.description}" if drawn else ""
        image = still(render_svg(drawn), alt) if drawn else self.shown.chart
        bundle["text/html"] = f"<p>{escape(sentence)}</p>{image}"
        return bundle


def announced(sentence: str) -> str:
    """The line that a screen reader reads aloud when it changes."""
    bold = "font-size:1.1em;font-weight:600;line-height:1.4;white-space:normal"
    return f'<div aria-live="polite" class="verdict" style="{bold}">{escape(sentence)}</div>'
