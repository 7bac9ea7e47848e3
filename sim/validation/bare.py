"""A strategy alone at the stores of a world: no AS, no client, no request; only what it asks.

Rule: strategy, stores, wires, draws and timers are those of every run. A writer presents each key
for the first time; once that is acknowledged, a reader presents it so many ms later, at each of the
gaps asked for. A reader's presentation is stopped when it would write, since the next reader is to
meet what the writer wrote and nothing else: had it gone on, it would have been accepted.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from oauth_model.flows import Effect, Flow, Gather, OneTimeKey, StoreCall
from oauth_model.jose import Keys
from oauth_model.strategies import First, Outcome, Use
from sim import enforcers
from sim.choices import Choices, Seeded
from sim.clocks import EPOCH_S, US_PER_MS, US_PER_S
from sim.scenario import Scenario
from sim.trace import Row
from sim.world.jobs import Job
from sim.world.recorder import Recorder
from sim.world.simulation import Builder
from sim.world.timed import Happening, Timed
from sim.world.world import World

#: Between two first presentations: many are under way at once, and none meets another.
APART_US = 50 * US_PER_MS
#: A key is acceptable for so long after its first presentation.
LIFETIME_S = 100.0


class Presentations:
    """Keys presented by a writer and again by a reader, and what came of it.

    `look_ms`, `write_ms`: how long the first presentations took for each; `accepted`: how many of
    them were. `again[i]`: how many second presentations, `gaps_ms[i]` after the answer to the
    first, were about to be accepted.
    `writer`, `reader`: the regions that the two stand in. `choices`: where draws come from, if not
    from the scenario's seed.
    """

    def __init__(
        self,
        scenario: Scenario,
        gaps_ms: Sequence[float] = (),
        *,
        writer: str = "eu",
        reader: str = "eu",
        choices: Choices | None = None,
    ) -> None:
        self.scenario, self.gaps_ms = scenario, gaps_ms
        self.look_ms: list[float] = []
        self.write_ms: list[float] = []
        self.again, self.accepted = [0] * len(gaps_ms), 0
        self.env = Timed()
        recorder = Recorder(self.env, _nobody, full=False)
        self.world = World(scenario, self.env, choices or Seeded(scenario.seed), recorder)
        builder = Builder(self.world, Keys("symbolic", scenario.seed))
        builder.stores()
        self.places = {
            role: (
                builder.node(f"{role}-{region}-1", "rs", role),
                enforcers.strategy(scenario, scenario.strategy, region),
            )
            for role, region in (("writer", writer), ("reader", reader))
        }

    def run(self, keys: int) -> Presentations:
        """Present so many keys, each once and then again."""
        for number in range(keys):
            self.env.run(until=(number + 1) * APART_US)
            self._first(number)
        self.env.run(until=self.env.now_us + round(LIFETIME_S * US_PER_S))
        return self

    def _first(self, number: int) -> None:
        until_s = EPOCH_S + self.env.now_us / US_PER_S + LIFETIME_S
        use = Use(OneTimeKey("access_token", "validation", "", str(number)), until_s)

        def acknowledged(job: Job, outcome: Outcome) -> None:
            self.accepted += isinstance(outcome, First)
            for index, gap_ms in enumerate(self.gaps_ms):
                later = partial(self._second, number, use, index)
                self.env.after(round(gap_ms * US_PER_MS), Happening(later))

        self._begin("writer", use, self._watched, acknowledged, number, 0)

    def _second(self, number: int, use: Use, index: int, _: Any) -> None:
        def decided(job: Job, outcome: Outcome) -> None:
            self.again[index] += isinstance(outcome, First)

        self._begin("reader", use, _until_it_writes, decided, number, index)

    def _begin(
        self,
        role: str,
        use: Use,
        around: Callable[[Flow[Outcome]], Flow[Outcome]],
        ended: Callable[[Job, Any], None],
        number: int,
        attempt: int,
    ) -> None:
        node, strategy = self.places[role]
        Job(self.world, node, around(strategy.begin(use)), ended, number, role, attempt).resume(
            None
        )

    def _watched(self, flow: Flow[Outcome]) -> Flow[Outcome]:
        """The flow, its asking timed."""
        effect = next(flow)
        while True:
            begun_us = self.env.now_us
            answer = yield effect
            taken = self.write_ms if _writes(effect) else self.look_ms
            taken.append((self.env.now_us - begun_us) / US_PER_MS)
            try:
                effect = flow.send(answer)
            except StopIteration as stop:
                outcome: Outcome = stop.value
                return outcome


def _until_it_writes(flow: Flow[Outcome]) -> Flow[Outcome]:
    """The flow's outcome; First as soon as it would write."""
    effect = next(flow)
    while not _writes(effect):
        answer = yield effect
        try:
            effect = flow.send(answer)
        except StopIteration as stop:
            outcome: Outcome = stop.value
            return outcome
    return First()


def _writes(effect: Effect) -> bool:
    calls = effect.calls if isinstance(effect, Gather) else (effect,)
    return any(isinstance(call, StoreCall) and call.operation != "look" for call in calls)


def _nobody(row: Row) -> None:
    pass
