"""How a cell's counterexample is repeated on the command line."""

from __future__ import annotations

from collections.abc import Mapping
from shlex import quote
from typing import Any

from sim.guarantees.models import MODELS, PRESET, changes
from sim.guarantees.table import Cell


def replayed_by(cell: Cell) -> str:
    """The command that repeats a cell's counterexample."""
    fields = changes(cell.strategy, MODELS[cell.model])
    assert not isinstance(fields, str), fields
    settings = [f"--set {quote(f'{field}={toml(value)}')}" for field, value in fields.items()]
    return " ".join(["tokenrace replay", PRESET, quote(cell.schedule), *settings])


def toml(value: Any) -> str:
    """A value as `--set` reads it."""
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{key} = {toml(each)}' for key, each in value.items())}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(toml, value))}]"
    return f'"{value}"' if isinstance(value, str) else str(value)
