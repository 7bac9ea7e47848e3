"""Explorations on a terminal: the answer, what was looked at, and the counterexample to copy.

Rule: what is to be copied (a schedule, a command) stands on a line of its own, however long.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import TYPE_CHECKING

from sim.commands.output import styled
from sim.commands.verdicts import mark, show_verdict
from sim.views.words import counted

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from sim.exploration import Bounds, Counterexample, Exploration


def bounds_told(bounds: Bounds) -> str:
    """What is looked at, in words."""
    return (
        f"Looked at: {counted(bounds.intentions, 'intention')}, "
        f"{counted(bounds.faults, 'message')} lost or doubled at most, clocks that move to "
        f"{counted(bounds.landmarks, 'landmark')} at most, {counted(bounds.steps, 'step')} a run, "
        f"{counted(bounds.schedules, 'schedule')} in all."
    )


def show_exploration(console: Console, found: Exploration) -> None:
    """The answer for one strategy, why nothing more can be said, and what to change."""
    from rich.padding import Padding

    console.print(styled(mark(found.holds), " ", (found.strategy, "bold"), f": {found}"))
    for line in filter(None, (found.drawn.promise() if found.drawn else "", advice(found))):
        console.print(Padding(line, (0, 0, 0, 2), expand=False))
    console.print()


def advice(found: Exploration) -> str:
    """What to change when nothing can be said; "" when something is."""
    if found.holds is not None:
        return ""
    more = _more(found)
    return "→ " + "; ".join(more if found.cut or found.interrupted else [*more, *_missing(found)])


def _missing(found: Exploration) -> list[str]:
    from sim.exploration.answers import AGAIN, SERVED, TWICE

    retry, lost = "--set client.retry=immediate", "or messages be lost (--faults)"
    told = {
        SERVED: "nobody is ever served: `tokenrace run` shows what refuses them",
        TWICE: f"no token comes twice: let clients try again with the same one ({retry} "
        f"--set client.retry_with=same_token), {lost}",
        AGAIN: f"nothing is asked for twice: let clients try again ({retry}), {lost}",
    }
    return [told[each] for each in found.missing]


def _more(found: Exploration) -> list[str]:
    if found.cut:
        return [f"{counted(found.cut, 'run')} cut off: more --steps than {found.bounds.steps}"]
    if found.interrupted:
        return [f"interrupted: up to {counted(found.bounds.schedules, 'schedule')} were to be run"]
    if found.unconfirmed:
        return ["the timed world did not repeat a violation: within these bounds nothing is sure"]
    if found.drawn is not None:
        return ["draws are no proof: more --schedules, another --seed, or --mode exhaustive"]
    if found.exhausted:
        return []
    return [
        f"more --schedules than {found.bounds.schedules}; fewer --landmarks, --faults or "
        "--intentions; or --mode pct"
    ]


def exploration_table(explorations: Sequence[Exploration]) -> Table:
    """Strategies a line each; a schedule is cut where the terminal ends."""
    from sim.commands.side_by_side import folded
    from sim.commands.tables import plain_table

    table = plain_table("Each strategy under every order, or under those that were drawn")
    table.add_column("strategy", no_wrap=True)
    table.add_column("answer", no_wrap=True)
    for count in ("sche-\ndules", "devia-\ntions", "steps"):
        table.add_column(count, justify="right", no_wrap=True)
    table.expand = True
    table.add_column("schedule", no_wrap=True, overflow="ellipsis", ratio=1)
    for each in explorations:
        found = each.counterexample
        sizes = ("", "") if found is None else (str(len(found.schedule)), str(found.steps))
        what = "" if found is None else str(found.schedule)
        answer = styled(mark(each.holds), f" {each.verdict}")
        table.add_row(folded(each.strategy), answer, str(each.schedules), *sizes, what)
    return table


def show_counterexample(console: Console, found: Counterexample, again: str) -> None:
    """The property, why it is violated, the schedule, the command that repeats it, the diagram."""
    from sim.views.text import space_time_text

    console.print(found.property, style="bold")
    show_verdict(console, found.property, found.verdict)
    for title, line in (("The schedule", str(found.schedule) or "(nothing)"), ("Again", again)):
        console.print(f"\n{title}", style="bold")
        console.print(line, soft_wrap=True)
    console.print("\nWhat it needs, at instants that the timed world confirms\n", style="bold")
    console.print(space_time_text(found.needed), soft_wrap=True)


def replay_command(
    name: str,
    found: Exploration,
    settings: Sequence[str],
    seed: int | None,
    properties: Sequence[str],
) -> str:
    """The command that repeats a counterexample of a scenario, ready for a shell; "" if none."""
    from sim.exploration import USUAL_BOUNDS

    if found.counterexample is None:
        return ""
    bounds = {"--intentions": "intentions", "--steps": "steps"}
    other = [
        (option, str(getattr(found.bounds, field)))
        for option, field in bounds.items()
        if getattr(found.bounds, field) != getattr(USUAL_BOUNDS, field)
    ]
    said = [("--set", each) for each in (*settings, f"strategy={found.strategy}")]
    said += [("--seed", str(seed))] * (seed is not None) + [("--property", p) for p in properties]
    words = [word for option in (*said, *other) for word in option]
    return shlex.join(["tokenrace", "replay", name, str(found.counterexample.schedule), *words])
