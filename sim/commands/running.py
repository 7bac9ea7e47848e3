"""`tokenrace run` and `tokenrace compare`: a scenario under one strategy, and under several."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sim.commands.endings import DONE, Interrupted, exit_status
from sim.commands.options import (
    SERVERS,
    Against,
    AtMost,
    Jobs,
    Json,
    Measure,
    Picture,
    Precise,
    Properties,
    ScenarioName,
    Seed,
    Settings,
    Strategies,
    Where,
    drawable,
    known,
    precision_from,
    scenario_from,
    strategies_from,
    strategy_fields,
    writable,
)
from sim.commands.output import print_json, progress_bar, styled, terminal, whole_file
from sim.commands.settings import not_set
from sim.views.words import counted

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

    from sim.experiments import Result
    from sim.scenario import Scenario


def run(  # noqa: PLR0913, PLR0917  # an option is a parameter
    name: ScenarioName,
    settings: Settings = None,
    seed: Seed = None,
    replications: AtMost = None,
    precision: Precise = None,
    measure: Measure = None,
    jobs: Jobs = 1,
    properties: Properties = None,
    trace: Annotated[
        Path | None,
        typer.Option(metavar="FILE", show_default=False, help="Store replication 0 as JSON lines."),
    ] = None,
    json: Json = False,
) -> int:
    """Run a scenario: verdicts, measures, and the diagram of what went wrong.

    The exit status is 1 when a property is violated, 3 when one stays unknown.
    """
    from sim.experiments import replicate

    scenario = scenario_from(name, settings, seed, properties)
    if trace is not None:
        writable("--trace", trace)
    until = precision_from(precision, measure, replications)
    with progress_bar("replications") as progress:
        result = replicate(scenario, replications, **until, jobs=jobs, progress=progress)
    if trace is not None:
        write_trace(scenario, trace)
    if json:
        print_json(_about(name, result) | {"strategy": scenario.strategy} | result.report())
    else:
        _show(terminal(), result)
    _end_if_interrupted(result)
    return status_of(result)


def compare(  # noqa: PLR0913, PLR0917  # an option is a parameter
    name: ScenarioName,
    strategies: Strategies = None,
    where: Where = SERVERS,
    settings: Settings = None,
    seed: Seed = None,
    replications: AtMost = None,
    precision: Precise = None,
    measure: Measure = None,
    against: Against = None,
    jobs: Jobs = 1,
    properties: Properties = None,
    picture: Picture = None,
    json: Json = False,
) -> int:
    """Run a scenario under several strategies, each with the same network, clients and thief."""
    from sim import experiments

    scenario = scenario_from(name, settings, seed, properties)
    asked, lacking = strategies_from(strategies, scenario)
    known("--in", [where], strategy_fields(scenario))
    not_set(where, settings, "compare" if strategies is None else "--strategies")
    known("--against", [against or asked[0]], asked)
    if picture is not None:
        drawable("--picture", picture)
    until = precision_from(precision, measure, replications)
    with progress_bar("runs") as progress:
        results = experiments.compare(
            scenario, asked, replications, where=where, **until, jobs=jobs, progress=progress
        )
    reports = _reports(dict(zip(asked, results, strict=True)), against)
    if picture is not None:
        write_pareto(picture, results[0], reports)
    if json:
        asked_for = _asked_for(where, against, lacking)
        print_json(_about(name, results[0]) | asked_for | {"strategies": reports})
    else:
        _show_all(terminal(), results, reports, where, against)
        _show_left_out(terminal(), lacking)
    _end_if_interrupted(results[0])
    return DONE


def _asked_for(where: str, against: str | None, lacking: dict[str, str]) -> dict[str, Any]:
    """What a document says beside the strategies, of what is not as it is when nothing is said."""
    elsewhere = "" if where == SERVERS else where
    more = {"in": elsewhere, "against": against, "left_out": lacking}
    return {key: value for key, value in more.items() if value}


def _show_all(
    console: Console,
    results: list[Result],
    reports: list[dict[str, Any]],
    where: str,
    against: str | None,
) -> None:
    console.print(_headline(results[0], "" if where == SERVERS else f"comparing {where}, "))
    show_comparison(console, reports)
    if against is not None:
        show_differences(console, reports, against)
    for result, report in zip(results, reports, strict=True):
        show_precision(console, result, f"{report['name']}: ")


def _show_left_out(console: Console, lacking: dict[str, str]) -> None:
    for name, need in lacking.items():
        console.print(f"{name} is left out: it needs {need}.")


def _reports(results: dict[str, Result], against: str | None) -> list[dict[str, Any]]:
    """What is told of each strategy; of all but a baseline, also its `difference` from that."""
    reports: list[dict[str, Any]] = []
    with progress_bar("certification clock") as progress:
        for done, (name, result) in enumerate(results.items(), 1):
            reports.append({"name": name, **result.report()})
            progress(done, len(results))
    baseline = results.get(against or "")
    for report, result in zip(reports, results.values(), strict=True):
        if baseline is not None and result is not baseline:
            found = result.difference(baseline)
            few = {n: {"scatter_of_few": True} for n in result.differs_by_few(baseline)}
            report["difference"] = {n: each.to_json() | few.get(n, {}) for n, each in found.items()}
    return reports


def status_of(result: Result) -> int:
    """The exit status that says what became of the properties."""
    return exit_status(finding.verdict.holds for finding in result.findings.values())


def _end_if_interrupted(result: Result) -> None:
    if result.interrupted:
        raise Interrupted(f"{result.replications} of {result.asked} replications were finished")


def write_trace(scenario: Scenario, path: Path) -> None:
    """Store the full trace of replication 0."""
    from sim.world.simulation import simulate

    with whole_file(path) as partial:
        simulate(scenario).write(partial)


def write_pareto(path: Path, result: Result, reports: list[dict[str, Any]]) -> None:
    """Store the Pareto picture of a comparison, of which `result` is any."""
    from sim.views.figure_files import save_figure
    from sim.views.pareto import pareto_figure

    figure = pareto_figure(reports, result.scenario.about.title, result.replications)
    with whole_file(path) as partial:
        save_figure(figure, partial)


def show_comparison(console: Console, reports: list[dict[str, Any]]) -> None:
    """The tables of a comparison, and which property holds where."""
    from sim.commands.side_by_side import alike, tables
    from sim.commands.tables import verdict_table

    strategies = [(each["name"], each["metrics"]) for each in reports]
    for table in tables(strategies):
        console.print(table)
        console.print()
    for sentence in alike(strategies):
        console.print(f"{sentence}\n")
    console.print(verdict_table(reports))


def show_differences(console: Console, reports: list[dict[str, Any]], against: str) -> None:
    """The table of how each strategy differs from the baseline."""
    from sim.commands.differences import differences

    console.print()
    console.print(differences(reports, against))


def show_precision(console: Console, result: Result, whose: str = "") -> None:
    """Whether the precision was reached, if one was asked for."""
    if result.watch is not None:
        console.print(f"{whose}{result.watch.sentence()}")


def _about(name: str, result: Result) -> dict[str, Any]:
    """What a JSON document begins with."""
    return {
        "scenario": name,
        "seed": result.scenario.seed,
        "replications": result.replications,
    }


def _headline(result: Result, what: str) -> Text:
    scenario = result.scenario
    runs = counted(result.replications, "run")
    return styled((scenario.about.title, "bold"), f"\n{what}seed {scenario.seed}, {runs}\n")


def _show(console: Console, result: Result) -> None:
    from sim.commands.tables import measures
    from sim.commands.verdicts import show_finding, show_witnesses

    console.print(_headline(result, f"strategy {result.scenario.strategy}, "))
    for name, finding in result.findings.items():
        show_finding(console, name, finding, result.replications)
    metrics = result.report()["metrics"]
    console.print(measures(metrics))
    console.print(never_seen(metrics))
    show_precision(console, result)
    show_witnesses(console, result)


def never_seen(metrics: dict[str, Any]) -> str:
    """What no double acceptance in n uses says about the rate: the rule of three."""
    from sim.statistics import percent_below

    rate = metrics["double_accept_rate"]
    if rate["value"] != 0:
        return ""
    met = ", given the faults that these runs met" if "runs_with_any" in rate else ""
    return (
        f"No token of {rate['n']} was accepted twice. That is no proof: with 95 % confidence the "
        f"true rate is below {percent_below(rate['n'])} % (rule of three){met}.\n"
    )
