"""The command in this process: its exit status and both of its outputs."""

from __future__ import annotations

import io
import json
from contextlib import redirect_stderr, redirect_stdout
from typing import Any, NamedTuple

from sim.cli import main

#: The flagship story made short; it is still the same network, client and thief.
SHORT = ("--set", "workload.intentions=30", "--set", "duration_s=60")
RACE = ("two-regions-payment", *SHORT)


class Answer(NamedTuple):
    """What a command came to."""

    status: int
    out: str
    err: str

    def json(self) -> Any:
        """The one document on standard output."""
        return json.loads(self.out)


def tokenrace(*arguments: object) -> Answer:
    """Run the command; nothing is on a terminal."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        status = main([str(argument) for argument in arguments])
    return Answer(status, out.getvalue(), err.getvalue())
