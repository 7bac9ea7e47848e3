"""`tokenrace replay`: the run of a schedule, under chosen order and in the timed world."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sim.commands.endings import Mistake, exit_status
from sim.commands.explore import (
    Intentions,
    Output,
    Steps,
    check_drawable,
    draw,
)
from sim.commands.options import (
    Json,
    Properties,
    ScenarioName,
    Seed,
    Settings,
    scenario_from,
    writable,
)
from sim.commands.output import print_json, terminal, whole_file

if TYPE_CHECKING:
    from sim.exploration import Replay
    from sim.scenario import Scenario


def replay(  # noqa: PLR0913, PLR0917  # an option is a parameter
    name: ScenarioName,
    schedule: Annotated[
        str,
        typer.Argument(metavar="SCHEDULE", show_default=False, help="What `explore` has printed."),
    ],
    settings: Settings = None,
    properties: Properties = None,
    intentions: Intentions = 1,
    steps: Steps = 200,
    seed: Seed = None,
    output: Output = None,
    trace: Annotated[
        Path | None,
        typer.Option(metavar="FILE", show_default=False, help="Store the run as JSON lines."),
    ] = None,
    json: Json = False,
) -> int:
    """Repeat a schedule exactly, judge the run, and draw it.

    The strategy is the scenario's: --set strategy=per_replica. The exit status is 1 when a property
    is violated, be it under chosen order only, 3 when one stays unknown.
    """
    from sim import exploration

    scenario = scenario_from(name, settings, seed, properties)
    if output is not None:
        check_drawable(output)
    if trace is not None:
        writable("--trace", trace)
    bounds = exploration.Bounds(intentions=intentions, steps=steps)
    try:
        found = exploration.replay(scenario, schedule, properties, bounds)
    except ValueError as error:
        raise Mistake(str(error)) from error
    if output is not None:
        draw(found.needed, found.trace, str(found), output)
    if trace is not None:
        with whole_file(trace) as partial:
            found.trace.write(partial)
    if json:
        print_json({"scenario": name, "seed": scenario.seed} | found.to_json())
    else:
        _show(scenario, found)
    return exit_status(found.holds)


def _show(scenario: Scenario, found: Replay) -> None:
    from sim.commands.verdicts import show_finding
    from sim.experiments import Finding
    from sim.views.text import space_time_text

    console = terminal()
    console.print(scenario.about.title, style="bold")
    console.print(f"strategy {found.strategy}\n")
    console.print(str(found.schedule) or "(nothing)", soft_wrap=True)
    console.print(f"{found}.\n")
    for name, verdict in found.verdicts.items():
        show_finding(console, name, Finding(verdict, scenario.seed), runs=1)
    console.print(space_time_text(found.needed), soft_wrap=True)
