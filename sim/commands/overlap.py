"""`tokenrace overlap`: a matrix of single use, DPoP, mutual TLS and authorization details."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from sim.commands.endings import Mistake
from sim.commands.options import Json, ScenarioName, Seed, Settings, listed, scenario_from
from sim.commands.output import print_json, styled, terminal

if TYPE_CHECKING:
    from rich.table import Table
    from rich.text import Text

    from sim.overlap import Cost, Line
    from sim.statistics import Estimate

#: What the columns mean, where their headers are too short to say it.
ATTACKED = (
    "Share of an attacker's presentations that had an effect, over its 95 % interval. Log: the "
    "whole request, read in a server's log so much later. Path: seen when it is sent, where TLS "
    "ends, so that the copy races it; as it was, or changed to another payment. Malicious server: "
    "tries what the client gave it at the other one. Nobody but the client has its private key."
)
HONEST = (
    "Share of honest intentions told no, and with two effects. Lost answer: among those left "
    "without one, who send the same again. Double click: both present one token; were each click "
    "to get its own, no kind of token would help. Messages and store operations: all that were "
    "sent, for each use. Added: median beyond a bearer token's, in ms."
)
ATTACK_COLUMNS = {
    "log_soon": "log\n+1 s",
    "log_late": "log\n+2 min",
    "path_replay": "path:\nsame",
    "path_change": "path:\nchanged",
    "malicious_server": "malicious\nserver",
}
HONEST_COLUMNS = (
    *("lost:\nno", "lost:\ntwice", "click:\nno", "click:\ntwice"),
    *("mes-\nsages", "store\nops", "added\nms"),
)


def overlap(
    name: ScenarioName = "overlap",
    kinds: Annotated[
        str | None,
        typer.Option(metavar="A,B", show_default=False, help="Which kinds; all when left out."),
    ] = None,
    settings: Settings = None,
    seed: Seed = None,
    json: Json = False,
) -> None:
    """What each kind of token stops, what it breaks, and what it costs."""
    from sim import overlap as matrix

    scenario = scenario_from(name, settings, seed)
    asked = list(matrix.KINDS) if kinds is None else listed("--kinds", kinds, matrix.KINDS)
    try:
        lines = matrix.overlap(scenario, dict.fromkeys(["bearer", *asked]))
    except matrix.NobodyServed as error:
        raise Mistake(f"{name}: {error}") from error
    than = lines[0].cost
    if json:
        rows = [line.to_json(than) for line in lines]
        print_json({"scenario": name, "seed": scenario.seed, "kinds": rows})
        return
    console = terminal()
    for part, says in matrix.PARTS.items():
        console.print(styled((part, "cyan"), f": {says}"))
    for table in (attack_table(lines), honest_table(lines, than)):
        console.print()
        console.print(table)
    console.print()
    for line in lines:
        console.print(line.finding(than))


def attack_table(lines: list[Line]) -> Table:
    """What each kind of token stops."""
    caption = ATTACKED + _audience_note(lines)
    table = _table("What works for an attacker", caption, list(ATTACK_COLUMNS.values()))
    for line in lines:
        table.add_row(line.name, *(_stacked(line.attacks[a].worked) for a in ATTACK_COLUMNS))
    return table


def honest_table(lines: list[Line], than: Cost) -> Table:
    """What each kind of token breaks, and what it costs."""
    from sim.commands.tables import shortest

    caption = HONEST + _left_out_note(lines)
    table = _table("What honest clients meet, and what it costs", caption, list(HONEST_COLUMNS))
    for line in lines:
        shares = [_stacked(share) for mishap in line.mishaps.values() for share in mishap]
        cost = line.cost
        figures = (cost.messages_per_use, cost.store_operations_per_use, line.added_ms(than))
        table.add_row(line.name, *shares, *map(shortest, figures))
    return table


def _audience_note(lines: list[Line]) -> str:
    """Which tokens are for several servers: at the others, the audience stops a malicious one."""
    several = [line.name for line in lines if line.audiences > 1]
    alone = [line.name for line in lines if line.by_audience]
    if not alone:
        return ""
    return (
        f" Tokens of {', '.join(several) or 'no kind'} are for more than one server; those of "
        f"{', '.join(alone)} for one, and that audience alone stops a malicious server."
    )


def _left_out_note(lines: list[Line]) -> str:
    """Which intentions the columns about a lost answer say nothing of."""
    shares = [
        f"{line.name} {100 * line.left_out.value:.0f} %" for line in lines if line.left_out.value
    ]
    if not shares:
        return ""
    return (
        " Left out of the lost columns are intentions that got no token, since the token's answer "
        f"was lost: {', '.join(shares)} of all."
    )


def _table(title: str, caption: str, columns: list[str]) -> Table:
    from sim.commands.tables import plain_table

    table = plain_table(title)
    table.caption, table.caption_justify = caption, "left"
    table.add_column("kind of token", no_wrap=True)
    for column in columns:
        table.add_column(column, justify="right", no_wrap=True)
    return table


def _stacked(estimate: Estimate) -> str | Text:
    """Whole percent: the columns are narrow, and the intervals wider than that."""
    from sim.commands.tables import stacked

    if estimate.value is None or estimate.low is None or estimate.high is None:
        return "–"
    value, low, high = (round(100 * share) for share in estimate[:3] if share is not None)
    return stacked(f"{value} %", f"{low}–{high}")
