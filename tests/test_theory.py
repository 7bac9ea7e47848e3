"""Validation: the experiments of `tokenrace validate`, as the command carries them out.

Every experiment has a fixed seed (a hash of its name) and tests at the level `checks.LEVEL`, so
that all of them together fail by chance with probability below 0.001. Its n notices an error of
10 % with probability 0.99 where its file says nothing else, and a share of n notices that of
10 % / √share. Here races and losses have at most `MOST` trials: most of them notice 10 to 16 %, the
three of the rarest refusals 18 to 28 %. Filters and queues have the command's `--quick` share, a
tenth: 32 % where all of n notices 10 %. Quorums have a quarter of that, at least 500: a stale share
of a half is noticed when it is a quarter off, one of a tenth when it is doubled.
"""

import pytest

from sim.scenario_files import load, vary
from sim.statistics import rule_of_three
from sim.validation import failovers, filters, losses, pbs, queues, races
from sim.validation.catalogue import EXPERIMENTS, QUICK
from sim.validation.checks import FAMILYWISE, LEVEL, Experiment
from sim.validation.worlds import accepted, doubly

pytestmark = pytest.mark.slow


SIMPLE = [*races.EXPERIMENTS, *losses.EXPERIMENTS, *failovers.EXPERIMENTS]
MOST = 3000


def confirm(experiment: Experiment, share: float = 1.0) -> None:
    checks = experiment.run(share)
    assert checks
    for check in checks:
        assert check.holds, check.to_json()


def named(experiments):
    return [pytest.param(each, id=each.name) for each in experiments]


@pytest.mark.parametrize("experiment", named(SIMPLE))
def test_a_race_or_a_loss_comes_out_as_its_closed_form_says(experiment):
    confirm(experiment, min(1, MOST / experiment.n))


@pytest.mark.parametrize("experiment", named([*filters.EXPERIMENTS, *queues.EXPERIMENTS]))
def test_a_filter_or_a_queue_is_as_wrong_or_as_long_as_its_theory_says(experiment):
    confirm(experiment, QUICK)


@pytest.mark.parametrize("experiment", named(pbs.EXPERIMENTS))
def test_a_quorum_store_is_as_stale_as_wars_says(experiment):
    confirm(experiment, QUICK / 4)


def test_all_checks_together_fail_by_chance_once_in_a_thousand_times():
    checks = [len(each.expect()) for each in EXPERIMENTS.values()]
    assert sum(checks) * LEVEL <= FAMILYWISE
    assert min(checks) > 0


SEEDS = 10_000


def test_shared_atomic_accepts_no_token_twice_in_any_of_ten_thousand_seeds():
    """The flagship story in small: every payment near the cut, losses, retries and the thief.

    None in n: the rate per run is below 3/n with 95 % confidence. A proof is exploration's affair.
    """
    scenario = vary(
        load("two-regions-payment"),
        workload__intentions=3,
        partitions=[{"from_s": 1, "until_s": 4, "between": ["eu", "us"]}],
        duration_s=40,
    )
    twice = presented = 0
    for seed in range(SEEDS):
        accepts = accepted(scenario.model_copy(update={"seed": seed}))
        presented += len(accepts)
        twice += doubly(accepts).hits
    assert presented > SEEDS
    assert twice == 0, f"{twice} of {presented} tokens"
    assert rule_of_three(SEEDS) == pytest.approx(0.0003)
