"""The demonstration's facts: two stories, run and judged; who prints them is another matter.

Rule: every number and every name in it comes from the runs; a sentence is chosen by what they show.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sim.checker import Verdict, check
from sim.experiments import Progress, compare
from sim.issuance_table import issuance
from sim.scenario import Scenario
from sim.scenario_files import load, vary
from sim.statistics import rule_of_three
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
    """What the tables of part one say, in sentences."""
    metrics = {report["name"]: report["metrics"] for report in found.reports}

    def value(strategy: str, measure: str) -> float:
        return metrics[strategy][measure]["value"] or 0.0

    twice = [name for name in metrics if value(name, "double_accept_rate") > 0]
    never = [name for name in metrics if name not in twice]
    tokens = min(metrics[name]["double_accept_rate"]["n"] for name in never)
    forgiving = [name for name in never if value(name, "retry_reject_rate") == 0]
    met = ", given the faults that these runs met" if found.replications > 1 else ""
    best = max(never, key=lambda name: value(name, "availability"))
    served = f"{100 * value(best, 'availability'):.0f} %"
    said = [
        f"A token was accepted twice under {_listed(twice)}.",
        f"Never under {_listed(never)}, in at least {tokens} tokens each: no proof, but with 95 % "
        f"confidence the rate is below {100 * rule_of_three(tokens):.2f} % (rule of three){met}.",
        f"The price: of these, {best} served most intentions, {served}; with no_check it was "
        f"{100 * value('no_check', 'availability'):.0f} %. Whoever must ask a store is stopped "
        "while the link to it is cut.",
    ]
    if forgiving:
        said.append(
            f"Only {_listed(forgiving)} never told an honest client invalid_token for something "
            "that had gone through."
        )
    said.extend(
        f"{name} handed the stored answer to the thief for {100 * handed:.0f} % of the tokens that "
        "were stolen: a repeated request looks like a retry."
        for name in metrics
        if (handed := value(name, "stored_answer_to_thief_rate"))
    )
    return said


def _listed(names: Sequence[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
