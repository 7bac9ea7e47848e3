"""`tokenrace memory`: what it takes to remember every token that was used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from sim.commands.endings import Mistake
from sim.commands.options import Json
from sim.commands.output import print_json, progress_bar, terminal

if TYPE_CHECKING:
    from rich.table import Table

    from sim.store_memory import Room

UNITS = (("GB", 1e9), ("MB", 1e6), ("kB", 1e3))
#: The longest that is asked for: ten years.
MOST_S = 315_360_000.0


def _seconds(said: str) -> Any:
    """An option for a duration."""
    return typer.Option(parser=_duration, metavar="SECONDS", help=said)


def _duration(text: str) -> float:
    try:
        found = float(text)
    except ValueError:
        found = -1.0
    if not 0 <= found <= MOST_S:
        raise typer.BadParameter(f"{text!r}; allowed: seconds from 0 to {MOST_S:.0f}")
    return found


def memory(
    lifetime_s: Annotated[float, _seconds("How long a token is accepted after its issue.")] = 30.0,
    leeway_s: Annotated[float, _seconds("How much longer servers accept it.")] = 0.0,
    margin_s: Annotated[float, _seconds("How much longer a record is kept than that.")] = 60.0,
    json: Json = False,
) -> None:
    """How many keys a replay store holds, and how many bytes, at 10³, 2·10⁴ and 10⁵ tokens/s.

    The entries follow from a formula, which a simulated store at 10³ tokens/s is held against.
    """
    from sim.store_memory import confirmation, rooms

    if not lifetime_s + leeway_s + margin_s:
        raise Mistake(
            "--lifetime-s 0 --leeway-s 0 --margin-s 0: nothing is remembered; "
            "allowed: one of the three above 0"
        )
    found = rooms(lifetime_s, leeway_s, margin_s)
    with progress_bar("simulated store") as progress:
        check = confirmation(progress=progress)
    if json:
        print_json(
            {
                "lifetime_s": lifetime_s,
                "leeway_s": leeway_s,
                "margin_s": margin_s,
                "rooms": [room._asdict() for room in found],
                "confirmation": check._asdict(),
            }
        )
        return
    console = terminal()
    console.print(room_table(found))
    console.print(
        f"Entries: rate × (lifetime + leeway + margin). Simulated at {check.rate_per_s} tokens/s, "
        f"{check.lifetime_s} + {check.leeway_s:g} + {check.margin_s:g} s: "
        f"{check.simulated_entries} entries, by the formula {check.expected_entries:.0f}."
    )


def room_table(rooms: list[Room]) -> Table:
    """Ways of remembering a line each, rates a column each."""
    from sim.commands.tables import plain_table

    rates = list(dict.fromkeys(room.rate_per_s for room in rooms))
    table = plain_table("Memory to remember every token that was used")
    table.add_column("")
    for rate in rates:
        table.add_column(f"{rate:,.0f}\nper s".replace(",", " "), justify="right", no_wrap=True)
    entries = {rate: max(r.entries for r in rooms if r.rate_per_s == rate) for rate in rates}
    table.add_row("entries of a list", *(f"{entries[rate]:,}".replace(",", " ") for rate in rates))
    for kind in dict.fromkeys(room.kind for room in rooms):
        sizes = [size(room.bytes) for room in rooms if room.kind == kind]
        table.add_row(kind, *sizes)
    return table


def size(count: float) -> str:
    """Bytes with three figures and a unit."""
    for unit, of in UNITS:
        if count >= of:
            return f"{count / of:.3g} {unit}"
    return f"{count:.0f} B"
