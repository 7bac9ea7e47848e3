"""The code behind a result: that of this project, and that of classes of one's own.

Rule: equal digests mean equal results. Where something cannot be told from another there is no
digest, rather than one that lies.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from hashlib import blake2b
from importlib import import_module
from importlib.metadata import version
from itertools import chain
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

from oauth_model.strategies import STRATEGIES
from sim.properties import PROPERTIES

PACKAGES = ("oauth_model", "sim")
#: Where a scenario's names are looked up, and where anybody may enter classes of their own.
REGISTRIES: tuple[dict[str, Any], ...] = (STRATEGIES, PROPERTIES)
#: For each of `REGISTRIES`, those that are not part of this project: name → class.
Own = Sequence[Mapping[str, type]]
#: What else the course of a run comes from; draws and arithmetic are Python's own.
LIBRARIES = ("simpy", "pydantic", "pyjwt", "cryptography")
#: What a class has of its own accord, and what no run can notice.
ASIDE = {
    *("__dict__", "__weakref__", "__doc__", "__module__", "__annotations__", "__firstlineno__"),
    *("__dataclass_fields__", "__dataclass_params__", "_abc_impl"),
}


@lru_cache
def code_digest() -> str:
    """That of every source file of ours, and of the versions of what they rest on.

    Read once in a process, when this is imported: a file that is edited later changes nothing in
    what runs either.
    """
    digest = blake2b(f"Python {sys.version_info[:2]}".encode(), digest_size=16)
    for name in LIBRARIES:
        digest.update(f"{name} {version(name)}".encode())
    for package in PACKAGES:
        folder = Path(str(import_module(package).__file__)).parent
        for path in sorted(folder.rglob("*.py")):
            digest.update(f"{package}/{path.relative_to(folder).as_posix()}".encode())
            digest.update(blake2b(path.read_bytes()).digest())
    return digest.hexdigest()


code_digest()  # now, not at the first sweep: sources may have been edited by then


def own_classes() -> Own:
    """What is registered and not part of this project."""
    return tuple(
        {n: cls for n, cls in each.items() if cls.__module__.partition(".")[0] not in PACKAGES}
        for each in REGISTRIES
    )


def own_digest(own: Own) -> str | None:
    """That of classes of one's own: their compiled code, and whatever of one's own it names.

    A cell of a notebook has compiled code as a file has; comments are not in it. None where they
    rest on what cannot be told, such as a lock.
    """
    digest = blake2b(digest_size=16)
    try:
        telling = _Telling()
        for part in chain.from_iterable(map(telling.named, own)):
            digest.update(f"{len(part)} {part}".encode())
    except _UntoldError:
        return None
    return digest.hexdigest()


class _UntoldError(Exception):
    """There is a thing that cannot be told from another of its kind."""


class _Telling:
    """Tells what things are made of; what it meets again is only named, so that cycles end."""

    def __init__(self) -> None:
        self.met: list[Any] = []

    def of(self, thing: Any) -> Iterator[str]:
        """What one thing is made of."""
        if thing is None or isinstance(thing, PLAIN):
            yield repr(thing)
        elif isinstance(thing, CONTAINERS):
            yield from CONTAINERS_TOLD[_kind(thing, CONTAINERS_TOLD)](self, thing)
        elif before := [n for n, other in enumerate(self.met) if other is thing]:
            yield f"again {before[0]}"
        else:
            self.met.append(thing)
            yield from TOLD.get(_kind(thing, TOLD), _Telling._other)(self, thing)

    def named(self, parts: Mapping[str, Any]) -> Iterator[str]:
        """Names in order, and what they stand for."""
        for name in sorted(parts):
            yield name
            yield from self.of(parts[name])

    def _items(self, items: tuple[Any, ...] | list[Any]) -> Iterator[str]:
        yield f"{type(items).__name__} of {len(items)}"
        for item in items:
            yield from self.of(item)

    def _set(self, items: set[Any] | frozenset[Any]) -> Iterator[str]:
        yield f"set of {sorted(' '.join(self.of(item)) for item in items)}"

    def _dict(self, items: dict[Any, Any]) -> Iterator[str]:
        yield from self._items(list(items.items()))

    def _function(self, function: FunctionType) -> Iterator[str]:
        yield f"{function.__module__}.{function.__qualname__}"
        if _is_own(function):
            yield from self.of(function.__code__)
            yield from self.of([function.__defaults__, function.__kwdefaults__])
            cells = zip(function.__code__.co_freevars, function.__closure__ or (), strict=True)
            yield from self.named({name: cell.cell_contents for name, cell in cells})
            known = function.__globals__.keys() & _names(function.__code__)
            yield from self.named({name: function.__globals__[name] for name in known})

    def _code(self, code: CodeType) -> Iterator[str]:
        yield f"{code.co_code.hex()} {code.co_flags} {code.co_argcount} {code.co_kwonlyargcount}"
        yield from self.of([code.co_names, code.co_varnames, code.co_consts])

    def _class(self, cls: type) -> Iterator[str]:
        yield f"{cls.__module__}.{cls.__qualname__}"
        if _is_own(cls):
            yield from self.of(cls.__bases__)
            yield from self.named({n: part for n, part in vars(cls).items() if n not in ASIDE})

    def _module(self, module: ModuleType) -> Iterator[str]:
        yield module.__name__
        if _is_own(module) and module.__file__:
            yield blake2b(Path(module.__file__).read_bytes()).hexdigest()

    def _property(self, part: property) -> Iterator[str]:
        yield from self.of([part.fget, part.fset, part.fdel])

    def _other(self, thing: Any) -> Iterator[str]:
        """Anything else, by what it wraps or what it would be put together from (PEP 307)."""
        inner = getattr(thing, "__wrapped__", None)  # of a static method, of a cached function
        try:
            parts = [type(thing), inner] if inner is not None else thing.__reduce_ex__(2)
        except Exception as error:  # whatever an object says that cannot be taken apart
            raise _UntoldError from error
        for part in (parts,) if isinstance(parts, str) else parts:
            yield from self.of(list(part) if isinstance(part, Iterator) else part)


Telling = Callable[[_Telling, Any], Iterator[str]]
PLAIN = (bool, int, float, complex, str, bytes, range, type(...))
CONTAINERS_TOLD: dict[type, Telling] = {
    tuple: _Telling._items,
    list: _Telling._items,
    set: _Telling._set,
    frozenset: _Telling._set,
    dict: _Telling._dict,
    CodeType: _Telling._code,
}
CONTAINERS = tuple(CONTAINERS_TOLD)
TOLD: dict[type, Telling] = {
    FunctionType: _Telling._function,
    type: _Telling._class,
    ModuleType: _Telling._module,
    property: _Telling._property,
}


def _kind(thing: Any, kinds: dict[type, Telling]) -> type:
    """Which of these kinds a thing is of; its type when of none."""
    return next((kind for kind in kinds if isinstance(thing, kind)), type(thing))


def _names(code: CodeType) -> Iterator[str]:
    """The names that a piece of code, and what is defined within it, looks up."""
    yield from code.co_names
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield from _names(inner)


def _is_own(thing: Any) -> bool:
    """Whether it is the user's: neither this project's, nor Python's, nor installed."""
    name = thing.__name__ if isinstance(thing, ModuleType) else thing.__module__ or ""
    root = name.partition(".")[0]
    home = getattr(sys.modules.get(name), "__file__", None) or ""
    if root in PACKAGES or (root in sys.stdlib_module_names and root != "__main__"):
        return False
    return root == "__main__" or (bool(home) and "site-packages" not in home)
