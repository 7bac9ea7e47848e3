"""A source tree as the laws read it: its modules, what they import and what stands in them.

Nothing is executed: everything is read from the syntax trees of the files.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

#: The packages that the laws are about.
PACKAGES = ("oauth_model", "sim")
Function = ast.FunctionDef | ast.AsyncFunctionDef


class Import(NamedTuple):
    """Something imported. `target`: its dotted name, such as `sim.trace.Row`; `bound`: as what.

    `loading`: whether it is imported as soon as its module is, so not inside a function; `typing`:
    only for the type checker.
    """

    target: str
    bound: str
    line: int
    loading: bool
    typing: bool


@dataclass(frozen=True)
class Module:
    """One file: its dotted name, its path from the root, and its text."""

    name: str
    path: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        """The syntax tree."""
        return ast.parse(self.text)

    @property
    def package(self) -> str:
        """The package that relative imports start from."""
        return self.name if self.path.endswith("__init__.py") else self.name.rpartition(".")[0]

    @cached_property
    def imports(self) -> list[Import]:
        """Everything imported anywhere in the file."""
        return list(self._imports(self.tree, loading=True, typing=False))

    def _imports(self, node: ast.AST, *, loading: bool, typing: bool) -> Iterator[Import]:
        for target, bound in _targets(node, self.package):
            yield Import(target, bound, line_of(node), loading, typing)
        for field, value in ast.iter_fields(node):
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, ast.AST):
                    inside = isinstance(child, Function | ast.Lambda)
                    guarded = _is_type_checking(node) and field == "body"
                    yield from self._imports(
                        child, loading=loading and not inside, typing=typing or guarded
                    )


class Tree:
    """All modules of the packages below a root, and who else imports them."""

    def __init__(self, root: Path) -> None:
        self.root = root
        files = (path for name in PACKAGES for path in sorted((root / name).rglob("*.py")))
        modules = (_read(root, path) for path in files)
        self.modules = {module.name: module for module in modules}

    def within(self, *rooms: str) -> Iterator[Module]:
        """The modules that are one of these rooms or stand in one."""
        return (m for m in self.modules.values() if any(inside(m.name, room) for room in rooms))

    def resolve(self, target: str) -> str:
        """The module that an import's target is or is part of; "" when it is none of ours."""
        while target and target not in self.modules:
            target = target.rpartition(".")[0]
        return target

    def loads(self, module: Module, target: str) -> set[str]:
        """The modules of ours that importing `target` runs: itself and the packages around it."""
        found = self.resolve(target)
        steps = found.split(".") if found else []
        run = {".".join(steps[: n + 1]) for n in range(len(steps))} & self.modules.keys()
        around = {name for name in run if name != found and inside(module.name, name)}
        return run - around - {module.name}

    def origin(self, module: Module, name: str) -> str:
        """The full name of what a module calls `name`, followed through imports to its file."""
        first, _, rest = name.partition(".")
        named = [found.target for found in module.imports if found.bound == first]
        if not named:
            return f"{module.name}.{name}"
        target = f"{named[0]}.{rest}" if rest else named[0]
        home = self.modules.get(self.resolve(target))
        if home is None or home is module or home.name == target:
            return target
        return self.origin(home, target.removeprefix(f"{home.name}."))

    def users(self) -> Iterator[str]:
        """What the console script, the notebooks, the tools and the benchmarks import."""
        project = self.root / "pyproject.toml"
        script = r'^\w+ = "([\w.]+):\w+"$'
        yield from re.findall(script, project.read_text() if project.exists() else "", re.M)
        for folder in ("tools", "bench"):
            for path in sorted((self.root / folder).rglob("*.py")):
                module = _read(self.root, path)
                yield from (found.target for found in module.imports)
        for path in sorted((self.root / "notebooks").rglob("*.ipynb")):
            for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
                code = "".join(cell["source"]) if cell["cell_type"] == "code" else ""
                yield from (found.target for found in Module("cell", path.name, code).imports)


def inside(name: str, room: str) -> bool:
    """Whether a dotted name is a room or stands in it."""
    return name == room or name.startswith(f"{room}.")


def line_of(node: ast.AST) -> int:
    """Where a node stands in its file."""
    return getattr(node, "lineno", 0)


def functions(node: ast.AST) -> Iterator[Function]:
    """Every function and method, nested ones too."""
    return (found for found in ast.walk(node) if isinstance(found, Function))


def calls(node: ast.AST) -> Iterator[ast.Call]:
    """Every call."""
    return (found for found in ast.walk(node) if isinstance(found, ast.Call))


def own_nodes(function: Function) -> Iterator[ast.AST]:
    """Everything in a function's body that is not in a function within it."""
    waiting: list[ast.AST] = list(function.body)
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, Function | ast.Lambda | ast.ClassDef):
            waiting.extend(ast.iter_child_nodes(node))


def called(node: ast.AST) -> str:
    """The last name of what is called: `now_s` for `self.node.now_s()`; "" when it is no call."""
    if not isinstance(node, ast.Call):
        return ""
    return getattr(node.func, "attr", getattr(node.func, "id", ""))


def dotted(node: ast.AST) -> str:
    """`a.b.c` as text; "" for anything that is not names and dots."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and (before := dotted(node.value)):
        return f"{before}.{node.attr}"
    return ""


def _read(root: Path, path: Path) -> Module:
    relative = path.relative_to(root)
    steps = [*relative.parts[:-1], *([] if path.stem == "__init__" else [path.stem])]
    return Module(".".join(steps), relative.as_posix(), path.read_text(encoding="utf-8"))


def _targets(node: ast.AST, package: str) -> list[tuple[str, str]]:
    """What a node imports, and the name that it is then known by."""
    if isinstance(node, ast.Import):
        return [(alias.name, alias.asname or "") for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        steps = package.split(".")
        origin = steps[: len(steps) - node.level + 1] if node.level else []
        base = ".".join([*origin, *([node.module] if node.module else [])])
        named = [(alias.name, alias.asname or alias.name) for alias in node.names]
        return [(base if name == "*" else f"{base}.{name}", bound) for name, bound in named]
    if isinstance(node, ast.Call) and called(node) in ("import_module", "__import__"):
        return [(str(a.value), "") for a in node.args[:1] if isinstance(a, ast.Constant)]
    return []


def _is_type_checking(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and dotted(node.test).endswith("TYPE_CHECKING")
