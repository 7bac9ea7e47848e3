"""Each closed form of a race or a loss against printed values and a direct Monte Carlo.

The Monte Carlo is written here, from the words of the model and nothing else; how it is compared
stands in `tests.theory.chance`.
"""

from typing import Any

import numpy as np
import pytest

from sim import theory
from tests.theory.chance import N, confirm_mean, confirm_rate

# printed values


@pytest.mark.parametrize(
    ("value", "printed"),
    [
        (theory.accepted_expected(3, 5), 2.6049),
        (theory.double_accept_per_replica(3, 2), 0.6667),
        (theory.double_accept_per_replica(3, 5), 0.9877),
        (theory.double_accept_per_replica(10), 0.9),
        (theory.lag_gap_exponential(100, 1000), 0.0909),
        (theory.lag_gap_fixed_lag(0.1, 1), 0.0952),
        (theory.lag_gap_fixed_gap(0.1, 0.2), 0.1353),
        (theory.lag_gap_lognormal(0.08, 0.8, 0.2), 0.1260),
        (theory.check_then_act_burst(5, 100), 0.0975),
        (theory.check_then_act_accepted(5, 100, 5), 1.25),
        (theory.refused_after_loss(0.05), 0.05),
        (theory.refused_after_loss(0.05, 1), 0.0025),
        (theory.refused_after_loss(0.05, 2), 0.000125),
        (theory.layered_attempts(3, 5), 243),
        (theory.any_slow(0.01, 100), 0.634),
        (theory.any_slow(0.0001, 2000), 0.1813),
    ],
)
def test_the_printed_values_come_out(value, printed):
    assert value == pytest.approx(printed, abs=6e-5)


def test_three_retries_leave_nine_in_a_hundred_thousand_without_an_answer():
    assert theory.lost_response(0.05, 0.05, 3).unknown == pytest.approx(9e-5, abs=5e-7)


def test_two_presentations_share_nothing_with_probability_one_minus_one_over_k():
    for replicas in range(1, 20):
        assert theory.double_accept_per_replica(replicas) == pytest.approx(
            theory.other_replica(replicas)
        )


# limits that need no computation


def test_one_replica_accepts_once():
    assert theory.accepted_expected(1, 9) == 1
    assert theory.double_accept_per_replica(1, 9) == 0


def test_one_presentation_is_accepted_once():
    assert theory.accepted_expected(7, 1) == pytest.approx(1)
    assert theory.double_accept_per_replica(7, 1) == 0
    assert theory.check_then_act_accepted(5, 100, 1) == pytest.approx(1)


def test_perfect_stickiness_is_a_shared_memory_and_none_is_random_routing():
    assert theory.double_accept_sticky(4, 1.0) == 0
    assert theory.double_accept_sticky(4, 0.0) == theory.double_accept_per_replica(4)


def test_a_window_as_long_as_the_burst_lets_everybody_in():
    assert theory.check_then_act_burst(100, 100, 3) == 1
    assert theory.check_then_act_accepted(100, 100, 3) == 3


def test_a_grace_window_covers_as_many_retries_as_fit_into_it():
    assert [theory.grace_uses(30, delay) for delay in (31, 30, 10, 7)] == [0, 1, 3, 4]


def test_certain_loss_uses_every_attempt():
    assert theory.expected_attempts(1, 3) == 4
    assert theory.expected_attempts(0, 3) == 1


def test_the_three_outcomes_of_a_lossy_call_sum_to_one():
    outcome = theory.lost_response(0.3, 0.2, 4, grace_uses=1)
    assert outcome.served + outcome.refused + outcome.unknown == pytest.approx(1)
    assert 0 < outcome.consumed_unknown < outcome.unknown


@pytest.mark.parametrize("grace_uses", [0, 1, 2])
def test_many_retries_come_near_the_client_that_never_gives_up(grace_uses):
    patient = theory.lost_response(0.1, 0.05, 20, grace_uses)
    assert patient.refused == pytest.approx(theory.refused_after_loss(0.05, grace_uses))
    assert patient.unknown < 1e-12


def test_without_retries_every_lost_message_is_unknown():
    outcome = theory.lost_response(0.1, 0.2, 0)
    assert outcome == pytest.approx((0.72, 0.0, 0.28, 0.18))


# Monte Carlo


@pytest.mark.parametrize(("replicas", "presentations"), [(3, 2), (3, 5), (10, 2), (4, 3)])
def test_replicas_with_their_own_memory(random, replicas, presentations):
    hit = np.sort(random.integers(replicas, size=(N, presentations)), axis=1)
    accepted = 1 + (np.diff(hit, axis=1) > 0).sum(axis=1)
    confirm_mean(accepted, theory.accepted_expected(replicas, presentations))
    expected = theory.double_accept_per_replica(replicas, presentations)
    confirm_rate(accepted > 1, expected)


