"""Short texts: what was made of one is remembered, for the same ones come again and again.

Rule: only for functions of nothing but their text, whose answers nobody changes. What is long is
read anew each time: a stranger's must not fill the memory.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import TypeVar

Answer = TypeVar("Answer")

#: How many texts are remembered by each function.
REMEMBERED = 1024
#: The longest text that is remembered, in characters.
LONGEST = 8192


def remembered(read: Callable[[str], Answer]) -> Callable[[str], Answer]:
    """The same function, which remembers the answers for short texts; errors it does not."""
    known = lru_cache(maxsize=REMEMBERED)(read)

    @wraps(known)
    def asked(text: str) -> Answer:
        return (known if len(text) <= LONGEST else read)(text)

    return asked
