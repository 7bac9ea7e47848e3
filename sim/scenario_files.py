"""Scenario files: TOML in, a `Scenario` out, or one clear line that says what is wrong.

The line names the file, the field, the value and what is allowed. The presets in `sim/scenarios/`
are found by name; anything with a slash or the ending `.toml` is a path.
"""

from __future__ import annotations

import tomllib
from difflib import get_close_matches
from importlib.resources import files
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from sim.scenario import Scenario


class ScenarioError(ValueError):
    """A scenario, or a value set on it, that cannot be; the message is one line."""


def presets() -> dict[str, Path]:
    """The scenarios that come with the project: name → file, in order of name."""
    folder = Path(str(files("sim") / "scenarios"))
    return {path.stem: path for path in sorted(folder.glob("*.toml"))}


def load(name: str, overrides: dict[str, Any] | None = None) -> Scenario:
    """A preset by name, or a file by path; `overrides` maps dotted fields to values.

    Raises ScenarioError with one line when the file cannot be read, is no TOML, or does not
    describe a scenario.
    """
    path = _find(name)
    try:
        tree = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ScenarioError(f"{path}: cannot be read ({error.strerror})") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ScenarioError(f"{path}: not TOML: {error}") from error
    return build(tree, str(path), overrides)


def build(
    tree: dict[str, Any], source: str = "scenario", overrides: dict[str, Any] | None = None
) -> Scenario:
    """A scenario from a tree of plain values. Raises ScenarioError, naming `source` and field."""
    for field, value in (overrides or {}).items():
        _set(tree, field, value)
    try:
        return Scenario.model_validate(tree)
    except ValidationError as error:
        raise ScenarioError(f"{source}: {_explain(error.errors()[0])}") from None


def vary(scenario: Scenario, **overrides: Any) -> Scenario:
    """The scenario with other values; dots in a field's name are written as two underscores."""
    fields = {field.replace("__", "."): value for field, value in overrides.items()}
    return build(scenario.model_dump(), scenario.about.title, fields)


def parse_set(text: str) -> tuple[str, Any]:
    """`client.retries=3` → ("client.retries", 3); a value is read as TOML, else as a string.

    Raises ScenarioError when there is no `=`.
    """
    field, equals, value = text.partition("=")
    if not equals or not field:
        raise ScenarioError(f"--set {text}: write it as FIELD=VALUE, such as client.retries=3")
    try:
        return field.strip(), tomllib.loads(f"value = {value}")["value"]
    except tomllib.TOMLDecodeError:
        return field.strip(), value


def _find(name: str) -> Path:
    if "/" in name or name.endswith(".toml"):
        return Path(name)
    known = presets()
    if name not in known:
        hint = get_close_matches(name, known, 1)
        meant = f"; did you mean {hint[0]}?" if hint else ""
        raise ScenarioError(f"no scenario {name!r}; there are {', '.join(known)}{meant}")
    return known[name]


def _set(tree: dict[str, Any], field: str, value: Any) -> None:
    *path, last = field.split(".")
    here: Any = tree
    for step in path:
        if isinstance(here, list | tuple):
            here = _item(here, step, field)
        else:
            here = here.setdefault(step, {}) if isinstance(here, dict) else None
        if not isinstance(here, dict | list | tuple):
            raise ScenarioError(f"--set {field}: {step!r} has no fields")
    if isinstance(here, dict):
        here[last] = value
    elif isinstance(here, list):
        here[here.index(_item(here, last, field))] = value
    else:
        raise ScenarioError(f"--set {field}: {last!r} cannot be set")


def _item(items: list[Any] | tuple[Any, ...], step: str, field: str) -> Any:
    """An element of a list by its number, or by its `name` or `node`."""
    for item in items:
        if isinstance(item, dict) and step in (item.get("name"), item.get("node")):
            return item
    if step.isdigit() and int(step) < len(items):
        return items[int(step)]
    raise ScenarioError(f"--set {field}: no item {step!r}; there are {len(items)}, from 0")


def _explain(error: ErrorDetails) -> str:
    """One line of a pydantic error: the field, what is wrong with it, and what is allowed."""
    steps = [step for step in error["loc"] if not _is_tag(step)]
    field = ".".join(str(step) for step in steps)
    kind, context = error["type"], error.get("ctx", {})
    if kind == "extra_forbidden":
        allowed = _fields(steps[:-1])
        hint = get_close_matches(str(steps[-1]), allowed, 1, cutoff=0.5)
        meant = f" (did you mean {hint[0]}?)" if hint else ""
        return f"{field}: unknown key{meant}; allowed: {', '.join(allowed)}"
    if kind == "missing":
        return f"{field}: missing"
    if kind == "union_tag_not_found":
        return f"{field}: distribution = … is missing; one of {context.get('discriminator', '')}"
    message = str(context.get("error", error["msg"])) if kind == "value_error" else error["msg"]
    if not field:
        return message
    if kind in ("value_error", "union_tag_invalid"):
        return f"{field}: {message}"
    return f"{field}: {error['input']!r}: {message[0].lower()}{message[1:]}"


def _is_tag(step: int | str) -> bool:
    """Whether a step of an error's place is the tag of a union and not a field."""
    from sim.distributions import DISTRIBUTIONS  # noqa: PLC0415  # only when something is wrong

    return step in DISTRIBUTIONS


def _fields(steps: list[int | str]) -> list[str]:
    """The keys that are allowed at a place of the tree."""
    models: list[type[BaseModel]] = [Scenario]
    for step in steps:
        if isinstance(step, int):
            continue
        found = [m.model_fields[step].annotation for m in models if step in m.model_fields]
        models = [model for annotation in found for model in _models(annotation)]
    return sorted({name for model in models for name in model.model_fields})


def _models(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for part in get_args(annotation) for model in _models(part)]
