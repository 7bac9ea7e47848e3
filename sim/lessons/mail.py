"""The mail: a claim about a grace window with its figures, and the commands that give them again.

Law: nothing is said that a reader cannot run.
"""

from __future__ import annotations

from textwrap import fill
from typing import Any

from sim.lessons.capstone import (
    BASELINES,
    LOSS,
    MEDIAN_S,
    PATIENCE_S,
    PRESET,
    RUNS,
    SIGMA,
    Policy,
    fields,
    percent,
    score,
    world,
)

#: The worlds whose figures are told.
TOLD = ("clients", "thief")
WIDTH = 69


def paragraph(policy: Policy, runs: int = RUNS) -> str:
    """What can be mailed: the claim with its figures, and how to get them again."""
    mine, none, sixty = (score(each, runs) for each in (policy, *BASELINES.values()))
    shown = ", ".join(f"{name}={value}" for name, value in policy.items())
    text = (
        f"With {shown}, {percent(mine.told_no)} of sessions end early because an answer was lost "
        f"(no grace: {percent(none.told_no)}; 60 s: {percent(sixty.told_no)}), when "
        f"{100 * LOSS:.0f} % of answers are lost and clients try again after {PATIENCE_S:.0f} s. "
        f"Of the {mine.theft.n} token requests that a thief repeats, {percent(mine.theft)} bring "
        f"it an access token (no grace: {percent(none.theft)}; 60 s: {percent(sixty.theft)}), "
        "when it comes "
        f"after a lognormal time with median {MEDIAN_S:.0f} s and sigma {SIGMA}. Intervals are "
        f"95 %. Simulated: tokenrace, scenario {PRESET}, {runs} runs of "
        f"{world(policy).workload.intentions} sessions. The first share is 1 - availability of "
        "the first command; the second is the n of theft_rate in the second, of as many "
        "token requests."
    )
    return "\n\n".join(
        [
            fill(text, WIDTH, break_on_hyphens=False),
            *(_command(policy, about, runs) for about in TOLD),
        ]
    )


def _command(policy: Policy, about: str, runs: int) -> str:
    """The command line that runs a world."""
    lines = [f"./run run {PRESET} --json", f"  --replications {runs}"]
    for field, value in fields(policy, about).items():
        lines.append(f"  --set '{field}={_toml(value)}'")
    return " \\\n".join(lines)


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{name} = {_toml(each)}" for name, each in value.items()) + " }"
    return f'"{value}"' if isinstance(value, str) else str(value)
