"""Fill the tables of docs/performance.md: what things cost on this machine, now.

Figures differ from machine to machine and from run to run, so there is nothing to `--check`.
Usage: python tools/performance.py, for about ten minutes on a machine with nothing else to do.
"""

from __future__ import annotations

import platform
import sys
from collections.abc import Callable
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1]))  # a script sees its own folder only
from bench.bytecodes import by_room
from sim.benchmark import Effort, Measure, measure
from tools.generated import filled

PAGE = Path(__file__).resolve().parents[1] / "docs" / "performance.md"


def costs() -> str:
    """Every measure beside its peer."""
    lines = [row("measure", "", "peer", "", "ratio", "reach", "")]
    lines += [_line(each) for each in measure(Effort(long=True))]
    return "\n".join([*lines, f"\nPython {platform.python_version()}, {platform.machine()}"])


def rooms() -> str:
    """Where a presentation spends its instructions."""
    shares = by_room()
    lines = [f"{'room':24} {'instructions':>12} {'calls':>6}"]
    lines += [f"{room:24} {s.instructions:12.0f} {s.calls:6.0f}" for room, s in shares.items()]
    instructions, calls = map(sum, zip(*shares.values(), strict=True))
    return "\n".join([*lines, f"{'all':24} {instructions:12.0f} {calls:6.0f}"])


#: Name of a block → makes it.
BLOCKS: dict[str, Callable[[], str]] = {"costs": costs, "rooms": rooms}


def _line(each: Measure) -> str:
    ratio = "" if each.ratio is None else f"{each.ratio:.2f}"
    value, peer = each.figures
    return row(each.name, value, each.peer_name, peer, ratio, each.reach, each.verdict or each.note)


def row(name: str, value: str, peer: str, its: str, ratio: str, reach: str, verdict: str) -> str:
    """One line of the table of costs."""
    beside = f"{name:44} {value:>10}  {peer:23} {its:>10}"
    return f"{beside} {ratio:>6} {reach:>6}  {verdict}".rstrip()


def main() -> int:
    """Measure, and write the page."""
    PAGE.write_text(filled(PAGE, "bench", BLOCKS, lambda make: make()), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
