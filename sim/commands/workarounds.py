"""`tokenrace workarounds`: one payment without single-use tokens, in the ways of today."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING, Annotated

import typer

from sim.commands.options import Json, ScenarioName, Seed, Settings, listed, scenario_from
from sim.commands.output import print_json, styled, terminal

if TYPE_CHECKING:
    from rich.table import Table

    from sim.workarounds import Outcome

CAPTION = (
    "For each payment: all messages, requests of the client, how often the user is asked, sessions "
    "begun at the AS, refresh tokens issued, median time in ms of the payments that were served "
    "(–: none was), without what the user takes to answer. A copy works: until between which "
    "instants a token that was copied at its first use still had an effect."
)
COLUMNS = ("mes-\nsages", "client\nasks", "user\nasked", "ses-\nsions", "refresh\ntokens", "ms")


def workarounds(
    name: ScenarioName = "workarounds",
    ways: Annotated[
        str | None,
        typer.Option(metavar="A,B", show_default=False, help="Which ways; all when left out."),
    ] = None,
    settings: Settings = None,
    seed: Seed = None,
    json: Json = False,
) -> None:
    """What each way costs, and how long a token works for who copied it at its first use."""
    from sim import workarounds as table

    scenario = scenario_from(name, settings, seed)
    asked = list(table.WAYS) if ways is None else listed("--ways", ways, table.WAYS)
    outcomes = table.workarounds(scenario, dict.fromkeys(asked))
    if json:
        rows = [outcome.to_json() for outcome in outcomes]
        print_json({"scenario": name, "seed": scenario.seed, "ways": rows})
        return
    console = terminal()
    for way in asked:
        console.print(styled((way, "cyan"), f": {table.WAYS[way].says}"))
    console.print()
    console.print(outcome_table(outcomes))


def outcome_table(outcomes: list[Outcome]) -> Table:
    """The ways a line each."""
    from sim.commands.tables import plain_table, shortest

    table = plain_table("One payment, and a token that somebody copied")
    table.caption, table.caption_justify = CAPTION + _about_thief(outcomes), "left"
    table.add_column("way", no_wrap=True)
    for column in (*COLUMNS, "a copy\nworks"):
        table.add_column(column, justify="right", no_wrap=True)
    for each in outcomes:
        figures = (
            *(each.messages_per_use, each.round_trips_per_use, each.interactions_per_use),
            *(each.sessions_per_use, each.refresh_tokens_per_use),
        )
        latency = "–" if each.latency_ms is None else shortest(each.latency_ms)
        table.add_row(each.name, *map(shortest, figures), latency, _exposure(each))
    return table


def _about_thief(outcomes: list[Outcome]) -> str:
    """How far away the thief is, and what "never" and "not tried" mean, where they occur."""
    from sim.commands.tables import shortest

    said = []
    away = [each.thief_away_ms for each in outcomes if each.thief_away_ms is not None]
    if away:
        said.append(
            f"The thief's request takes {shortest(median(away))} ms to a server (median): what "
            "ends a token sooner than that is never caught late here."
        )
    never = [each for each in outcomes if each.tried and each.exposure_s[0] is None]
    shares = [share for each in never for share in each.works_after_s.values() if share.n]
    if shares:
        least = min(shares, key=lambda share: share.n)
        said.append(
            f"Never: 0 of {least.n} tries at each instant, so that up to "
            f"{shortest(100 * (least.high or 0))} % may work (95 % interval)."
        )
    if not all(each.tried for each in outcomes):
        said.append("Not tried: the thief saw no token to copy.")
    return "".join(f" {sentence}" for sentence in said)


def _exposure(outcome: Outcome) -> str:
    """Between which instants a copy stopped working."""
    if not outcome.tried:
        return "not tried"
    last, after = outcome.exposure_s
    if last is None:
        return "never"
    if last < 60:
        return f"{last}–{after} s"
    return f"{last // 60}–{after // 60} min" if after else f"> {last // 60} min"
