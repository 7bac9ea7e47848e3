"""Write docs/guarantees.md by exploring, or (`--check`) say that it is out of date.

What is said of a strategy under a fault model is what exploration answers; by hand is only which
violations a strategy's own promise leaves room for (`sim.guarantees.promises`). All cells take half
an hour on two cores: `--jobs N` for more.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1]))  # a script sees its own folder only
from oauth_model.strategies import STRATEGIES
from sim.guarantees.commands import replayed_by
from sim.guarantees.models import (
    ALWAYS,
    FEWER,
    FOR_NOTHING,
    LARGE,
    MAJORITY,
    MODELS,
    ONCE,
    PRESET,
    THREE,
    TWO,
)
from sim.guarantees.mutants import mutants
from sim.guarantees.promises import room_for
from sim.guarantees.table import SCHEDULES, Cell, guarantees
from sim.views.guarantees_chart import guarantees_chart
from tools.generated import refreshed

PAGE = Path(__file__).resolve().parents[1] / "docs" / "guarantees.md"
PICTURE = PAGE.with_suffix(".svg")
HEAD = """\
# Guarantees

Which strategy keeps a token to one use, what that costs honest clients, and under which faults.
Each cell of both tables is an exploration of `{preset}`: one payment with a single-use token, two
replicas of one server, and a client that presents the same token once more, at the other replica,
when it hears nothing in time.

Made by `python tools/guarantees.py --jobs 2`, which explores all cells anew.

## How to read it

* `holds`: in every schedule within the bounds that stand with each cell below, and all of them were
  looked at. It says nothing beyond: not of two losses, nor of two retries.
* `2/6`: violated; the smallest counterexample departs in 2 choices from the undisturbed run, and 6
  things happen in it. With `*`, the strategy's own promise leaves room for it.
* `holds≤3`: in every schedule that departs in up to 3 choices from the undisturbed run, and in all
  others that were looked at, which are not all. At most {schedules} were looked
  at, or {less} where a strategy sends so many messages that no number would do ({large}).
* What is violated under `none` is so under every model, for faults may also not happen, though it
  may take more choices than were looked at.
* `vacuous`: nobody honest was ever served, or no token came twice, so nothing is shown.
* `-`: the model says nothing of the strategy; why is said below.

The links in the tables lead to what was found, with the schedule, the command that repeats it in
`tokenrace replay`, and the mutants. What a model has in common with `none` stands there once.

What protects against an exploration that is blind: where nothing was found, the same exploration
was given mutants, the same strategy with one thing broken, until it found one out. Below stands
which, and by which schedule; a cell in which none was found out says so.

Time passes only in the model `clock`, and for strategies that hold a lease or believe an answer for
a while: there clocks move once, at any moment, to an instant at which something expires. Elsewhere
messages and time-outs come in any order, but nothing expires.
"""
#: property → its table's heading, and what the table says.
TABLES: Mapping[str, tuple[str, str]] = {
    ONCE: (
        "One use",
        "May a token that is good once have its effect twice? (`{property}`)",
    ),
    FOR_NOTHING: (
        "Honest uses refused",
        "Single use is not exactly once. May an honest client that presented its token be refused "
        "for good\nalthough nothing was done for it: because the key was used up and its effect "
        "never came, or because\nnobody dared to decide? (`{property}`)\n\n"
        "Who asks nobody refuses nobody. Who asks one store may refuse as soon as its answer comes "
        "too late, no\nfault needed: the retry with the same token is a replay to it. Of those "
        "that keep a token to one use,\nonly who uses it up in the effect's own transaction "
        "refuses nobody. A client that heard nothing at all\nwas told nothing wrong, and does not "
        "count here.",
    ),
}


def page(tables: Mapping[str, Sequence[Cell]]) -> str:
    """The whole of docs/guarantees.md: property → its cells."""
    known = list(dict.fromkeys(each.strategy for cells in tables.values() for each in cells))
    large = ", ".join(f"`{name}`" for name in LARGE)
    parts = [
        HEAD.format(preset=PRESET, schedules=SCHEDULES, less=SCHEDULES // FEWER, large=large),
        "## The fault models\n",
        *(f"* `{model.name}`: {model.says}." for model in MODELS.values()),
        f"\nIn all of them: {_settings()}.\n",
        f"![The first of the two tables as a picture]({PICTURE.name})\n",
        *(_part(asked, cells) for asked, cells in tables.items()),
        *(f"[{name}]: #{name}" for name in known),
        "\n## One by one",
        *(section(name, tables) for name in known),
    ]
    return "\n".join(parts) + "\n"


def _settings() -> str:
    always = ", ".join(f"`{field} = {value}`" for field, value in ALWAYS.items())
    majority = ", ".join(f"`{name}`" for name in MAJORITY)
    return (
        f"{always}; members of a replicated store `{TWO}`, or where a majority of them counts "
        f"({majority}) `{THREE}`"
    )


def _part(asked: str, cells: Sequence[Cell]) -> str:
    title, says = TABLES[asked]
    return "\n".join([f"## {title}\n", f"{says.format(property=asked)}\n", *table(cells), ""])


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
        return f"{cell.deviations}/{cell.steps}{' *' if _room(cell) else ''}"
    if cell.verdict == "open":
        return f"holds≤{cell.whole}" if cell.whole else "open"
    return "-" if cell.verdict == "not applicable" else cell.verdict


def _room(cell: Cell) -> str:
    """The words of a strategy's promise that leave room for a second use."""
    return room_for(cell.strategy, cell.model) if cell.asked == ONCE else ""


