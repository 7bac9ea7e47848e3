"""Sampling: schedules that are drawn, where there are too many to look at each.

Rule: what was drawn is told only when the timed world repeats it and none of its deviations can be
left out; and no number of draws is a proof.

`random` draws every choice evenly. `pct` draws a priority for each chain of events and lets the
highest go on, until at one of a few steps, drawn too, it falls behind all others (Burckhardt,
Kothari, Musuvathi and Nagarakatte, ASPLOS 2010, with chains for threads): a violation of depth d,
one that needs d steps to come in a certain order whatever the others do, is found with probability
1/(n k^(d-1)) or more, of n chains and k steps.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from random import Random

from sim.choices import Seeded
from sim.exploration.answers import Counterexample, Drawn, Exploration, Interrupted
from sim.exploration.bounds import USUAL_BOUNDS, Bounds
from sim.exploration.events import Event
from sim.exploration.execution import Execution, Executor
from sim.exploration.explore import explored, prepared, sometimes
from sim.exploration.history import History
from sim.exploration.judging import Judge
from sim.exploration.schedule import Deviation, Schedule
from sim.exploration.search import Progress
from sim.exploration.tape import Tape
from sim.scenario import Scenario

RANDOM, PCT = MODES = ("random", "pct")
#: How many orderings a violation may take for `pct` to promise anything: a lost response and the
#: time-out before its retry's look at the store are two, one more step in between is three.
DEPTH = 3


def sample(
    scenario: Scenario,
    properties: Iterable[str] | None = None,
    bounds: Bounds = USUAL_BOUNDS,
    mode: str = RANDOM,
    progress: Progress = lambda count: None,
) -> Exploration:
    """Look at as many schedules as the bounds say, drawn from the scenario's seed.

    Raises what `explore` raises, and ValueError for a mode that there is not.
    """
    if mode not in MODES:
        raise ValueError(f"mode {mode!r}; allowed: {', '.join(MODES)}")
    asked = explored(scenario, properties)
    sampler = _Sampler(prepared(scenario, bounds), asked, bounds, mode, progress)
    try:
        return sampler.answer()
    except KeyboardInterrupt as stopped:
        raise Interrupted(replace(sampler.told(None), interrupted=True)) from stopped


class Priorities(Tape):
    """Choices that are drawn, and an order by the priorities of chains.

    What a step brings about first goes on with its chain; anything else begins one. `falls`: the
    steps before which the highest chain falls, and how low.
    """

    def __init__(self, faults: int, random: Random, most_steps: int) -> None:
        super().__init__({}, faults, random)
        self.ranks = _ranks(random)
        places = [random.randint(1, most_steps) for _ in range(DEPTH - 1)]
        self.falls = {place: low / DEPTH for low, place in enumerate(places, 1)}
        self.priority: list[float] = []  #: of each chain; those that have fallen are below 1
        self.chain: dict[Event, int] = {}
        self.continued: set[int] = set()

    def next(self, last: str, enabled: Sequence[Event], history: History) -> Event:
        """What goes on with the highest chain."""
        for event in enabled:
            if event not in self.chain:
                self.chain[event] = self._chain(event, history)
        if (low := self.falls.pop(len(history.steps), None)) is not None:
            self.priority[self.chain[max(enabled, key=self._rank)]] = low
        chosen = max(enabled, key=self._rank)
        if chosen is not enabled[0]:
            self.departed.append(Deviation(f"after {last}", chosen.key))
        return chosen

    def _rank(self, event: Event) -> float:
        return self.priority[self.chain[event]]

    def _chain(self, event: Event, history: History) -> int:
        cause = history.steps[event.created - 1].event if event.created else None
        if cause in self.chain and event.created not in self.continued and not event.strikes:
            self.continued.add(event.created)
            return self.chain[cause]
        self.priority.append(next(self.ranks))
        return len(self.priority) - 1


def _ranks(random: Random) -> Iterator[float]:
    while True:
        yield 1 + random.random()


class _Sampler:
    def __init__(
        self,
        scenario: Scenario,
        properties: tuple[str, ...],
        bounds: Bounds,
        mode: str,
        progress: Progress,
    ) -> None:
        self.scenario, self.properties, self.bounds = scenario, properties, bounds
        self.executor = Executor(scenario, properties, bounds)
        self.mode, self.progress = mode, progress
        self.judge = Judge(self.executor)
        self.drawn = self.cut = self.chains = 0
        self.steps = 1
        self.seen: set[str] = set()

    def answer(self) -> Exploration:
        """Schedule after schedule, until one violates a property or there were enough."""
        self._look(self.executor.run(Schedule()))  # says how many steps there are
        while self.drawn < self.bounds.schedules:
            tape = self._tape()
            run = self.executor.run(Schedule(), tape=tape)
            self.drawn += 1
            self._look(run)
            self.progress(self.drawn)
            if isinstance(tape, Priorities):
                self.chains = max(self.chains, len(tape.priority))
            if (found := self.judge.shrunk(run)) is not None:
                return self.told(found)
        return self.told(None)

    def _tape(self) -> Tape:
        random = Seeded(self.scenario.seed).generator(self.mode, self.drawn)
        if self.mode == PCT:
            return Priorities(self.bounds.faults, random, self.steps)
        return Tape({}, self.bounds.faults, random)

    def _look(self, run: Execution) -> None:
        self.cut += run.env.cut
        self.steps = max(self.steps, len(run.env.history.steps))
        self.seen.update(sometimes(run.rows))

    def told(self, found: Counterexample | None) -> Exploration:
        """What can be said of the draws so far."""
        drawn = Drawn(self.mode, self.drawn, self.scenario.seed)
        if self.mode == PCT:
            drawn = drawn._replace(chains=self.chains, steps=self.steps, depth=DEPTH)
        return Exploration(
            strategy=self.scenario.strategy,
            properties=self.properties,
            bounds=self.bounds,
            counterexample=found,
            levels=(),
            proof=0,
            unrealisable=self.judge.unrealisable,
            cut=self.cut,
            exhausted=False,
            seen=frozenset(self.seen),
            drawn=drawn,
            unconfirmed=self.judge.unconfirmed,
        )
