"""Faults of the replicated store: who is in charge, and who answers under a member's name.

Rule: strategies ask stores by name, and never learn that another node has come to stand for one.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy

from oauth_model.flows import StoreCall
from oauth_model.memories import Shelf
from oauth_model.replay import StoreAnswer
from oauth_model.strategies import PRIMARY
from sim.clocks import microseconds
from sim.parties import members, settings
from sim.scenario_faults import MEMBER, Failover, Rebalance, newcomer
from sim.world.faults.nodes import replace_memory, start, stop
from sim.world.faults.occurrence import Occurrence
from sim.world.node import Node
from sim.world.world import World


def fail_over(at: Occurrence, part: Failover) -> Callable[[], None]:
    """The member in charge stops; when that is noticed, another takes over with what it has."""
    world = at.world
    old = world.stores[PRIMARY]
    missed = [True]
    stop(at, old)

    def promote(_: object) -> None:
        if not missed or world.stores[PRIMARY] is not old:
            return
        new = _successor(world, old, part.to)
        if new is not None:
            world.stores[PRIMARY] = new
            at.tell("promote", new.name, old.name)

    def end() -> None:
        missed.clear()
        new = world.stores[PRIMARY]
        if new is old:
            start(at, old, part.memory)
        else:
            replace_memory(world, old, _copy(world, new))
            start(at, old, "copied")

    world.env.after(microseconds(part.detection_s), promote)
    return end


def _successor(world: World, old: Node, wanted: str) -> Node | None:
    """The member that is wanted, or the first after the old one that is up; None if none is."""
    nodes = [world.stores[name] for name in members(world.scenario)]
    place = nodes.index(old)
    after = nodes[place + 1 :] + nodes[:place]
    after.sort(key=lambda node: node.name != wanted)
    down = world.wires.conditions.down
    return next((node for node in after if node not in down), None)


class Journal(Shelf):
    """The memory of a newcomer, which also keeps every call, to be made once more on a copy."""

    def __init__(self, world: World, since_s: float) -> None:
        super().__init__(settings(world.scenario), since_s)
        self.calls: list[tuple[StoreCall, float]] = []

    def apply(self, call: StoreCall, now_s: float) -> StoreAnswer:
        """Write the call down and carry it out."""
        self.calls.append((call, now_s))
        return super().apply(call, now_s)


def rebalance(at: Occurrence, part: Rebalance) -> Callable[[], None]:
    """Newcomers answer for members, without their records until these have been transferred."""
    units = at.units(part.among or (MEMBER,))
    ends = [_replace(at, name) for name in at.chosen(units, part.target)]

    def end() -> None:
        for transfer in ends:
            transfer()

    return end


def _replace(at: Occurrence, name: str) -> Callable[[], None]:
    world = at.world
    pair = world.nodes[name], world.nodes[newcomer(name)]
    old, new = pair if pair[0] in world.stores.values() else pair[::-1]
    named = [store for store, node in world.stores.items() if node is old]
    replace_memory(world, new, Journal(world, new.now_s()))
    world.stores.update(dict.fromkeys(named, new))
    at.tell("replace", new.name, old.name)

    def transfer() -> None:
        merged, memory = _copy(world, old), new.memory
        for call, now_s in memory.calls if isinstance(memory, Journal) else ():
            merged.apply(call, now_s)
        replace_memory(world, old, Shelf(settings(world.scenario)))
        replace_memory(world, new, merged)
        at.tell("transfer", new.name, old.name, entries=len(merged))

    return transfer


def _copy(world: World, node: Node) -> Shelf:
    shelf = Shelf(settings(world.scenario))
    shelf.memories = deepcopy(node.memory.memories)
    return shelf
