"""Tables for a terminal of 80 columns: measures of one scenario, and strategies side by side.

Rule: every rate stands over its 95 % interval; one of which nothing was seen is no zero. A table
that would be wider than the terminal is several. `tokenrace list measures` says what they mean.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.table import Table

Metrics = dict[str, Any]
Cell = Callable[[Metrics], str]

NOTHING = "–"


def figure(estimate: dict[str, Any], unit: str = "", scale: float = 1) -> tuple[str, str]:
    """A value and its interval; a bound that too few values could give is a question mark."""
    if estimate["value"] is None:
        return NOTHING, ""
    low, high = ("?" if bound is None else shortest(scale * bound) for bound in estimate["ci95"])
    return f"{shortest(scale * estimate['value'])}{unit}", f"{low}–{high}"


def percent(estimate: dict[str, Any]) -> tuple[str, str]:
    """A rate in percent, and its interval; of what was never seen, what it is below.

    That bound is the rule of three: one-sided, 95 %.
    """
    if estimate["value"] == 0:
        from sim.statistics import rule_of_three

        return f"< {bound(100 * rule_of_three(estimate['n']))} %", f"0/{estimate['n']}"
    return figure(estimate, " %", 100)


def bound(value: float) -> str:
    """Two figures, rounded up, so that what is below the one is below the other; no exponent."""
    from decimal import Decimal
    from math import ceil, floor, log10

    places = 1 - floor(log10(value))
    return f"{Decimal(ceil(round(value * 10.0**places, 6))).scaleb(-places).normalize():f}"


def shortest(value: float) -> str:
    """Three figures at most, without an exponent; a count as it is."""
    if isinstance(value, int):
        return str(value)
    if value >= 99.95:
        return f"{value:.0f}"
    return f"{value:.1f}" if value >= 0.95 else f"{value:.2f}".rstrip("0").rstrip(".")


def _rate(name: str) -> Cell:
    return lambda metrics: _stacked(*percent(metrics[name]))


def _quantile(which: str) -> Cell:
    return lambda metrics: _stacked(*figure(metrics["added_latency_ms"][which]))


def _stacked(value: str, interval: str) -> str:
    return f"[bold]{value}[/bold]\n[dim]{interval}[/dim]"


def _plain(name: str) -> Cell:
    return lambda metrics: NOTHING if metrics[name] is None else shortest(metrics[name])


#: How it is said whether a second use was accepted.
SAID = {True: "yes", False: "no", None: "? (not tried)"}


def _reuse(metrics: Metrics) -> dict[str, bool | None]:
    accepted: dict[str, bool | None] = metrics["certification"]["reuse_accepted_after_s"]
    return accepted


#: title → what its columns mean, where their headers are too short to say it.
CAPTIONS = {
    "Safety: what should never happen": (
        "Stolen token worked: the thief's presentation had an effect, because it came first or was "
        "not noticed. Answer replayed: the thief was given the stored response, without an effect."
    ),
    "Experience: what honest clients met": (
        "Retry rejected: told invalid_token although the first attempt had taken effect. Burned: "
        "used up without any effect. Not told: it took effect, and the client never heard of it."
    ),
    "Cost: milliseconds added at the server, messages, entries kept": (
        "Added: from the arrival of a request at the server to its answer. Messages: all that were "
        "sent, for each thing a user wanted. Entries: the most that the stores of a run held."
    ),
}
#: title → column → what stands in it.
COMPARISON: dict[str, dict[str, Cell]] = {
    "Safety: what should never happen": {
        "token\naccepted\ntwice": _rate("double_accept_rate"),
        "token had\ntwo\neffects": _rate("duplicate_effect_per_token_rate"),
        "intention\nhad two\neffects": _rate("duplicate_effect_per_intention_rate"),
        "stolen\ntoken\nworked": _rate("theft_rate"),
        "answer\nreplayed\nto thief": _rate("stored_answer_to_thief_rate"),
    },
    "Experience: what honest clients met": {
        "first use\nrejected": _rate("first_use_reject_rate"),
        "honest\nretry\nrejected": _rate("retry_reject_rate"),
        "token\nburned": _rate("burned_rate"),
        "effect,\nbut not\ntold": _rate("consumed_unknown_rate"),
        "intention\nserved": _rate("availability"),
    },
    "Cost: milliseconds added at the server, messages, entries kept": {
        "added\nms p50": _quantile("p50"),
        "added\nms p95": _quantile("p95"),
        "added\nms p99": _quantile("p99"),
        "messages\nper use": _plain("messages_per_use"),
        "store\nentries": _plain("store_peak_entries"),
    },
}


def comparison(title: str, strategies: Sequence[tuple[str, Metrics]]) -> Table:
    """One table of `COMPARISON`: a strategy a line."""
    columns = COMPARISON[title]
    table = plain_table(title)
    table.caption, table.caption_justify = CAPTIONS[title], "left"
    table.add_column("strategy", no_wrap=True)
    for column in columns:
        table.add_column(column, justify="right", no_wrap=True)
    for name, metrics in strategies:
        table.add_row(name, *(cell(metrics) for cell in columns.values()))
    return table


#: column → the measure whose difference stands in it, and by what it is multiplied.
DIFFERENCES: dict[str, tuple[str, float]] = {
    "token\naccepted\ntwice": ("double_accept_rate", 100),
    "intention\nhad two\neffects": ("duplicate_effect_per_intention_rate", 100),
    "stolen\ntoken\nworked": ("theft_rate", 100),
    "first use\nrejected": ("first_use_reject_rate", 100),
    "intention\nserved": ("availability", 100),
    "added\nms p50": ("added_latency_ms.p50", 1),
}


def differences(reports: Sequence[dict[str, Any]], against: str) -> Table:
    """How each strategy differs from one of them: a strategy a line."""
    table = plain_table(f"Difference from {against}, run by run on the same seeds")
    table.caption_justify = "left"
    table.caption = (
        "The mean over runs of what the run has more or less than the same run under "
        f"{against}, and its 95 % interval (Student's t). Rates in percentage points. "
        f"{NOTHING}: no run has both. ?: one run has no interval. "
        "All equal: no proof of no difference."
    )
    table.add_column("strategy", no_wrap=True)
    for column in DIFFERENCES:
        table.add_column(column, justify="right", no_wrap=True)
    for report in reports:
        if found := report.get("difference"):
            cells = (_difference(found[name], scale) for name, scale in DIFFERENCES.values())
            table.add_row(report["name"], *cells)
    return table


def _difference(estimate: dict[str, Any], scale: float) -> str:
    """A difference with its sign over the half of its interval."""
    value, high = estimate["value"], estimate["ci95"][1]
    if value is None:
        return NOTHING
    sign = "−" if value < 0 else "+" if value > 0 else ""
    if high is None:
        half = "± ?"
    else:
        half = f"± {shortest(scale * (high - value))}" if high > value else "all equal"
    return _stacked(f"{sign}{shortest(abs(scale * value))}", half)


#: measure → how it is called where there is room for a line.
MEASURES = {
    "double_accept_rate": "tokens accepted twice",
    "duplicate_effect_per_token_rate": "tokens with two effects",
    "duplicate_effect_per_intention_rate": "intentions with two effects",
    "theft_rate": "stolen tokens that worked",
    "stored_answer_to_thief_rate": "stolen tokens answered from store",
    "first_use_reject_rate": "honest first uses rejected",
    "retry_reject_rate": "honest retries told invalid_token",
    "burned_rate": "tokens burned without effect",
    "consumed_unknown_rate": "effects that the client was not told of",
    "availability": "intentions served",
}
DURATIONS = {"latency_ms": "time until served", "added_latency_ms": "time at the server"}


def measures(metrics: Metrics) -> Table:
    """The measures of one scenario, one a line."""
    table = plain_table("Measures")
    table.add_column("")
    for column in ("value", "95 %", "of"):
        table.add_column(column, justify="right")
    for name, said in MEASURES.items():
        table.add_row(said, *percent(metrics[name]), str(metrics[name]["n"]))
    for name, said in DURATIONS.items():
        for which, estimate in metrics[name].items():
            table.add_row(f"{said}, {which}", *figure(estimate, " ms"), str(estimate["n"]))
    table.add_row("messages per intention", _plain("messages_per_use")(metrics))
    table.add_row("most entries in the stores", _plain("store_peak_entries")(metrics))
    for after_s, accepted in _reuse(metrics).items():
        table.add_row(f"second use accepted after {after_s} s", SAID[accepted])
    return table


def verdict_table(reports: Sequence[dict[str, Any]]) -> Table:
    """Which property holds under which strategy, and what a conformance suite would see."""
    from sim.commands.verdicts import mark

    table = plain_table("Properties: ✔ holds in every run, ✘ violated in one, ? unknown in one")
    table.add_column("strategy", no_wrap=True)
    asked = list(reports[0]["verdicts"])
    for name in asked:
        heading = name.replace("_", " ").replace("linearizable", "linear- izable")
        table.add_column(heading, justify="center")
    table.add_column("reuse ok\nafter\n0/1/30 s", justify="center", no_wrap=True)
    for report in reports:
        marks = (mark(report["verdicts"][name]["holds"]) for name in asked)
        clock = "/".join(SAID[accepted][0] for accepted in _reuse(report["metrics"]).values())
        table.add_row(report["name"], *marks, clock)
    return table


def plain_table(title: str) -> Table:
    """A table with a title and a line under its header."""
    from rich import box
    from rich.table import Table

    return Table(
        title=title,
        title_justify="left",
        title_style="bold",
        header_style="",
        box=box.SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
    )
