"""Validation: the experiments of `tokenrace validate`, as the command carries them out.

Every experiment has a fixed seed (a hash of its name) and tests at the level of the catalogue, so
that all of them together fail by chance with probability below 0.001. Its n notices an error of
10 % with probability 0.99 where its file says nothing else, and a share of n notices that of
10 % / √share. Here races and losses have at most `MOST` trials: most of them notice 10 to 16 %, the
three of the rarest refusals 18 to 28 %. Filters and queues have the command's `--quick` share, a
tenth: 32 % where all of n notices 10 %. Of quorums, a line of the table has 4000 keys (noticed: a
consistency of a half that is 5 points off), a t-visibility and each stale share 500 under their
condition (noticed: one that is 60 to 100 % off), a whole protocol a fortieth of its n; those drawn
without a world have 500 000 trials and more (a consistency 0.4 points off, a t-visibility 10 to
20 %).
"""

import pytest

from sim.scenario_files import load, vary
from sim.statistics import rule_of_three
from sim.validation import failovers, filters, losses, pbs, pbs_drawn, queues, quorums, races
from sim.validation.catalogue import QUICK, level
from sim.validation.checks import Experiment
from sim.validation.worlds import accepted, doubly

pytestmark = pytest.mark.slow


SIMPLE = [
    *races.EXPERIMENTS,
    *losses.EXPERIMENTS,
    *failovers.EXPERIMENTS,
    *quorums.EXPERIMENTS,
]
MOST = 3000


def confirm(experiment: Experiment, share: float = 1.0) -> None:
    checks = experiment.run(share, level())
    assert tuple(check.of for check in checks) == experiment.checks  # as it is counted
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


def smallest(experiment):
    """As few trials as it is worth anything with, or a fortieth of all."""
    return QUICK / 40 if experiment.least > 500 else QUICK / 4


@pytest.mark.parametrize("experiment", named([*pbs.EXPERIMENTS, *pbs_drawn.EXPERIMENTS]))
def test_a_quorum_store_is_as_stale_as_wars_says(experiment):
    confirm(experiment, smallest(experiment))


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
