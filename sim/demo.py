"""The demonstration's facts: two stories, run and judged; who prints them is another matter.

Rule: every number and every name in it comes from the runs; a sentence is chosen by what they show.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sim.checker import Verdict, check
from sim.experiments import Progress, compare
from sim.issuance_table import issuance
from sim.scenario import Scenario
from sim.scenario_files import load, vary
from sim.statistics import percent_below
from sim.witness import Witness, find
from sim.world.simulation import simulate

#: The strategies of part one: one or two of each kind, few enough for one page.
COMPARED = (
    *("no_check", "per_replica", "replicated_async", "shared_check_then_act", "reserve_commit"),
    *("idempotent_response", "shared_atomic", "shared_allow_list"),
)
RACE, CONSENT = "two-regions-payment", "three-services"
#: Whoever checks nothing accepts everything: its violations surprise nobody.
BASELINE = "no_check"
DESIGNS = ("fat", "lodderstedt")
MALICIOUS = "webdav"

Report = dict[str, Any]


@dataclass(frozen=True)
class Race:
    """Part one: a single-use token, presented under every strategy, and one run that went wrong."""

    scenario: Scenario
    reports: list[Report]
    replications: int
    wrong: Witness


@dataclass(frozen=True)
class Consent:
    """Part two: one consent for several servers, one of them malicious, under two designs."""

    scenario: Scenario
    rows: list[Report]
    verdicts: dict[str, Verdict]


def race(replications: int, jobs: int = 1, progress: Progress | None = None) -> Race:
    """Run the flagship story under each of `COMPARED`, on the same seeds; the least safe first."""
    scenario = load(RACE)
    results = compare(scenario, COMPARED, replications, jobs=jobs, progress=progress)
    reports = [{"name": each.scenario.strategy, **each.report()} for each in results]
    reports.sort(key=lambda report: -report["metrics"]["double_accept_rate"]["value"])
    violated = [r["name"] for r in reports if r["metrics"]["double_accept_rate"]["value"]]
    wrong = find(scenario, [name for name in violated if name != BASELINE])
    assert wrong is not None, "strategies that race are among those compared"
    return Race(scenario, reports, results[0].replications, wrong)


def consent() -> Consent:
    """Run the draft's story under both designs, and ask whether tokens stay where they belong."""
    scenario = load(CONSENT)
    verdicts = {}
    for name in DESIGNS:
        run = simulate(vary(scenario, issuance=name, malicious={"server": MALICIOUS}), full=False)
        verdicts[name] = check(run, ["audience_confinement"])["audience_confinement"]
    return Consent(scenario, issuance(scenario, DESIGNS), verdicts)


def lessons(found: Race) -> list[str]:
    """What the tables of part one say, in sentences; none about what no run had a case of."""
    metrics = {report["name"]: report["metrics"] for report in found.reports}
    twice = _whose(metrics, "double_accept_rate", lambda value: value > 0)
    never = _whose(metrics, "double_accept_rate", lambda value: value == 0)
    said = [f"A token was accepted twice under {_listed(list(twice))}."] if twice else []
    if never:
        said += [_never(never, found.replications), _price(never, metrics[BASELINE])]
    if forgiving := _whose(never, "retry_reject_rate", lambda value: value == 0):
        said.append(
            f"Of the same, only {_listed(list(forgiving))} never told an honest client "
            "invalid_token for something that had gone through, in at least "
            f"{_fewest(forgiving, 'retry_reject_rate')} retries each."
        )
    handed = _whose(metrics, "stored_answer_to_thief_rate", lambda value: value > 0)
    said.extend(
        f"{name} handed the stored answer to the thief for "
        f"{_share(each['stored_answer_to_thief_rate'])} of the tokens that were stolen: a repeated "
        "request looks like a retry."
        for name, each in handed.items()
    )
    return said


def _whose(metrics: Report, measure: str, wanted: Callable[[float], bool]) -> Report:
    """Those whose rate is as wanted; a rate of nothing is no zero."""
    return {
        name: each
        for name, each in metrics.items()
        if each[measure]["value"] is not None and wanted(each[measure]["value"])
    }


def _fewest(metrics: Report, measure: str) -> int:
    return min(int(each[measure]["n"]) for each in metrics.values())


def _never(never: Report, replications: int) -> str:
    """What it says of the rate that nothing was seen, and of how many runs have any."""
    tokens = _fewest(never, "double_accept_rate")
    met = (
        ", given the faults that these runs met. A fault that strikes fewer than "
        f"{percent_below(replications)} % of runs may have struck none of them"
    )
    return (
        f"Never under {_listed(list(never))}, in at least {tokens} tokens each: no proof, but with "
        f"95 % confidence the rate is below {percent_below(tokens)} % (rule of three)"
        f"{met if replications > 1 else ''}."
    )


def _price(never: Report, baseline: Report) -> str:
    """Who of the safe served most, beside who checks nothing."""
    best = max(never, key=lambda name: never[name]["availability"]["value"])
    mine, its = never[best]["availability"], baseline["availability"]
    cost = " Whoever must ask a store is stopped while the link to it is cut."
    return (
        f"The price: of these, {best} served most intentions, {_share(mine)}; with {BASELINE} it "
        f"was {_share(its)}.{cost if mine['value'] < its['value'] else ''}"
    )


def _share(rate: Report) -> str:
    """A rate in percent; only none is none, and all is all."""
    if rate["value"] in {0, 1}:
        return f"{'all' if rate['value'] else 'none of'} {rate['n']}"
    return f"{min(max(100 * rate['value'], 0.1), 99.9):.1f} %"


def _listed(names: Sequence[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
