"""`tokenrace sweep`: a scenario over a grid of values, kept as it goes."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sim.commands.endings import Interrupted, Mistake
from sim.commands.options import (
    SERVERS,
    Jobs,
    Json,
    Properties,
    Replications,
    ScenarioName,
    Seed,
    Settings,
    StrategiesOrOwn,
    known,
    scenario_from,
    strategies_from,
    writable,
)
from sim.commands.output import print_json, styled, terminal, whole_file
from sim.commands.settings import fields_set, not_set
from sim.views.words import counted

if TYPE_CHECKING:
    from rich.table import Table

    from sim.scenario import Scenario
    from sim.sweeps import Sweep

Vary = Annotated[
    list[str] | None,
    typer.Option(
        "--vary",
        metavar="FIELD=A,B,C",
        show_default=False,
        help="A field and the values it is given, such as client.retries=0,1,2 or "
        'servers.0.replicas=["eu"],["eu","us"]. May be repeated: every combination is run.',
    ),
]
Measures = Annotated[
    list[str] | None,
    typer.Option(
        "--measure",
        metavar="NAME",
        show_default=False,
        help="What the table and a chart show, such as theft_rate or latency_ms.p95; double "
        "acceptance, availability and mean added latency when left out. May be repeated.",
    ),
]
Dask = Annotated[
    str | None,
    typer.Option(
        metavar="ADDRESS",
        show_default=False,
        help="Have the workers of a Dask scheduler share the work, such as tcp://10.0.0.1:8786.",
    ),
]
Output = Annotated[
    Path | None,
    typer.Option(
        "-o",
        "--output",
        metavar="FILE",
        show_default=False,
        help="Write all measures as .csv, .parquet or .json, or a chart of some as .png or .svg.",
    ),
]
Wide = Annotated[
    bool, typer.Option("--wide", help="In .csv and .parquet, a column for each measure.")
]
Folder = Annotated[
    str | None,  # not a path, which would make the folder we are in of an empty one
    typer.Option(
        "--cache",
        metavar="DIR",
        show_default=False,
        help="Where finished runs are kept; TOKENRACE_CACHE, or the user's cache, when left out.",
    ),
]
NoCache = Annotated[bool, typer.Option("--no-cache", help="Keep no runs, and use none.")]


#: What the messages of a sweep begin with where an option of the same name is wrong.
ARGUMENTS = ("vary ", "strategies", "jobs ", "dask", "cache ")


def sweep(  # noqa: PLR0913, PLR0917  # an option is a parameter
    name: ScenarioName,
    vary: Vary = None,
    strategies: StrategiesOrOwn = None,
    settings: Settings = None,
    seed: Seed = None,
    replications: Replications = 20,
    jobs: Jobs = 1,
    dask: Dask = None,
    measures: Measures = None,
    properties: Properties = None,
    output: Output = None,
    wide: Wide = False,
    cache: Folder = None,
    no_cache: NoCache = False,
    json: Json = False,
) -> None:
    """Run a scenario at every point of a grid of values, on the same seeds everywhere.

    Every finished run is kept: what was interrupted goes on with the same command.
    """
    _agree(vary, jobs, dask, cache, no_cache=no_cache)
    scenario = scenario_from(name, settings, seed, properties)
    with _one_line():
        from sim import sweeps
        from sim.sweeps.executors import connected
        from sim.views.sweep_chart import SHOWN

        varied = _varied(vary or [], scenario, settings)
        asked = _named(strategies, scenario, varied, settings)
        shown = measures or list(SHOWN)
        _check(varied, shown, output)
        with connected(dask) if dask is not None else nullcontext() as client:
            where = not no_cache if cache is None else cache
            more = (scenario, varied, asked, replications)
            found = sweeps.sweep(*more, jobs=jobs, client=client, cache=where)
    _tell(name, found, shown, json=json)
    if output is not None and found.replications:
        with whole_file(output) as partial:
            found.write(partial, shown, wide=wide, name=name)
    if found.interrupted:
        raise Interrupted(_how_to_go_on(found, kept=not no_cache))


def _agree(
    vary: list[str] | None, jobs: int, dask: str | None, cache: str | None, *, no_cache: bool
) -> None:
    """Whether the options go together."""
    if not vary:
        raise Mistake("--vary: missing; name a field and its values, such as client.retries=0,1,2")
    if dask is not None and jobs > 1:
        raise Mistake(f"--jobs {jobs}: not with --dask, whose workers do the work")
    if no_cache and cache is not None:
        raise Mistake(f"--cache {cache}: not with --no-cache")


def _varied(
    vary: list[str], scenario: Scenario, settings: list[str] | None
) -> dict[str, list[Any]]:
    """Field → its values, of which none overwrites what was set."""
    from sim.sweeps.grid import check_apart, parse_vary

    varied = parse_vary(vary)
    check_apart(scenario, varied, fields_set(settings))
    return varied


def _named(
    strategies: str | None,
    scenario: Scenario,
    varied: dict[str, list[Any]],
    settings: list[str] | None,
) -> list[str] | None:
    """The strategies of `--strategies`, which nothing else names; None when left out."""
    if strategies is None:
        return None
    if SERVERS in varied:
        raise Mistake("--vary strategy: not with --strategies, which says the same")
    not_set(SERVERS, settings, "--strategies")
    return strategies_from(strategies, scenario)[0]


@contextmanager
def _one_line() -> Iterator[None]:
    """What cannot be is a mistake on the command line, in the option that is called as it says."""
    from sim.sweeps import SweepError

    try:
        yield
    except SweepError as error:
        option = "--" if str(error).startswith(ARGUMENTS) else ""
        raise Mistake(f"{option}{error}") from error


def _check(varied: dict[str, list[Any]], measures: Sequence[str], output: Path | None) -> None:
    """Whether it can be shown and written: before the work, not after it."""
    from sim.sweeps.results import PICTURES, check_file
    from sim.views.sweep_chart import check_chart, check_measures

    try:
        check_measures(measures)
    except ValueError as error:
        raise Mistake(f"--{error}") from error
    known("--measure", measures, measures)
    if output is None:
        return
    try:
        check_file(output)
        if output.suffix in PICTURES:
            check_chart({f: v for f, v in varied.items() if f != "strategy"}, measures)
    except ValueError as error:
        said = str(error).removeprefix(f"{output}: ")
        raise Mistake(f"--output {output}: {said}") from error
    writable("--output", output)


def _tell(name: str, found: Sweep, measures: Sequence[str], *, json: bool) -> None:
    if found.kept:
        total = len(found.cells) * found.asked
        said = f"{found.kept} of {total} runs were there from before, {found.made} were made"
        print(f"tokenrace: {said}", file=sys.stderr)
    if not found.replications:
        return
    document = found.to_json(name)
    if json:
        print_json(document)
    else:
        console = terminal()
        console.print(styled((found.scenario.about.title, "bold")))
        many = counted(found.replications, "run")
        console.print(f"seed {document['seed']}, {many} at each point\n")
        console.print(sweep_table(document, measures))


def _how_to_go_on(found: Sweep, *, kept: bool) -> str:
    done = f"{found.replications} of {found.asked} replications were finished at every point"
    if not kept:
        return f"{done}, and none is kept (--no-cache)"
    return (
        f"{done}; {found.kept + found.made} runs are kept, and the same command goes on from there"
    )


def sweep_table(document: dict[str, Any], measures: Sequence[str]) -> Table:
    """A line for each point and strategy: what was set, and each measure over its interval."""
    from sim.commands.side_by_side import folded
    from sim.commands.tables import left_open, plain_table, stacked
    from sim.sweeps.grid import told

    table = plain_table("Each measure over its 95 % interval")
    for field in document["varied"]:
        table.add_column(field.replace(".", ".\n"), justify="right", overflow="fold")
    table.add_column("strategy", no_wrap=True)
    for measure in measures:
        table.add_column(measure.replace("_", "_\n", 1).replace(".", ".\n"), justify="right")
    rates = [p["metrics"][m] for p in document["points"] for m in measures if "." not in m]
    table.caption, table.caption_justify = left_open(rates), "left"
    for point in document["points"]:
        values = (told(value) for value in point["settings"].values())
        cells = (stacked(*_cell(point["metrics"], measure)) for measure in measures)
        table.add_row(*values, folded(point["strategy"]), *cells)
    return table


def _cell(metrics: dict[str, Any], measure: str) -> tuple[str, str]:
    from sim.commands.tables import figure, percent

    name, _, which = measure.partition(".")
    return figure(metrics[name][which], " ms") if which else percent(metrics[name])
