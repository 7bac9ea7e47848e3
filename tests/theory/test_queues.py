"""Queues against printed values, against each other, and against Lindley's recursion."""

import numpy as np
import pytest

from sim import theory
from tests.theory.chance import confirm_mean, confirm_rate

#: Independent queues, each watched at its n-th customer: long after the first, so none matters.
QUEUES, CUSTOMERS = 50_000, 150


@pytest.mark.parametrize(("load", "mean"), [(0.5, 2), (0.8, 5), (0.9, 10), (0.95, 20)])
def test_one_worker_takes_the_printed_multiple_of_its_service_time(load, mean):
    assert theory.mm1_response(load) == pytest.approx(mean)


@pytest.mark.parametrize(
    ("workers", "waits", "at_80", "at_90"),
    [(2, 0.7111, 2.7778, 5.2632), (4, 0.5964, 1.7455, 2.9694), (8, 0.4576, 1.2860, 1.8769)],
)
def test_several_workers_take_the_printed_multiple(workers, waits, at_80, at_90):
    assert theory.erlang_c(workers, 0.8) == pytest.approx(waits, abs=6e-5)
    assert theory.mmc_response(workers, 0.8) == pytest.approx(at_80, abs=6e-5)
    assert theory.mmc_response(workers, 0.9) == pytest.approx(at_90, abs=6e-5)


def test_tails_and_constant_service_have_the_printed_values():
    assert theory.mm1_response_quantile(0.8, 0.99) == pytest.approx(23.0, abs=0.05)
    assert theory.md1_wait(0.8) == pytest.approx(2)


@pytest.mark.parametrize("load", [0.1, 0.5, 0.9])
def test_several_workers_of_whom_there_is_one_are_one_worker(load):
    assert theory.mmc_response(1, load) == pytest.approx(theory.mm1_response(load))
    assert theory.erlang_c(1, load) == pytest.approx(load)


@pytest.mark.parametrize("load", [-0.1, 1.0, 1.5])
@pytest.mark.parametrize("formula", [theory.mm1_response, theory.md1_wait])
def test_no_queue_settles_at_full_load(formula, load):
    with pytest.raises(ValueError, match="settles"):
        formula(load)


def waits(random, load, serve):
    """The wait of each queue's last customer with one worker (Lindley 1952), and its service."""
    wait = np.zeros(QUEUES)
    for _ in range(CUSTOMERS):
        wait = np.maximum(0, wait + serve() - random.exponential(1 / load, QUEUES))
    return wait


def test_one_worker_with_exponential_service(random):
    def serve():
        return random.exponential(1, QUEUES)

    response = waits(random, 0.7, serve) + serve()
    confirm_mean(response, theory.mm1_response(0.7))
    confirm_rate(response > theory.mm1_response_quantile(0.7, 0.9), 0.1)


def test_one_worker_with_constant_service(random):
    confirm_mean(waits(random, 0.7, lambda: np.ones(QUEUES)), theory.md1_wait(0.7))


def test_three_workers(random):
    load, workers = 0.7, 3
    free = np.zeros((QUEUES, workers))  #: when each worker is free, after this arrival
    for _ in range(CUSTOMERS):
        free = np.sort(np.maximum(0, free - random.exponential(1 / load / workers, (QUEUES, 1))))
        wait, service = free[:, 0].copy(), random.exponential(1, QUEUES)
        free[:, 0] += service
    confirm_rate(wait > 0, theory.erlang_c(workers, load))
    confirm_mean(wait + service, theory.mmc_response(workers, load))
