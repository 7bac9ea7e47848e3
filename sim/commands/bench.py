"""`tokenrace bench`: what a simulated presentation costs, beside what it cannot do without."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from sim.commands.endings import Mistake
from sim.commands.options import Json, known
from sim.commands.output import print_json, terminal

if TYPE_CHECKING:
    from rich.table import Table

    from sim.benchmark import Measure

Groups = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="GROUP",
        help="What to measure: presentations, exploration, imports, processes, room; else all.",
        show_default=False,
    ),
]
Long = Annotated[
    bool, typer.Option("--long", help="Also run a million payments, for minutes (group room).")
]


def bench(groups: Groups = None, long: Long = False, json: Json = False) -> None:
    """Microseconds per simulated single-use presentation, and other costs, beside peers.

    Each figure stands beside what it is compared with in the same run, and what is to be reached.
    """
    from sim.benchmark import COUNTED, GROUPS, SCRIPTS, Effort, measure

    if not SCRIPTS.is_dir():
        raise Mistake("bench needs a checkout of the project: the folder bench is not there")
    known("GROUP", groups or [], GROUPS)
    measures = measure(Effort(long=long), groups or tuple(GROUPS))
    if json:
        print_json({"counted": COUNTED, "measures": [each.to_json() for each in measures]})
        return
    show(measures)
    terminal().print(COUNTED)


def show(measures: list[Measure]) -> None:
    """The table, and on a line of its own what would have to be installed for the rest."""
    console = terminal()
    console.print(_table(measures))
    for each in measures:
        if each.note:
            console.print(f"{each.name} beside {each.peer_name}: {each.note}", soft_wrap=True)


def _table(measures: list[Measure]) -> Table:
    """A measure over its peer, which is set in."""
    from sim.commands.tables import plain_table

    table = plain_table("What it costs")
    table.add_column("measure, over its peer")
    for column in ("figure", "ratio", "reach", ""):
        table.add_column(column, justify="right" if column else "left", no_wrap=True)
    for each in measures:
        names = f"{each.name}\n  {each.peer_name}".rstrip()
        figures = "\n".join(each.figures).rstrip()
        ratio = "" if each.ratio is None else f"{each.ratio:.2f}"
        table.add_row(names, figures, ratio, each.reach, each.verdict)
    return table
