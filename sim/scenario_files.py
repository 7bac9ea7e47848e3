"""Scenario files: TOML in, a `Scenario` out, or one clear line that says what is wrong.

The line names the file, the field, the value and what is allowed. The presets in `sim/scenarios/`
are found by name; anything with a slash or the ending `.toml` is a path.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from difflib import get_close_matches
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple, get_args

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from sim.scenario import Scenario


class ScenarioError(ValueError):
    """A scenario, or a value set on it, that cannot be; the message is one line."""

    def __init__(self, message: str) -> None:
        super().__init__(" ".join(message.splitlines()))


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
    except (ValueError, RecursionError) as error:  # also of a text that is not UTF-8
        raise ScenarioError(f"{path}: not TOML: {error}") from error
    return build(tree, str(path), overrides)


def build(
    tree: dict[str, Any], source: str = "scenario", overrides: dict[str, Any] | None = None
) -> Scenario:
    """A scenario from a tree of plain values. Raises ScenarioError, naming `source` and field."""
    for field, value in (overrides or {}).items():
        tree = _changed(tree, field, value)
    try:
        return Scenario.model_validate(tree)
    except ValidationError as error:
        raise ScenarioError(f"{source}: {_explain(error.errors())}") from None


def vary(scenario: Scenario, **overrides: Any) -> Scenario:
    """The scenario with other values; dots in a field's name are written as two underscores."""
    fields = {field.replace("__", "."): value for field, value in overrides.items()}
    return build(scenario.model_dump(), scenario.about.title, fields)


def parse_set(text: str) -> tuple[str, Any]:
    """`client.retries=3` → ("client.retries", 3); a value is read as TOML, else as a string.

    Raises ScenarioError when there is no `=`.
    """
    field, equals, value = (part.strip() for part in text.partition("="))
    if not equals or not field:
        raise ScenarioError(f"--set {text}: write it as FIELD=VALUE, such as client.retries=3")
    try:
        return field, tomllib.loads(f"value = {value}")["value"]
    except tomllib.TOMLDecodeError:
        return field, value


def _find(name: str) -> Path:
    if "/" in name or name.endswith(".toml"):
        return Path(name)
    known = presets()
    if name not in known:
        hint = get_close_matches(name, known, 1)
        meant = f"; did you mean {hint[0]}?" if hint else ""
        raise ScenarioError(f"no scenario {name!r}; there are {', '.join(known)}{meant}")
    return known[name]


def _changed(here: Any, field: str, value: Any, depth: int = 0) -> Any:
    """A copy of a part of the tree, `depth` steps down the way to a field, with its new value."""
    steps = field.split(".")
    if depth == len(steps):
        return value
    step = steps[depth]
    if isinstance(here, dict):
        return here | {step: _changed(here.get(step, {}), field, value, depth + 1)}
    if isinstance(here, list | tuple):
        items = list(here)
        place = _place_in(items, step, field)
        items[place] = _changed(items[place], field, value, depth + 1)
        return items
    raise ScenarioError(f"--set {field}: {'.'.join(steps[:depth])} is {here!r} and has no fields")


def _place_in(items: list[Any], step: str, field: str) -> int:
    """Where an element of a list stands: by its `name` or `node`, or by its number from 0."""
    tables = [item if isinstance(item, dict) else {} for item in items]
    names = [table.get("name") or table.get("node") for table in tables]
    if step in names:
        return names.index(step)
    if step.isdecimal() and int(step) < len(items):
        return int(step)
    known = [str(name) for name in names if name] or [str(n) for n in range(len(items))]
    there = f"there are {', '.join(known)}" if known else "the list is empty"
    raise ScenarioError(f"--set {field}: no item {step!r}; {there}")


def steps_to(tree: Any, field: str) -> tuple[str, ...]:
    """The way to a field, which is one however it is written: elements of lists by their number.

    From where there is nothing it is as it was written.
    """
    head, dot, rest = field.partition(".")
    if isinstance(tree, list | tuple):
        try:
            place = _place_in(list(tree), head, field)
        except ScenarioError:
            return tuple(field.split("."))
        head, inside = str(place), tree[place]
    else:
        inside = tree.get(head) if isinstance(tree, dict) else None
    return (head, *(steps_to(inside, rest) if dot else ()))


