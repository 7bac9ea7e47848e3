"""The checker: verdicts on a run, with a sentence that explains each and the clause it comes from.

Rule: it reads rows and nothing before them. As a fold it needs no stored trace.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from sim.properties import PROPERTIES, Property, Verdict
from sim.trace import Row

__all__ = ["PROPERTIES", "Checker", "Verdict", "check"]


class Checker:
    """A fold over the rows of one run: call it with each, in order, then ask for the verdicts.

    Raises ValueError for a property that `PROPERTIES` does not know.
    """

    def __init__(self, properties: Iterable[str] | None = None) -> None:
        names = list(PROPERTIES) if properties is None else list(properties)
        for name in names:
            if name not in PROPERTIES:
                raise ValueError(f"no property {name!r}; there are {', '.join(PROPERTIES)}")
        self._properties: dict[str, Property] = {name: PROPERTIES[name]() for name in names}
        self._folds: dict[str, tuple[Callable[[Row], None], ...]] = {}  #: of the kinds seen so far

    def __call__(self, row: Row) -> None:
        """Fold one row."""
        folds = self._folds.get(row.kind)
        if folds is None:
            name, properties = f"on_{row.kind}", self._properties.values()
            folds = tuple(getattr(prop, name) for prop in properties if hasattr(prop, name))
            self._folds[row.kind] = folds
        for fold in folds:
            fold(row)

    def violated(self) -> tuple[str, ...]:
        """The names of the properties that some row so far violates."""
        return tuple(name for name, prop in self._properties.items() if prop.violations)

    def verdicts(self) -> dict[str, Verdict]:
        """Property → verdict after the rows so far."""
        return {name: prop.verdict() for name, prop in self._properties.items()}


def check(rows: Iterable[Row], properties: Iterable[str] | None = None) -> dict[str, Verdict]:
    """The verdicts on a run's rows, on these properties or on all.

    Raises ValueError for a property that `PROPERTIES` does not know.
    """
    checker = Checker(properties)
    for row in rows:
        checker(row)
    return checker.verdicts()