def test_sticky_routing(random):
    replicas, stickiness = 4, 0.7
    first = random.integers(replicas, size=N)
    second = np.where(random.random(N) < stickiness, first, random.integers(replicas, size=N))
    expected = theory.double_accept_sticky(replicas, stickiness)
    confirm_rate(first != second, expected)


LAGS: dict[str, Any] = {
    "exponential": (lambda r: r.exponential(100, N), lambda r: r.exponential(1000, N)),
    "fixed lag": (lambda r: 100, lambda r: r.exponential(1000, N)),
    "fixed gap": (lambda r: r.exponential(100, N), lambda r: 200),
    "lognormal": (lambda r: r.lognormal(np.log(80), 0.8, N), lambda r: 200),
}
LAG_FORMULAS = {
    "exponential": theory.lag_gap_exponential(100, 1000),
    "fixed lag": theory.lag_gap_fixed_lag(100, 1000),
    "fixed gap": theory.lag_gap_fixed_gap(100, 200),
    "lognormal": theory.lag_gap_lognormal(80, 0.8, 200),
}


@pytest.mark.parametrize("law", LAGS)
def test_the_second_presentation_overtakes_the_record_of_the_first(random, law):
    lag, gap = LAGS[law]
    confirm_rate(lag(random) > gap(random), LAG_FORMULAS[law])


def test_under_random_routing_only_the_other_replicas_count(random):
    replicas = 5
    elsewhere = random.integers(replicas, size=N) != random.integers(replicas, size=N)
    overtaken = random.exponential(100, N) > random.exponential(1000, N)
    expected = theory.other_replica(replicas) * theory.lag_gap_exponential(100, 1000)
    confirm_rate(elsewhere & overtaken, expected)


def test_two_presentations_within_the_window_of_check_then_act(random):
    confirm_rate(random.exponential(1000, N) < 50, theory.check_then_act(50, 1000))


@pytest.mark.parametrize(("window", "presentations"), [(5, 2), (5, 5), (40, 4)])
def test_a_burst_against_check_then_act(random, window, presentations):
    at = random.uniform(0, 100, size=(N, presentations))
    accepted = (at <= at.min(axis=1, keepdims=True) + window).sum(axis=1)
    confirm_mean(accepted, theory.check_then_act_accepted(window, 100, presentations))
    expected = theory.check_then_act_burst(window, 100, presentations)
    confirm_rate(accepted > 1, expected)


@pytest.mark.parametrize("grace_uses", [0, 1])
def test_a_client_that_retries_over_a_lossy_link(random, grace_uses):
    request_loss, response_loss, retries = 0.2, 0.3, 3
    accepted, answer = np.zeros(N, int), np.zeros(N, int)  # answer: 0 none yet, 1 served, 2 refused
    for _ in range(retries + 1):
        reached = (answer == 0) & (random.random(N) >= request_loss)
        heard = reached & (random.random(N) >= response_loss)
        granted = reached & (accepted <= grace_uses)
        answer[heard] = np.where(granted[heard], 1, 2)
        accepted += granted
    theirs = theory.lost_response(request_loss, response_loss, retries, grace_uses)
    ours = (answer == 1), (answer == 2), (answer == 0), (answer == 0) & (accepted > 0)
    for happened, expected in zip(ours, theirs, strict=True):
        confirm_rate(happened, expected)


def test_attempts_until_one_succeeds(random):
    loss, retries = 0.3, 3
    attempts = np.minimum(random.geometric(1 - loss, N), retries + 1)
    confirm_mean(attempts, theory.expected_attempts(loss, retries))


def test_a_request_that_waits_for_the_slowest_of_its_parts(random):
    confirm_rate(random.binomial(30, 0.01, N) > 0, theory.any_slow(0.01, 30))


def test_a_failover_loses_what_was_written_within_the_lag(random):
    lag_s = random.exponential(0.1, N)
    confirm_mean(random.poisson(300 * lag_s), theory.lost_records(300, 0.1))


def test_a_home_region_costs_a_round_trip_to_those_who_are_away(random):
    away = random.random(N) < 0.25
    confirm_mean(away * 80.0, theory.home_region_latency(0.25, 80))
    down = away & (random.random(N) < 0.2)
    confirm_rate(down, theory.home_region_unavailability(0.25, 0.2))


@pytest.mark.parametrize("legs", [1, 2])
def test_a_hedged_request_is_sent_twice_when_its_answer_is_late(random, legs):
    answered = random.exponential(10, size=(N, legs)).sum(axis=1)
    confirm_rate(answered > 25, theory.hedge_rate(10, 25, legs))


def test_layers_of_retries_multiply():
    def calls(layers: int) -> int:
        return 1 if layers == 0 else sum(calls(layers - 1) for _ in range(3))

    assert theory.layered_attempts(3, 5) == calls(5)
