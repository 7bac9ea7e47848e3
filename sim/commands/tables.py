"""Tables for a terminal of 80 columns: measures of one scenario, and strategies side by side.

Rule: every rate stands over its 95 % interval; a table that would be wider than the terminal is
several tables. What a measure means is told by `tokenrace list measures`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.table import Table

Metrics = dict[str, Any]
Cell = Callable[[Metrics], str]


def percent(estimate: dict[str, Any], line: str = "\n") -> str:
    """A rate in percent over its interval."""
    if estimate["value"] is None:
        return "none to count"
    low, high = (_shortest(100 * bound) for bound in estimate["ci95"])
    return f"[bold]{_shortest(100 * estimate['value'])} %[/bold]{line}[dim]{low} – {high}[/dim]"


def number(estimate: dict[str, Any], line: str = "\n") -> str:
    """A value over its interval; a bound that too few values could give is a question mark."""
    if estimate["value"] is None:
        return "none to count"
    low, high = ("?" if bound is None else _shortest(bound) for bound in estimate["ci95"])
    return f"[bold]{_shortest(estimate['value'])}[/bold]{line}[dim]{low} – {high}[/dim]"


def _shortest(value: float) -> str:
    """Three figures at most, without an exponent."""
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}" if abs(value) >= 1 else f"{value:.2g}"


def _rate(name: str) -> Cell:
    return lambda metrics: percent(metrics[name])


def _quantile(name: str, which: str) -> Cell:
    return lambda metrics: number(metrics[name][which])


def _plain(name: str) -> Cell:
    return lambda metrics: "" if metrics[name] is None else _shortest(metrics[name])


def _clock(metrics: Metrics) -> str:
    accepted = metrics["certification"].get("reuse_accepted_after_s", {})
    return "\n".join(f"{s} s: {'yes' if yes else 'no'}" for s, yes in accepted.items())


#: title → column → what stands in it.
COMPARISON: dict[str, dict[str, Cell]] = {
    "Safety: what should never happen": {
        "token\naccepted\ntwice": _rate("double_accept_rate"),
        "token\npaid\ntwice": _rate("duplicate_effect_per_token_rate"),
        "intention\npaid\ntwice": _rate("duplicate_effect_per_intention_rate"),
        "theft\nworked": _rate("theft_rate"),
        "thief got\na stored\nanswer": _rate("stored_answer_to_thief_rate"),
    },
    "Experience: what honest clients were told": {
        "first use\nrejected": _rate("first_use_reject_rate"),
        "retry told\ninvalid_\ntoken": _rate("retry_reject_rate"),
        "token\nburned": _rate("burned_rate"),
        "took effect,\nclient not\ntold": _rate("consumed_unknown_rate"),
        "served": _rate("availability"),
    },
    "Cost: time added at the server in ms, messages per intention, entries kept": {
        "p50": _quantile("added_latency_ms", "p50"),
        "p95": _quantile("added_latency_ms", "p95"),
        "p99": _quantile("added_latency_ms", "p99"),
        "messages": _plain("messages_per_use"),
        "entries": _plain("store_peak_entries"),
        "accepts\nreuse after": _clock,
    },
}


def comparison(title: str, strategies: Sequence[tuple[str, Metrics]]) -> Table:
    """One table of `COMPARISON`: a strategy a line."""
    columns = COMPARISON[title]
    table = plain_table(title)
    table.add_column("strategy", no_wrap=True)
    for column in columns:
        table.add_column(column, justify="right")
    for name, metrics in strategies:
        table.add_row(name, *(cell(metrics) for cell in columns.values()))
    return table


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


def measures(metrics: Metrics) -> Table:
    """The measures of one scenario, one a line."""
    table = plain_table("Measures")
    for column, justify in (("", "left"), ("value", "right"), ("95 %", "left"), ("n", "right")):
        table.add_column(column, justify=justify)  # type: ignore[arg-type]  # rich's literals
    for name, said in MEASURES.items():
        _line(table, said, percent(metrics[name], "|"), metrics[name]["n"])
    for name, said in (("latency_ms", "time until served"), ("added_latency_ms", "time at server")):
        for which, estimate in metrics[name].items():
            _line(table, f"{said}, {which} in ms", number(estimate, "|"), estimate["n"])
    table.add_row("messages per intention", _plain("messages_per_use")(metrics), "", "")
    table.add_row("most entries in the stores", _plain("store_peak_entries")(metrics), "", "")
    for after_s, accepted in metrics["certification"]["reuse_accepted_after_s"].items():
        table.add_row(f"second use accepted after {after_s} s", "yes" if accepted else "no", "", "")
    return table


def _line(table: Table, said: str, cell: str, n: int) -> None:
    value, _, interval = cell.partition("|")
    table.add_row(said, value, interval, str(n))


def plain_table(title: str) -> Table:
    """A table with a title and a line under its header."""
    from rich import box
    from rich.table import Table

    return Table(
        title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, padding=(0, 1)
    )


def verdict_table(strategies: Sequence[tuple[str, dict[str, Any]]]) -> Table:
    """Which property holds under which strategy."""
    from sim.commands.verdicts import mark

    table = plain_table("Properties: ✔ holds, ✘ violated, ? unknown")
    table.add_column("property", no_wrap=True)
    for name, _ in strategies:
        table.add_column(name.replace("_", "_\n"), justify="center")
    for name in strategies[0][1]:
        table.add_row(name, *(mark(verdicts[name]["holds"]) for _, verdicts in strategies))
    return table
