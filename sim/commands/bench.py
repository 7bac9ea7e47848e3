"""`tokenrace bench`: what a simulated presentation costs, beside what it cannot do without."""

from __future__ import annotations

from sim.commands.endings import Mistake
from sim.commands.options import Json
from sim.commands.output import print_json, terminal


def bench(json: Json = False) -> None:
    """Microseconds per simulated single-use presentation, beside a floor that nothing can beat."""
    from sim.benchmark import COUNTED, SCRIPTS, measure
    from sim.commands.tables import plain_table

    if not SCRIPTS.is_dir():
        raise Mistake("bench needs a checkout of the project: the folder bench is not there")
    measures = measure()
    if json:
        print_json({"counted": COUNTED, "measures": [each.to_json() for each in measures]})
        return
    table = plain_table("Cost of a single-use presentation")
    for column in ("measure", "µs", "peer", "µs", "ratio"):
        table.add_column(column, justify="right" if column in ("µs", "ratio") else "left")
    for each in measures:
        peer = "" if each.peer is None else f"{each.peer:.1f}"
        ratio = "" if each.ratio is None else f"{each.ratio:.2f}"
        table.add_row(each.name, f"{each.value:.1f}", each.peer_name, peer, ratio)
    console = terminal()
    console.print(table)
    console.print(COUNTED)
