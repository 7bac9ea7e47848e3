"""Processes: many independent tasks shared among them, and their results in the order of the tasks.

Rule: who asks for one task after the other gets what one process would give. A generator that is
closed, by Ctrl-C or because enough is known, ends its processes.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from itertools import islice
from threading import Thread
from typing import Any, TypeVar

Answer = TypeVar("Answer")
Task = tuple[Any, ...]


def in_order(
    work: Callable[..., Answer], tasks: Sequence[Task], jobs: int
) -> Generator[Answer, None, None]:
    """What `work(*task)` gives for each task, by so many processes."""
    if jobs == 1 or len(tasks) == 1:
        yield from (work(*task) for task in tasks)
        return
    others = set(multiprocessing.active_children())
    with ProcessPoolExecutor(min(jobs, len(tasks)), initializer=begin_worker) as pool:
        try:
            yield from _some_ahead(pool, work, tasks, ahead=2 * jobs)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            for worker in set(multiprocessing.active_children()) - others:
                worker.terminate()
            raise


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
