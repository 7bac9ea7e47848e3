"""Write docs/guarantees.md by exploring, or (`--check`) say that it is out of date.

What is said of a strategy under a fault model is what exploration answers; by hand is only which
violations a strategy's own promise leaves room for (`sim.guarantees.promises`). All cells take some
minutes on two cores: `--jobs N` for more.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1]))  # a script sees its own folder only
from oauth_model.strategies import STRATEGIES
from sim.guarantees.commands import replayed_by
from sim.guarantees.models import ALWAYS, MODELS, PRESET, PROPERTY
from sim.guarantees.mutants import MUTANTS
from sim.guarantees.promises import room_for
from sim.guarantees.table import SCHEDULES, Cell, guarantees
from tools.generated import refreshed

PAGE = Path(__file__).resolve().parents[1] / "docs" / "guarantees.md"
HEAD = """\
# Guarantees

Which strategy keeps a token to one use, and under which faults. Each cell of the table is an
exploration of `{preset}`: one payment with a single-use token, two replicas of one server, and a
client that presents the same token once more, at the other replica, when it hears nothing in time.
The property is `{property}`.

Made by `python tools/guarantees.py --jobs 2`, which explores all cells anew.

## How to read it

* `holds`: in every schedule within the bounds that stand with each cell below, and all of them were
  looked at. It says nothing beyond: not of two losses, nor of two retries.
* `open`: in none of those looked at, which are not all (at most {schedules}, and under {deep}
  {times} times as many).
* `2/6`: violated; the smallest counterexample departs in 2 choices from the undisturbed run, and 6
  things happen in it. With `*`, the strategy's own promise leaves room for it.
* `vacuous`: nobody honest was ever served, or no token came twice, so nothing is shown.
* `-`: the model says nothing of the strategy; why is said below.

The links in the table lead to what was found, with the schedule, the command that repeats it in
`tokenrace replay`, and the mutants.

What protects against an exploration that is blind: where nothing was found, the same exploration
was given mutants, the same strategy with one thing broken, until it found one out. Below stands
which, and by which schedule; an `open` cell in which none was found out says so.

Time passes only in the model `clock`, and for strategies that hold a lease or believe an answer for
a while: there clocks move once, at any moment, to an instant at which something expires. Elsewhere
messages and time-outs come in any order, but nothing expires.
"""


def page(cells: Sequence[Cell]) -> str:
    """The whole of docs/guarantees.md."""
    known = list(dict.fromkeys(each.strategy for each in cells))
    deep = [model for model in MODELS.values() if model.depth > 1]
    named = " and ".join(f"`{model.name}`" for model in deep)
    head = HEAD.format(
        preset=PRESET, property=PROPERTY, schedules=SCHEDULES, deep=named, times=deep[0].depth
    )
    parts = [
        head,
        "## The fault models\n",
        *(f"* `{model.name}`: {model.says}." for model in MODELS.values()),
        f"\nIn all of them: {_settings()}.\n",
        "## The table\n",
        *table(cells),
        "",
        *(f"[{name}]: #{name}" for name in known),
        "\n## One by one",
        *(section(name, [each for each in cells if each.strategy == name]) for name in known),
    ]
    return "\n".join(parts) + "\n"


def _settings() -> str:
    return ", ".join(f"`{field} = {value}`" for field, value in ALWAYS.items())


def table(cells: Iterable[Cell]) -> Iterator[str]:
    """The table of Markdown, aligned so that it can be read as it stands."""
    rows: dict[str, dict[str, str]] = {}
    for each in cells:
        rows.setdefault(each.strategy, {})[each.model] = short(each)
    names = max(map(len, rows)) + 2
    widths = [max(len(model.head), 7) for model in MODELS.values()]
    heads = [model.head for model in MODELS.values()]
    yield _line("strategy".ljust(names), heads, widths)
    yield _line("-" * names, ["-" * width for width in widths], widths)
    for name, row in rows.items():
        yield _line(f"[{name}]".ljust(names), [row.get(model, "") for model in MODELS], widths)


def _line(first: str, rest: Iterable[str], widths: Iterable[int]) -> str:
    cells = (cell.ljust(width) for cell, width in zip(rest, widths, strict=True))
    return f"| {first} | {' | '.join(cells)} |"


def short(cell: Cell) -> str:
    """A cell in a few characters."""
    if cell.verdict == "violated":
        return (
            f"{cell.deviations}/{cell.steps}{' *' if room_for(cell.strategy, cell.model) else ''}"
        )
    return "-" if cell.verdict == "not applicable" else cell.verdict


def section(strategy: str, cells: Iterable[Cell]) -> str:
    """A strategy's promise, what was found under each model, and its mutants."""
    cells = list(cells)
    lines = [f"\n### {strategy}\n", f"*Promise*: {STRATEGIES[strategy].promise}.\n"]
    lines += [f"* **{each.model}**: {told(each)}" for each in cells]
    if MUTANTS[strategy]:
        lines += ["\nMutants:\n", *_mutants(strategy, cells)]
    else:
        lines += ["\nNo mutant: there is nothing to break."]
    return "\n".join(lines)


def _mutants(strategy: str, cells: Iterable[Cell]) -> Iterator[str]:
    for mutant in MUTANTS[strategy]:
        under = [each.model for each in cells if each.caught and each.caught.mutant == mutant.name]
        found = f"; found out under {', '.join(under)}" if under else ""
        yield f"* `{mutant.name}`: {mutant.says}{found}."


def told(cell: Cell) -> str:
    """What a cell says, in full."""
    if cell.verdict == "not applicable":
        return f"not applicable: {cell.because}."
    if cell.verdict == "violated":
        room = room_for(cell.strategy, cell.model)
        more = "" if cell.smallest else " (there may be a smaller one)"
        kept = f"for which the promise leaves room ({room})" if room else "against its promise"
        return (
            f"violated, {kept}: {_deviations(cell)}, {cell.steps} steps{more}.\n  "
            f"{cell.because}.\n  `{cell.schedule}`\n\n  ```\n  {replayed_by(cell)}\n  ```"
        )
    where = {
        "holds": f"holds in all {cell.schedules} schedules",
        "open": f"no violation in {cell.schedules} schedules, not exhausted",
        "vacuous": f"nothing is shown by {cell.schedules} schedules",
    }[cell.verdict]
    if cell.caught is None:
        return f"{where} ({cell.bounds}); no mutant was found out."
    mutant = f"mutant `{cell.caught.mutant}` by\n  `{cell.caught.schedule}`"
    return f"{where} ({cell.bounds});\n  {mutant}."


def _deviations(cell: Cell) -> str:
    return f"{cell.deviations} deviation{'' if cell.deviations == 1 else 's'}"


def jobs() -> int:
    """How many processes: what follows `--jobs`, or one."""
    given = sys.argv[1:]
    return int(given[given.index("--jobs") + 1]) if "--jobs" in given else 1


def main() -> int:
    """Write the page, or with `--check` compare; 1 when it is out of date."""
    cells = []
    for each in guarantees(jobs=jobs()):
        sys.stderr.write(f"{each.strategy} {each.model}: {short(each)}\n")
        cells.append(each)
    return refreshed(
        {PAGE: page(cells)}, "docs/{late} is out of date: run python tools/guarantees.py"
    )


if __name__ == "__main__":
    sys.exit(main())
