"""More replications, one at a time, while nobody asks the kernel for anything else.

Rule: what is on screen already is never kept waiting: between two runs the kernel sees whether a
control was moved. What was stopped shows nothing any more, not even the run that it was in: a
kernel hears of controls in other threads than that of its cells. Without an event loop (a script, a
test) nothing is filled.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from threading import RLock

from sim.experiments import Result, replication_seed, run_once
from sim.lab.collector import uncollected

#: Long enough for a message of the front end to come in between.
PAUSE_S = 0.01
#: Who moves a control often moves it again.
SETTLED_S = 0.25


class Filling:
    """Adds rounds of replications to results; `show` is called with them after each round."""

    def __init__(self, show: Callable[[Sequence[Result]], None]) -> None:
        self._show = show
        self._showing = RLock()
        self._wanted: Sequence[Result] | None = None
        self._task: asyncio.Task[None] | None = None  # or nobody would hold it

    def begin(self, results: Sequence[Result], rounds: int) -> None:
        """Drop what was being filled, and fill these until each has so many replications."""
        self.stop()
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return
        self._wanted = results
        self._task = loop.create_task(self._fill(results, rounds))

    def stop(self) -> None:
        """Drop what was being filled."""
        with self._showing:
            self._wanted = None

    async def _fill(self, results: Sequence[Result], rounds: int) -> None:
        await asyncio.sleep(SETTLED_S)
        for index in range(results[0].replications, rounds):
            for result in results:
                await asyncio.sleep(PAUSE_S)
                if self._wanted is not results:
                    return
                seed = replication_seed(result.scenario.seed, index)
                with uncollected():  # or the collector runs while the run still holds all it made
                    result.add(run_once(result.scenario, seed))
            with self._showing:
                if self._wanted is not results:
                    return
                self._show(results)
