"""A window of numbers: keys that count up need no list, only the highest seen and what came late.

Rule: one record for each (kind, issuer, context), whatever the number of keys: the highest number,
and a bitmap of it and the `width` below (the anti-replay window of RFC 4303 3.4.3). One number is
one intention; `EACH` keys may be issued for it, so it takes that many bits.
"""

from __future__ import annotations

import re
from math import inf

from oauth_model.flows import OneTimeKey, StoreCall
from oauth_model.replay import State, StoreAnswer

#: An identifier that counts: whose it is (one intention after the other), and which of theirs.
COUNTING = re.compile(r"(\d+)(?:\.(\d+))?$")
#: At most so many keys are issued for one intention; further ones are refused.
EACH = 16
#: A number of 64 bits beside the bitmap.
HIGHEST_BYTES = 8


def number_of(key: OneTimeKey) -> int | None:
    """The number in a key's identifier; None for one that does not count."""
    found = COUNTING.search(key.id)
    if found is None:
        return None
    whose, which = int(found[1]), int(found[2] or 0)
    return whose * EACH + which if which < EACH else None


class NumberedWindow:
    """The highest number for each context, and which keys of it and the `width` below were used."""

    def __init__(self, width: int, since_s: float = -inf) -> None:
        self.width, self.since_s = width, since_s
        self._windows: dict[tuple[str, str, str], tuple[int, int]] = {}  #: → highest, bitmap

    def __len__(self) -> int:
        return len(self._windows)

    def size_bytes(self) -> int:
        """A number and a bitmap for each context."""
        return len(self) * (HIGHEST_BYTES + self._bits // 8)

    def _late(self, number: int, highest: int) -> bool:
        return highest // EACH - number // EACH > self.width

    @property
    def _bits(self) -> int:
        return (self.width + 1) * EACH

    def apply(self, call: StoreCall, now_s: float) -> StoreAnswer:
        """Carry out `look` or `insert`. Raises KeyError for any other verb.

        Refused: what was used, what is so far behind the highest that nobody knows, and what does
        not count at all.
        """
        if call.operation not in ("look", "insert"):
            raise KeyError(call.operation)
        whose, number, age_s = call.key[:3], number_of(call.key), now_s - self.since_s
        highest, bits = self._windows.get(whose, (-1, 0))
        back = -1 if number is None else highest - number
        if number is None or self._late(number, highest) or (back >= 0 and bits >> back & 1):
            return StoreAnswer(False, State.USED, age_s=age_s)
        if call.operation == "look":
            return StoreAnswer(False, State.ABSENT, age_s=age_s)
        if back < 0:
            highest, bits = number, bits << -back if highest >= 0 else 0
            back = 0
        bits = (bits | 1 << back) & ((1 << self._bits) - 1)
        self._windows[whose] = highest, bits
        return StoreAnswer(True, State.ABSENT, uses=1, age_s=age_s)
