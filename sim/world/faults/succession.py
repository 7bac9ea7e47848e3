"""Who is in charge of the replicated store, who comes after, and who has not heard of it yet.

Rule: strategies ask for the one in charge by one name; whom a node then reaches depends on whether
it could talk to the new one. A deposed member that can is a follower like any other.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from copy import copy, deepcopy

from oauth_model.flows import OneTimeKey
from oauth_model.replay import ReplayStore
from oauth_model.strategies import PRIMARY, STRATEGIES, consensus, failover
from sim.enforcers import members
from sim.scenario import Scenario
from sim.scenario_faults import PEOPLE
from sim.world.faults.nodes import drop_work, lose_memory, replace_memory
from sim.world.faults.occurrence import Occurrence, store_name
from sim.world.node import Behind, Node
from sim.world.world import World

#: The kind of memory that members bring together.
RECORDS = "records"
#: Kinds of keys that `scenario.strategy` guards; servers' and the AS's own strategies, the others.
TOKENS = ("access_token", "action_token")


def heard(world: World, node: Node) -> int:
    """How many members of the replicated store a member can talk to, itself included."""
    conditions, names = world.wires.conditions, members(world.scenario)
    return sum(not conditions.apart(node, world.stores[name]) for name in names)


def has_majority(world: World, node: Node) -> bool:
    """Whether a member can talk to more than half of them, itself included."""
    return heard(world, node) > len(members(world.scenario)) // 2


def successor(world: World, wanted: str, away: Collection[Node], *, elected: bool) -> Node | None:
    """The member that is wanted, or the first after the one in charge that can take over.

    It must be up, and neither `away` with the old one nor deposed itself and unaware of it; and if
    it is `elected`, or a strategy of the run has its leader elected, a majority can talk to it.
    """
    names, old = members(world.scenario), world.stores[PRIMARY]
    place = [world.stores[name] for name in names].index(old)
    after = sorted(names[place + 1 :] + names[:place], key=lambda name: name != store_name(wanted))
    out = {*world.wires.conditions.down, *away}.union(*(each.nodes for each in world.behind))
    votes = elected or any(map(_has_elections, _guards(world.scenario)))
    able = (node for name in after if (node := world.stores[name]) not in out)
    return next((node for node in able if not votes or has_majority(world, node)), None)


def depose(at: Occurrence, new: Node, unaware: Collection[Node]) -> None:
    """Another member is in charge from now on; who is `unaware` goes on with the old one."""
    world = at.world
    old = world.stores[PRIMARY]
    (named,) = (name for name in members(world.scenario) if world.stores[name] is old)
    nodes = set(unaware).difference(*(each.nodes for each in world.behind))
    world.behind.append(Behind(named, nodes))
    world.stores[PRIMARY] = new
    if any(map(_has_followers, _guards(world.scenario))):
        new.memory.begin_anew(new.now_s())  # what was not copied is missing
    at.tell("promote", new.name, old.name)
    catch_up(world)


def catch_up(world: World) -> None:
    """Who can talk to the member in charge, and had not heard of it, turns to it."""
    new, conditions = world.stores[PRIMARY], world.wires.conditions
    for each in world.behind:
        for node in [node for node in world.nodes.values() if node in each.nodes]:
            if not conditions.apart(node, new):
                each.nodes.remove(node)
                _rejoin(world, node, new)
    world.behind[:] = [each for each in world.behind if each.nodes]


def _rejoin(world: World, node: Node, new: Node) -> None:
    if node is new or node not in (world.stores[name] for name in members(world.scenario)):
        return
    if any(map(_has_followers, _guards(world.scenario))):
        drop_work(node)  # whom it had not copied to by now, it will not; who waits is not answered
    memory = follow(world, node, "kept")
    Occurrence(world, "follow", 0).tell("follow", node.name, new.name, memory=memory)


def follow(world: World, old: Node, memory: str) -> str:
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


def side_of(world: World, node: Node) -> list[Node]:
    """Every server and store that cannot talk to a node."""
    conditions = world.wires.conditions
    others = (each for each in world.nodes.values() if each.role not in PEOPLE)
    return [each for each in others if conditions.apart(each, node)]


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
    return STRATEGIES[name].placement == failover.PLACEMENT


def _has_elections(name: str) -> bool:
    """Whether a strategy has a leader that a majority must stand behind."""
    return STRATEGIES[name].placement == consensus.PLACEMENT
