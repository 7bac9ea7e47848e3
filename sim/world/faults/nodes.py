"""Faults of nodes: stopped, slow, or with a clock that jumps."""

from __future__ import annotations

from collections.abc import Callable
from math import prod

from oauth_model.memories import Shelf
from sim.enforcers import settings
from sim.scenario_faults import PEOPLE, ClockStep, Crash, Slow
from sim.world.conditions import Slowness
from sim.world.faults.occurrence import Occurrence
from sim.world.node import Node
from sim.world.world import World


def crash(at: Occurrence, part: Crash) -> Callable[[], None]:
    """Nodes stop, and start again at the end."""
    hit = at.nodes(part.among, part.target, PEOPLE)
    for node in hit:
        stop(at, node)

    def end() -> None:
        for node in hit:
            start(at, node, part.memory)

    return end


def stop(at: Occurrence, node: Node) -> None:
    """What a node was doing is lost, and it hears nothing more."""
    conditions = at.world.wires.conditions
    conditions.standing += 1
    conditions.down[node] += 1
    if conditions.down[node] == 1:
        drop_work(node)
        at.tell("crash", node.name)


def drop_work(node: Node) -> None:
    """Nothing of what a node was doing goes on, and nobody is answered."""
    jobs, node.jobs = node.jobs, {}
    for job in jobs or ():
        job.die()
    if node.desk is not None:
        node.desk.clear()


def start(at: Occurrence, node: Node, memory: str) -> None:
    """A node is there again, unless another fault still keeps it down; `memory`: by_role or which.

    Of a store, what was written is there again; of a server's own memory nothing is.
    """
    conditions = at.world.wires.conditions
    if memory == "by_role":
        memory = "kept" if node.role == "store" else "lost"
    if memory == "lost":
        lose_memory(at.world, node)
    conditions.standing -= 1
    conditions.down[node] -= 1
    if not conditions.down[node]:
        del conditions.down[node]
        at.tell("restart", node.name, memory=memory)


def lose_memory(world: World, node: Node) -> None:
    """A node begins with nothing: no one-time keys, and no answers that its process believed."""
    fresh = type(node.memory)(settings(world.scenario), node.now_s())
    replace_memory(world, node, fresh)
    world.start_anew(node)


def replace_memory(world: World, node: Node, memory: Shelf) -> None:
    """Give a node another memory than it had: an empty one, or a copy of another node's."""
    world.entries += len(memory) - len(node.memory)
    world.bytes += memory.size_bytes() - node.memory.size_bytes()
    node.memory = memory
    world.peak_entries = max(world.peak_entries, world.entries)
    world.peak_bytes = max(world.peak_bytes, world.bytes)


def slow_down(at: Occurrence, part: Slow) -> Callable[[], None]:
    """Whatever nodes send, are sent or work on takes longer."""
    slow = at.world.wires.conditions.slow
    slowness = Slowness.of(part, at.name, at.world.choices)
    hit = at.nodes(part.among, part.target)

    def pace(node: Node, action: str) -> None:
        if node.desk is not None:
            node.desk.pace = prod(each.factor for each in slow.get(node, ()))
        at.tell(action, node.name, factor=part.factor)

    for node in hit:
        slow.setdefault(node, []).append(slowness)
        pace(node, "slow")

    def end() -> None:
        for node in hit:
            slow[node].remove(slowness)
            if not slow[node]:
                del slow[node]
            pace(node, "normal")

    return end


def step_clocks(at: Occurrence, part: ClockStep) -> Callable[[], None]:
    """Clocks jump, and jump back at the end."""
    hit = at.nodes(part.among, part.target)

    def jump(by_ms: float) -> None:
        for node in hit:
            node.clock = node.clock.jumped(round(by_ms * 1000))
            at.tell("step", node.name, offset_ms=by_ms)

    jump(part.offset_ms)
    return lambda: jump(-part.offset_ms)
