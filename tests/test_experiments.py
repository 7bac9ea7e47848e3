"""Replications and comparisons: seeds, merging, processes, interruption."""

from math import isnan
from typing import Any

import pytest

from oauth_model.strategies import STRATEGIES
from sim.checker import Checker, Verdict, check
from sim.experiments import Finding, Result, compare, replicate, replication_seed, run_once
from sim.metrics import Tally
from sim.scenario import Scenario
from sim.scenario_files import load, vary
from sim.statistics import rule_of_three, wilson
from sim.world.simulation import simulate


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    """The flagship story, made short."""
    return load("two-regions-payment", {"workload.intentions": 25, "duration_s": 60})


def told(result: Result):
    return result.replications, result.tally.measures(), result.findings


def test_the_first_replication_has_the_scenarios_seed_and_no_two_have_one():
    seeds = [replication_seed(7, index) for index in range(1000)]
    assert seeds[0] == 7
    assert len(set(seeds)) == 1000


def test_a_seed_survives_a_reader_of_json_that_knows_only_doubles():
    assert all(int(float(seed)) == seed for seed in (replication_seed(1, i) for i in range(99)))


def test_seeds_of_neighbouring_scenarios_have_nothing_in_common():
    first, second = ({replication_seed(s, i) for i in range(1, 500)} for s in (1, 2))
    assert not first & second


def test_one_replication_is_the_plain_run(scenario):
    result, trace = replicate(scenario), simulate(scenario)
    tally = Tally()
    for row in trace:
        tally(row)
    assert result.tally.measures() == tally.measures()
    verdicts = {name: finding.verdict for name, finding in result.findings.items()}
    assert verdicts == check(trace, scenario.properties)


def test_replications_are_the_sum_of_their_runs(scenario):
    runs = [run_once(scenario, replication_seed(scenario.seed, index)) for index in range(3)]
    tally = Tally()
    for run in runs:
        tally.merge(run.tally)
    assert replicate(scenario, 3).tally.measures() == tally.measures()
    assert tally.begun == 75


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")  # 3.12: fork and threads
def test_results_are_the_same_however_many_processes(scenario):
    assert told(replicate(scenario, 4, jobs=1)) == told(replicate(scenario, 4, jobs=3))


def test_compare_gives_every_strategy_the_same_seeds(scenario):
    both = compare(scenario, ["no_check", "shared_atomic"], 2)
    for result in both:
        alone = replicate(vary(scenario, strategy=result.scenario.strategy), 2)
        assert told(alone) == told(result)


def test_under_common_random_numbers_a_strategy_changes_no_theft(scenario):
    def thefts(strategy: str):
        rows = simulate(vary(scenario, strategy=strategy)).of("send")
        first = [row for row in rows if row.actor == "thief" and row.detail["link"] == "access"]
        return {(row.intention, row.attempt) for row in first if row.attempt == 0}

    assert thefts("no_check") == thefts("per_replica") != set()


def test_progress_is_told_after_every_run(scenario):
    seen: list[tuple[int, int]] = []
    compare(scenario, ["no_check", "per_replica"], 2, progress=lambda *n: seen.append(n))
    assert seen == [(1, 4), (2, 4), (3, 4), (4, 4)]


def stop_after(runs: int):
    """A Ctrl-C that comes when so many runs are done."""

    def progress(done: int, total: int) -> None:
        if done == runs:
            raise KeyboardInterrupt

    return progress


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")  # 3.12: fork and threads
@pytest.mark.parametrize("jobs", [1, 2])
def test_an_interrupt_keeps_finished_replications(scenario, jobs):
    result = replicate(scenario, 9, jobs=jobs, progress=stop_after(runs=2))
    assert (result.replications, result.asked, result.interrupted) == (2, 9, True)
    assert result.tally.measures() == replicate(scenario, 2).tally.measures()


def test_an_interrupted_comparison_keeps_whole_rounds_only(scenario):
    results = compare(scenario, ["no_check", "per_replica"], 9, progress=stop_after(runs=3))
    assert [result.replications for result in results] == [1, 1]


def test_an_interrupt_before_the_first_round_is_passed_on(scenario):
    with pytest.raises(KeyboardInterrupt):
        compare(scenario, ["no_check", "per_replica"], 9, progress=stop_after(runs=1))


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")  # 3.12: fork and threads
@pytest.mark.parametrize("jobs", [1, 2])
def test_so_many_runs_as_a_precision_needs_are_those_asked_for_directly(scenario, jobs):
    until = replicate(vary(scenario, strategy="no_check"), precision=0.5, jobs=jobs)
    assert 3 < until.replications == until.asked
    assert told(until) == told(
        replicate(vary(scenario, strategy="no_check"), until.replications, jobs=2)
    )


def test_precision_ends_with_the_most_that_was_allowed_and_says_so(scenario):
    result = replicate(scenario, 4, precision=0.01, of="availability", least=2)
    assert (result.replications, result.interrupted) == (4, False)
    assert result.watch is not None
    assert not result.watch.settled
    assert result.report()["precision"]["reached"] is False


