"""Processes: many independent tasks shared among them, and their results in the order of the tasks.

Rule: who asks for one task after the other gets what one process would give. One pool serves one
experiment after the other; whatever cuts one short, by Ctrl-C or because enough is known, ends its
processes at once, and they end with the one that started them, whatever ended that.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from itertools import islice
from threading import Thread
from typing import Any, TypeVar

from oauth_model.strategies import STRATEGIES
from sim.properties import PROPERTIES

Answer = TypeVar("Answer")
Task = tuple[Any, ...]


class Warm:
    """The pool that is kept, while nobody has it, and what it was made for."""

    def __init__(self) -> None:
        self.pool: ProcessPoolExecutor | None = None
        self.made_for: tuple[Any, ...] = ()

    @contextmanager
    def lent(self, jobs: int) -> Iterator[ProcessPoolExecutor]:
        """A pool of so many processes, for one at a time; kept for the next unless that fails.

        Forked ones know what was registered when they were, so they are forked anew when that has
        changed.
        """
        forked = multiprocessing.get_start_method() == "fork"
        known = (*STRATEGIES.values(), *PROPERTIES.values()) if forked else ()
        if self.made_for != (jobs, forked, known):
            self.drop()
        pool, self.pool = self.pool, None
        pool = pool or ProcessPoolExecutor(jobs, initializer=begin_worker)
        try:
            yield pool
        except BaseException:
            _end(pool)
            raise
        self.drop()  # what somebody else has brought back meanwhile
        self.pool, self.made_for = pool, (jobs, forked, known)

    def drop(self) -> None:
        """End the pool that is kept, if there is one, and its processes now."""
        if self.pool is not None:
            _end(self.pool)
            self.pool = None


def _end(pool: ProcessPoolExecutor) -> None:
    processes = list((pool._processes or {}).values())
    pool.shutdown(wait=False, cancel_futures=True)
    for process in processes:
        process.terminate()


#: The pool of this process.
WARM = Warm()


def in_order(
    work: Callable[..., Answer], tasks: Sequence[Task], jobs: int
) -> Generator[Answer, None, None]:
    """What `work(*task)` gives for each task, by so many processes."""
    if jobs == 1 or len(tasks) == 1:
        yield from (work(*task) for task in tasks)
        return
    with WARM.lent(jobs) as pool:
        yield from _some_ahead(pool, work, tasks, ahead=2 * jobs)


def _some_ahead(
    pool: ProcessPoolExecutor, work: Callable[..., Answer], tasks: Iterable[Task], ahead: int
) -> Iterator[Answer]:
    """Results in the order of their tasks, with no more than so many tasks handed out at a time."""
    rest = iter(tasks)
    waiting: deque[Future[Answer]] = deque(pool.submit(work, *t) for t in islice(rest, ahead))
    while waiting:
        answer = waiting.popleft().result()
        waiting.extend(pool.submit(work, *task) for task in islice(rest, 1))
        yield answer


def begin_worker() -> None:
    """In a worker: Ctrl-C is for who started it to deal with, and it ends with that process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
