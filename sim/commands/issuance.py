"""`tokenrace issuance`: the designs that serve several servers from one consent, side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer

from sim.commands.options import Json, ScenarioName, Seed, Settings, listed, scenario_from
from sim.commands.output import print_json, terminal
from sim.commands.tables import NOTHING

Row = dict[str, Any]
#: Server → where what it was shown worked.
Reach = Mapping[str, Sequence[str]]


def issuance(
    name: ScenarioName = "three-services",
    designs: Annotated[
        str | None,
        typer.Option(metavar="A,B", show_default=False, help="Which designs; all when left out."),
    ] = None,
    settings: Settings = None,
    seed: Seed = None,
    json: Json = False,
) -> None:
    """What each issuance design costs, and where else a token works that one server was given."""
    from oauth_model.issuance import DESIGNS
    from sim.issuance_table import issuance as rows_of

    scenario = scenario_from(name, settings, seed)
    asked = list(DESIGNS) if designs is None else listed("--designs", designs, DESIGNS)
    rows = rows_of(scenario, asked)
    if json:
        print_json({"scenario": name, "seed": scenario.seed, "designs": rows})
        return
    console = terminal()
    for table in (issuance_table, thefts_table, knowledge_table, refusals_table):
        console.print(table(rows))


def issuance_table(rows: list[Row]) -> Any:
    """What a design costs and the blast radius of its tokens: the designs a line each."""
    table = _table("One consent, several servers", "round\ntrips", "messages", "tokens")
    table.add_column("server: where else its token works")
    for row in rows:
        star = "" if _serves_all(row) else "*"
        figures = (f"{row[key]}{star}" for key in ("round_trips", "messages", "tokens"))
        radius = "\n".join(
            f"{server}: {', '.join(fooled) or ('nowhere' if server in row['serves'] else NOTHING)}"
            for server, fooled in row["blast_radius"].items()
        )
        table.add_row(row["name"], *figures, radius)
    if not all(map(_serves_all, rows)):
        table.caption_justify = "left"
        table.caption = (
            "* The design did not get the client served by all servers. "
            f"{NOTHING}: this one did not serve it.\n"
        )
    return table


def thefts_table(rows: list[Row]) -> Any:
    """Places where something worked that was seen elsewhere, over all servers that saw it."""
    columns = ("as\nit is", "ex-\nchanged", "raced", "log,\nelsewhere", "log,\nthere", "referer")
    table = _table("What somebody saw at one place, and the places where it worked", *columns)
    table.caption_justify = "left"
    table.caption = (
        "A malicious server tries what it was given at the others: as it is, exchanged at the AS "
        "(RFC 8693), or, of a single use, before its honest use. A thief tries what stands in a "
        "server's log after the honest use, and what the addresses of pages give away.\n"
    )
    for row in rows:
        log = row["leaks"]["log"]
        there = sum(server in found for server, found in log.items())
        table.add_row(
            row["name"],
            *(_count(row[key]) for key in ("blast_radius", "blast_radius_by_exchange", "raced")),
            str(sum(map(len, log.values())) - there),
            str(there),
            _count(row["leaks"]["referer"]),
        )
    return table


def knowledge_table(rows: list[Row]) -> Any:
    """What servers hold and know together: keys, tokens in the open, claims, linkable pairs."""
    columns = ("serve", "keys in\ncommon", "forged", "a leaked\nkey reads", "claims\nlearnt")
    table = _table("What servers hold and know", *columns, "pairs\nlinked", "refresh\nwidens")
    table.caption_justify = "left"
    table.caption = (
        "Serve: servers that accept the honest client's token. Forged: tokens that one server made "
        "and another took. Linked: two servers can tell that their users are one. Widens: servers "
        "reached by refresh that nobody consented to.\n"
    )
    for row in rows:
        keys = row["keys_shared"]
        read = max(keys["read_with_leaked_key"].values(), default=0)
        table.add_row(
            row["name"],
            str(len(row["serves"])),
            str(len(keys["signing"]) + len(keys["encryption"])),
            _count(keys["forged"]),
            f"{read} of {row['tokens']}",
            _count(row["claims_learned"]),
            str(len(row["linkable"])),
            str(len(row["refresh_widens"])),
        )
    return table


def refusals_table(rows: list[Row]) -> Any:
    """Wrong requests: which error code each got, and by which designs."""
    from sim.commands.tables import plain_table
    from sim.issuance_table.wrong_requests import WRONG

    table = plain_table("Wrong requests")
    table.add_column("request")
    table.add_column("answer: designs")
    for request in WRONG:
        answers: dict[str, list[str]] = {}
        for row in rows:
            if request in row["refused"]:
                code = row["refused"][request] or "not refused"
                answers.setdefault(code, []).append(row["name"])
        unasked = [row["name"] for row in rows if request not in row["refused"]]
        answers |= {"cannot be asked": unasked} if unasked else {}
        same = len(answers) == 1 and len(rows) > 1
        lines = [f"{code}: {'all' if same else ', '.join(who)}" for code, who in answers.items()]
        table.add_row(request, "\n".join(lines))
    return table


def _serves_all(row: Row) -> bool:
    return set(row["blast_radius"]) <= set(row["serves"])


def _table(title: str, *columns: str) -> Any:
    """A table with a line for each design."""
    from sim.commands.tables import plain_table

    table = plain_table(title)
    table.add_column("design", no_wrap=True)
    for column in columns:
        table.add_column(column, justify="right")
    return table


def _count(reach: Reach) -> str:
    """How many places there are in all."""
    return str(sum(map(len, reach.values())))
