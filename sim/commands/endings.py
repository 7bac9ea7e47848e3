"""How a command can end: its exit statuses, and what it raises to end otherwise than done."""

from __future__ import annotations

from collections.abc import Iterable

DONE = 0
VIOLATED = 1  #: an asked property
WRONG = 2  #: the command line or the scenario
UNKNOWN = 3  #: an asked property stays so, and none is violated
OURS = 70  #: EX_SOFTWARE of sysexits.h
INTERRUPTED = 130  #: 128 + SIGINT, as shells have it


def exit_status(holds: Iterable[bool | None]) -> int:
    """Of verdicts: violated outranks unknown, unknown outranks holds."""
    said = set(holds)
    return VIOLATED if False in said else UNKNOWN if None in said else DONE


class Mistake(Exception):
    """The command line is wrong; the message is one line for its writer."""


class Interrupted(Exception):
    """The work was interrupted; the message says how much of it was done, which was printed."""
