"""Faults of members of the replicated store: the one in charge is lost, or others answer for some.

Rule: strategies ask stores by name, and never learn that another node has come to stand for one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import deepcopy

from oauth_model.flows import StoreCall
from oauth_model.memories import Shelf
from oauth_model.replay import ReplayStore, StoreAnswer
from oauth_model.strategies import PRIMARY
from oauth_model.strategies.settings import Settings
from sim.clocks import microseconds
from sim.enforcers import settings
from sim.scenario_faults import MEMBER, PEOPLE, Failover, Rebalance, newcomer
from sim.world.faults.links import Split, stand
from sim.world.faults.nodes import replace_memory, start, stop
from sim.world.faults.occurrence import LEAST_US, Occurrence
from sim.world.faults.succession import RECORDS, depose, follow, successor
from sim.world.node import Node
from sim.world.timed import Happening
from sim.world.world import World


def fail_over(at: Occurrence, part: Failover) -> Callable[[], None]:
    """The member in charge is lost; when that is noticed, another takes over with what it has."""
    world = at.world
    old = world.stores[PRIMARY]
    missed, detection_us = [True], microseconds(part.detection_s)
    side = _side(at, old, part.with_it) if part.primary == "cut_off" else []
    mend = _cut_off(at, side) if side else _crash(at, old, part.memory)

    def promote(_: object) -> None:
        if not missed or world.stores[PRIMARY] is not old:
            return
        new = successor(world, part.to, side, elected=False)
        if new is None:
            world.env.after(max(LEAST_US, detection_us), Happening(promote))
        else:
            depose(at, new, side)

    def end() -> None:
        missed.clear()
        mend()

    world.env.after(detection_us, Happening(promote))
    return end


def _crash(at: Occurrence, old: Node, memory: str) -> Callable[[], None]:
    stop(at, old)
    return lambda: start(at, old, follow(at.world, old, memory))


def _side(at: Occurrence, old: Node, with_it: Sequence[str]) -> list[Node]:
    named = at.nodes(with_it, "all", PEOPLE)
    return [node for node in at.world.nodes.values() if node is old or node in named]


def _cut_off(at: Occurrence, side: list[Node]) -> Callable[[], None]:
    """People reach both sides, over links that are not those of servers and stores."""
    others = (node for node in at.world.nodes.values() if node.role not in PEOPLE)
    rest = tuple(node.name for node in others if node not in side)
    here = tuple(node.name for node in side)
    said = ("+".join(here), "+".join(rest))
    return stand(at, "partition", [Split((here, rest), one_way=False, said=said)])


class Journal(Shelf):
    """The memory of a newcomer, which also keeps every call, to be made once more on a copy."""

    def __init__(self, settings: Settings, since_s: float) -> None:
        super().__init__(settings, since_s)
        self.calls: list[tuple[StoreCall, float]] = []

    def apply(self, call: StoreCall, now_s: float) -> StoreAnswer:
        """Write the call down and carry it out."""
        self.calls.append((call, now_s))
        return super().apply(call, now_s)


def rebalance(at: Occurrence, part: Rebalance) -> Callable[[], None]:
    """Newcomers answer for members, without their records until these have been transferred.

    A member for whom a newcomer answers already is not replaced a second time meanwhile.
    """
    units = at.chosen(at.units(part.among or (MEMBER,)), part.target)
    whole = [name for name in units if not isinstance(at.serving(name).memory, Journal)]
    ends = [_replace(at, name) for name in whole]
    return lambda: at.world.changes.extend(ends)  # which are told next that a fault has ended


def _replace(at: Occurrence, name: str) -> Callable[[], None]:
    world = at.world
    pair = world.nodes[name], world.nodes[newcomer(name)]
    old, new = pair if pair[0] in world.stores.values() else pair[::-1]
    named = [store for store, node in world.stores.items() if node is old]
    replace_memory(world, new, Journal(settings(world.scenario), new.now_s()))
    world.stores.update(dict.fromkeys(named, new))
    at.tell("replace", new.name, old.name)

    def transfer() -> None:
        if world.wires.conditions.apart(old, new):
            return  # there is nothing to get, or no way to send it; when a fault ends, once more
        world.changes.remove(transfer)
        merged, memory = _copy(world, old), new.memory
        for call, now_s in memory.calls if isinstance(memory, Journal) else ():
            merged.apply(call, now_s)
        _absorb(merged, memory)
        replace_memory(world, old, Shelf(settings(world.scenario)))
        replace_memory(world, new, merged)
        at.tell("transfer", new.name, old.name, entries=len(merged))

    return transfer


def _absorb(merged: Shelf, memory: Shelf) -> None:
    """What a newcomer did not learn by calls: records that it received as a follower."""
    mine, theirs = merged.memories.get(RECORDS), memory.memories.get(RECORDS)
    if isinstance(mine, ReplayStore) and isinstance(theirs, ReplayStore):
        mine.absorb(theirs, lambda key: True)


def _copy(world: World, node: Node) -> Shelf:
    shelf = Shelf(settings(world.scenario), node.memory.since_s)
    shelf.memories = deepcopy(node.memory.memories)
    return shelf
