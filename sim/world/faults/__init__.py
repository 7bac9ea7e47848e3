"""Faults: on a schedule or drawn, each begins, stands for a while and ends (Jepsen's nemesis).

Rule: a fault is one function that begins it and returns how to end it; when and to whom is decided
here and in `occurrence`, by draws of its own, so that it changes nobody else's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any

from sim.clocks import microseconds
from sim.scenario_faults import (
    PEOPLE,
    ClockStep,
    Crash,
    Failover,
    LinkFault,
    Rebalance,
    Slow,
)
from sim.scenario_world import Partition
from sim.world.faults.heartbeats import Elections, Replicas
from sim.world.faults.links import cut, disturb
from sim.world.faults.members import fail_over, rebalance
from sim.world.faults.nodes import crash, slow_down, step_clocks
from sim.world.faults.occurrence import NEVER_US, Occurrence, spans
from sim.world.faults.succession import catch_up
from sim.world.world import World

#: Begins a fault; what it returns ends it.
Begin = Callable[[Occurrence, Any], Callable[[], None]]
BEGIN: dict[type, Begin] = {
    Partition: cut,
    LinkFault: disturb,
    Crash: crash,
    Failover: fail_over,
    Slow: slow_down,
    ClockStep: step_clocks,
    Rebalance: rebalance,
}


def schedule(world: World) -> None:
    """Start a process for each partition and each fault of the scenario."""
    scenario = world.scenario
    end_s = scenario.faults_end_s
    end_us = NEVER_US if end_s is None else microseconds(end_s)
    _watch(world)
    stops = any(isinstance(fault, Crash | Failover) for fault in scenario.faults)
    if stops or scenario.stores.election_s:
        for node in world.nodes.values():
            node.jobs = None if node.role in PEOPLE else {}
    kinds: Counter[str] = Counter()
    for fault in (*scenario.partitions, *scenario.faults):
        kind = fault.fault if not isinstance(fault, Partition) else "cut"
        kinds[kind] += 1
        name = f"{kind} {kinds[kind]}"  # of its kind: faults of other kinds leave it as it is
        times = spans(fault, name, world.choices, end_us)
        world.env.recur(name, times, partial(_begin, world, fault, name))


def _watch(world: World) -> None:
    """Have those told of each change who draw conclusions from it."""
    stores = world.scenario.stores
    world.changes.append(partial(catch_up, world))
    if stores.election_s:
        world.changes.append(Elections(world).look)
    if stores.min_replicas:
        world.changes.append(Replicas(world).look)


def _begin(world: World, fault: Any, name: str, number: int) -> Callable[[], None]:
    mend = BEGIN[type(fault)](Occurrence(world, name, number), fault)
    _tell(world)

    def end() -> None:
        mend()
        _tell(world)

    return end


def _tell(world: World) -> None:
    for changed in tuple(world.changes):
        changed()
