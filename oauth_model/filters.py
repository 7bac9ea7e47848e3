"""Filters: memories that are much smaller than a list of keys and sometimes wrong, on one side.

Rule: a filter never forgets a key inside its window; now and then it says of a new key that it has
seen it. So a replay is never accepted, and an honest first use is refused (or challenged) at a rate
that was chosen beforehand, if no more keys come than it was sized for.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from hashlib import blake2b
from math import ceil, inf, log, log2

from oauth_model.flows import OneTimeKey, StoreCall
from oauth_model.replay import State, StoreAnswer

#: Of Facebook's fizz (SlidingBloomReplayCache): time buckets, and hashes of a key.
TIME_BUCKETS, HASHES = 12, 4
#: A cell of that filter is a word of 64 bits, one bit for each time bucket.
CELL_BYTES = 8
#: Entries of a bucket of a cuckoo filter (Fan, Andersen, Kaminsky and Mitzenmacher 2014).
SLOTS = 4
#: Share of its slots that such a filter can be filled to, and moves before it gives up.
FILL, MOST_MOVES = 0.95, 500


def words(key: OneTimeKey, count: int) -> list[int]:
    """So many independent 32-bit numbers that a key always gives."""
    digest = blake2b("\n".join(key).encode(), digest_size=4 * count).digest()
    return [int.from_bytes(digest[at : at + 4], "big") for at in range(0, 4 * count, 4)]


class _Filter(ABC):
    """What both filters have in common: the verbs of a deny-list, on a set that may be wrong."""

    def __init__(self, since_s: float) -> None:
        self.since_s, self.entries = since_s, 0

    def __len__(self) -> int:
        return self.entries

    def apply(self, call: StoreCall, now_s: float) -> StoreAnswer:
        """Carry out `look` or `insert`.

        Raises KeyError for any other verb: a filter can neither hold a lease nor be told to forget.
        """
        if call.operation not in ("look", "insert"):
            raise KeyError(call.operation)
        self.turn(now_s)
        age_s = now_s - self.since_s
        if self.seen(call.key):
            return StoreAnswer(False, State.USED, age_s=age_s)
        if call.operation == "look" or not self.add(call.key):
            return StoreAnswer(False, State.ABSENT, age_s=age_s)
        self.entries += 1
        return StoreAnswer(True, State.ABSENT, uses=1, age_s=age_s)

    @abstractmethod
    def turn(self, now_s: float) -> None:
        """Forget what is older than the window."""

    @abstractmethod
    def seen(self, key: OneTimeKey) -> bool:
        """Whether the key may have been added inside the window."""

    @abstractmethod
    def add(self, key: OneTimeKey) -> bool:
        """Add a key; false when there is no room."""

    @abstractmethod
    def size_bytes(self) -> int:
        """What it takes up."""


class SlidingBloomFilter(_Filter):
    """A Bloom filter for each slice of time; a key is looked for in all slices of the window.

    Each slice is sized for `false_positive_rate` p, as fizz does it: with all of them full the
    filter is wrong about 1 - (1 - p)^12, nearly twelve times as often as was asked for.
    """

    def __init__(
        self,
        keys_per_s: float,
        window_s: float,
        false_positive_rate: float,
        since_s: float = -inf,
    ) -> None:
        super().__init__(since_s)
        self.slice_s = window_s / (TIME_BUCKETS - 1)  # the present slice is not over yet
        filled = 1 - false_positive_rate ** (1 / HASHES)
        self.cells = max(1, ceil(-HASHES * keys_per_s * self.slice_s / log(filled)))
        self._slices: dict[int, tuple[bytearray, int]] = {}  #: slice → its bits, its entries
        self._now = 0

    def size_bytes(self) -> int:
        """A word for each cell, however few are set."""
        return self.cells * CELL_BYTES

    def turn(self, now_s: float) -> None:
        """Begin a new slice when its time has come, and drop the oldest."""
        self._now = int(now_s // self.slice_s)
        for old in [number for number in self._slices if number <= self._now - TIME_BUCKETS]:
            self.entries -= self._slices.pop(old)[1]

    def seen(self, key: OneTimeKey) -> bool:
        """Whether all cells of the key are set in one slice."""
        places = list(self._places(key))
        return any(all(bits[p] for p in places) for bits, _ in self._slices.values())

    def add(self, key: OneTimeKey) -> bool:
        """Set the key's cells in the present slice; there is always room."""
        bits, entries = self._slices.get(self._now) or (bytearray(self.cells), 0)
        for place in self._places(key):
            bits[place] = 1
        self._slices[self._now] = bits, entries + 1
        return True

    def _places(self, key: OneTimeKey) -> Iterator[int]:
        return (word % self.cells for word in words(key, HASHES))


