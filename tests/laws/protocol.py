"""Laws of the protocol: `oauth_model` is pure, and keys are used in one place."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.laws.source_tree import (
    Function,
    Import,
    Module,
    Tree,
    called,
    calls,
    dotted,
    functions,
    own_nodes,
)
from tests.laws.violation import Law, Matches, Violation, imports, of

JOSE = "oauth_model.jose"
SERVES_HTTP = "oauth_model.asgi"
#: Modules that read a clock, draw at random or look at the environment.
IMPURE = (
    *("time", "datetime", "calendar", "zoneinfo", "sched", "timeit"),
    *("random", "secrets", "uuid", "numpy.random", "tempfile"),
    *("os", "sys", "platform", "getpass", "pathlib", "shutil", "glob", "io", "locale", "logging"),
    *("socket", "ssl", "select", "selectors", "signal", "http.client", "urllib.request"),
    *("subprocess", "threading", "multiprocessing", "concurrent", "asyncio"),
)
IMPURE_CALLS = ("open", "input", "print", "id", "hash")
CLOCKS = ("clock", "_clock")


def the_protocol_knows_nothing_of_the_simulation(tree: Tree) -> Iterator[Violation]:
    """`oauth_model` imports no simpy and no sim: the same objects serve SimPy, tests and HTTP."""
    return imports(tree.within("oauth_model"), of("simpy", "sim"), "the protocol is pure")


def the_protocol_is_handed_its_clock_and_its_names(tree: Tree) -> Iterator[Violation]:
    """`oauth_model` reads no clock, no randomness, no environment: its tests are instant.

    Only what serves real HTTP may wait (asyncio).
    """
    for module in tree.within("oauth_model"):
        yield from imports([module], _impure(module), "clocks and names are handed in")
        for call in calls(module.tree):
            if dotted(call.func) in IMPURE_CALLS:
                what = f"calls {dotted(call.func)}(): clocks and names are handed in"
                yield Violation(module.path, call.lineno, what)


def _impure(module: Module) -> Matches:
    allowed = of("asyncio") if module.name == SERVES_HTTP else of()
    return lambda found: of(*IMPURE)(found) and not allowed(found)


def time_is_read_again_after_every_yield(tree: Tree) -> Iterator[Violation]:
    """What a clock said before a `yield` is not used after it: the answer took time to come.

    An instant that was computed from it (an expiry) may be: it was fixed when it was computed.
    """
    for module in tree.within("oauth_model"):
        for function in functions(module.tree):
            for name, line in sorted(set(_stale(function))):
                what = f"{name} was read from the clock before a yield and is used after it"
                yield Violation(module.path, line, what)


def _stale(function: Function) -> Iterator[tuple[str, int]]:
    """Names and lines of uses of a clock's reading that a yield may have made old."""
    nodes = list(own_nodes(function))
    loops = [set(ast.walk(node)) for node in nodes if isinstance(node, ast.For | ast.While)]
    yields = [node for node in nodes if isinstance(node, ast.Yield | ast.YieldFrom)]
    stops = [(node, set(ast.walk(node))) for node in yields]
    given = [node for node in nodes if isinstance(node, ast.Assign)]
    reads = [(name, node) for node in given for name in _read_from_clock(node)]
    if not reads:
        return
    names = [node for node in nodes if isinstance(node, ast.Name)]
    for use in (name for name in names if isinstance(name.ctx, ast.Load)):
        before = [read for name, read in reads if name == use.id and _at(read) < _at(use)]
        if not before:
            continue
        read = max(before, key=_at)
        for stop, within in stops:
            later = _at(read) < _at(stop) < _at(use) and use not in within
            if later or any({use, stop} <= loop and read not in loop for loop in loops):
                yield use.id, use.lineno


def _read_from_clock(node: ast.Assign) -> list[str]:
    """The names that a statement gives what a clock says, as it is or made whole."""
    value = node.value
    if isinstance(value, ast.Call) and dotted(value.func) in ("int", "float", "round"):
        value = value.args[0]
    named = [target.id for target in node.targets if isinstance(target, ast.Name)]
    return named if called(value) in CLOCKS else []


def _at(node: ast.expr | ast.stmt) -> tuple[int, int]:
    return node.lineno, node.col_offset


def keys_are_used_in_one_place(tree: Tree) -> Iterator[Violation]:
    """JOSE libraries are imported in `oauth_model/jose/` alone: one place where a key is used."""
    others = (module for module in tree.modules.values() if not _in_jose(module))
    libraries = of("jwt", "cryptography", "joserfc", "jose", "authlib", "jwcrypto")
    return imports(others, libraries, f"only {JOSE} uses keys")


def _in_jose(module: Module) -> bool:
    return module.name == JOSE or module.name.startswith(f"{JOSE}.")


def a_token_is_opaque_to_the_simulation(tree: Tree) -> Iterator[Violation]:
    """`sim` has keys made and hands them on; it never signs, opens or checks a token itself."""

    def wrong(found: Import) -> bool:
        handed_on = found.target in (f"{JOSE}.Keys", f"{JOSE}.ALGORITHMS")
        return of(JOSE, "oauth_model.claims")(found) and not handed_on

    return imports(tree.within("sim"), wrong, "to sim a token is an opaque string")


LAWS: tuple[Law, ...] = (
    the_protocol_knows_nothing_of_the_simulation,
    the_protocol_is_handed_its_clock_and_its_names,
    time_is_read_again_after_every_yield,
    keys_are_used_in_one_place,
    a_token_is_opaque_to_the_simulation,
)
