"""`tokenrace demo`: the main job in half a minute, on the terminal and in a folder."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sim.commands.endings import Interrupted, Mistake
from sim.commands.options import Jobs, Replications
from sim.commands.output import progress_bar, styled, terminal, whole_file
from sim.views.words import counted

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

    from sim.demo import Consent, Race
    from sim.witness import Witness

PROCESSORS = os.cpu_count() or 1
PAGE = "index.html"
FILES = {
    "report.txt": "what the terminal showed",
    "compare.json": "all measures and verdicts of part one",
    "rates.svg": "the rates of part one with their intervals",
    "rates.png": "the same, for slides",
    "pareto.svg": "double acceptance against added latency, to take to a meeting",
    "pareto.png": "the same, for slides",
    "diagram.svg": "the space-time diagram of the run that went wrong",
    "diagram.png": "the same, for slides",
    "diagram.txt": "the same in 69 columns, for a mail or an Internet-Draft",
    "trace.jsonl": "the whole trace of that run; see tokenrace render",
    "issuance.json": "the table of part two",
    PAGE: "the report and its pictures on one page, which can be mailed",
}


NEXT = {
    "./run lab": "the same in notebooks, with sliders",
    "./run run two-regions-payment --set strategy=per_replica": "one strategy, in detail",
    "./run compare two-regions-payment --set thief.probability=0": "the same without a thief",
    "./run compare two-regions-payment -o pareto.png": "all strategies, and their picture",
    "./run list": "the other scenarios, strategies, issuance designs and properties",
}
INTRODUCTION = (
    "tokenrace runs OAuth in a simulated network: an authorization server, resource servers, "
    "clients and attackers. Two stories follow; every number in them was counted in runs just made."
)


def demo(
    output: Annotated[
        Path, typer.Option("--output", metavar="DIR", help="The folder to write to.")
    ] = Path("tokenrace-demo"),
    replications: Replications = 20,
    jobs: Jobs = PROCESSORS,
) -> None:
    """Both questions in half a minute: the race for one use, and one consent for three servers."""
    from sim import demo as facts

    try:
        output.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Mistake(f"--output {output}: cannot be made ({error.strerror})") from error
    console = terminal(record=True)
    with progress_bar("part one: the race") as progress:
        race = facts.race(replications, jobs, progress)
    if race.replications < replications:
        done = f"{race.replications} of {replications} replications were finished"
        raise Interrupted(f"{done}; nothing was written")
    consent = facts.consent()
    _paragraph(console, INTRODUCTION)
    _tell_race(console, race)
    _tell_wrong(console, race.wrong)
    _tell_consent(console, consent)
    _tell_next(console, output)
    _write(output, console.export_text(), race, consent)


def _tell_race(console: Console, race: Race) -> None:
    from sim.commands.running import show_comparison
    from sim.demo import lessons

    about, uses = race.scenario.about, race.scenario.workload.intentions
    _heading(console, f"Part one. {about.title}: who notices the second use?")
    _paragraph(console, about.story)
    _paragraph(
        console,
        f"{counted(race.replications, 'run')} of {uses} intentions under each strategy. All meet "
        "the same delays, losses and thefts (common random numbers): what differs is the strategy. "
        "Under each rate stands its 95 % interval.",
    )
    show_comparison(console, race.reports)
    for sentence in lessons(race):
        _item(console, "•", sentence)


def _tell_wrong(console: Console, wrong: Witness) -> None:
    from sim.commands.verdicts import show_finding
    from sim.experiments import Finding
    from sim.views.text import space_time_text
    from sim.witness import RUNS, SHOWN

    _heading(console, f"One payment that went wrong: {wrong.scenario.strategy}, seed {wrong.seed}")
    _paragraph(
        console,
        f"Chosen among the first {counted(RUNS, 'run')} of each strategy that accepted a token "
        "twice: the payment that shows most of the story. Nothing in it is staged.",
    )
    show_finding(console, SHOWN, Finding(wrong.verdict, wrong.seed), runs=1)
    console.print(space_time_text(wrong.story), soft_wrap=True)


def _tell_consent(console: Console, consent: Consent) -> None:
    from sim.commands.issuance import issuance_table
    from sim.commands.verdicts import mark
    from sim.demo import MALICIOUS

    about = consent.scenario.about
    _heading(console, f"Part two. {about.title}: one token or three?")
    _paragraph(console, about.story)
    console.print(issuance_table(consent.rows))
    for row in consent.rows:
        name, verdict = row["name"], consent.verdicts[row["name"]]
        fooled = row["blast_radius"][MALICIOUS]
        where = f"also at {' and '.join(fooled)}" if fooled else "nowhere else"
        told = styled(
            (name, "bold"),
            f": what {MALICIOUS} was given worked {where}. {counted(row['tokens'], 'token')}, "
            f"{counted(row['round_trips'], 'round trip')}.\n→ {verdict.because}\n",
            (verdict.clause, "dim"),
        )
        _item(console, mark(verdict.holds), told)


def _tell_next(console: Console, folder: Path) -> None:
    _heading(console, "What next")
    console.print(f"Written to {folder}/", soft_wrap=True)
    for name, what in FILES.items():
        console.print(f"  {name:15}{what}")
    console.print("\nTo type next")
    for command, what in NEXT.items():
        console.print(styled("  ", (command, "bold"), "\n      ", (what, "dim")), soft_wrap=True)


def _heading(console: Console, text: str) -> None:
    console.rule(styled((text, "bold")), align="left")
    console.print()


def _paragraph(console: Console, text: str) -> None:
    console.print(f"{' '.join(text.split())}\n")


def _item(console: Console, sign: str | Text, text: str | Text) -> None:
    from rich.table import Table

    grid = Table.grid(padding=(0, 1))
    grid.add_row(sign, text)
    console.print(grid)
    console.print()


def _write(folder: Path, report: str, race: Race, consent: Consent) -> None:
    """Every file of `FILES`, each whole or not at all."""
    from sim.commands.demo_page import page
    from sim.views.figure_files import html_of, save_figure
    from sim.views.figures import rates_alt, rates_figure
    from sim.views.pareto import pareto_alt, pareto_figure
    from sim.views.png import space_time_png
    from sim.views.svg import space_time_svg
    from sim.views.text import space_time_text

    witness, rates = race.wrong.story, rates_figure(race.reports)
    shown = (race.reports, race.scenario.about.title, race.replications)
    pareto = pareto_figure(*shown)
    about = {"scenario": race.scenario.about.title, "seed": race.scenario.seed}
    text = "".join(f"{line.rstrip()}\n" for line in report.splitlines())
    figures = {
        "Every strategy on the same story, with 95 % intervals": html_of(
            rates, rates_alt(race.reports)
        ),
        "What each lets through against what it takes": html_of(pareto, pareto_alt(*shown)),
        f"One payment that went wrong: {race.wrong.verdict.because}": space_time_svg(witness),
    }
    _put(folder / "report.txt", text)
    _put(folder / "compare.json", _dump(about | {"strategies": race.reports}))
    _put(folder / "issuance.json", _dump({"designs": consent.rows}))
    _put(folder / "diagram.svg", space_time_svg(witness))
    _put(folder / "diagram.txt", space_time_text(witness))
    others = {name: what for name, what in FILES.items() if name != PAGE}
    more = (figures, _folded(race), others)
    _put(folder / PAGE, page("tokenrace: the demonstration", text, *more))
    for name, write in (
        ("trace.jsonl", race.wrong.trace.write),
        ("diagram.png", lambda path: space_time_png(witness, path)),
        ("rates.svg", lambda path: save_figure(rates, path)),
        ("rates.png", lambda path: save_figure(rates, path)),
        ("pareto.svg", lambda path: save_figure(pareto, path)),
        ("pareto.png", lambda path: save_figure(pareto, path)),
    ):
        with whole_file(folder / name) as path:
            write(path)


def _folded(race: Race) -> dict[str, str]:
    """What a page has besides the report: what it is → HTML."""
    from sim import demo as facts
    from sim.commands.demo_page import plain
    from sim.scenario_files import presets
    from sim.views.wire import wire_html

    story = race.wrong.story
    toml = {name: path.read_text(encoding="utf-8") for name, path in presets().items()}
    set_ = f"strategy {race.wrong.scenario.strategy}, seed {race.wrong.seed}"
    return {
        "The payment that went wrong: its messages as HTTP": wire_html(story),
        "The payment that went wrong: its rows of the trace": plain("\n".join(story.lines())),
        f"The scenario of part one (of that payment: {set_})": plain(toml[facts.RACE]),
        "The scenario of part two": plain(toml[facts.CONSENT]),
    }


def _put(path: Path, text: str) -> None:
    with whole_file(path) as partial:
        partial.write_text(text, encoding="utf-8")


def _dump(document: dict[str, object]) -> str:
    return json.dumps(document, ensure_ascii=False, indent=2, allow_nan=False) + "\n"