#: kind of a pydantic error → what is allowed instead; the error's own bounds are filled in.
ALLOWED: dict[str, str] = {
    "finite_number": "a finite number",
    "too_short": "a list of {min_length} or more",
    "too_long": "a list of {max_length} or fewer",
    "string_pattern_mismatch": "a name of small letters, digits and _, a letter first",
    "string_too_long": "{max_length} characters or fewer",
    "literal_error": "{expected}",
    "model_attributes_type": 'a table such as {{ distribution = "constant", value_ms = 5 }}',
    **dict.fromkeys(("model_type", "dict_type"), "a table"),
    **dict.fromkeys(("int_type", "int_parsing", "int_from_float"), "a whole number"),
    **dict.fromkeys(("float_type", "float_parsing"), "a number"),
    **dict.fromkeys(("bool_type", "bool_parsing"), "true or false"),
    "string_type": "a text",
    "tuple_type": "a list",
}
#: The bounds of a number → how they are said.
BOUNDS = {"gt": "more than {:.15g}", "ge": "at least {:.15g}", "le": "at most {:.15g}"}
#: The fields that tell kinds apart: of distributions, of faults.
TELLING = ("distribution", "fault")
#: The longest value that is repeated to its writer in full.
SHOWN = 60


def _explain(errors: list[ErrorDetails]) -> str:
    """One line: the field, what is wrong with it, and what is allowed."""
    # A key that is misspelt is also missing under its right name: what is unknown is said first.
    error = min(errors, key=lambda each: each["type"] != "extra_forbidden")
    kind, context = error["type"], error.get("ctx", {})
    if kind == "extra_forbidden":
        return _unknown(error["loc"])
    steps, fields, models = _place(error["loc"])
    name = ".".join(map(str, steps))
    if kind == "missing":
        return f"{name}: missing"
    if kind == "value_error":
        own = f"{steps[-1]}: " if steps else ""
        said = str(context["error"]).removeprefix(own)
        return f"{name}: {said}" if name else said
    if kind in ("union_tag_not_found", "union_tag_invalid"):
        telling = context["discriminator"].strip("'")
        wrong = f"{context['tag']!r} does not exist" if "tag" in context else "missing"
        allowed = ", ".join(tag for model in models for tag in _tags(model))
        return f"{name}.{telling}: {wrong}; one of {allowed}"
    value = repr(error["input"])
    shown = value if len(value) <= SHOWN else f"{value[:SHOWN]}…"
    kinds = ALLOWED.get(kind, "").format(**context)
    allowed = ", ".join(part for part in (kinds, _bounds(context, fields)) if part)
    return f"{name}: {shown}; allowed: {allowed or error['msg']}"


def _unknown(location: tuple[int | str, ...]) -> str:
    """One line about a key that is not allowed where it stands."""
    *around, key = location
    steps, _, models = _place(tuple(around))
    allowed = sorted({name for model in models for name in model.model_fields})
    hint = get_close_matches(str(key), allowed, 1)
    meant = f" (did you mean {hint[0]}?)" if hint else ""
    name = ".".join(map(str, [*steps, key])) or repr(key)
    return f"{name}: unknown key{meant}; allowed: {', '.join(allowed)}"


class _Place(NamedTuple):
    """A place of the tree: the steps to it, the fields it is, the models that may stand there."""

    steps: list[int | str]
    fields: list[FieldInfo]
    models: list[type[BaseModel]]


def _place(location: tuple[int | str, ...]) -> _Place:
    """Where pydantic means. Its locations also have the tags of unions, which are no steps."""
    place = _Place([], [], [Scenario])
    for step in location:
        tagged = [model for model in place.models if step in _tags(model)]
        if tagged:
            place = place._replace(models=tagged)
            continue
        known = [m.model_fields[str(step)] for m in place.models if step in m.model_fields]
        models = [model for field in known for model in _models(field.annotation)]
        inside = place.models if isinstance(step, int) else models
        place = _Place([*place.steps, step], known, inside)
    return place


def _bounds(context: dict[str, Any], fields: list[FieldInfo]) -> str:
    """The numbers that are allowed: the bound that was broken, and the field's other one."""
    known = dict(context)
    for constraint in (each for field in fields for each in field.metadata):
        known |= {name: getattr(constraint, name) for name in BOUNDS if hasattr(constraint, name)}
    said = [text.format(known[name]) for name, text in BOUNDS.items() if name in known]
    return " and ".join(said)


def _tags(model: type[BaseModel]) -> tuple[str, ...]:
    """What the field that tells kinds apart may be for this model; nothing where there is none."""
    field = next((model.model_fields[name] for name in TELLING if name in model.model_fields), None)
    return get_args(field.annotation) if field else ()


def _models(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for part in get_args(annotation) for model in _models(part)]


def toml(value: Any) -> str:
    """A value as `parse_set` reads it: TOML, in a line."""
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{key} = {toml(each)}' for key, each in value.items())}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(toml, value))}]"
    return json.dumps(value)
