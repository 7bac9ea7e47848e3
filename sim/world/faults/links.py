"""Faults of links: who can no longer talk to whom, or only later."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from itertools import combinations
from math import ceil
from typing import NamedTuple

from sim.scenario_faults import LinkFault
from sim.scenario_world import Partition
from sim.world.conditions import Way
from sim.world.faults.occurrence import Occurrence

#: kind of fault → what its rows call its beginning and its end.
ACTIONS = {"partition": ("cut", "heal"), "clog": ("clog", "unclog")}
EVERYONE_ELSE = "*"


class Split(NamedTuple):
    """Sides that come apart; one way, only what the first sends to the second does not arrive.

    `said`: what the trace calls the sides.
    """

    sides: tuple[tuple[str, ...], ...]
    one_way: bool
    said: tuple[str, ...]

    def ways(self) -> Iterator[Way]:
        """Every way that is affected."""
        for here, there in combinations(self.sides, 2):
            for a in here:
                for b in there:
                    yield a, b
                    if not self.one_way:
                        yield b, a


def cut(at: Occurrence, part: Partition) -> Callable[[], None]:
    """A partition between two sides that are named."""
    a, b = part.between
    return stand(at, "partition", [Split(((a,), (b,)), part.one_way, (a, b))])


def disturb(at: Occurrence, part: LinkFault) -> Callable[[], None]:
    """A partition or a clog between sides that may be drawn."""
    named, nodes = at.units(part.among or at.world.scenario.regions), at.world.nodes
    units = [at.serving(unit).name if unit in nodes else unit for unit in named]
    if part.target == "ring":
        return stand(at, part.fault, list(_ring(at.shuffled(units, len(units)))))
    if part.target == "all" and part.apart_from == "others":
        return stand(at, part.fault, [_split(tuple((unit,) for unit in units))])
    chosen = tuple(at.chosen(units, part.target))
    rest = tuple(unit for unit in units if unit not in chosen)
    split = _split((chosen, rest))
    if part.apart_from == "everyone":
        inside = {node.name for unit in chosen for node in at.at(unit)}
        outside = tuple(name for name in at.world.nodes if name not in inside)
        names = tuple(name for name in at.world.nodes if name in inside)
        split = Split((names, outside), one_way=False, said=("+".join(chosen), EVERYONE_ELSE))
    if part.direction != "both":
        way = 1 if part.direction == "out" else -1
        split = Split(split.sides[::way], one_way=True, said=split.said[::way])
    return stand(at, part.fault, [split])


def _split(sides: tuple[tuple[str, ...], ...]) -> Split:
    return Split(sides, one_way=False, said=tuple("+".join(side) for side in sides))


def _ring(units: list[str]) -> Iterator[Split]:
    """Each sees its neighbours, so many to both sides that together they are a majority."""
    count = len(units)
    reach = ceil(count // 2 / 2)
    for (i, a), (j, b) in combinations(enumerate(units), 2):
        if min(j - i, count - j + i) > reach:
            yield _split(((a,), (b,)))


def stand(at: Occurrence, kind: str, splits: list[Split]) -> Callable[[], None]:
    """Have sides come apart; what is returned brings them together."""
    conditions, (begins, ends) = at.world.wires.conditions, ACTIONS[kind]
    ways = Counter(way for split in splits for way in split.ways())
    splits = [split for split in splits if all(split.sides) and len(split.sides) > 1]
    standing = conditions.cuts if kind == "partition" else conditions.clogs

    def tell(action: str) -> None:
        for split in splits:
            at.tell(action, between=list(split.said), one_way=split.one_way)

    def end() -> None:
        standing.subtract(ways)
        for way in [way for way in ways if not standing[way]]:
            del standing[way]
        conditions.standing -= 1
        tell(ends)
        at.world.wires.unclog()

    standing.update(ways)
    conditions.standing += 1
    tell(begins)
    return end
