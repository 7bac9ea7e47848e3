"""Laws of shape: small files that explain themselves, no cycles, no towers, nothing dead."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter

from tests.laws.source_tree import (
    Function,
    Import,
    Module,
    Tree,
    dotted,
    functions,
    inside,
    line_of,
)
from tests.laws.violation import Law, Violation, imports, of

MOST_LINES = 300
MOST_FUNCTION_LINES = 40
HEAVY = ("numpy", "scipy", "pandas", "matplotlib", "jwt", "cryptography", "joserfc")


def no_import_cycles(tree: Tree) -> Iterator[Violation]:
    """What a module needs when it is loaded never needs that module: files are read one by one."""
    needs = {
        module.name: {
            needed
            for found in module.imports
            if found.loading and not found.typing
            for needed in tree.loads(module, found.target)
        }
        for module in tree.modules.values()
    }
    try:
        TopologicalSorter(needs).prepare()
    except CycleError as error:
        cycle = error.args[1]
        yield Violation(tree.modules[cycle[0]].path, 1, f"import cycle: {' > '.join(cycle)}")


def heavy_libraries_are_imported_where_they_are_used(tree: Tree) -> Iterator[Violation]:
    """Loading a module costs nothing; the protocol and the world run without these at all."""

    def wrong(found: Import) -> bool:
        return of(*HEAVY)(found) and found.loading and not found.typing

    return imports(tree.modules.values(), wrong, "import it inside the function that uses it")


def a_file_has_300_lines_at_most(tree: Tree) -> Iterator[Violation]:
    """A file is one concept, about 60 to 250 lines."""
    for module in tree.modules.values():
        lines = len(module.text.splitlines())
        if lines > MOST_LINES:
            yield Violation(module.path, lines, f"{lines} lines, {MOST_LINES} at most")


def a_function_has_40_lines_at_most(tree: Tree) -> Iterator[Violation]:
    """Docstring excluded; most functions are under 20."""
    for module in tree.modules.values():
        for function in functions(module.tree):
            said = function.body[0] if ast.get_docstring(function) else None
            lines = _lines(function) - (_lines(said) if said else 0)
            if lines > MOST_FUNCTION_LINES:
                what = f"{function.name} has {lines} lines, {MOST_FUNCTION_LINES} at most"
                yield Violation(module.path, function.lineno, what)


def _lines(node: ast.stmt) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def everything_public_explains_itself(tree: Tree) -> Iterator[Violation]:
    """Every public module, class, function and method has a docstring."""
    for module in tree.modules.values():
        if module.tree.body:  # an empty __init__.py has nothing to explain
            yield from _unexplained(module, module.tree, module.name)


def _unexplained(
    module: Module, node: ast.Module | ast.ClassDef | Function, name: str
) -> Iterator[Violation]:
    if not ast.get_docstring(node):
        yield Violation(module.path, max(line_of(node), 1), f"{name} has no docstring")
    if not isinstance(node, Function):
        for child in node.body:
            if isinstance(child, ast.ClassDef | Function) and not child.name.startswith("_"):
                yield from _unexplained(module, child, f"{name}.{child.name}")


def inheritance_is_one_deep(tree: Tree) -> Iterator[Violation]:
    """A class of ours may derive from one of ours, if that derives from none of ours: no towers."""
    classes = {
        f"{module.name}.{node.name}": (module, node)
        for module in tree.modules.values()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ClassDef)
    }
    parents = {name: _bases(tree, *found) for name, found in classes.items()}
    for name, (module, node) in classes.items():
        for base in parents[name]:
            above = [parent for parent in parents.get(base, ()) if parent in classes]
            if above:
                what = f"{name} derives from {base}, and that from {above[0]}"
                yield Violation(module.path, node.lineno, what)


def _bases(tree: Tree, module: Module, node: ast.ClassDef) -> list[str]:
    return [tree.origin(module, dotted(base)) for base in node.bases]


def no_file_is_dead(tree: Tree) -> Iterator[Violation]:
    """Every file serves the command, a notebook, a tool or a benchmark; a test alone is no user."""
    waiting = [name for target in tree.users() if (name := tree.resolve(target))]
    alive: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name not in alive:
            alive.add(name)
            module = tree.modules[name]
            for found in module.imports:
                waiting.extend(tree.loads(module, found.target))
            waiting.extend(package for package in tree.modules if inside(name, package))
    for module in tree.modules.values():
        if module.name not in alive:
            yield Violation(module.path, 1, "nothing that anybody starts imports it")


LAWS: tuple[Law, ...] = (
    no_import_cycles,
    heavy_libraries_are_imported_where_they_are_used,
    a_file_has_300_lines_at_most,
    a_function_has_40_lines_at_most,
    everything_public_explains_itself,
    inheritance_is_one_deep,
    no_file_is_dead,
)
