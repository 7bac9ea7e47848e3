"""Faults on a schedule: a process that cuts links and heals them again (Jepsen's nemesis)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator
from typing import Any

from sim.clocks import microseconds
from sim.scenario_world import Partition
from sim.trace import Row
from sim.world.world import World


def schedule(world: World, partitions: tuple[Partition, ...]) -> None:
    """Start a process for each partition of the scenario."""
    for partition in partitions:
        world.env.process(_cut_and_heal(world, partition))


def _cut_and_heal(world: World, partition: Partition) -> Generator[Any, None, None]:
    a, b = partition.between
    cut = Counter([(a, b)] if partition.one_way else [(a, b), (b, a)])
    detail = {"between": [a, b], "one_way": partition.one_way}
    from_us, until_us = microseconds(partition.from_s), microseconds(partition.until_s)
    yield world.env.timeout(from_us)
    world.wires.cuts += cut
    world.recorder.sink(Row(from_us, "fault", "", detail={"action": "cut"} | detail))
    yield world.env.timeout(until_us - from_us)
    world.wires.cuts -= cut
    world.recorder.sink(Row(until_us, "fault", "", detail={"action": "heal"} | detail))
