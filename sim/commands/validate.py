"""`tokenrace validate`: theory, paper and simulation side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from sim.commands.endings import DONE, UNKNOWN, VIOLATED, Interrupted, Mistake
from sim.commands.options import Jobs, Json
from sim.commands.output import print_json, progress_bar, terminal

if TYPE_CHECKING:
    from rich.table import Table

    from sim.validation.checks import Check

CAPTION = (
    "Simulated: in the world of every other run, with its 95 % interval. A check holds unless an "
    "exact test denies the theory; all of them together deny true theories in one of a thousand "
    "runs. Services: mean service times. A published t-visibility is the first crossing of a noisy "
    "sweep, and so too early: the theory's is exact."
)


def validate(
    only: Annotated[
        str,
        typer.Option(
            metavar="NAME", show_default=False, help="Experiments whose name begins like this."
        ),
    ] = "",
    quick: Annotated[
        bool, typer.Option("--quick", help="A tenth of the trials: wider intervals.")
    ] = False,
    jobs: Jobs = 1,
    json: Json = False,
) -> int:
    """Hold the simulation against closed forms and against a published paper.

    The exit status is 1 when a theory is denied, 3 when too few trials say nothing of one.
    """
    from sim.validation import catalogue

    names = catalogue.chosen(only)
    if not names:
        known = ", ".join(catalogue.EXPERIMENTS)
        raise Mistake(f"--only {only}: no experiment begins like this; there are {known}")
    share = catalogue.QUICK if quick else 1.0
    with progress_bar("experiments") as progress:
        checks = catalogue.carry_out(names, share, jobs=jobs, progress=progress)
    if json:
        print_json({"checks": [check.to_json() for check in checks]})
    else:
        console = terminal()
        console.print(check_table(checks))
        console.print(summary(checks))
    done = {check.experiment for check in checks}
    if len(done) < len(names):
        raise Interrupted(f"{len(done)} of {len(names)} experiments were finished")
    holds = {check.holds for check in checks}
    return VIOLATED if False in holds else UNKNOWN if None in holds else DONE


def check_table(checks: list[Check]) -> Table:
    """The checks a line each, under the names of their experiments."""
    from sim.commands.tables import NOTHING, plain_table
    from sim.commands.verdicts import mark

    table = plain_table("Theory, paper and simulation")
    table.caption, table.caption_justify = CAPTION, "left"
    table.add_column("what", ratio=1)
    for column in ("theory", "paper", "simulated", "95 %"):
        table.add_column(column, justify="right", no_wrap=True)
    table.add_column("")
    experiment = ""
    for check in checks:
        if check.experiment != experiment:
            experiment = check.experiment
            table.add_row(f"[bold]{experiment}[/bold]")
        expected, found = check.expected, check.simulated
        unit = f" {expected.unit}" if expected.unit == "ms" else ""
        paper = NOTHING if expected.paper is None else figures(expected.paper)
        low, high = (figures(bound) for bound in (found.low, found.high))
        table.add_row(
            f"  {expected.about}",
            *(f"{figures(expected.theory)}{unit}", paper, figures(found.value), f"{low}–{high}"),
            mark(check.holds),
        )
    return table


def summary(checks: list[Check]) -> str:
    """How many hold, and which do not."""
    said = f"{sum(check.holds is True for check in checks)} of {len(checks)} checks hold."
    for holds, word in ((False, "Denied"), (None, "Too few trials")):
        if others := [check.name for check in checks if check.holds is holds]:
            said += f" {word}: {', '.join(others)}."
    return said


def figures(value: float | None) -> str:
    """Four figures; a bound that too few trials could give is a question mark."""
    return "?" if value is None else f"{value:.4g}"
