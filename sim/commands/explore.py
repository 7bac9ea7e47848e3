"""`tokenrace explore`: a scenario under every order within bounds, or under many that are drawn."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from sim.commands.endings import Interrupted, Mistake, exit_status
from sim.commands.options import (
    Jobs,
    Json,
    Properties,
    ScenarioName,
    Seed,
    Settings,
    StrategiesOrOwn,
    known,
    scenario_from,
    strategies_from,
    whole,
    writable,
)
from sim.commands.output import print_json, progress_bar, terminal, whole_file
from sim.commands.settings import not_set

if TYPE_CHECKING:
    from sim.exploration import Bounds, Exploration
    from sim.scenario import Scenario
    from sim.trace import Trace

EXHAUSTIVE = "exhaustive"
#: How many schedules are looked at when nothing is said: within bounds, and drawn.
ALL, SOME = 100_000, 1000
TRACE = ".jsonl"


def _at_most(name: str, least: int, most: int, about: str) -> Any:
    return typer.Option(name, parser=whole(least, most), metavar="N", help=about)


Intentions = Annotated[int, _at_most("--intentions", 1, 100, "How many intentions begin.")]
Faults = Annotated[
    int, _at_most("--faults", 0, 100, "How many messages may be lost or doubled in a run.")
]
Landmarks = Annotated[
    int,
    _at_most("--landmarks", 0, 100, "How often clocks may move to an instant of expiry in a run."),
]
Steps = Annotated[int, _at_most("--steps", 1, 100_000, "After how many steps a run is cut off.")]
Schedules = Annotated[
    int | None,
    _at_most(
        "--schedules",
        1,
        100_000_000,
        f"How many runs at most; {ALL} when left out, {SOME} when they are drawn.",
    ),
]
Mode = Annotated[
    str,
    typer.Option(
        metavar="MODE",
        help="exhaustive: every order within the bounds. random: every choice is drawn, from the "
        "seed. pct: orders by drawn priorities, which promise to find what takes few reversals.",
    ),
]
Output = Annotated[
    Path | None,
    typer.Option(
        "-o",
        "--output",
        metavar="FILE",
        show_default=False,
        help="Draw the counterexample as .svg, .png, .txt, .mmd or .html, or store its trace as "
        ".jsonl.",
    ),
]


class Asked(NamedTuple):
    """What is asked of every strategy."""

    properties: list[str] | None
    bounds: Bounds
    mode: str


def explore(  # noqa: PLR0913, PLR0917  # an option is a parameter
    name: ScenarioName,
    strategies: StrategiesOrOwn = None,
    settings: Settings = None,
    properties: Properties = None,
    intentions: Intentions = 1,
    faults: Faults = 1,
    landmarks: Landmarks = 1,
    steps: Steps = 200,
    schedules: Schedules = None,
    seed: Seed = None,
    mode: Mode = EXHAUSTIVE,
    jobs: Jobs = 1,
    output: Output = None,
    json: Json = False,
) -> int:
    """Look at every order of what happens: a proof within bounds, or the smallest counterexample.

    The exit status is 1 when a property is violated, 3 when nothing can be said.
    """
    from sim.exploration import Bounds

    scenario = scenario_from(name, settings, seed, properties)
    chosen = _chosen(strategies, settings, scenario)
    most = schedules or (ALL if mode == EXHAUSTIVE else SOME)
    asked = Asked(properties, Bounds(intentions, faults, landmarks, steps, most), mode)
    _check(scenario, asked, output)
    found = _all(scenario, chosen, asked, jobs)
    if output is not None:
        _draw(found, output)
    again = _commands(name, found, settings, seed, properties)
    if json:
        about = {"scenario": name, "seed": scenario.seed, "mode": mode}
        told = zip(found, again, strict=True)
        print_json(
            about | {"strategies": [one.to_json() | {"replay": cmd or None} for one, cmd in told]}
        )
    else:
        _show(scenario, mode, found, again)
    _complete(found, chosen)
    return exit_status([one.holds for one in found])


def _complete(found: Sequence[Exploration], chosen: Sequence[str]) -> None:
    """Raise Interrupted unless each strategy was explored to its end."""
    partly = [one.strategy for one in found if one.interrupted]
    if (ended := len(found) - len(partly)) < len(chosen):
        whole = f"{ended} of {len(chosen)} strategies were explored"
        raise Interrupted(", and in part ".join([whole, *partly]))


def _chosen(
    strategies: str | None, settings: list[str] | None, scenario: Scenario
) -> Sequence[str]:
    """The strategies to look at: those named, or the scenario's own."""
    if strategies is None:
        return [scenario.strategy]
    not_set("strategy", settings, "--strategies")
    return strategies_from(strategies, scenario)[0]