class CuckooFilter(_Filter):
    """Fingerprints in buckets of four; each has two buckets to be in. Two generations, one window
    each, so that a key is remembered for at least one window and at most two.

    A fingerprint of f bits collides with probability at most 2 · 4 / 2^f in each generation. When
    no place is found the key is refused: fails closed.
    """

    def __init__(
        self,
        keys_per_s: float,
        window_s: float,
        false_positive_rate: float,
        since_s: float = -inf,
    ) -> None:
        super().__init__(since_s)
        self.window_s = window_s
        self.bits = max(2, ceil(log2(2 * 2 * SLOTS / false_positive_rate)))
        wanted = ceil(keys_per_s * window_s / (SLOTS * FILL))
        self.buckets = 1 << max(1, (wanted - 1).bit_length())  # the other bucket is found by XOR
        self._generations: dict[int, list[list[int]]] = {}
        self._now = 0

    def size_bytes(self) -> int:
        """Both generations, however full."""
        return 2 * self.buckets * SLOTS * self.bits // 8

    def turn(self, now_s: float) -> None:
        """Begin a new generation when a window is over, and drop the one before the last."""
        self._now = int(now_s // self.window_s)
        for old in [number for number in self._generations if number < self._now - 1]:
            self.entries -= sum(map(len, self._generations.pop(old)))

    def seen(self, key: OneTimeKey) -> bool:
        """Whether its fingerprint is in one of its buckets, in either generation."""
        mark, first, second = self._marks(key)
        return any(mark in t[first] or mark in t[second] for t in self._generations.values())

    def add(self, key: OneTimeKey) -> bool:
        """Put the fingerprint into one of its buckets, moving others out of the way."""
        table = self._generations.get(self._now)
        if table is None:
            table = self._generations[self._now] = [[] for _ in range(self.buckets)]
        mark, first, second = self._marks(key)
        for bucket in (first, second):
            if len(table[bucket]) < SLOTS:
                table[bucket].append(mark)
                return True
        return self._move(table, mark, first)

    def _move(self, table: list[list[int]], mark: int, bucket: int) -> bool:
        """Push a fingerprint in and another out, until one finds a place; undone if none does."""
        moves = []
        for number in range(MOST_MOVES):
            slot = number % SLOTS  # no chance is needed: which one goes is of no importance
            moves.append((bucket, slot, table[bucket][slot]))
            table[bucket][slot], mark = mark, table[bucket][slot]
            bucket = self._other(bucket, mark)
            if len(table[bucket]) < SLOTS:
                table[bucket].append(mark)
                return True
        for at, slot, before in reversed(moves):
            table[at][slot] = before
        return False

    def _marks(self, key: OneTimeKey) -> tuple[int, int, int]:
        place, word = words(key, 2)
        mark, first = word % ((1 << self.bits) - 1) + 1, place % self.buckets
        return mark, first, self._other(first, mark)

    def _other(self, bucket: int, mark: int) -> int:
        """Where else a fingerprint may be; the other way round it is the same sum."""
        return bucket ^ (mark * 0x5BD1E995 >> 3) % self.buckets
