"""What faults have made of the network at this moment: what is cut or clogged, who is down or slow.

Rule: everything is decided when a message would arrive, but for slowness, which is in the way.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from random import Random
from typing import TYPE_CHECKING, Any, NamedTuple

from sim.choices import Cause, Choices, Copy, Fate, Law
from sim.clocks import US_PER_MS
from sim.scenario_faults import Slow

if TYPE_CHECKING:
    from sim.world.node import Node

#: From where to where, each a region or a node.
Way = tuple[str, str]


class Conditions:
    """Counted, for faults overlap: a link is whole again when all that cut it have healed.

    `standing`: how many faults stand; while there are none, nobody needs to look at the rest.
    """

    def __init__(self) -> None:
        self.standing = 0
        self.cuts: Counter[Way] = Counter()
        self.clogs: Counter[Way] = Counter()
        self.down: Counter[Node] = Counter()
        self.slow: dict[Node, list[Slowness]] = {}
        self.held: list[Any] = []  #: messages at a clog, in the order in which they came to it

    def stops(self, envelope: Any) -> str:
        """Why a message does not arrive: "clog" (it is held), "partition", "crash"; "" if it does.

        A clog is in the network, so what waits there meets the rest when it goes on.
        """
        source, target = envelope.link.source, envelope.link.target
        if self.clogs and _between(self.clogs, source, target):
            self.held.append(envelope)
            return "clog"
        if self.cuts and _between(self.cuts, source, target):
            return "partition"
        return "crash" if target in self.down else ""

    def apart(self, a: Node, b: Node) -> bool:
        """Whether two nodes cannot talk now: one is down, or a way between them cut or clogged."""
        if a in self.down or b in self.down:
            return True
        ways = (*self.cuts, *self.clogs)
        return a is not b and (_between(ways, a, b) or _between(ways, b, a))

    def release(self) -> list[Any]:
        """Everything that is held; what is still clogged will come back."""
        held, self.held = self.held, []
        return held

    def slower(self, source: Node, target: Node, law: Law, cause: Cause, fate: Fate) -> Fate:
        """A fate on a way from or to nodes that are slow: as the slower of its two ends has it."""
        ends = [
            [(each.factor, each.extra_us(law, cause)) for each in self.slow.get(node, ())]
            for node in (source, target)
        ]
        return tuple(
            copy._replace(delay_us=max(_slowed(copy.delay_us, end) for end in ends))
            for copy in fate
        )


class Slowness(NamedTuple):
    """How slow a node is: everything takes `factor` as long, and what is drawn comes on top."""

    name: str
    factor: float
    draw: Callable[[Random], Fate]
    choices: Choices

    @classmethod
    def of(cls, part: Slow, name: str, choices: Choices) -> Slowness:
        """As a scenario describes it; `name` is the fault's."""
        extra_ms = part.extra.sampler()

        def draw(random: Random) -> Fate:
            return (Copy(int(extra_ms(random) * US_PER_MS + 0.5), 0),)

        return cls(name, part.factor, draw, choices)

    def extra_us(self, law: Law, cause: Cause) -> int:
        """What a message on a link gains, drawn apart from its fate."""
        return self.choices.fate(Law(f"{self.name} {law.name}", self.draw), cause)[0].delay_us


def _slowed(delay_us: int, end: list[tuple[float, int]]) -> int:
    for factor, extra_us in end:
        delay_us = int(delay_us * factor + 0.5) + extra_us
    return delay_us


def _between(ways: Iterable[Way], source: Node, target: Node) -> bool:
    return any(
        (a, b) in ways for a in (source.region, source.name) for b in (target.region, target.name)
    )
