"""`tokenrace`, from its first instant: Ctrl-C while it still imports itself ends it as later.

Rule: nothing is imported here that takes time.
"""

from __future__ import annotations

import sys

from sim.commands.endings import INTERRUPTED


def main(arguments: list[str] | None = None) -> int:
    """Do what the command line says; returns the exit status."""
    try:
        from sim.commands.program import main as program

        return program(arguments)
    except KeyboardInterrupt:
        print("tokenrace: interrupted", file=sys.stderr)
        return INTERRUPTED


if __name__ == "__main__":
    sys.exit(main())
