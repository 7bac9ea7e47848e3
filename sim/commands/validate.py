"""`tokenrace validate`: theory, paper and simulation side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from sim.commands.endings import DONE, UNKNOWN, VIOLATED, Interrupted, Mistake
from sim.commands.options import Jobs, Json
from sim.commands.output import print_json, progress_bar, styled, terminal

if TYPE_CHECKING:
    from rich.table import Table

    from sim.validation.checks import Check

CAPTION = (
    "Simulated: in the world of every other run, with its 95 % interval; what is called drawn is "
    "the model of the PBS paper drawn directly, without a world. Paper's way: what its own way of "
    "measuring shows in 9 of 10 cases if the theory is true; a t-visibility is there the first "
    "crossing of a noisy sweep, and so too early: the theory's is exact, to 1e-4 of itself. "
    "Services: mean service times."
)
LEVELS = (
    "A check holds unless an exact test denies the theory; unknown: a bound is missing. There are "
    "{checks} checks, each at level {level:.2g}: all of them together deny true theories in at "
    "most one of {once:.0f} runs."
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
    from sim.validation.checks import FAMILYWISE

    names = catalogue.chosen(only)
    if not names:
        known = ", ".join(catalogue.EXPERIMENTS)
        raise Mistake(f"--only {only}: no experiment begins like this; there are {known}")
    share = catalogue.QUICK if quick else 1.0
    with progress_bar("experiments") as progress:
        checks = catalogue.carry_out(names, share, jobs=jobs, progress=progress)
    if json:
        levels = {"familywise": FAMILYWISE, "level": catalogue.level()}
        levels["of_checks"] = catalogue.all_checks()
        print_json(levels | {"checks": [check.to_json() for check in checks]})
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
    table.caption, table.caption_justify = f"{CAPTION} {levels()}", "left"
    table.add_column("what", ratio=1, overflow="fold")
    for column in ("theory", "paper", "paper's way", "simulated", "95 %"):
        table.add_column(column, justify="right", no_wrap=True)
    table.add_column("")
    experiment = ""
    for check in checks:
        if check.experiment != experiment:
            experiment = check.experiment
            table.add_row(styled((experiment, "bold")))
        expected, found = check.expected, check.simulated
        unit = f", {expected.unit}" if expected.unit == "ms" else ""
        way = expected.paper_way
        table.add_row(
            f"  {expected.about}{unit}",
            figures(expected.theory),
            NOTHING if expected.paper is None else figures(expected.paper),
            "" if way is None else span(way.low, way.high),
            figures(found.value),
            span(found.low, found.high),
            mark(check.holds),
        )
    return table


def levels() -> str:
    """How many checks there are, and how seldom they deny what is true."""
    from sim.validation.catalogue import all_checks, level
    from sim.validation.checks import FAMILYWISE

    return LEVELS.format(checks=all_checks(), level=level(), once=1 / FAMILYWISE)


def summary(checks: list[Check]) -> str:
    """How many hold, and which do not; and where the paper's value is not to be had, why."""
    said = f"{sum(check.holds is True for check in checks)} of {len(checks)} checks hold."
    for holds, word in ((False, "Denied"), (None, "Too few trials")):
        if others := [check.name for check in checks if check.holds is holds]:
            said += f" {word}: {', '.join(others)}."
    notes = (f"{each.name}: {each.expected.note}." for each in checks if each.expected.note)
    return "\n".join((said, *notes))


def span(low: float | None, high: float | None) -> str:
    """From one bound to the other."""
    return "–".join("?" if each is None else f"{each:.3g}" for each in (low, high))


def figures(value: float | None) -> str:
    """Four figures; a bound that too few trials could give is a question mark."""
    return "?" if value is None else f"{value:.4g}"
