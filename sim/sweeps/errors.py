"""What a sweep says when it cannot be made or cannot go on."""

from __future__ import annotations


class SweepError(ValueError):
    """A grid, a cache, a file or an executor that cannot be; the message is one line.

    It begins with the argument of `sweep` that it is about, if any, which is the command's option.
    """

    def __init__(self, message: str) -> None:
        super().__init__(" ".join(message.split()))
