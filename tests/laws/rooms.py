"""Laws of the rooms: who may import whom, and which library is for which room.

A new file of `sim` must be placed: before the trace, after it, or among the joiners.
"""

from __future__ import annotations

from collections.abc import Iterator

from tests.laws.source_tree import Import, Tree, inside
from tests.laws.violation import Law, Violation, imports, of


def _rooms(*names: str) -> tuple[str, ...]:
    return tuple(f"sim.{name}" for name in names)


#: What goes into a run, and what a run is written down as. These run nothing.
BEFORE = (
    *_rooms("scenario", "scenario_world", "scenario_faults", "scenario_files"),
    *_rooms("distributions", "choices"),
    *_rooms(
        "clocks",
        "regions",
        "parties",
        "scenario_parties",
        "workaround_parties",
        "enforcers",
        "replicas",
    ),
    *_rooms("passages"),
    *_rooms("made_once"),
    *_rooms("products"),
)
TRACE = "sim.trace"
WORLD = "sim.world"
#: What reads traces and nothing else.
AFTER = (
    *_rooms("checker", "properties", "metrics", "rates", "statistics", "theory"),
    *_rooms("clusters", "precision", "views"),
    *_rooms("measures", "patterns", "aftermath", "one_time"),
)
#: The only ones that may run a scenario and read its trace.
JOINERS = (
    *_rooms("experiments", "exploration", "certification", "witness"),
    *_rooms("issuance_table"),
    *_rooms("store_memory", "validation", "overlap", "workarounds", "rare_events", "processes"),
    *_rooms("demo", "benchmark", "serving", "lab", "cli", "commands"),
    *_rooms("suite", "sweeps", "guarantees", "lessons"),
)


def simpy_only_in_the_world(tree: Tree) -> Iterator[Violation]:
    """One room knows the simulator: everything else runs without it."""
    return _only_in(tree, WORLD, "simpy")


def matplotlib_only_in_the_views(tree: Tree) -> Iterator[Violation]:
    """One room draws pictures: whoever needs one asks the views."""
    return _only_in(tree, "sim.views", "matplotlib")


def ipywidgets_only_in_the_lab(tree: Tree) -> Iterator[Violation]:
    """One room knows what a notebook's panel is made of: everything else runs without it."""
    return _only_in(tree, "sim.lab", "ipywidgets")


def _only_in(tree: Tree, room: str, library: str) -> Iterator[Violation]:
    others = (module for module in tree.modules.values() if not inside(module.name, room))
    return imports(others, of(library), f"{library} is for {room} only")


def what_reads_the_trace_knows_nothing_before_it(tree: Tree) -> Iterator[Violation]:
    """Checker, metrics and views import the trace and each other: a stored run is all they need."""

    def wrong(found: Import) -> bool:
        return of("sim", "oauth_model")(found) and not of(TRACE, *AFTER)(found)

    return imports(tree.within(*AFTER), wrong, "it may know the trace and nothing before it")


def the_world_knows_nothing_after_the_trace(tree: Tree) -> Iterator[Violation]:
    """The world imports what goes into a run and the trace that it writes, not who reads that."""

    def wrong(found: Import) -> bool:
        return of("sim")(found) and not of(*BEFORE, TRACE, WORLD)(found)

    return imports(tree.within(WORLD), wrong, "the world may know nothing after the trace")


def what_goes_into_a_run_knows_no_run(tree: Tree) -> Iterator[Violation]:
    """Scenario, draws and clocks import each other, and the protocol's names."""

    def wrong(found: Import) -> bool:
        return of("sim")(found) and not of(*BEFORE)(found)

    return imports(tree.within(*BEFORE), wrong, "it is there before any run is")


def the_trace_stands_alone(tree: Tree) -> Iterator[Violation]:
    """The waist between the halves needs neither."""
    return imports(tree.within(TRACE), of("sim", "oauth_model"), "the trace needs nobody")


def only_joiners_join_the_halves(tree: Tree) -> Iterator[Violation]:
    """Whoever may run a scenario and read its trace is on a list; all others are in one half."""
    for module in tree.within("sim"):
        if module.name != "sim" and not _in(module.name, *BEFORE, TRACE, WORLD, *AFTER, *JOINERS):
            what = "stands in no room; enter it in tests/laws/rooms.py, in AFTER or JOINERS"
            yield Violation(module.path, 1, what)
    others = (module for module in tree.modules.values() if not _in(module.name, *JOINERS))
    yield from imports(others, of(*JOINERS), "which joins both halves")


def _in(name: str, *rooms: str) -> bool:
    return any(inside(name, room) for room in rooms)


LAWS: tuple[Law, ...] = (
    simpy_only_in_the_world,
    matplotlib_only_in_the_views,
    ipywidgets_only_in_the_lab,
    what_reads_the_trace_knows_nothing_before_it,
    the_world_knows_nothing_after_the_trace,
    what_goes_into_a_run_knows_no_run,
    the_trace_stands_alone,
    only_joiners_join_the_halves,
)
