"""Verdicts on a terminal: a mark, a sentence, its clause, and the diagram of the witness."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

    from sim.checker import Verdict
    from sim.experiments import Finding
    from sim.scenario import Scenario
    from sim.trace import Trace

#: What `holds` looks like: a sign, a colour and a word, so that no meaning hangs on the colour.
MARKS: dict[bool | None, tuple[str, str, str]] = {
    True: ("✔", "green", "holds"),
    False: ("✘", "red", "violated"),
    None: ("?", "yellow", "unknown"),
}


def mark(holds: bool | None) -> str:
    """The sign of a verdict in its colour."""
    sign, colour, _ = MARKS[holds]
    return f"[{colour}]{sign}[/{colour}]"


def show_verdict(console: Console, name: str, verdict: Verdict, where: str = "") -> None:
    """What a property says, what was found (and `where`), the clause it comes from."""
    from rich.markup import escape
    from rich.padding import Padding

    from sim.checker import PROPERTIES

    for line, style in (
        (PROPERTIES[name].sentence, ""),
        (f"→ {verdict.because}{where}", ""),
        (verdict.clause, "dim"),
    ):
        console.print(Padding(escape(line), (0, 0, 0, 2), expand=False), style=style)


def show_finding(console: Console, name: str, finding: Finding, runs: int) -> None:
    """A verdict in a few lines: what was asked, what was found, where it is written."""
    verdict, word = finding.verdict, MARKS[finding.verdict.holds][2]
    often = f" in {finding.runs} of {runs} runs" if runs > 1 else ""
    where = f" (seed {finding.seed})" if runs > 1 else ""
    console.print(f"{mark(verdict.holds)} [bold]{name}[/bold]: {word}{often}")
    show_verdict(console, name, verdict, where)
    console.print()


def show_witness(console: Console, name: str, finding: Finding, scenario: Scenario) -> None:
    """The space-time diagram of the intention that violated a property."""
    from sim.views.text import space_time_text

    found = witness(finding, scenario)
    if found is None:
        return
    intention = finding.verdict.witness["intention"]
    console.print(f"[bold]{name}: intention {intention} of seed {finding.seed}[/bold]\n")
    console.print(space_time_text(found), markup=False, soft_wrap=True)


def witness(finding: Finding, scenario: Scenario) -> Trace | None:
    """The trace of the witness intention, run once more in full; None when none is named."""
    from sim.world.simulation import simulate

    intention = finding.verdict.witness.get("intention")
    return None if intention is None else simulate(scenario, seed=finding.seed).about(intention)
