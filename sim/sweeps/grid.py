"""The grid: every combination of the values that fields are given, under each strategy.

Rule: everything wrong with it is said before anything runs, in one line that names field, value and
what is allowed.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from typing import Any

from pydantic import BaseModel

from oauth_model.strategies import STRATEGIES
from sim.checker import PROPERTIES
from sim.scenario import Scenario
from sim.scenario_files import ScenarioError, build, parse_set, steps_to
from sim.sweeps.errors import SweepError

EXAMPLE = "write it as FIELD=VALUE,VALUE, such as client.retries=0,1,2"
OPENING, CLOSING, QUOTES = "[{", "]}", "\"'"


@dataclass(frozen=True)
class Cell:
    """A point of the grid under one strategy; `settings`: field → its value there."""

    settings: dict[str, Any]
    strategy: str
    scenario: Scenario


def parse_vary(texts: Sequence[str]) -> dict[str, list[Any]]:
    """`["client.retries=0,1"]` → `{"client.retries": [0, 1]}`; a value is TOML, else a string.

    Commas within brackets, braces and quotes part nothing. Raises SweepError.
    """
    found: dict[str, list[Any]] = {}
    for text in texts:
        field, equals, values = (part.strip() for part in text.partition("="))
        if not (field and equals and values):
            raise SweepError(f"vary {text}: {EXAMPLE}")
        if field in found:
            raise SweepError(f"vary {text}: {field} is given twice; name all its values once")
        parts = list(_parts(values))
        if "" in parts:
            raise SweepError(f"vary {text}: a value is empty; {EXAMPLE}")
        found[field] = [parse_set(f"{field}={part}")[1] for part in parts]
    return found


def _parts(text: str) -> Iterator[str]:
    """What stands between the commas of the outermost level."""
    depth, quote, begun = 0, "", 0
    for place, sign in enumerate(text):
        if quote:
            quote = "" if sign == quote else quote
        elif sign in QUOTES:
            quote = sign
        elif sign == "," and depth <= 0:
            yield text[begun:place].strip()
            begun = place + 1
        else:
            depth += (sign in OPENING) - (sign in CLOSING)
    yield text[begun:].strip()


def grid(
    scenario: Scenario, vary: Mapping[str, Iterable[Any]], strategies: Sequence[str] | None = None
) -> list[Cell]:
    """The cells in the order of the values given, the last field's changing fastest.

    `strategies`: the scenario's own when left out, or those that `strategy` is varied over. Raises
    SweepError.
    """
    fields = {field: _values(field, values) for field, values in vary.items()}
    if strategies is not None and "strategy" in fields:
        raise SweepError("vary strategy: not with strategies, which says the same")
    asked = "vary strategy" if "strategy" in fields else "strategies"
    names = fields.pop("strategy", None) or list(strategies or [scenario.strategy])
    for name in names:
        if name not in list(STRATEGIES):  # it may be anything
            raise SweepError(f"{asked}: {name!r} does not exist; one of {', '.join(STRATEGIES)}")
        if names.count(name) > 1:
            raise SweepError(f"{asked}: {name!r} is given twice; name it once")
    tree, title = scenario.model_dump(), scenario.about.title
    for before, field in combinations(fields, 2):
        if _takes(tree, field, before):
            raise SweepError(f"vary {field}: not after {before}, which it would overwrite")
    return [
        Cell(settings, name, _at(tree | {"strategy": name}, title, settings))
        for settings in (
            dict(zip(fields, point, strict=True)) for point in product(*fields.values())
        )
        for name in names
    ]


def check_apart(scenario: Scenario, vary: Iterable[str], settings: Iterable[str]) -> None:
    """Raise SweepError where a field that is varied takes with it what was set."""
    tree = scenario.model_dump()
    for field, other in product(vary, settings):
        if _takes(tree, field, other):
            raise SweepError(f"vary {field}: not with --set {other}, which it would overwrite")


def _takes(tree: dict[str, Any], field: str, other: str) -> bool:
    """Whether a field is another one, however either is written, or has it within."""
    path = steps_to(tree, field)
    return steps_to(tree, other)[: len(path)] == path


def _values(field: str, given: Iterable[Any]) -> list[Any]:
    """What a field is varied over. Raises SweepError where it cannot be."""
    if field == "seed":
        raise SweepError("vary seed: every point has the same seeds; ask for more replications")
    if isinstance(given, str) or not isinstance(given, Iterable):
        raise SweepError(f"vary {field}: {given!r}; allowed: a list of values, such as [0, 1, 2]")
    values = [_plain(field, value) for value in given]
    if not values:
        raise SweepError(f"vary {field}: no values; {EXAMPLE}")
    for value in values:
        if values.count(value) > 1:  # 0 and 0.0 are one value
            raise SweepError(f"vary {field}: {told(value)} is given twice; name it once")
    return values


def _plain(field: str, value: Any) -> Any:
    """A value as JSON has it, for so it is told, kept and compared."""
    try:
        text = json.dumps(value, ensure_ascii=False, default=_of_python)
        return json.loads(text.encode())
    except (AttributeError, TypeError, ValueError) as error:
        raise SweepError(f"vary {field}: {value!r}; no scenario has such a value") from error


def _of_python(thing: Any) -> Any:
    """What is NumPy's (a range of a notebook's), or a part of a scenario, as Python's own."""
    return thing.model_dump() if isinstance(thing, BaseModel) else thing.tolist()


def _at(tree: dict[str, Any], title: str, settings: dict[str, Any]) -> Scenario:
    """The scenario at one point; a mistake in a field that is varied is told of that field."""
    try:
        scenario = build(tree, title, settings)
    except ScenarioError as error:
        said = str(error).removeprefix(f"{title}: ").removeprefix("--set ")
        place = ", ".join(f"{field}={told(value)}" for field, value in settings.items())
        if said.startswith(tuple(settings)):
            point = f" (at {place})" if len(settings) > 1 else ""
            raise SweepError(f"vary {said}{point}") from None
        raise SweepError(f"vary {place}: {said}" if place else f"strategies: {said}") from None
    for name in scenario.properties:
        if name not in PROPERTIES:
            asked = "vary properties" if "properties" in settings else "properties"
            raise SweepError(f"{asked}: {name!r} does not exist; one of {', '.join(PROPERTIES)}")
    return scenario


def told(value: Any) -> str:
    """A value as it stands in a table: text plainly, everything else as JSON has it."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
