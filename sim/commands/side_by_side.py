"""Strategies side by side, for a terminal of 80 columns: what went wrong, what it cost.

Rule: a strategy a line, every rate over its 95 % interval. A table that would be wider than the
terminal is several; one that would say nothing is left out. Rows that are equal in every number are
named, with what the two strategies differ in nevertheless.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from sim.commands.tables import (
    NOTHING,
    ONE_TIME,
    Metrics,
    figure,
    left_open,
    percent,
    plain_table,
    presented,
    rotates,
    shortest,
    stacked,
)

if TYPE_CHECKING:
    from rich.table import Table
    from rich.text import Text

Cell = Callable[[Metrics], "str | Text"]
Strategies = Sequence[tuple[str, Metrics]]


@dataclass(frozen=True)
class Share:
    """The cell of a rate."""

    name: str

    def __call__(self, metrics: Metrics) -> Text:
        return stacked(*percent(metrics[self.name]))


def _ms(name: str, which: str) -> Cell:
    return lambda metrics: stacked(*figure(metrics[name][which]))


def _plain(name: str) -> Cell:
    return lambda metrics: NOTHING if metrics[name] is None else shortest(metrics[name])


def _stolen(metrics: Metrics) -> bool:
    return bool(metrics["thief_before_rate"]["n"])


def _made_up_for(metrics: Metrics) -> bool:
    return bool(metrics["compensated_rate"]["value"])


class Section(NamedTuple):
    """A table: what its columns mean, the columns, and of whom it has something to say.

    `if_different`: it says nothing where all of them are alike in it.
    """

    caption: str
    columns: dict[str, Cell]
    concerns: Callable[[Metrics], bool] = bool
    if_different: bool = False

    def rows(self, strategies: Strategies) -> list[tuple[str, list[str | Text]]]:
        """Strategy → its cells, of those that it concerns; none where that would say nothing."""
        found = [
            (name, [cell(metrics) for cell in self.columns.values()])
            for name, metrics in strategies
            if self.concerns(metrics)
        ]
        alike = len(found) > 1 and all(cells == found[0][1] for _, cells in found)
        return [] if self.if_different and alike else found


def _of_kind(kind: str) -> Section:
    """The table of a kind of one-time object that is no access token."""
    return Section(
        f"Of {ONE_TIME[kind]} that were presented. First use rejected: called used though nobody "
        "had used it. Burned: recorded as used, and nothing came of it.",
        {
            "accepted\ntwice": Share(f"{kind}_double_accept_rate"),
            "first use\nrejected": Share(f"{kind}_first_use_reject_rate"),
            "burned": Share(f"{kind}_burned_rate"),
        },
        presented(kind),
        if_different=True,  # as a rule these are guarded by another strategy than is compared
    )


COST = "Cost: milliseconds added at the server, messages, entries kept"
COMPARISON: dict[str, Section] = {
    "Safety: what should never happen": Section(
        "Stolen token worked: the thief's presentation had an effect, because it came first or was "
        "not noticed. Answer replayed: the thief was given the stored response, without an effect.",
        {
            "token\naccepted\ntwice": Share("double_accept_rate"),
            "token had\ntwo\neffects": Share("duplicate_effect_per_token_rate"),
            "intention\nhad two\neffects": Share("duplicate_effect_per_intention_rate"),
            "stolen\ntoken\nworked": Share("theft_rate"),
            "answer\nreplayed\nto thief": Share("stored_answer_to_thief_rate"),
        },
    ),
    "Theft: when the thief was accepted, and for how long": Section(
        "Of stolen tokens. First: no acceptance of the client's came before. Good for a thief: "
        "from its first presentation to the last record or acceptance of the token by anybody, or "
        "to its expiry where no store recorded it.",
        {
            "thief\naccepted\nfirst": Share("thief_before_rate"),
            "thief\naccepted\nafterwards": Share("thief_after_rate"),
            "good for\na thief\nms p50": _ms("exposure_ms", "p50"),
            "good for\na thief\nms p95": _ms("exposure_ms", "p95"),
        },
        _stolen,
    ),
    "Repair: double acceptance that was noticed and made up for": Section(
        "Of tokens accepted twice. Only strategies that compensate are shown; for the others it "
        "stays as it is. After: from the second acceptance to the compensation.",
        {
            "made\nup for": Share("compensated_rate"),
            "after\nms p50": _ms("detection_ms", "p50"),
            "after\nms p95": _ms("detection_ms", "p95"),
        },
        _made_up_for,
    ),
    "Families: authorizations that the server revoked of its own accord": Section(
        "Of those whose code or refresh token only the client had shown: a retry or a second tab "
        "was taken for a thief.",
        {"family\nrevoked": Share("family_revoke_rate")},
        rotates,
    ),
    "Experience: what honest clients met": Section(
        "Retry rejected: told invalid_token although the first attempt had taken effect. Burned: "
        "used up without any effect. Not told: it took effect, and the client never heard of it.",
        {
            "first use\nrejected": Share("first_use_reject_rate"),
            "honest\nretry\nrejected": Share("retry_reject_rate"),
            "token\nburned": Share("burned_rate"),
            "effect,\nbut not\ntold": Share("consumed_unknown_rate"),
            "intention\nserved": Share("availability"),
        },
    ),
    **{
        f"{many[:1].upper()}{many[1:]}: each for one use": _of_kind(kind)
        for kind, many in ONE_TIME.items()
    },
    COST: Section(
        "Added: from the arrival of a request at the server to its answer; look at the mean where "
        "stores are near to some replicas and far from others. Messages: all that were sent, for "
        "each thing a user wanted. Entries: the most that the stores of a run held.",
        {
            "added\nms mean": _ms("added_latency_ms", "mean"),
            "added\nms p50": _ms("added_latency_ms", "p50"),
            "added\nms p95": _ms("added_latency_ms", "p95"),
            "messages\nper use": _plain("messages_per_use"),
            "store\nentries": _plain("store_peak_entries"),
        },
    ),
}


def tables(strategies: Strategies) -> list[Table]:
    """The tables of `COMPARISON` that have something to say of these strategies.

    What bounds and intervals leave open stands once, under the last.
    """
    shown = [
        comparison(title, strategies)
        for title, section in COMPARISON.items()
        if section.rows(strategies)
    ]
    if note := left_open(_rates(strategies)):
        shown[-1].caption = f"{shown[-1].caption}\n\n{note}"
    return shown


def _rates(strategies: Strategies) -> Iterator[dict[str, Any]]:
    """Every rate that stands in one of the tables."""
    for section in COMPARISON.values():
        shown = [name for name, _ in section.rows(strategies)]
        rates = [cell.name for cell in section.columns.values() if isinstance(cell, Share)]
        for name, metrics in strategies:
            if name in shown:
                yield from (metrics[rate] for rate in rates)


def comparison(title: str, strategies: Strategies) -> Table:
    """One table of `COMPARISON`: a strategy a line."""
    from sim.views.pareto import taken_for_granted

    section, table = COMPARISON[title], plain_table(title)
    caption = section.caption
    if title == COST:
        caption = " ".join([caption, *taken_for_granted(name for name, _ in strategies)])
    table.caption, table.caption_justify = caption, "left"
    table.add_column("strategy", no_wrap=True)
    for column in section.columns:
        table.add_column(column, justify="right", no_wrap=True)
    for name, cells in section.rows(strategies):
        table.add_row(folded(name), *cells)
    return table


#: Characters of a name that leave room for five columns in a terminal of 80.
LONGEST = 21


def folded(name: str) -> str:
    """A name in two lines, after a `_`, if it is long: numbers stand over their intervals too."""
    head = name[:LONGEST].rpartition("_")[0] if len(name) > LONGEST else ""
    return f"{head}_\n{name[len(head) + 1 :]}" if head else name


#: What a strategy's class says of it that may make no difference in a scenario.
TRAITS = ("polarity", "atomicity", "placement", "memory", "consumes_at", "lost_response", "fenced")


def alike(strategies: Strategies) -> list[str]:
    """A sentence about each group of strategies that no number in the tables tells apart."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for name, metrics in strategies:
        cells = (c(metrics) for section in COMPARISON.values() for c in section.columns.values())
        groups.setdefault(tuple(map(str, cells)), []).append(name)
    return [_same(names) for names in groups.values() if len(names) > 1]


def _same(names: Sequence[str]) -> str:
    from oauth_model.strategies import STRATEGIES

    found = {
        trait: list(dict.fromkeys(str(getattr(STRATEGIES[name], trait)) for name in names))
        for trait in TRAITS
    }
    told = [
        f"{trait.replace('_', ' ')}: {' or '.join(values)}"
        for trait, values in found.items()
        if len(values) > 1
    ]
    what = f"what they differ in ({'; '.join(told)})" if told else "what they differ in"
    return (
        f"{', '.join(names)}: the same in every number above; {what} made no difference in this "
        "scenario."
    )
