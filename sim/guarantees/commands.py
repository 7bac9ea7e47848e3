"""How a cell's counterexample is repeated on the command line."""

from __future__ import annotations

from shlex import quote

from sim.guarantees.models import MODELS, ONCE, PRESET, changes
from sim.guarantees.table import Cell
from sim.scenario_files import toml


def replayed_by(cell: Cell) -> str:
    """The command that repeats a cell's counterexample."""
    fields = changes(cell.strategy, MODELS[cell.model])
    assert not isinstance(fields, str), fields
    settings = [f"--set {quote(f'{field}={toml(value)}')}" for field, value in fields.items()]
    asked = [] if cell.asked == ONCE else [f"--property {cell.asked}"]  # else what the preset asks
    return " ".join(["tokenrace replay", PRESET, quote(cell.schedule), *asked, *settings])
