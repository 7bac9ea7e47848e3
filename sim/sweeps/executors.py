"""Executors: who makes the replications. This process, processes that stay, or a Dask cluster.

Rule: all are `concurrent.futures` executors to who uses them, and nobody can tell from the results
which one it was. The pool of processes is the one that every experiment has (`sim.processes`).
"""

from __future__ import annotations

import asyncio
import multiprocessing
import struct
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import (
    FIRST_COMPLETED,
    BrokenExecutor,
    CancelledError,
    Executor,
    Future,
    wait,
)
from contextlib import contextmanager
from itertools import islice
from typing import Any, NamedTuple, TypeVar

from sim.processes import WARM
from sim.sweeps.code import Own
from sim.sweeps.errors import SweepError
from sim.sweeps.luggage import NOTHING, packed

Answer = TypeVar("Answer")
Task = tuple[Any, ...]
#: Tasks that a cluster has at a time, at least: enough for it to see that it should grow.
AHEAD_ON_DASK = 256
AHEAD_OF_A_THREAD = 4
#: Tasks that are given before it is looked which have finished.
HANDFUL = 16
PATIENCE_S = 5  #: for a scheduler to answer
GO_ON = "what was finished is kept: ask again to go on"


class Hands(NamedTuple):
    """An executor, how many tasks it should be given at a time, and what must go with each."""

    executor: Executor
    ahead: int
    luggage: bytes = NOTHING


class Here(Executor):
    """This process, one task after the other. An error or an interrupt is raised at once."""

    def submit(self, work: Callable[..., Answer], /, *task: Any, **named: Any) -> Future[Answer]:
        """The answer, which is there already."""
        future: Future[Answer] = Future()
        future.set_result(work(*task, **named))
        return future


@contextmanager
def processes(jobs: int, own: Own) -> Iterator[Hands]:
    """So many processes, or this one when it is one.

    Forked ones have own classes from this one; others are told with every task.
    """
    if jobs == 1:
        yield Hands(Here(), 1)
        return
    luggage = NOTHING if multiprocessing.get_start_method() == "fork" else packed(own)
    try:
        with WARM.lent(jobs) as pool:
            yield Hands(pool, 2 * jobs, luggage)
    except BrokenExecutor as error:
        raise SweepError(f"jobs {jobs}: a process died, perhaps of memory; {GO_ON}") from error


@contextmanager
def on_dask(client: Any, own: Own) -> Iterator[Hands]:
    """The workers of a `distributed.Client`; tasks of workers that die are given to others."""
    from distributed import KilledWorker

    executor = client.get_executor(pure=False)
    try:
        threads = sum(client.nthreads().values())
        yield Hands(executor, max(AHEAD_ON_DASK, AHEAD_OF_A_THREAD * threads), packed(own))
    except KilledWorker as error:
        raise SweepError(
            f"dask: one replication was the end of several workers; {GO_ON}"
        ) from error
    except CancelledError as error:
        raise SweepError(f"dask: the scheduler has gone away; {GO_ON}") from error
    except ModuleNotFoundError as error:
        raise SweepError(f"dask: a worker has no {error.name}; install tokenrace there") from error
    finally:
        executor.shutdown(wait=False)


@contextmanager
def connected(address: str) -> Iterator[Any]:
    """A client of the Dask scheduler at this address. Raises SweepError when none answers."""
    try:
        from distributed import Client
    except ImportError:
        raise SweepError(
            f"dask {address}: needs distributed; pip install 'tokenrace[dask]'"
        ) from None
    try:
        asyncio.run(_knock(address))
        client = Client(  # type: ignore[no-untyped-call]  # distributed tells some of its types
            address, timeout=PATIENCE_S, set_as_default=False
        )
    except (OSError, ValueError) as error:
        said = f"dask {address}: no scheduler answers there ({error})"
        raise SweepError(f"{said}; write it as tcp://HOST:PORT") from error
    with client:
        yield client


async def _knock(address: str) -> None:
    """Connect and leave again: a client that cannot connect takes long to end, and not quietly."""
    from distributed.comm.core import connect
    from distributed.security import Security

    ways = Security().get_connection_args("client")  # type: ignore[no-untyped-call]
    try:
        link = await asyncio.wait_for(
            connect(address, timeout=PATIENCE_S, **ways),  # type: ignore[no-untyped-call]
            2 * PATIENCE_S,  # it does not limit how long it waits for the first words
        )
    except (TimeoutError, MemoryError, struct.error):  # lengths are taken from whatever comes
        raise OSError("whoever listens there does not speak as Dask does") from None
    link.abort()


def as_they_finish(
    hands: Hands, work: Callable[..., Answer], tasks: Iterable[Task]
) -> Iterator[tuple[int, Answer]]:
    """The number of each task and its answer, in the order in which they come."""
    rest, waiting = enumerate(tasks), dict[Future[Answer], int]()
    while True:
        given = list(islice(rest, min(HANDFUL, hands.ahead - len(waiting))))
        for number, task in given:
            waiting[hands.executor.submit(work, *task)] = number
        if not waiting:
            return
        at_once = 0 if len(given) == HANDFUL else None  # there may be more to give
        done, _ = wait(waiting, at_once, return_when=FIRST_COMPLETED)
        for future in sorted(done, key=_failed):  # what has succeeded is not lost with what has not
            yield waiting.pop(future), future.result()


def _failed(future: Future[Any]) -> bool:
    return future.cancelled() or future.exception() is not None
