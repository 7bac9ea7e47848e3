"""Quorums by their numbers alone: the slowest of several answers, and a look at the wrong members.

Rule: strategy, members and wires are those of every run (`sim.validation.bare`).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from sim import theory
from sim.scenario import Scenario
from sim.validation.bare import Presentations
from sim.validation.checks import Expected, Experiment, samples
from sim.validation.evidence import Evidence, Share
from sim.validation.worlds import constant, race, uniform

Found = Mapping[str, Evidence]
FAST_MS, SLOW_MS = 1.0, 100.0
#: How long a record is on its way at most, and a look: too short for the record to get further.
WAY_MS, LOOK_MS = 10_000.0, 0.1


def _slowest(members: int, slow: float, n: int, seed: int) -> Found:
    parts = [
        {"weight": 1 - slow, "of": constant(FAST_MS)},
        {"weight": slow, "of": constant(SLOW_MS)},
    ]
    at_once = constant(0)
    legs = {"write": at_once, "ack": at_once, "response": at_once}
    legs["read"] = {"distribution": "mixture", "parts": parts}
    scenario = _members(members, seed, legs, reads=members, writes=1)
    found = Presentations(scenario, writer="home", reader="home").run(n)
    return {"slow": Share(sum(each > FAST_MS for each in found.look_ms), n)}


def slowest(members: int, slow: float) -> Experiment:
    """A look that waits for all members is slow as soon as one of them is."""
    p = theory.any_slow(slow, members)
    expected = {"slow": Expected(p, f"looks at {members} members of which one is slow")}
    name = f"slowest_of_{members}"
    return Experiment(name, lambda: expected, samples(p), partial(_slowest, members, slow))


def _missed(sizes: tuple[int, int, int], n: int, seed: int) -> Found:
    members, reads, writes = sizes
    at_once = constant(0)
    legs = {"write": uniform(WAY_MS), "ack": at_once, "read": uniform(LOOK_MS), "response": at_once}
    scenario = _members(members, seed, legs, reads=reads, writes=writes)
    found = Presentations(scenario, (0.0,), writer="home", reader="home").run(n)
    return {"stale": Share(found.again[0], n)}


def missed(members: int, reads: int, writes: int) -> Experiment:
    """A look that meets none of the members that a write has reached: all of them at random."""
    p = theory.missed(members, reads, writes)
    expected = {"stale": Expected(p, f"looks at {reads} of {members} after a write to {writes}")}
    sizes = members, reads, writes
    name = f"missed_r{reads}_w{writes}_of_{members}"
    return Experiment(name, lambda: expected, samples(p), partial(_missed, sizes))


def _members(members: int, seed: int, legs: Any, **sizes: int) -> Scenario:
    return race(
        "quorums",
        seed,
        1,
        ["home"],
        {},
        strategy="quorum",
        stores={"members": ["home"] * members, "timeout_ms": 20_000.0, "legs": legs},
        strategy_settings=sizes,
    )


EXPERIMENTS = (
    slowest(3, 0.1),
    slowest(10, 0.02),
    missed(3, 1, 1),
    missed(3, 1, 2),
    missed(5, 2, 2),
)
