"""The controls of panels: each with its name and unit in text beside it, none cut short.

Rule: a slider reports where it was left, not every place that it passed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import ipywidgets as W  # noqa: N812  # what its users call it

from sim.scenario import Scenario
from sim.scenario_files import build, parse_set

WHOLE = {"description_width": "initial"}
#: What a front end, where every number is a double, can still tell from its neighbours.
LAST_SEED = 2**53 - 1


def choice(label: str, options: Sequence[str], value: str, tip: str = "") -> Any:
    """One of several names."""
    width = W.Layout(width="max-content")
    return W.Dropdown(
        options=list(options),
        value=value,
        description=label,
        tooltip=tip,
        style=WHOLE,
        layout=width,
    )


def slider(  # what a reader sees of it
    label: str, least: float, most: float, value: float, step: float = 1, tip: str = ""
) -> Any:
    """A number within bounds; whole numbers when the step is one."""
    whole = isinstance(step, int)
    return (W.IntSlider if whole else W.FloatSlider)(
        value=value,
        min=least,
        max=most,
        step=step,
        description=label,
        tooltip=tip,
        readout_format="d" if whole else ".1f",
        style=WHOLE,
        layout=W.Layout(width="380px"),
        continuous_update=False,
    )


def seed(value: int) -> Any:
    """The seed of a run."""
    return W.BoundedIntText(
        value=value,
        min=0,
        max=LAST_SEED,
        description="seed",
        style=WHOLE,
        layout=W.Layout(width="230px"),
    )


def several(label: str, options: Sequence[str], value: Sequence[str]) -> Any:
    """Some of several names."""
    width = W.Layout(width="360px", height="140px")
    return W.SelectMultiple(
        options=list(options), value=list(value), description=label, style=WHOLE, layout=width
    )


def text(label: str, value: str) -> Any:
    """A line that is read when it is left."""
    return W.Text(
        value=value,
        description=label,
        style=WHOLE,
        layout=W.Layout(width="440px"),
        continuous_update=False,
    )


def button(label: str, press: Callable[[], object]) -> Any:
    """Something to press."""
    made = W.Button(description=label, layout=W.Layout(width="max-content"))
    made.on_click(lambda _: press())
    return made


def also() -> Any:
    """Any other field of the scenario, written as on the command line."""
    return W.Text(
        value="",
        placeholder="client.retries=3; stores.timeout_ms=50",
        description="also set",
        style=WHOLE,
        layout=W.Layout(width="460px"),
        continuous_update=False,
    )


def changed(scenario: Scenario, fields: dict[str, Any], also: str) -> Scenario:
    """The scenario with these dotted fields, and with those of an `also` line, set.

    Raises ScenarioError, naming the field, for what cannot be set.
    """
    set_there = dict(map(parse_set, assignments(also)))
    return build(scenario.model_dump(), scenario.about.title, fields | set_there)


def assignments(also: str) -> list[str]:
    """The parts of an `also` line."""
    return [part.strip() for part in also.split(";") if part.strip()]
