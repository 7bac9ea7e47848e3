"""What a law is: a function of a source tree that yields what breaks it.

Its docstring is the law and the reason for it. `tests/test_architecture.py` applies each to the
project and shows with a tiny tree that each one notices when it is broken.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from tests.laws.source_tree import Import, Module, Tree, inside


class Violation(NamedTuple):
    """Where a law is broken, and how."""

    path: str
    line: int
    what: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.what}"


Law = Callable[[Tree], Iterator[Violation]]
Matches = Callable[[Import], bool]


def of(*rooms: str) -> Matches:
    """Whether an import is of one of these or of something within."""
    return lambda found: any(inside(found.target, room) for room in rooms)


def imports(modules: Iterable[Module], wrong: Matches, why: str) -> Iterator[Violation]:
    """The imports in these modules that are wrong."""
    for module in modules:
        for found in module.imports:
            if wrong(found):
                yield Violation(module.path, found.line, f"imports {found.target}: {why}")
