"""`tokenrace list` and `tokenrace schema`: what there is, and what a scenario may say."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sim.commands.options import Json, known
from sim.commands.output import print_json, styled, terminal

if TYPE_CHECKING:
    from rich.console import Console

    from oauth_model.strategies import Strategy

Entry = dict[str, Any]


def _scenarios() -> list[Entry]:
    from sim.scenario_files import load, presets

    about = {name: load(name).about for name in presets()}
    return [
        {"name": name, "says": part.title, "covers": list(part.covers), "source": part.source}
        for name, part in about.items()
    ]


def _strategies() -> list[Entry]:
    from oauth_model.strategies import STRATEGIES

    return [
        {
            "name": name,
            "says": cls.promise,
            "fails": cls.fails,
            "costs": cls.costs,
            "in_the_field": cls.in_the_field,
            "needs": str(cls.needs or ""),
            "knobs": _knobs(cls),
        }
        for name, cls in STRATEGIES.items()
    ]


def _knobs(cls: type[Strategy]) -> dict[str, Any]:
    """The six knobs: what the class says, and of those that a scenario sets, what they are else."""
    from oauth_model.strategies.knobs import KNOBS
    from oauth_model.strategies.settings import DEFAULTS

    return {knob: getattr(cls, knob, None) or getattr(DEFAULTS, knob, "none") for knob in KNOBS}


def _issuance() -> list[Entry]:
    from oauth_model.issuance import DESIGNS

    return [
        {"name": name, "says": _first_line(design), "source": design.source}
        for name, design in DESIGNS.items()
    ]


def _distributions() -> list[Entry]:
    from sim.distributions import DISTRIBUTIONS

    return [
        {"name": name, "says": _first_line(cls), "parameters": _parameters(cls)}
        for name, cls in DISTRIBUTIONS.items()
    ]


def _parameters(cls: Any) -> list[str]:
    return [name for name in cls.model_fields if name != "distribution"]


def _properties() -> list[Entry]:
    from sim.checker import PROPERTIES

    return [
        {"name": name, "says": prop.sentence, "clause": prop.clause}
        for name, prop in PROPERTIES.items()
    ]


def _faults() -> list[Entry]:
    from oauth_model.faults import FAULTS

    return [
        {
            "name": name,
            "says": fault.says,
            "seen_in": fault.seen_in,
            "clause": fault.clause,
            "found_by": fault.found_by,
        }
        for name, fault in FAULTS.items()
    ]


def _measures() -> list[Entry]:
    from sim.metrics import DEFINITIONS

    return [{"name": name, "says": definition} for name, definition in DEFINITIONS.items()]


def _challenges() -> list[Entry]:
    from oauth_model.disclosure import SAYS, disclosures

    return [
        {"name": policy, "says": says, "in_each_use_case": list(map(str, disclosures(policy)))}
        for policy, says in SAYS.items()
    ]


def _products() -> list[Entry]:
    from sim.products import PRODUCTS

    return [
        {"name": name, "says": product.says, "source": product.source}
        for name, product in PRODUCTS.items()
    ]


def _first_line(thing: object) -> str:
    return (inspect.getdoc(thing) or "").partition("\n")[0]


#: what can be listed → how its entries are found.
LISTS: dict[str, Callable[[], list[Entry]]] = {
    "scenarios": _scenarios,
    "strategies": _strategies,
    "issuance": _issuance,
    "distributions": _distributions,
    "properties": _properties,
    "faults": _faults,
    "measures": _measures,
    "challenges": _challenges,
    "products": _products,
}


def list_names(
    what: Annotated[
        str | None,
        typer.Argument(metavar="LIST", help=f"Which list: {', '.join(LISTS)}; all when left out."),
    ] = None,
    json: Json = False,
) -> None:
    """What there is to choose from, each with a sentence."""
    asked = list(LISTS) if what is None else [what]
    known("list", asked, LISTS)
    found = {name: LISTS[name]() for name in asked}
    if json:
        print_json(found)
        return
    console = terminal()
    for name, entries in found.items():
        _print(console, name, entries)


def _print(console: Console, title: str, entries: list[Entry]) -> None:
    from rich.padding import Padding

    console.print(title, style="bold")
    for entry in entries:
        said = {key: value for key, value in entry.items() if key not in ("name", "says")}
        console.print(styled("  ", (entry["name"], "cyan")))
        console.print(Padding(entry["says"], (0, 0, 0, 4), expand=False))
        for key, value in said.items():
            if text := _told(value):
                line = styled((f"{key.replace('_', ' ')}: {text}", "dim"))
                console.print(Padding(line, (0, 0, 0, 4), expand=False))
    console.print()


def _told(value: Any) -> str:
    if isinstance(value, dict):
        return "; ".join(f"{name} {said}" for name, said in value.items())
    return "; ".join(value) if isinstance(value, list) else str(value)


def schema() -> None:
    """The JSON Schema of a scenario, for editors and for programs that write scenarios."""
    from sim.scenario import Scenario

    draft = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    print_json(draft | Scenario.model_json_schema())
