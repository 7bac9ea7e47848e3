"""Quorums without latencies: the slowest of several answers, and the versions that a look misses.

Rule: strategy, members and wires are those of every run (`sim.validation.bare`).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from oauth_model.flows import OneTimeKey
from oauth_model.strategies import First, Outcome, Use
from sim import theory
from sim.clocks import EPOCH_S, US_PER_S
from sim.scenario_files import vary
from sim.validation.bare import LIFETIME_S, Presentations
from sim.validation.checks import Expected, Experiment, samples
from sim.validation.evidence import Evidence, Share
from sim.validation.worlds import constant, race, uniform
from sim.world.jobs import Job

Found = Mapping[str, Evidence]
FAST_MS, SLOW_MS = 1.0, 100.0
#: A record is anywhere up to this on its way, a look so short that it moves no further meanwhile.
WAY_MS, LOOK_MS = 1e7, 1.0


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


class Again(Presentations):
    """Each key presented as often as it is accepted, each time as soon as that is known.

    `times[i]`: how many keys were accepted more than i times.
    """

    def __init__(self, *given: object, most: int, **more: object) -> None:
        super().__init__(*given, **more)  # type: ignore[arg-type]  # handed on as they are
        self.times, self.most = [0] * most, most

    def _first(self, number: int) -> None:
        until_s = EPOCH_S + self.env.now_us / US_PER_S + LIFETIME_S
        self._present(number, Use(OneTimeKey("access_token", "validation", "", str(number)), until_s))

    def _present(self, number: int, use: Use, before: int = 0) -> None:
        def ended(job: Job, outcome: Outcome) -> None:
            if isinstance(outcome, First):
                self.times[before] += 1
                if before + 1 < self.most:
                    self._present(number, use, before + 1)

        self._begin("writer", use, lambda flow: flow, ended, number, before)


def _versions(sizes: tuple[int, int, int], most: int, n: int, seed: int) -> Found:
    members, reads, writes = sizes
    at_once = constant(0)
    legs = {"write": uniform(WAY_MS), "ack": at_once, "read": uniform(LOOK_MS), "response": at_once}
    scenario = _members(members, seed, legs, reads=reads, writes=writes)
    found = Again(scenario, writer="home", reader="home", most=most + 1).run(n)
    return {
        f"after_{k}": Share(found.times[k], found.times[k - 1]) for k in range(1, most + 1)
    }
