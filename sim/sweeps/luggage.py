"""What travels with a replication to the process that makes it: classes of the user's own.

Rule: a forked process has them from its parent; any other gets them packed by value (cloudpickle),
also those of a notebook's cell, and has them for that one replication only. Every process must run
the same code of ours as the one that asks.
"""

from __future__ import annotations

import pickle
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from functools import lru_cache
from itertools import chain
from threading import RLock

from sim.experiments import Run, run_once
from sim.scenario import Scenario
from sim.sweeps.code import REGISTRIES, Own, code_digest
from sim.sweeps.errors import SweepError

#: Held while luggage is unpacked: a process has one registry for all of its threads.
ONE_AT_A_TIME = RLock()
NOTHING = b""


def carry_out(scenario: Scenario, seed: int, code: str, luggage: bytes = NOTHING) -> Run:
    """One replication, in whatever process this is.

    `code` is the `code_digest` of who asks. Raises SweepError where it is another one.
    """
    if code_digest() != code:
        raise SweepError(
            "a worker runs another version of tokenrace, or of Python or a library that it rests "
            "on, than the one that asks; install the same on both"
        )
    with unpacked(luggage) if luggage else nullcontext():
        return run_once(scenario, seed)


def packed(own: Own) -> bytes:
    """Classes by value; nothing when there are none. Raises SweepError where that cannot be."""
    if not any(own):
        return NOTHING
    names = ", ".join(chain(*own))
    try:
        import cloudpickle
    except ImportError:
        raise SweepError(
            f"{names}: cannot get to processes that were not forked without "
            "cloudpickle; pip install 'tokenrace[dask]', or use one process (jobs 1)"
        ) from None
    modules = {sys.modules[cls.__module__] for each in own for cls in each.values()}
    by_value = [module for module in modules if module.__name__ != "__main__"]
    for module in by_value:
        cloudpickle.register_pickle_by_value(module)
    try:
        return bytes(cloudpickle.dumps(tuple(own)))
    except Exception as error:  # whatever an object says that cannot be packed
        raise SweepError(
            f"{names}: cannot be sent to another process ({error}); use one process "
            "(jobs 1), or make what cannot be sent where it is used"
        ) from error
    finally:
        for module in by_value:
            cloudpickle.unregister_pickle_by_value(module)


@contextmanager
def unpacked(luggage: bytes) -> Iterator[None]:
    """The registries with these classes in them."""
    with ONE_AT_A_TIME:
        before = [dict(registry) for registry in REGISTRIES]
        _enter(_classes(luggage))
        try:
            yield
        finally:
            for registry in REGISTRIES:
                registry.clear()
            _enter(before)


def _enter(classes: Own) -> None:
    for registry, each in zip(REGISTRIES, classes, strict=True):
        registry.update(each)


@lru_cache(maxsize=8)
def _classes(luggage: bytes) -> Own:
    """What is in it; the same classes each time."""
    found: Own = pickle.loads(luggage)
    return found
