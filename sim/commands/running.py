"""`tokenrace run` and `tokenrace compare`: a scenario under one strategy, and under several."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sim.commands.endings import DONE, UNKNOWN, VIOLATED, Interrupted
from sim.commands.options import (
    Jobs,
    Json,
    Properties,
    Replications,
    ScenarioName,
    Seed,
    Settings,
    Strategies,
    scenario_from,
    strategies_from,
    writable,
)
from sim.commands.output import print_json, progress_bar, terminal, whole_file

if TYPE_CHECKING:
    from rich.console import Console

    from sim.experiments import Result
    from sim.scenario import Scenario


def run(
    name: ScenarioName,
    settings: Settings = None,
    seed: Seed = None,
    replications: Replications = 1,
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
    with progress_bar("replications") as progress:
        result = replicate(scenario, replications, jobs=jobs, progress=progress)
    if trace is not None:
        write_trace(scenario, trace)
    if json:
        print_json(_about(name, result) | {"strategy": scenario.strategy} | result.report())
    else:
        _show(terminal(), result)
    _end_if_interrupted(result)
    return exit_status(result)


def compare(
    name: ScenarioName,
    strategies: Strategies = None,
    settings: Settings = None,
    seed: Seed = None,
    replications: Replications = 1,
    jobs: Jobs = 1,
    properties: Properties = None,
    json: Json = False,
) -> int:
    """Run a scenario under several strategies, each with the same network, clients and thief."""
    from sim import experiments

    scenario = scenario_from(name, settings, seed, properties)
    asked = strategies_from(strategies)
    with progress_bar("runs") as progress:
        results = experiments.compare(scenario, asked, replications, jobs=jobs, progress=progress)
    reports = [{"name": each, **r.report()} for each, r in zip(asked, results, strict=True)]
    if json:
        print_json(_about(name, results[0]) | {"strategies": reports})
    else:
        console = terminal()
        console.print(_headline(results[0], strategy=False))
        show_comparison(console, reports)
    _end_if_interrupted(results[0])
    return DONE


def exit_status(result: Result) -> int:
    """Violated outranks unknown, unknown outranks holds."""
    holds = [finding.verdict.holds for finding in result.findings.values()]
    return VIOLATED if False in holds else UNKNOWN if None in holds else DONE


def _end_if_interrupted(result: Result) -> None:
    if result.interrupted:
        raise Interrupted(f"{result.replications} of {result.asked} replications were finished")


def write_trace(scenario: Scenario, path: Path) -> None:
    """Store the full trace of replication 0."""
    from sim.world.simulation import simulate

    with whole_file(path) as partial:
        simulate(scenario).write(partial)


def show_comparison(console: Console, reports: list[dict[str, Any]]) -> None:
    """The tables of a comparison, and which property holds where."""
    from sim.commands.tables import COMPARISON, comparison, verdict_table

    strategies = [(each["name"], each["metrics"]) for each in reports]
    for title in COMPARISON:
        console.print(comparison(title, strategies))
        console.print()
    console.print(verdict_table(reports))


def _about(name: str, result: Result) -> dict[str, Any]:
    """What a JSON document begins with."""
    return {
        "scenario": name,
        "seed": result.scenario.seed,
        "replications": result.replications,
    }


def _headline(result: Result, *, strategy: bool = True) -> str:
    scenario = result.scenario
    what = f"strategy {scenario.strategy}, " if strategy else ""
    runs = "1 run" if result.replications == 1 else f"{result.replications} runs"
    return f"[bold]{scenario.about.title}[/bold]\n{what}seed {scenario.seed}, {runs}\n"


def _show(console: Console, result: Result) -> None:
    from sim.commands.tables import measures
    from sim.commands.verdicts import show_finding, show_witness

    console.print(_headline(result))
    for name, finding in result.findings.items():
        show_finding(console, name, finding, result.replications)
    metrics = result.report()["metrics"]
    console.print(measures(metrics))
    console.print(never_seen(metrics))
    for name, finding in result.findings.items():
        if finding.verdict.holds is False:
            show_witness(console, name, finding, result.scenario)


def never_seen(metrics: dict[str, Any]) -> str:
    """What no double acceptance in n uses says about the rate: the rule of three."""
    from sim.statistics import rule_of_three

    rate = metrics["double_accept_rate"]
    if rate["value"] != 0:
        return ""
    return (
        f"No token of {rate['n']} was accepted twice. That is no proof: with 95 % confidence the "
        f"true rate is below {100 * rule_of_three(rate['n']):.2f} % (rule of three).\n"
    )