def test_a_comparison_goes_on_until_all_strategies_reach_the_precision(scenario):
    names = ["no_check", "shared_atomic"]
    asked: dict[str, Any] = {"precision": 0.1, "of": "availability", "least": 3}
    alone = [replicate(vary(scenario, strategy=name), **asked).replications for name in names]
    results = compare(scenario, names, **asked)
    assert {result.replications for result in results} == {max(alone)}
    assert min(alone) < max(alone)


def test_an_interrupt_on_the_way_to_a_precision_is_one(scenario):
    result = replicate(scenario, precision=0.1, progress=stop_after(runs=3))
    assert (result.replications, result.interrupted) == (3, True)


def test_a_difference_is_that_of_the_runs_with_the_same_seed(scenario):
    first, second = compare(scenario, ["no_check", "shared_atomic"], 4)
    found = first.difference(second)["availability"]
    each = [
        a - b
        for a, b in zip(first.values["availability"], second.values["availability"], strict=True)
    ]
    assert found.value == pytest.approx(sum(each) / 4)
    assert found.n == 4
    assert second.difference(second)["availability"] == (0.0, None, None, 4)


def test_a_seed_without_a_value_is_left_out_of_the_difference(scenario):
    quiet = vary(scenario, thief__probability=0.05)
    first, second = compare(quiet, ["no_check", "shared_atomic"], 4)
    seen = sum(not isnan(value) for value in first.values["theft_rate"])
    assert 0 < seen < 4
    assert first.difference(second)["theft_rate"].n == seen


def test_intervals_of_several_runs_are_over_the_runs(scenario):
    rate = replicate(scenario, 6).tally.measures()["availability"]
    assert rate["runs"] == 6
    assert rate["ci95"][1] - rate["ci95"][0] >= wilson_width(rate)


def wilson_width(rate) -> float:
    pooled = wilson(round(rate["value"] * rate["n"]), rate["n"])
    return (pooled.high or 0) - (pooled.low or 0)


def counted(result: Result) -> tuple[int, int]:
    measures = result.tally.measures()
    return measures["availability"]["n"], measures["latency_ms"]["p50"]["n"]


def test_what_begins_in_the_warm_up_is_simulated_and_not_counted(scenario):
    gap = {"distribution": "constant", "value_ms": 100}
    steady = vary(scenario, workload__gap=gap, strategy="no_check")
    warm = replicate(vary(steady, workload__warm_up_s=1.0), 2)
    whole = replicate(steady, 2)
    assert (counted(whole)[0], counted(warm)[0]) == (50, 50 - 2 * 9)
    assert 0 < counted(warm)[1] <= counted(whole)[1] - 10
    assert warm.tally.messages == whole.tally.messages
    assert warm.tally.begun == 50


def test_a_run_that_never_gets_warm_counts_nothing(scenario):
    cold = replicate(vary(scenario, workload__warm_up_s=1000.0))
    assert counted(cold) == (0, 0)
    rates = cold.tally.measures()
    assert all(rates[name]["n"] == 0 for name in ("double_accept_rate", "theft_rate"))


HOLDS, UNKNOWN, VIOLATED = (Verdict(holds, "") for holds in (True, None, False))


@pytest.mark.parametrize(
    ("verdicts", "kept"),
    [
        ([HOLDS, HOLDS], Finding(HOLDS, 0, 2)),
        ([HOLDS, UNKNOWN, HOLDS], Finding(UNKNOWN, 1, 1)),
        ([UNKNOWN, VIOLATED, UNKNOWN, VIOLATED], Finding(VIOLATED, 1, 2)),
        ([VIOLATED, HOLDS, VIOLATED], Finding(VIOLATED, 0, 2)),
    ],
)
def test_violated_outranks_unknown_and_unknown_outranks_holds(verdicts, kept):
    finding = Finding(verdicts[0], 0)
    for seed, verdict in enumerate(verdicts[1:], 1):
        finding = finding.and_then(verdict, seed)
    assert finding == kept


def test_a_finding_can_be_seen_again_with_its_seed(scenario):
    finding = replicate(vary(scenario, strategy="no_check"), 3).findings[
        "at_most_one_effect_per_token"
    ]
    checker = Checker(["at_most_one_effect_per_token"])
    for row in simulate(vary(scenario, strategy="no_check"), seed=finding.seed):
        checker(row)
    assert checker.verdicts()["at_most_one_effect_per_token"] == finding.verdict
    assert finding.to_json()["seed"] == finding.seed


@pytest.mark.parametrize("name", STRATEGIES)
def test_every_strategy_can_be_replicated_and_reported(scenario, name):
    report = replicate(vary(scenario, strategy=name)).report()
    assert set(report["verdicts"]) == set(scenario.properties)
    assert report["metrics"]["availability"]["n"] == 25


def test_none_in_n_is_reported_as_three_in_n(scenario):
    rate = replicate(scenario, 2).tally.measures()["double_accept_rate"]
    assert rate["value"] == 0
    assert rule_of_three(rate["n"]) == 3 / rate["n"]
