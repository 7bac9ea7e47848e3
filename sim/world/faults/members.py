"""Faults of the replicated store: who is in charge, and who answers under a member's name.

Rule: strategies ask stores by name, and never learn that another node has come to stand for one.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import copy, deepcopy

from oauth_model.flows import OneTimeKey, StoreCall
from oauth_model.memories import Shelf
from oauth_model.replay import ReplayStore, StoreAnswer
from oauth_model.strategies import PRIMARY, STRATEGIES
from oauth_model.strategies.failover import PLACEMENT
from oauth_model.strategies.settings import Settings
from sim.clocks import microseconds
from sim.parties import members, settings
from sim.scenario import Scenario
from sim.scenario_faults import MEMBER, Failover, Rebalance, newcomer
from sim.world.faults.nodes import lose_memory, replace_memory, start, stop
from sim.world.faults.occurrence import LEAST_US, Occurrence, store_name
from sim.world.node import Node
from sim.world.world import World

#: The kind of memory that members bring together.
RECORDS = "records"
#: Kinds of keys that `scenario.strategy` guards; servers' and the AS's own strategies, the others.
TOKENS = ("access_token", "action_token")


def fail_over(at: Occurrence, part: Failover) -> Callable[[], None]:
    """The member in charge stops; when that is noticed, another takes over with what it has."""
    world = at.world
    old = world.stores[PRIMARY]
    missed, detection_us = [True], microseconds(part.detection_s)
    stop(at, old)

    def promote(_: object) -> None:
        if not missed or world.stores[PRIMARY] is not old:
            return
        new = _successor(world, old, part.to)
        if new is None:
            world.env.after(max(LEAST_US, detection_us), promote)
            return
        world.stores[PRIMARY] = new
        if any(map(_has_followers, _guards(world.scenario))):
            new.memory.begin_anew(new.now_s())  # what was not copied is missing
        at.tell("promote", new.name, old.name)

    def end() -> None:
        missed.clear()
        start(at, old, _follow(world, old, part.memory))

    world.env.after(detection_us, promote)
    return end


def _successor(world: World, old: Node, wanted: str) -> Node | None:
    """The member that is wanted, or the first after the old one that is up; None if none is."""
    names = members(world.scenario)
    place = [world.stores[name] for name in names].index(old)
    after = sorted(names[place + 1 :] + names[:place], key=lambda name: name != store_name(wanted))
    down = world.wires.conditions.down
    return next((world.stores[name] for name in after if world.stores[name] not in down), None)


def _follow(world: World, old: Node, memory: str) -> str:
    """Give who comes back what the member in charge has; returns what the trace calls that.

    A follower of a primary discards what it alone knew. Where members decide in any other way, what
    it has recorded stays, and it receives what it lacks. Of a dead member there is nothing to get.
    """
    new = world.stores[PRIMARY]
    if new is old or new in world.wires.conditions.down or old not in world.stores.values():
        return memory
    if memory == "lost":
        lose_memory(world, old)
    led, shelf = _led(world.scenario), copy(old.memory)
    mine = shelf.memories.get(RECORDS) or ReplayStore(shelf.since_s)
    together = deepcopy(new.memory.memories.get(RECORDS)) or ReplayStore(new.memory.since_s)
    assert isinstance(mine, ReplayStore), mine
    assert isinstance(together, ReplayStore), together
    together.absorb(mine, lambda key: not led(key))
    shelf.memories = shelf.memories | {RECORDS: together}
    replace_memory(world, old, shelf)
    return "copied"


def _led(scenario: Scenario) -> Callable[[OneTimeKey], bool]:
    """Which keys a primary alone decides about."""
    tokens, *others = map(_has_followers, _guards(scenario))
    return lambda key: tokens if key.kind in TOKENS else all(others)


def _guards(scenario: Scenario) -> list[str]:
    """The strategies of a run: first that of the tokens."""
    servers = [(part.proof_strategy, part.gateway_strategy) for part in scenario.servers]
    others = (scenario.authorization_server.strategy, *(name for pair in servers for name in pair))
    return [scenario.strategy, *filter(None, others)]


def _has_followers(name: str) -> bool:
    """Whether a strategy has a primary whose followers take whatever it has."""
    return STRATEGIES[name].placement == PLACEMENT


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

    def end() -> None:
        for transfer in ends:
            transfer()

    return end


def _replace(at: Occurrence, name: str) -> Callable[[], None]:
    world = at.world
    pair = world.nodes[name], world.nodes[newcomer(name)]
    old, new = pair if pair[0] in world.stores.values() else pair[::-1]
    named = [store for store, node in world.stores.items() if node is old]
    replace_memory(world, new, Journal(settings(world.scenario), new.now_s()))
    world.stores.update(dict.fromkeys(named, new))
    at.tell("replace", new.name, old.name)

    def transfer() -> None:
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
