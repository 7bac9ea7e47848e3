"""How strategies differ from one of them, run by run on the same seeds, for 80 columns.

Rule: each difference stands over the half of its interval; a run that has no value has no part.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sim.commands.side_by_side import folded
from sim.commands.tables import NOTHING, ONE_TIME, plain_table, shortest, stacked

if TYPE_CHECKING:
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

#: A table each: column → the measure whose difference stands in it, and by what it is multiplied.
DIFFERENCES: dict[str, dict[str, tuple[str, float]]] = {
    "safety": {
        "token\naccepted\ntwice": ("double_accept_rate", 100),
        "intention\nhad two\neffects": ("duplicate_effect_per_intention_rate", 100),
        "stolen\ntoken\nworked": ("theft_rate", 100),
    },
    "experience and cost": {
        "first use\nrejected": ("first_use_reject_rate", 100),
        "intention\nserved": ("availability", 100),
        "added\nms mean": ("added_latency_ms.mean", 1),
    },
    **{
        many: {
            "accepted\ntwice": (f"{kind}_double_accept_rate", 100),
            "first use\nrejected": (f"{kind}_first_use_reject_rate", 100),
            "burned": (f"{kind}_burned_rate", 100),
        }
        for kind, many in ONE_TIME.items()
    },
}


def differences(reports: Sequence[dict[str, Any]], against: str) -> Group:
    """How each strategy differs from one of them: tables that each fit, a strategy a line."""
    from rich.console import Group

    found = [_differences(reports, against, what) for what in DIFFERENCES if _told(reports, what)]
    found[-1].caption_justify = "left"
    found[-1].caption = (
        "The mean over runs of what the run has more or less than the same run under "
        f"{against}, and its 95 % interval. Rates in percentage points. {NOTHING}: no run has "
        "both. ?: no interval, for one run makes (nearly) all of it, or all show just the same. "
        "All equal: no proof of no difference."
    )
    if _few(reports):
        found[-1].caption += f" {FEW}"
    return Group(*found)


#: What a mark beside an interval means.
FEW = (
    "*: most runs differ by much the same, and few by anything else: if that is rare, the interval "
    "is too narrow, and covers the truth in 80 to 90 % of cases only; more runs help."
)


def _few(reports: Sequence[dict[str, Any]]) -> bool:
    """Whether an interval that is shown is marked."""
    shown = [
        m for what in DIFFERENCES if _told(reports, what) for m, _ in DIFFERENCES[what].values()
    ]
    found = [report["difference"] for report in reports if "difference" in report]
    return any(_marked(each[measure]) for each in found for measure in shown)


def _marked(estimate: dict[str, Any]) -> bool:
    return estimate["ci95"][1] is not None and "scatter_of_few" in estimate


def _told(reports: Sequence[dict[str, Any]], what: str) -> bool:
    """Whether it is shown: of other one-time objects only what is a difference."""
    measures = [measure for measure, _ in DIFFERENCES[what].values()]
    found = [report["difference"] for report in reports if "difference" in report]
    return what not in ONE_TIME.values() or any(e[m]["value"] for e in found for m in measures)


def _differences(reports: Sequence[dict[str, Any]], against: str, what: str) -> Table:
    columns = DIFFERENCES[what]
    table = plain_table(f"Difference from {against}, run by run on the same seeds: {what}")
    table.add_column("strategy", no_wrap=True)
    for column in columns:
        table.add_column(column, justify="right", no_wrap=True)
    for report in reports:
        if found := report.get("difference"):
            cells = (_difference(found[name], scale) for name, scale in columns.values())
            table.add_row(folded(report["name"]), *cells)
    return table


def _difference(estimate: dict[str, Any], scale: float) -> str | Text:
    """A difference with its sign over the half of its interval."""
    value, high = estimate["value"], estimate["ci95"][1]
    if value is None:
        return NOTHING
    sign = "−" if value < 0 else "+" if value > 0 else ""
    if high is None:
        half = "± ?" if value or estimate["n"] == 1 else "all equal"
    else:
        half = f"± {shortest(scale * (high - value))}{'*' * _marked(estimate)}"
    return stacked(f"{sign}{shortest(abs(scale * value))}", half)