def section(strategy: str, tables: Mapping[str, Sequence[Cell]]) -> str:
    """A strategy's promise, and folded up what was found for each property."""
    parts = [f"\n### {strategy}\n", f"*Promise*: {STRATEGIES[strategy].promise}."]
    for asked, cells in tables.items():
        own = [each for each in cells if each.strategy == strategy]
        if own:
            parts += [folded(f"{TABLES[asked][0]}: {summary(own)}", _found(own, asked))]
    return "\n".join(parts)


def folded(summary: str, lines: Iterable[str]) -> str:
    """What is opened by a click."""
    return "\n".join(["\n<details>", f"<summary>{summary}</summary>", "", *lines, "", "</details>"])


def summary(cells: Iterable[Cell]) -> str:
    """The verdicts of one strategy, and under which models."""
    under: dict[str, list[str]] = {}
    for each in cells:
        if each.verdict != "not applicable":
            said = short(each) if each.verdict == "open" else each.verdict
            under.setdefault(said, []).append(each.model)
    return "; ".join(f"{verdict} under {', '.join(names)}" for verdict, names in under.items())


def _found(cells: Sequence[Cell], asked: str) -> Iterator[str]:
    usual = next((each for each in cells if each.model == "none"), None)
    for each in cells:
        again = usual is not None and each is not usual and each.schedule == usual.schedule != ""
        yield f"* **{each.model}**: {'as under `none`' + _kept(each) if again else told(each)}"
    caught = {each.caught.mutant for each in cells if each.caught}
    if caught or mutants(cells[0].strategy, asked):
        yield from ["\nMutants:\n", *_mutants(cells, asked)]
    else:
        yield "\nNo mutant: nothing holds, so there is nothing that was overlooked."


def _kept(cell: Cell) -> str:
    room = _room(cell)
    return f", and the promise leaves room for it ({room})." if room else "."


def _mutants(cells: Sequence[Cell], asked: str) -> Iterator[str]:
    for mutant in mutants(cells[0].strategy, asked):
        under = [each.model for each in cells if each.caught and each.caught.mutant == mutant.name]
        found = f"; found out under {', '.join(under)}" if under else ""
        yield f"* `{mutant.name}`: {mutant.says}{found}."


def told(cell: Cell) -> str:
    """What a cell says, in full."""
    if cell.verdict == "not applicable":
        return f"not applicable: {cell.because}."
    if cell.verdict == "violated":
        return _violated(cell)
    some = f", all with up to {_deviations(cell.whole)} among them" if cell.whole else ""
    where = {
        "holds": f"holds in all {cell.schedules} schedules, which exhaust the space",
        "open": f"no violation in {cell.schedules} schedules{some}; the space is not exhausted",
        "vacuous": f"nothing is shown by {cell.schedules} schedules",
    }[cell.verdict]
    if cell.caught is None:
        return f"{where} ({cell.bounds}); no mutant was found out."
    mutant = f"mutant `{cell.caught.mutant}` by\n  `{cell.caught.schedule}`"
    return f"{where} ({cell.bounds});\n  {mutant}."


def _violated(cell: Cell) -> str:
    size = f"{_deviations(cell.deviations)}, {cell.steps} steps"
    more = "" if cell.smallest else " (there may be a smaller one)"
    kept = ""
    if cell.asked == ONCE:
        room = _room(cell)
        kept = f", for which the promise leaves room ({room})" if room else ", against its promise"
    return (
        f"violated{kept}: {size}{more}, in {cell.schedules} schedules.\n  {cell.because}.\n"
        f"  `{cell.schedule}`\n\n  ```\n  {replayed_by(cell)}\n  ```"
    )


def _deviations(count: int) -> str:
    return f"{count} deviation{'' if count == 1 else 's'}"


def jobs() -> int:
    """How many processes: what follows `--jobs`, or one."""
    given = sys.argv[1:]
    return int(given[given.index("--jobs") + 1]) if "--jobs" in given else 1


def explored(asked: str) -> Iterator[Cell]:
    """The cells of one table, each told on standard error when it is known."""
    for each in guarantees(asked=asked, jobs=jobs()):
        sys.stderr.write(f"{asked} {each.strategy} {each.model}: {short(each)}\n")
        yield each


def main() -> int:
    """Write the page, or with `--check` compare; 1 when it is out of date."""
    tables = {asked: list(explored(asked)) for asked in TABLES}
    made = {PAGE: page(tables), PICTURE: guarantees_chart(tables[ONCE])}
    return refreshed(made, "docs/{late} is out of date: run python tools/guarantees.py")


if __name__ == "__main__":
    sys.exit(main())