def _check(scenario: Scenario, asked: Asked, output: Path | None) -> None:
    """Raise Mistake for what cannot be: before the work, not after it."""
    from sim.exploration import MODES, explored

    known("--mode", [asked.mode], (EXHAUSTIVE, *MODES))
    try:
        explored(scenario, asked.properties)
    except ValueError as error:
        raise Mistake(f"--{error}") from error
    if output is not None:
        check_drawable(output)


def _all(
    scenario: Scenario, strategies: Sequence[str], asked: Asked, jobs: int
) -> list[Exploration]:
    """The answers; after an interrupt, those that there are, finished or not, if there is any."""
    from sim import exploration
    from sim.scenario_files import ScenarioError, vary

    try:
        scenarios = [vary(scenario, strategy=name) for name in strategies]
    except ScenarioError as error:
        raise Mistake(str(error)) from error
    found: list[Exploration] = []
    with progress_bar("exploring") as progress:
        try:
            found.extend(_answers(scenarios, asked, jobs, progress))
        except KeyboardInterrupt as stopped:
            if isinstance(stopped, exploration.Interrupted) and stopped.so_far.schedules:
                found.append(stopped.so_far)
            if not found:
                raise
    return found


def _answers(
    scenarios: Sequence[Scenario], asked: Asked, jobs: int, progress: Callable[[int, int], None]
) -> Iterator[Exploration]:
    from sim.processes import in_order

    if jobs > 1:
        answers = in_order(_answer, [(scenario, asked) for scenario in scenarios], jobs)
        for done, answer in enumerate(answers, 1):
            progress(done, len(scenarios))
            yield answer
        return
    most = asked.bounds.schedules
    for before, scenario in enumerate(scenarios):
        yield _answer(
            scenario, asked, partial(_tell, progress, before * most, len(scenarios) * most)
        )


def _tell(progress: Callable[[int, int], None], before: int, total: int, count: int) -> None:
    progress(before + count, total)


def _silent(count: int) -> None:
    """Nobody is told how far a process has come."""


def _answer(
    scenario: Scenario, asked: Asked, progress: Callable[[int], None] = _silent
) -> Exploration:
    from sim import exploration

    properties, bounds, mode = asked
    if mode == EXHAUSTIVE:
        return exploration.explore(scenario, properties, bounds, progress)
    return exploration.sample(scenario, properties, bounds, mode, progress)


def check_drawable(output: Path) -> None:
    """Raise Mistake unless a run can be drawn or stored there."""
    from sim.views.export import FORMATS

    allowed = [*(f".{each}" for each in FORMATS), TRACE]
    if output.suffix not in allowed:
        raise Mistake(f"--output {output}: {output.suffix!r}; allowed: {', '.join(allowed)}")
    writable("--output", output)


def draw(needed: Trace, trace: Trace, because: str, output: Path) -> None:
    """What is needed as a picture with its reason, or the whole trace as JSON lines."""
    from sim.views.export import render

    with whole_file(output) as partial_:
        if output.suffix == TRACE:
            trace.write(partial_)
        else:
            render(needed, partial_, because)


def _draw(found: Sequence[Exploration], output: Path) -> None:
    """The first counterexample as a file."""
    for each in (one.counterexample for one in found if one.counterexample is not None):
        draw(each.needed, each.trace, f"{each.property}: {each.verdict.because}", output)
        return
    print(f"tokenrace: {output} was not written: there is no counterexample", file=sys.stderr)


def _commands(
    name: str,
    found: Sequence[Exploration],
    settings: list[str] | None,
    seed: int | None,
    properties: list[str] | None,
) -> list[str]:
    from sim.commands.explorations import replay_command
    from sim.scenario_files import parse_set

    kept = [each for each in settings or [] if parse_set(each)[0] != "strategy"]
    return [replay_command(name, one, kept, seed, properties or []) for one in found]


def _show(
    scenario: Scenario, mode: str, found: Sequence[Exploration], again: Sequence[str]
) -> None:
    from sim.commands.explorations import (
        bounds_told,
        exploration_table,
        show_counterexample,
        show_exploration,
    )

    console = terminal()
    console.print(scenario.about.title, style="bold")
    console.print(f"{mode}, {', '.join(found[0].properties)}")
    console.print(f"{bounds_told(found[0].bounds)}\n")
    if len(found) > 1:
        console.print(exploration_table(found))
    for one in found:
        if len(found) == 1 or one.holds is None:
            show_exploration(console, one)
    for one, command in zip(found, again, strict=True):
        if one.counterexample is not None:
            if len(found) > 1:
                show_exploration(console, one)
            show_counterexample(console, one.counterexample, command)
