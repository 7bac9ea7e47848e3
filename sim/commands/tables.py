"""Tables for a terminal of 80 columns: measures of one scenario, and which property holds where.

Rule: every rate stands with its 95 % interval; none seen is no 0 %, and all no 100 %. A measure
that has nothing to say in a scenario gets no line. `tokenrace list measures` says what they mean.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from decimal import ROUND_FLOOR, Decimal
from typing import TYPE_CHECKING, Any

from sim.commands.output import styled
from sim.statistics import percent_below, rounded_up, rule_of_three

if TYPE_CHECKING:
    from rich.table import Table
    from rich.text import Text

Metrics = dict[str, Any]

NOTHING = "–"


def figure(estimate: dict[str, Any], unit: str = "", scale: float = 1) -> tuple[str, str]:
    """A value and its interval; a bound that too few values could give is a question mark."""
    if estimate["value"] is None:
        return NOTHING, ""
    low, high = ("?" if bound is None else shortest(scale * bound) for bound in estimate["ci95"])
    return f"{shortest(scale * estimate['value'])}{unit}", f"{low}–{high}"


def percent(estimate: dict[str, Any]) -> tuple[str, str]:
    """A rate in percent, and its interval; of what was never seen, or always, what bounds it.

    That bound is the rule of three: one-sided, 95 %. What it leaves open, `left_open` says.
    """
    value, n = estimate["value"], estimate["n"]
    if value in {0, 1}:
        return _bounded(int(value), n), f"{n if value else 0}/{n}"
    shown, interval = figure(estimate, "", 100)
    if shown in {"0", "100"}:
        shown = rounded_up(100 * value) if shown == "0" else _less(rounded_up(100 * (1 - value)))
    return (shown if value is None else f"{shown} %"), interval


def _bounded(all_: int, n: int) -> str:
    """What none or all of n leave: nothing for a few."""
    if rule_of_three(n) == 1:
        return "?"
    rare = percent_below(n)
    return f"> {_less(rare)} %" if all_ else f"< {rare} %"


def _less(rare: str) -> str:
    """100 without so much, rounded down to two places."""
    left = (100 - Decimal(rare)).quantize(Decimal("0.01"), ROUND_FLOOR)
    return f"{left.normalize():f}"


def left_open(estimates: Iterable[dict[str, Any]]) -> str:
    """What these rates leave open for want of runs: where all or nothing was seen, or one run."""
    rates = [each for each in estimates if each["n"]]
    several = [each for each in rates if "runs" in each]
    if rates and not several:
        return (
            "One run cannot tell how runs differ: all that it counted is taken as independent in "
            "every interval and bound."
        )
    notes = ["Intervals are over runs: where few of them had any, they are wide." * bool(several)]
    notes.append(_bounds_left_open(several))
    if len(several) < len(rates):
        notes.append("What only one run had is taken as independent: how runs differ, none tells.")
    return " ".join(filter(None, notes))


def _bounds_left_open(rates: Sequence[dict[str, Any]]) -> str:
    """What "< x %" and "> x %" leave open where the cases are those of several runs."""
    none = [each["runs_with_any"]["below"] for each in rates if "runs_with_any" in each]
    all_ = [1 - each["runs_with_all"]["above"] for each in rates if "runs_with_all" in each]
    said = [*['"< x %": none seen'] * bool(none), *['"> x %": seen in all'] * bool(all_)]
    if not said:
        return ""
    return (
        f"{'; '.join(said)}; 95 % confidence, given the faults that these runs met. A fault that "
        f"strikes fewer than {rounded_up(100 * max(none + all_))} % of runs may have struck none "
        "of them."
    )


def shortest(value: float) -> str:
    """Three figures at most, without an exponent; a count as it is."""
    if isinstance(value, int):
        return str(value)
    if value >= 99.95:
        return f"{value:.0f}"
    return f"{value:.1f}" if value >= 0.95 else f"{value:.2f}".rstrip("0").rstrip(".")


def stacked(value: str, interval: str) -> Text:
    """A value over its interval."""
    return styled((value, "bold"), "\n", (interval, "dim"))


#: How it is said whether a second use was accepted.
SAID = {True: "yes", False: "no", None: "? (not tried)"}


def _reuse(metrics: Metrics) -> dict[str, bool | None]:
    accepted: dict[str, bool | None] = metrics["certification"]["reuse_accepted_after_s"]
    return accepted


def rotates(metrics: Metrics) -> bool:
    """Whether refresh tokens were rotated where the certification clock looked."""
    again = metrics["certification"].get("previous_refresh_token_accepted_after_s", {})
    return any(accepted is not None for accepted in again.values())


#: kind of one-time object beside access tokens → what many are called. Of mailed links the lines
#: of tokens speak: a link is a single-use token too.
ONE_TIME = {
    "code": "codes",
    "refresh_token": "refresh tokens",
    "dpop_proof": "DPoP proofs",
    "client_assertion": "client assertions",
    "idempotency_key": "idempotency keys",
}


def presented(kind: str) -> Callable[[Metrics], bool]:
    """Whether any object of this kind was presented."""
    return lambda metrics: bool(metrics[f"{kind}_double_accept_rate"]["n"])


_OF_EACH = {
    "double_accept_rate": "{} accepted twice",
    "first_use_reject_rate": "{}: honest first use rejected",
    "burned_rate": "{} burned",
}
#: measure → how it is called where there is room for a line.
MEASURES = {
    "double_accept_rate": "tokens accepted twice",
    "duplicate_effect_per_token_rate": "tokens with two effects",
    "duplicate_effect_per_intention_rate": "intentions with two effects",
    "compensated_rate": "double acceptance made up for",
    "theft_rate": "stolen tokens that worked",
    "thief_before_rate": "stolen tokens: thief accepted first",
    "thief_after_rate": "stolen tokens: thief accepted after",
    "stored_answer_to_thief_rate": "stolen tokens answered from store",
    "first_use_reject_rate": "honest first uses rejected",
    "retry_reject_rate": "honest retries told invalid_token",
    "family_revoke_rate": "families revoked without a thief",
    "burned_rate": "tokens burned without effect",
    "consumed_unknown_rate": "effects that the client was not told of",
    "availability": "intentions served",
    **{
        f"{k}_{m}": said.format(many)
        for k, many in ONE_TIME.items()
        for m, said in _OF_EACH.items()
    },
}
DURATIONS = {
    "latency_ms": "time until served",
    "added_latency_ms": "time at the server",
    "exposure_ms": "stolen token good for a thief",
    "detection_ms": "time until made up for",
}
PLAIN = {
    "messages_per_use": "messages per intention",
    "store_operations_per_use": "store operations per intention",
    "store_peak_entries": "most entries in the stores",
    "store_peak_bytes": "most bytes in the stores",
}
#: measure → when it is worth a line; the others always are.
WORTH: dict[str, Callable[[Metrics], bool]] = {
    "compensated_rate": lambda metrics: bool(metrics["compensated_rate"]["value"]),
    "thief_before_rate": lambda metrics: bool(metrics["thief_before_rate"]["n"]),
    "thief_after_rate": lambda metrics: bool(metrics["thief_after_rate"]["n"]),
    "family_revoke_rate": rotates,
    "exposure_ms": lambda metrics: bool(metrics["exposure_ms"]["p50"]["n"]),
    "detection_ms": lambda metrics: bool(metrics["detection_ms"]["p50"]["n"]),
    **{f"{kind}_{measure}": presented(kind) for kind in ONE_TIME for measure in _OF_EACH},
}


def measures(metrics: Metrics) -> Table:
    """The measures of one scenario, one a line; `tokenrace list measures` says what they mean."""
    table = plain_table("Measures")
    table.add_column("")
    for column in ("value", "95 %", "of"):
        table.add_column(column, justify="right")
    shown = _worth(MEASURES, metrics)
    table.caption, table.caption_justify = left_open(metrics[name] for name, _ in shown), "left"
    for name, said in shown:
        table.add_row(said, *percent(metrics[name]), str(metrics[name]["n"]))
    for name, said in _worth(DURATIONS, metrics):
        for which, estimate in metrics[name].items():
            table.add_row(f"{said}, {which}", *figure(estimate, " ms"), str(estimate["n"]))
    for name, said in PLAIN.items():
        value = metrics[name]
        table.add_row(said, NOTHING if value is None else shortest(value))
    for after_s, accepted in _reuse(metrics).items():
        table.add_row(f"second use accepted after {after_s} s", SAID[accepted])
    return table


def _worth(names: dict[str, str], metrics: Metrics) -> list[tuple[str, str]]:
    return [(n, said) for n, said in names.items() if n not in WORTH or WORTH[n](metrics)]


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
