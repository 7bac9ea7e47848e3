"""`tokenrace issuance`: the designs that serve several servers from one consent, side by side."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from sim.commands.options import Json, ScenarioName, Seed, Settings, known, scenario_from
from sim.commands.output import print_json, terminal


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
    asked = list(DESIGNS) if designs is None else [d.strip() for d in designs.split(",")]
    known("--designs", asked, DESIGNS)
    rows = rows_of(scenario, asked)
    if json:
        print_json({"scenario": name, "seed": scenario.seed, "designs": rows})
    else:
        terminal().print(issuance_table(rows))


def issuance_table(rows: list[dict[str, Any]]) -> Any:
    """The rows as a table: the designs a line each."""
    from sim.commands.tables import plain_table

    table = plain_table("One consent, several servers")
    for column in ("design", "round\ntrips", "messages", "tokens"):
        table.add_column(column, justify="left" if column == "design" else "right")
    table.add_column("server: where else its token works")
    for row in rows:
        figures = (str(row[key]) for key in ("round_trips", "messages", "tokens"))
        radius = "\n".join(
            f"{server}: {', '.join(fooled) or 'nowhere'}"
            for server, fooled in row["blast_radius"].items()
        )
        table.add_row(row["name"], *figures, radius)
    return table
