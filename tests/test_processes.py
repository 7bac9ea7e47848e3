"""One pool for one experiment after the other: who gets it, who ends it, and what it knows."""

import multiprocessing
import os
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from signal import SIGTERM

import pytest

from oauth_model.strategies import STRATEGIES
from sim.checker import PROPERTIES
from sim.experiments import compare, replicate
from sim.processes import WARM, in_order
from sim.scenario import Scenario
from sim.scenario_files import load, vary
from sim.sweeps import sweep

pytestmark = pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")  # 3.12: fork
TASKS: list[tuple[int, ...]] = [() for _ in range(4)]


@pytest.fixture(autouse=True)
def no_pool():
    """Each test begins and ends without one."""
    WARM.drop()
    yield
    WARM.drop()


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return load("two-regions-payment", {"workload.intentions": 5, "duration_s": 20})


def asked() -> ProcessPoolExecutor | None:
    """The pool that is kept after two processes were asked for something."""
    assert len(list(in_order(os.getpid, TASKS, 2))) == len(TASKS)
    return WARM.pool


def alive() -> set[int | None]:
    return {process.pid for process in multiprocessing.active_children()}


def test_experiments_share_the_pool_that_is_kept(scenario):
    replicate(scenario, 2, jobs=2)
    first = alive()
    compare(scenario, ["no_check", "per_replica"], 2, jobs=2)
    sweep(scenario, {}, replications=2, jobs=2, cache=False, progress=False)
    assert set(in_order(os.getpid, TASKS, 2)) <= first == alive()


def test_another_number_of_processes_is_another_pool(scenario):
    first = asked()
    replicate(scenario, 3, jobs=3)
    assert WARM.pool is not first
    assert asked() is asked()


def test_who_asks_while_another_has_the_pool_gets_one_of_its_own():
    with closing(in_order(os.getpid, TASKS, 2)) as mine:
        next(mine)
        theirs = asked()
        assert theirs is not None
        assert len(list(mine)) == len(TASKS) - 1
    assert WARM.pool is not theirs
    assert asked() is asked()  # what came back last is whole


def test_what_is_cut_short_ends_its_processes_and_those_of_nobody_else():
    asked()
    kept = alive()
    with WARM.lent(2) as pool:
        with closing(in_order(os.getpid, TASKS, 2)) as cut:
            next(cut)
            ended = [each for each in multiprocessing.active_children() if each.pid not in kept]
        assert pool.submit(os.getpid).result() in kept
    for process in ended:
        process.join(timeout=10)
    assert [process.exitcode for process in ended] == [-SIGTERM, -SIGTERM]


@pytest.mark.parametrize("registry", [STRATEGIES, PROPERTIES], ids=["strategy", "property"])
def test_what_is_registered_later_is_known_to_all_processes(registry, monkeypatch):
    first = asked()
    name, cls = next(iter(registry.items()))
    monkeypatch.setitem(registry, name, type("Again", (cls,), {}))
    assert asked() is not first


def test_an_own_strategy_gives_in_two_processes_what_it_gives_in_one(scenario, monkeypatch):
    mine = vary(scenario, strategy="no_check")
    before = replicate(mine, 3, jobs=2).tally.measures()
    monkeypatch.setitem(STRATEGIES, "no_check", STRATEGIES["shared_atomic"])
    after = replicate(mine, 3, jobs=2).tally.measures()
    assert before != after == replicate(mine, 3).tally.measures()
