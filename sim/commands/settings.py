"""`--set`: what it sets, and whose mistake it is when the scenario cannot be.

Rule: what a file says is told of the file, and what the command line says of `--set`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sim.commands.endings import Mistake


def fields_set(settings: list[str] | None) -> dict[str, Any]:
    """Field → value of every `--set`; raises Mistake."""
    from sim.scenario_files import ScenarioError, parse_set

    found: dict[str, Any] = {}
    for text in settings or []:
        try:
            field, value = parse_set(text)
        except ScenarioError as error:
            raise Mistake(str(error)) from error
        if field in found:
            raise Mistake(f"--set {text}: {field} is given twice; name it once")
        found[field] = value
    return found


def not_set(field: str, settings: list[str] | None, option: str) -> None:
    """Raise Mistake if `--set` names a field whose values another option says."""
    if field in fields_set(settings):
        raise Mistake(f"--set {field}: not with {option}, which would overwrite it")


def is_path(name: str) -> bool:
    """Whether it is the path of a scenario's file, and no preset's name."""
    return "/" in name or name.endswith(".toml")


def whose_mistake(message: str, name: str, asked: dict[str, Any]) -> str:
    """What is wrong with the scenario of this name, told of `--set` where that is to blame.

    A field that nobody set may be wrong for one that somebody did: then all that were set are
    named.
    """
    from sim.scenario_files import ScenarioError, load, steps_to

    if not asked or message.startswith("--set "):  # no such place, whoever has named it
        return message
    try:
        tree = load(name).model_dump()
    except ScenarioError:
        return message
    file = name if is_path(name) else f"{name}.toml"
    said = message.partition(f"{Path(file).name}: ")[2]
    for field in asked:
        if said.startswith(way := ".".join(steps_to(tree, field))):
            return f"--set {field}{said.removeprefix(way)}"
    return f"--set {', '.join(asked)}: {said}"
