"""What is different between two states of a house: the paths that lead to what changed."""

from __future__ import annotations

import pickle
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

#: Not state: how many names were given, what follows from the records of a store, and what a server
#: was told of a good token, which it may believe for a while (RFC 7662 4).
_DERIVED = re.compile(
    r"counts\..*|\w+\.acceptance\._answers.*|stores\.\w+\.memories\.\w+\.(_expiries|_last_lease).*"
)


#: Where classes come from whose members are looked into: the model, and the tests' stores.
OURS = ("oauth_model", "tests.oauth_model")
_opened = lru_cache(maxsize=32)(pickle.loads)


@lru_cache(maxsize=8)
def changes(before: bytes, after: bytes) -> list[str]:
    """The places where something is different, and which are state."""
    if before == after:
        return []
    old, new = _opened(before), _opened(after)
    different = {path for cell in old if old[cell] != new[cell] for path in _apart(cell, old, new)}
    return sorted(path for path in different if not _DERIVED.fullmatch(path))


def _apart(cell: str, old: dict[str, Any], new: dict[str, Any]) -> set[str]:
    """The paths in one cell; of a table only the entries that may differ are looked into."""
    if not isinstance(old[cell], dict):
        return _paths(cell, old[cell], new[cell])
    names = old[cell].keys() | new[cell].keys()
    pairs = {name: (old[cell].get(name), new[cell].get(name)) for name in names}
    apart = {name for name, both in pairs.items() if pickle.dumps(both[0]) != pickle.dumps(both[1])}
    return {path for name in apart for path in _paths(f"{cell}.{name}", *pairs[name])}


def _paths(path: str, old: Any, new: Any) -> set[str]:
    before, after = dict(leaves(old, path)), dict(leaves(new, path))
    return {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)}


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Every text, number and the like in a value, by the path that leads there."""
    if isinstance(value, dict):
        inside = [(repr(tuple(k)) if isinstance(k, tuple) else str(k), v) for k, v in value.items()]
    elif isinstance(value, set | frozenset):
        inside = [(repr(one), True) for one in value]
    elif isinstance(value, list | tuple):
        inside = [(str(n), one) for n, one in enumerate(value)]
    elif hasattr(value, "__slots__") and not isinstance(value, str | int | float | bytes):
        inside = [(n, getattr(value, n)) for n in value.__slots__ if hasattr(value, n)]
    elif type(value).__module__.startswith(OURS) and hasattr(value, "__dict__"):
        inside = list(vars(value).items())
    else:
        yield path, repr(value)
        return
    if not inside:
        yield path, "empty"
    for name, one in inside:
        yield from leaves(one, f"{path}.{name}" if path else name)
