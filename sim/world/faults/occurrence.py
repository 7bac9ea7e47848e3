"""When a fault stands, and whom it hits this time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from random import Random
from typing import Any, NamedTuple

from sim.choices import Cause, Choices, Copy, Fate, Law
from sim.clocks import US_PER_MS, microseconds
from sim.distributions import Distribution
from sim.scenario_faults import NEWCOMER, Fault
from sim.scenario_world import Partition
from sim.trace import Row
from sim.world.node import Node
from sim.world.world import World

NEVER_US = 1 << 60  #: later than any instant of a run
#: A fault that is drawn lasts at least so long, and so does the pause before it.
LEAST_US = US_PER_MS


class Occurrence(NamedTuple):
    """The so-manieth time of the fault of this name."""

    world: World
    name: str
    number: int

    def tell(self, action: str, node: str = "", peer: str = "", **detail: Any) -> None:
        """The row of the trace that says what happened, and to whom."""
        detail = {"action": action} | detail
        self.world.recorder.sink(Row(self.world.env.now_us, "fault", node, peer, detail=detail))

    def nodes(self, names: Iterable[str], target: str, spares: tuple[str, ...] = ()) -> list[Node]:
        """The nodes that are hit: of the names, so many as `target` says."""
        units = self.chosen(self.units(names, spares), target)
        return list(dict.fromkeys(node for unit in units for node in self.at(unit, spares)))

    def units(self, names: Iterable[str], spares: tuple[str, ...] = ()) -> list[str]:
        """What one of `names` is: a node, a region as a whole, or each node of a party."""
        world, found = self.world, list[str]()
        for name in names:
            if name in world.nodes or name in world.scenario.regions:
                found.append(name)
            else:
                found += [n.name for n in world.nodes.values() if _of(n, name)]
        return [unit for unit in dict.fromkeys(found) if self.at(unit, spares)]

    def at(self, unit: str, spares: tuple[str, ...] = ()) -> list[Node]:
        """The nodes of a unit: itself, or all in that region."""
        nodes = self.world.nodes
        here = [n for n in nodes.values() if n.region == unit]
        there = [self.serving(unit)] if unit in nodes else here
        return [node for node in there if node.role not in spares]

    def serving(self, name: str) -> Node:
        """The node that answers under a node's name: for a member that was replaced, another."""
        world = self.world
        return world.stores.get(store_name(name), world.nodes[name])

    def chosen(self, units: list[str], target: str) -> list[str]:
        """So many of them, drawn: `all`, `one`, a `minority` (at least one) or a `majority`."""
        if target == "all":
            return units
        count = len(units)
        wanted = {"one": 1, "minority": max(1, (count - 1) // 2), "majority": count // 2 + 1}
        drawn = self.shuffled(units, min(wanted[target], count))
        return [unit for unit in units if unit in drawn]

    def shuffled(self, units: Sequence[str], count: int) -> list[str]:
        """So many of them, in an order that is drawn."""
        left, drawn = list(units), list[str]()
        for place in range(count):
            cause = Cause(self.number, "nemesis", 0, place)
            drawn.append(self.world.choices.pick(f"{self.name} target", left, cause))
            left.remove(drawn[-1])
        return drawn


def store_name(node: str) -> str:
    """How strategies call the member that stands at this node (`strategies.member`)."""
    return node.replace("-", ":")


def _of(node: Node, party: str) -> bool:
    """Whether it is one of a party's; who only stands by is none."""
    return node.party == party and not node.name.startswith(NEWCOMER)


def spans(
    fault: Fault | Partition, name: str, choices: Choices, end_us: int
) -> Iterator[tuple[int, int]]:
    """From when until when it stands, each time; nothing of it is later than `end_us`."""
    until_us = end_us if fault.until_s is None else min(end_us, microseconds(fault.until_s))
    at_us = microseconds(fault.from_s)
    if isinstance(fault, Partition) or fault.every is None or fault.lasting is None:
        if at_us < until_us:
            yield at_us, until_us
        return
    pause, lasting = (
        _duration(f"{name} every", fault.every),
        _duration(f"{name} lasts", fault.lasting),
    )
    number = 0
    while True:
        cause = Cause(number, "nemesis", 0, 0)
        at_us += choices.fate(pause, cause)[0].delay_us
        if at_us >= until_us:
            return
        from_us, at_us = at_us, min(until_us, at_us + choices.fate(lasting, cause)[0].delay_us)
        yield from_us, at_us
        number += 1


def _duration(name: str, distribution: Distribution) -> Law:
    sample_ms = distribution.sampler()

    def draw(random: Random) -> Fate:
        return (Copy(max(LEAST_US, int(sample_ms(random) * US_PER_MS + 0.5)), 0),)

    return Law(name, draw)
