"""Laws of chance and time: a run is a function of its scenario, and time is whole microseconds."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.laws.source_tree import Function, Import, Tree, called, calls, dotted, inside, line_of
from tests.laws.violation import Law, Violation, imports, of

CHOICES = "sim.choices"
#: Hands out the names of a server for real clients.
SERVES = "sim.commands.serve"
GENERATORS = ("Random", "SystemRandom", "RandomState", "default_rng", "Generator", "urandom")
#: Methods that draw, and are the name of nothing else here.
DRAWS = (
    *("random", "getrandbits", "randint", "randrange", "randbytes", "shuffle", "rvs"),
    *("expovariate", "gauss", "normalvariate", "lognormvariate", "paretovariate"),
    *("weibullvariate", "betavariate", "gammavariate", "vonmisesvariate", "triangular"),
)
#: Measuring how long something took, or showing progress, is no part of any run.
WATCHES = ("sim.benchmark", "sim.demo", "sim.cli", "sim.commands")
WHOLE = ("int", "round", "microseconds")


def only_choices_makes_generators(tree: Tree) -> Iterator[Violation]:
    """One object answers all questions of chance: seeds, replay, search and shrinking are one.

    What serves real clients has no seed to keep: its names must be such that nobody guesses them.
    """

    def wrong(found: Import) -> bool:
        chance = of("random", "secrets", "uuid", "numpy.random")(found)
        return chance and found.target != "random.Random"

    for module in tree.within("sim"):
        if module.name != SERVES:
            yield from imports([module], wrong, "chance comes from sim.choices")
        for call in calls(module.tree):
            if called(call) in GENERATORS and module.name != CHOICES:
                what = f"makes a generator, {ast.unparse(call)}: only sim.choices does"
                yield Violation(module.path, call.lineno, what)


def a_draw_is_from_the_generator_that_was_handed_in(tree: Tree) -> Iterator[Violation]:
    """Who draws does so from a parameter named `random`: `Choices` decides which that is."""
    for module in tree.within("sim"):
        for call, given in _calls_with_parameters(module.tree, frozenset()):
            whose = dotted(call.func).rpartition(".")[0]
            if called(call) in DRAWS and not (whose == "random" and whose in given):
                what = f"draws {ast.unparse(call.func)}() from what it was not handed as `random`"
                yield Violation(module.path, call.lineno, what)


def _calls_with_parameters(
    node: ast.AST, given: frozenset[str]
) -> Iterator[tuple[ast.Call, frozenset[str]]]:
    """Every call, with the names of the parameters of the functions around it."""
    if isinstance(node, Function | ast.Lambda):
        listed = node.args
        given |= {a.arg for a in [*listed.posonlyargs, *listed.args, *listed.kwonlyargs]}
    if isinstance(node, ast.Call):
        yield node, given
    for child in ast.iter_child_nodes(node):
        yield from _calls_with_parameters(child, given)


def nothing_depends_on_hash(tree: Tree) -> Iterator[Violation]:
    """`hash()` of a text differs from process to process; seeds and routes use a real hash."""
    for module in tree.within("sim"):
        for call in calls(module.tree):
            if dotted(call.func) in ("hash", "id"):
                what = f"{ast.unparse(call)} is another number in every process"
                yield Violation(module.path, call.lineno, what)


def nobody_looks_at_the_wall_clock(tree: Tree) -> Iterator[Violation]:
    """A run depends on its scenario only; `WATCHES` may time what they do."""
    for module in tree.within("sim"):
        if any(inside(module.name, watch) for watch in WATCHES):
            continue
        yield from imports([module], of("time", "timeit", "sched"), "a run has no wall clock")
        for call in calls(module.tree):
            if called(call) in ("now", "utcnow", "today"):
                yield Violation(module.path, call.lineno, f"reads {ast.unparse(call.func)}()")


def simulation_time_is_whole_microseconds(tree: Tree) -> Iterator[Violation]:
    """What is named `…_us` up to the trace is an integer: no division or fraction goes into it."""
    for module in tree.within("sim.clocks", CHOICES, "sim.world"):
        for node in ast.walk(module.tree):
            for name, value in _given(node):
                if name.endswith("_us") and _fractional(value):
                    what = f"{name} = {ast.unparse(value)} need not be whole"
                    yield Violation(module.path, line_of(value), what)


def _given(node: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    """The names that a node gives values to: assignments and arguments passed by name."""
    if isinstance(node, ast.Assign):
        for target in node.targets:
            yield from _pairs(target, node.value)
    elif isinstance(node, ast.AnnAssign | ast.AugAssign | ast.NamedExpr) and node.value:
        yield dotted(node.target), node.value
    elif isinstance(node, ast.keyword) and node.arg:
        yield node.arg, node.value


def _pairs(target: ast.expr, value: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        for one, its_value in zip(target.elts, value.elts, strict=False):
            yield from _pairs(one, its_value)
    yield dotted(target), value


def _fractional(value: ast.AST) -> bool:
    if called(value) in WHOLE:
        return False
    divided = isinstance(value, ast.BinOp) and isinstance(value.op, ast.Div)
    fraction = isinstance(value, ast.Constant) and isinstance(value.value, float)
    return divided or fraction or any(_fractional(part) for part in ast.iter_child_nodes(value))


LAWS: tuple[Law, ...] = (
    only_choices_makes_generators,
    a_draw_is_from_the_generator_that_was_handed_in,
    nothing_depends_on_hash,
    nobody_looks_at_the_wall_clock,
    simulation_time_is_whole_microseconds,
)
