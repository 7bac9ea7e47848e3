"""What a sweep gave: a table of estimates; the same as a wide table, a document, a chart, files.

Rule: a row is one measure at one point under one strategy, with its 95 % interval. All of it
depends on the runs alone, not on who made them or when.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.experiments import Result
from sim.measures import DURATIONS
from sim.rates import RATES
from sim.scenario import Scenario
from sim.sweeps.errors import SweepError
from sim.sweeps.grid import Cell, told

if TYPE_CHECKING:
    from pandas import DataFrame

    from sim.views.sweep_chart import Chart

#: measure without an interval → its unit.
PLAIN = {
    "messages_per_use": "messages",
    "store_operations_per_use": "operations",
    "store_peak_entries": "entries",
    "store_peak_bytes": "bytes",
}
PICTURES = (".png", ".svg")


@dataclass(frozen=True)
class Sweep:
    """A scenario over a grid. `results`: one for each of `cells`, with the same seeds.

    `asked`: replications of each; `kept`, `made`: runs that were there from before, and new ones.
    """

    scenario: Scenario
    cells: tuple[Cell, ...]
    results: tuple[Result, ...]
    asked: int
    kept: int
    made: int

    def __repr__(self) -> str:
        varied = ", ".join(f"{f} over {len(v)} values" for f, v in self.varied.items())
        many = f"{self.replications} of {self.asked} replications of {len(self.cells)} cells"
        return f"Sweep of {self.scenario.about.title!r}: {varied or 'nothing varied'}; {many}"

    @property
    def replications(self) -> int:
        """How many every cell has."""
        return self.results[0].replications

    @property
    def interrupted(self) -> bool:
        """Whether fewer were finished than were asked for."""
        return self.replications < self.asked

    @property
    def varied(self) -> dict[str, list[Any]]:
        """Field → its values, in their order."""
        return {
            field: [json.loads(value) for value in dict.fromkeys(map(json.dumps, values))]
            for field in self.cells[0].settings
            for values in [[cell.settings[field] for cell in self.cells]]
        }

    def frame(self) -> DataFrame:
        """A row for each point, strategy and measure: `estimate`, `low`, `high`, `unit`, `n`.

        Rates are shares from 0 to 1. What has no value or no interval is missing.
        """
        rows = [
            {"strategy": cell.strategy, "measure": name, **found, "replications": self.replications}
            for cell, result in zip(self.cells, self.results, strict=True)
            for name, found in _estimates(result)
        ]
        per_cell = len(rows) // len(self.cells)
        return self._table(rows, [cell for cell in self.cells for _ in range(per_cell)])

    def wide(self) -> DataFrame:
        """A row for each point and strategy; a column for each measure, its `.low` and `.high`."""
        rows = []
        for cell, result in zip(self.cells, self.results, strict=True):
            row: dict[str, Any] = {"strategy": cell.strategy, "replications": self.replications}
            for name, found in _estimates(result):
                ends = ("low", "high") if name not in PLAIN else ()
                row |= {name: found["estimate"]} | {f"{name}.{end}": found[end] for end in ends}
            rows.append(row)
        return self._table(rows, self.cells)

    def _table(self, rows: Sequence[dict[str, Any]], cells: Sequence[Cell]) -> DataFrame:
        """These rows, with what is set in their cells before them."""
        import pandas as pd

        settings = {f: _column([c.settings[f] for c in cells]) for f in self.cells[0].settings}
        columns = {name: [row[name] for row in rows] for name in rows[0]}
        numbers = {name: values for name, values in columns.items() if name not in TEXTS}
        kinds = {name: "Int64" if name in WHOLE else "float64" for name in numbers}
        return pd.DataFrame(settings | columns).astype(kinds)

    def to_json(self, name: str = "") -> dict[str, Any]:
        """The document of `--json`: `points`, each with `settings`, `strategy`, `metrics`, …"""
        return {
            "scenario": name or self.scenario.about.title,
            "seed": self.scenario.seed,
            "replications": self.replications,
            "varied": self.varied,
            "points": [
                {"settings": cell.settings, "strategy": cell.strategy}
                | {"metrics": _metrics(result)}
                | {"verdicts": {n: found.to_json() for n, found in result.findings.items()}}
                for cell, result in zip(self.cells, self.results, strict=True)
            ],
        }

    def chart(self, measures: Sequence[str] = ()) -> Chart:
        """Curves over the first field, beside each other for the others; shown by a notebook.

        Raises ValueError for a measure that has no interval, or more panels than a page has.
        """
        from sim.views.sweep_chart import SHOWN, sweep_chart

        return sweep_chart(self.to_json(), measures or SHOWN)

    def write(
        self, path: Path, measures: Sequence[str] = (), *, wide: bool = False, name: str = ""
    ) -> None:
        """Write a file of what its ending says (`SUFFIXES`). Raises SweepError, as `check_file`.

        `measures` are those of a chart, `wide` is for tables, `name` is the scenario's in JSON.
        """
        check_file(path)
        if path.suffix in PICTURES:
            self.chart(measures).save(path)
        elif path.suffix == ".json":
            text = json.dumps(self.to_json(name), ensure_ascii=False, indent=2, allow_nan=False)
            path.write_text(f"{text}\n", encoding="utf-8")
        else:
            FILES[path.suffix](self.wide() if wide else self.frame(), path)


TEXTS, WHOLE = ("strategy", "measure", "unit"), ("n", "replications")


def _csv(frame: DataFrame, path: Path) -> None:
    frame.to_csv(path, index=False, lineterminator="\n")


def _parquet(frame: DataFrame, path: Path) -> None:
    frame.to_parquet(path, engine="pyarrow", index=False)


FILES: dict[str, Callable[[DataFrame, Path], None]] = {".csv": _csv, ".parquet": _parquet}
SUFFIXES = (*FILES, ".json", *PICTURES)


def check_file(path: Path) -> None:
    """Raise SweepError unless such a file could be made."""
    if path.suffix not in SUFFIXES:
        raise SweepError(f"{path}: {path.suffix!r}; allowed: {', '.join(SUFFIXES)}")
    if path.suffix == ".parquet" and find_spec("pyarrow") is None:
        raise SweepError(f"{path}: needs pyarrow; pip install 'tokenrace[sweep]', or write .csv")


def _metrics(result: Result) -> dict[str, Any]:
    """The measures of one cell, without the certification clock, which no replication runs."""
    metrics = result.tally.measures()
    del metrics["certification"]
    return metrics


def _estimates(result: Result) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every measure by name, `latency_ms.p95` among them."""
    metrics = _metrics(result)
    for name in RATES:
        yield name, _estimate(metrics[name], "share")
    for name in DURATIONS:
        for which, found in metrics[name].items():
            yield f"{name}.{which}", _estimate(found, "ms")
    for name, unit in PLAIN.items():
        none = {"value": metrics[name], "ci95": (None, None), "n": None}
        yield name, _estimate(none, unit)


def _estimate(found: dict[str, Any], unit: str) -> dict[str, Any]:
    low, high = found["ci95"]
    return {"estimate": found["value"], "low": low, "high": high, "unit": unit, "n": found["n"]}


def _column(values: list[Any]) -> list[Any]:
    """Values of one kind as they are; those of several kinds, lists and tables as text."""
    kinds = {type(value) for value in values}
    if kinds <= {int, float} or kinds in ({bool}, {str}):
        return values
    return [told(value) for value in values]
