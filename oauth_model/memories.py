"""Kinds of memory that a store may keep its one-time keys in, by name (`MEMORIES`).

Rule: a memory answers verbs like `replay.ReplayStore`, and nothing else of a strategy depends on
which kind it is.
"""

from __future__ import annotations

from collections.abc import Callable
from math import inf

from oauth_model.acceptors import Acceptors
from oauth_model.bounded import BoundedStore
from oauth_model.filters import CuckooFilter, SlidingBloomFilter
from oauth_model.flows import StoreCall
from oauth_model.numbered import NumberedWindow
from oauth_model.replay import Memory, ReplayStore, StoreAnswer
from oauth_model.strategies.settings import DEFAULTS, Settings

#: Makes a memory: the dials that strategies share, and since when it records → the memory.
MakeMemory = Callable[[Settings, float], Memory]

MEMORIES: dict[str, MakeMemory] = {
    "records": lambda settings, since_s: ReplayStore(since_s),
    "bounded": lambda settings, since_s: BoundedStore(
        settings.capacity, settings.when_full, since_s
    ),
    "sliding_bloom": lambda settings, since_s: SlidingBloomFilter(*settings.sizing, since_s),
    "cuckoo": lambda settings, since_s: CuckooFilter(*settings.sizing, since_s),
    "numbered": lambda settings, since_s: NumberedWindow(settings.window_bits, since_s),
    "acceptors": lambda settings, since_s: Acceptors(since_s),
}


class Shelf:
    """What one store keeps: a memory of each kind that it was asked for, made at the first call.

    `size_bytes` and `len` are over all of them.
    """

    def __init__(self, settings: Settings = DEFAULTS, since_s: float = -inf) -> None:
        self._settings, self.since_s = settings, since_s
        self.memories: dict[str, Memory] = {}

    def apply(self, call: StoreCall, now_s: float) -> StoreAnswer:
        """Have the memory that the call names carry it out. Raises KeyError for an unknown kind."""
        memory = self.memories.get(call.memory)
        if memory is None:
            memory = MEMORIES[call.memory](self._settings, self.since_s)
            self.memories[call.memory] = memory
        return memory.apply(call, now_s)

    def begin_anew(self, since_s: float) -> None:
        """Be believed only of what comes from now on, because something may be missing."""
        self.since_s = since_s
        for memory in self.memories.values():
            memory.since_s = since_s

    def size_bytes(self) -> int:
        """How much room all entries take."""
        return sum(memory.size_bytes() for memory in self.memories.values())

    def __len__(self) -> int:
        return sum(len(memory) for memory in self.memories.values())
