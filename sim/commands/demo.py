"""`tokenrace demo`: the main job in half a minute, on the terminal and in a folder."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sim.commands.options import Jobs, Mistake, Replications
from sim.commands.output import progress_bar, terminal, whole_file

if TYPE_CHECKING:
    from rich.console import Console

    from sim.demo import Consent, Race, Wrong

FILES = {
    "report.txt": "what the terminal showed",
    "compare.json": "all measures and verdicts of part one",
    "rates.svg": "the rates of part one with their intervals",
    "rates.png": "the same, for slides",
    "diagram.svg": "the space-time diagram of the run that went wrong",
    "diagram.png": "the same, for slides",
    "diagram.txt": "the same in 69 columns, for a mail or an Internet-Draft",
    "trace.jsonl": "the whole trace of that run; see tokenrace render",
    "issuance.json": "the table of part two",
    "index.html": "everything on one page",
}


def demo(
    output: Annotated[
        Path, typer.Option("--output", metavar="DIR", help="The folder to write to.")
    ] = Path("tokenrace-demo"),
    replications: Replications = 20,
    jobs: Jobs = os.cpu_count() or 1,
) -> None:
    """Both questions in half a minute: the race for one use, and one consent for three servers."""
    from sim import demo as facts

    if output.exists() and not output.is_dir():
        raise Mistake(f"--output {output}: a file; name a folder")
    console = terminal(record=True)
    with progress_bar("part one: the race") as progress:
        race = facts.race(replications, jobs, progress)
    consent = facts.consent()
    _tell_race(console, race)
    _tell_wrong(console, race.wrong)
    _tell_consent(console, consent)
    _tell_next(console, output)
    try:
        output.mkdir(parents=True, exist_ok=True)
        _write(output, console.export_text(), race, consent)
    except OSError as error:
        raise Mistake(f"--output {output}: cannot be written ({error.strerror})") from error


def _tell_race(console: Console, race: Race) -> None:
    from sim.commands.running import show_comparison
    from sim.demo import lessons

    about, uses = race.scenario.about, race.scenario.workload.intentions
    console.rule(f"[bold]Part one. {about.title}: who notices the second use?", align="left")
    _paragraph(console, about.story)
    _paragraph(
        console,
        f"{race.replications} runs of {uses} intentions under each strategy. All of them meet the "
        "same losses, delays, retries and thefts (common random numbers), so what differs is the "
        "strategy. Under each rate stands its 95 % interval.",
    )
    show_comparison(console, race.reports)
    for sentence in lessons(race):
        _paragraph(console, f"• {sentence}")


def _tell_wrong(console: Console, wrong: Wrong) -> None:
    from sim.commands.verdicts import show_finding
    from sim.demo import SHOWN
    from sim.views.text import space_time_text

    strategy = wrong.scenario.strategy
    console.rule(f"[bold]One run that went wrong: {strategy}, seed {wrong.finding.seed}", align="left")
    console.print()
    show_finding(console, SHOWN, wrong.finding)
    console.print(space_time_text(wrong.witness), markup=False, soft_wrap=True)


def _tell_consent(console: Console, consent: Consent) -> None:
    from sim.commands.issuance import issuance_table
    from sim.commands.verdicts import mark
    from sim.demo import MALICIOUS

    about = consent.scenario.about
    console.rule(f"[bold]Part two. {about.title}: one token or three?", align="left")
    _paragraph(console, about.story)
    console.print(issuance_table(consent.rows))
    for row in consent.rows:
        name, verdict = row["name"], consent.verdicts[row["name"]]
        fooled = row["blast_radius"][MALICIOUS]
        where = f"also at {' and '.join(fooled)}" if fooled else "nowhere else"
        _paragraph(
            console,
            f"{mark(verdict.holds)} [bold]{name}[/bold]: what {MALICIOUS} was given worked {where}. "
            f"{row['tokens']} token{'s' * (row['tokens'] > 1)}, {row['round_trips']} requests of "
            f"the client.\n  [dim]{verdict.because} ({verdict.clause})[/dim]",
        )


def _tell_next(console: Console, folder: Path) -> None:
    console.rule("[bold]What next", align="left")
    console.print(f"\nWritten to {folder}/:", soft_wrap=True)
    for name, what in FILES.items():
        console.print(f"  {name:14}{what}")
    console.print("\nTo type next:")
    for command, what in (
        ("./run lab", "the same in notebooks, with sliders"),
        ("./run run two-regions-payment --set strategy=per_replica", "one strategy"),
        ("./run compare two-regions-payment --set thief.probability=0", "no thief"),
        ("./run list", "what else there is"),
    ):
        console.print(f"  [bold]{command}[/bold]  [dim]{what}[/dim]", soft_wrap=True)


def _paragraph(console: Console, text: str) -> None:
    console.print(f"\n{' '.join(text.split())}" if "\n  " not in text else f"\n{text}")


def _write(folder: Path, report: str, race: Race, consent: Consent) -> None:
    """Every file of `FILES`, each whole or not at all."""
    from sim.commands.demo_page import page
    from sim.views.figures import rates_figure
    from sim.views.png import space_time_png
    from sim.views.svg import space_time_svg
    from sim.views.text import space_time_text

    text = "".join(f"{line.rstrip()}\n" for line in report.splitlines())
    strategies = {"scenario": race.scenario.about.title, "seed": race.scenario.seed}
    diagram = space_time_svg(race.wrong.witness)
    _put(folder / "report.txt", text)
    _put(folder / "diagram.svg", diagram)
    _put(folder / "diagram.txt", space_time_text(race.wrong.witness))
    _put(folder / "compare.json", _dump(strategies | {"strategies": race.reports}))
    _put(folder / "issuance.json", _dump({"designs": consent.rows}))
    with whole_file(folder / "trace.jsonl") as path:
        race.wrong.trace.write(path)
    with whole_file(folder / "diagram.png") as path:
        space_time_png(race.wrong.witness, path)


def _put(path: Path, text: str) -> None:
    with whole_file(path) as partial:
        partial.write_text(text, encoding="utf-8")


def _dump(document: dict[str, object]) -> str:
    return json.dumps(document, ensure_ascii=False, indent=2, allow_nan=False) + "\n"
