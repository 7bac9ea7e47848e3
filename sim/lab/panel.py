"""What every panel is: controls, one sentence, a picture and details; values in, views out.

Rule: a callback only sets traits. Nothing is printed and there is no Output widget, so that a panel
says the same in JupyterLab, in Voila, to nbval and in a file. A panel decides nothing: `look` asks
the simulation, the checker and the views, and whatever cannot be is one line in their words.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape
from threading import RLock
from types import MappingProxyType
from typing import Any, ClassVar, NamedTuple

import ipywidgets as W  # noqa: N812  # what its users call it

from sim.lab.collector import settle, uncollected
from sim.lab.figure import live, still
from sim.scenario_files import ScenarioError
from sim.views.shapes import Picture
from sim.views.svg import render_svg

#: Tables close together; a message beside its claims, in a room of one height, so that a picture
#: below it stands still while messages pass.
STYLE = """<style>
.tokenrace { line-height: 1.35 }
.tokenrace caption { text-align: left; font-weight: 600; padding: 0.5em 0 0.2em;
  white-space: nowrap }
.tokenrace th, .tokenrace td { text-align: left; vertical-align: top; padding: 1px 14px 1px 0 }
.tokenrace .beside { display: flex; flex-wrap: wrap; gap: 0 3em; align-items: flex-start }
.tokenrace .wire { min-height: 18em }
.tokenrace article { display: flex; flex-wrap: wrap; gap: 0 3em }
.tokenrace h3 { width: 100%; margin: 0.3em 0; font-size: 1em }
.tokenrace pre { flex: 0 1 44em; margin: 0.5em 0; white-space: pre-wrap; word-break: normal;
  overflow-wrap: anywhere }
.tokenrace .clause { color: #5F5F5F; user-select: none }
.tokenrace a[href] { color: var(--jp-content-link-color, #0072B2); text-decoration: underline }
</style>
"""


class Shown(NamedTuple):
    """What a panel shows for one setting of its controls.

    `sentence`: the point, in plain text; `numbers`: what the run came to, for `repr`; `drawn`: None
    when there was no run, or when `chart`, an `<img>` with its words, stands in its place;
    `details`: HTML; `more`: that of further parts, by name.
    """

    sentence: str
    numbers: str
    drawn: Picture | None = None
    details: str = ""
    chart: str = ""
    more: Mapping[str, str] = MappingProxyType({})


class Panel(W.VBox):  # type: ignore[misc]  # ipywidgets ships no types
    """Controls by name (`controls`), and what `look` makes of their values (`shown`)."""

    #: What stands below the controls.
    parts: ClassVar[tuple[str, ...]] = ("verdict", "picture", "details")
    shown = Shown("", "")

    def __init__(self, controls: dict[str, Any]) -> None:
        self.controls = controls
        self.verdict, self.picture, self.details = W.HTML(), W.HTML(), W.HTML()
        self._turn = RLock()  # a kernel hears of the first moves in several threads
        self._refresh()
        settle()
        for control in controls.values():
            control.observe(self._refresh, "value")
        super().__init__([self.desk(), *(getattr(self, part) for part in self.parts)])

    def desk(self) -> Any:
        """The controls as they stand above everything else."""
        return row(self.controls.values())

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
        with self._turn, uncollected():
            self._draw()

    def _draw(self) -> None:
        before = self.shown.more
        try:
            self.shown = self.look(**self.values())
        except ScenarioError as error:
            self.shown = Shown(str(error), f"not possible: {error}")
        drawn, details = self.shown.drawn, self.shown.details
        self.verdict.value = announced(self.shown.sentence)
        self.picture.value = live(drawn) if drawn else self.shown.chart
        self.details.value = styled(details)
        for part in sorted(before.keys() | self.shown.more):
            getattr(self, part).value = self.shown.more.get(part, "")

    def settings(self) -> dict[str, Any]:
        """What a line about the panel says of where its controls stand."""
        return self.values()

    def __repr__(self) -> str:
        settings = ", ".join(f"{name}={value!r}" for name, value in self.settings().items())
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


def row(widgets: Iterable[Any]) -> Any:
    """Widgets side by side, in more lines where they do not fit."""
    return W.HBox(list(widgets), layout=W.Layout(flex_flow="row wrap", grid_gap="2px 28px"))


def styled(details: str) -> str:
    """HTML in the style of all panels."""
    return f'{STYLE}<div class="tokenrace">{details}</div>'


def announced(sentence: str) -> str:
    """The line that a screen reader reads aloud when it changes; what it is about in bold."""
    about, colon, rest = sentence.partition(": ")
    style = "font-size:1.1em;line-height:1.4;white-space:normal"
    said = f"<strong>{escape(about + colon.strip())}</strong> {escape(rest)}"
    return f'<div aria-live="polite" class="verdict" style="{style}">{said.strip()}</div>'
