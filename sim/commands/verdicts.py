"""Verdicts on a terminal: a mark, a sentence, its clause, and the diagram of the witness."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from sim.commands.output import styled

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

    from sim.checker import Verdict
    from sim.experiments import Finding, Result

#: What `holds` looks like: a sign, a colour and a word, so that no meaning hangs on the colour.
MARKS: dict[bool | None, tuple[str, str, str]] = {
    True: ("✔", "green", "holds"),
    False: ("✘", "red", "violated"),
    None: ("?", "yellow", "unknown"),
}


def mark(holds: bool | None) -> Text:
    """The sign of a verdict in its colour."""
    return styled(MARKS[holds][:2])


def show_verdict(console: Console, name: str, verdict: Verdict, where: str = "") -> None:
    """What a property says, what was found (and `where`), the clause it comes from."""
    from rich.padding import Padding

    from sim.checker import PROPERTIES

    for line, style in (
        (PROPERTIES[name].sentence, ""),
        (f"→ {verdict.because}{where}", ""),
        (verdict.clause, "dim"),
    ):
        console.print(Padding(line, (0, 0, 0, 2), expand=False), style=style)


def show_finding(console: Console, name: str, finding: Finding, runs: int) -> None:
    """A verdict in a few lines: what was asked, what was found, where it is written."""
    verdict, word = finding.verdict, MARKS[finding.verdict.holds][2]
    often = f" in {finding.runs} of {runs} runs" if runs > 1 else ""
    where = f" (seed {finding.seed})" if runs > 1 else ""
    console.print(styled(mark(verdict.holds), " ", (name, "bold"), f": {word}{often}"))
    show_verdict(console, name, verdict, where)
    console.print()


def show_witnesses(console: Console, result: Result) -> None:
    """The space-time diagram of each intention that violated properties, once, under all of them.

    It is run once more, in full.
    """
    from sim.views.text import space_time_text
    from sim.world.simulation import simulate

    for (seed, intention), names in witnessed(result.findings).items():
        title = f"{', '.join(names)}: intention {intention} of seed {seed}"
        console.print(styled((title, "bold"), "\n"), soft_wrap=True)
        found = simulate(result.scenario, seed=seed).about(intention)
        console.print(space_time_text(found), soft_wrap=True)


def witnessed(findings: Mapping[str, Finding]) -> dict[tuple[int, int], list[str]]:
    """Seed and intention → the properties whose violation they show; none where none is named."""
    found: dict[tuple[int, int], list[str]] = {}
    for name, (verdict, seed, _) in findings.items():
        intention = verdict.witness.get("intention")
        if verdict.holds is False and intention is not None:
            found.setdefault((seed, intention), []).append(name)
    return found
