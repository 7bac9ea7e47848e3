"""A store with members of its own latencies: WARS in a world, across data centres too.

What a world shows is compared with the model drawn directly, here: W, A, R and S of each member,
and 75 ms more on each one-way leg to a member in another data centre.
"""

import numpy as np
import pytest

from sim.scenario_files import load, vary
from sim.statistics import agrees
from sim.validation.bare import Presentations

CENTRES = ("eu", "us", "ap")
EXTRA_MS = 75.0
#: Of the world; of the model a hundred times as many, whose error is then none to speak of.
KEYS, DRAWN = 1200, 120_000
LEVEL = 1e-5


def wan(**more):
    """The preset `quorum` with a member in each of three data centres."""
    extra = {"distribution": "constant", "value_ms": EXTRA_MS}
    pairs = [("eu", "us"), ("eu", "ap"), ("us", "ap")]
    between = [{"regions": list(pair), "latency": extra} for pair in pairs]
    return vary(load("quorum"), stores__members=list(CENTRES), network__between=between, **more)


def legs(random, where):
    """There and back for each member as seen from a data centre: writes, reads."""
    size = (DRAWN, len(CENTRES))
    away = EXTRA_MS * np.array([centre != where for centre in CENTRES])

    def mixture(weight, least_ms, alpha, mean_ms):
        pareto = least_ms * (1 - random.random(size)) ** (-1 / alpha)
        return np.where(random.random(size) < weight, pareto, random.exponential(mean_ms, size))

    ssd = (0.9122, 0.235, 10, 0.60241)
    return [mixture(*law) + away for law in ((0.38, 1.05, 1.51, 5.4645), ssd, ssd, ssd)]


def modelled(seed, writer, reader, reads, writes, gaps_ms):
    """P(stale) at each gap, and the 90th percentiles of a write and of the writer's own look."""
    random = np.random.default_rng(seed)
    write, ack, own_read, own_response = legs(random, writer)
    read, response = legs(random, reader)[2:]
    done = np.sort(write + ack, axis=1)[:, writes - 1]
    first = np.argsort(read + response, axis=1)[:, :reads]
    late = np.take_along_axis(write - read, first, axis=1).min(axis=1) - done
    looked = np.sort(own_read + own_response, axis=1)[:, reads - 1]
    return [(late > t).mean() for t in gaps_ms], np.quantile(done, 0.9), np.quantile(looked, 0.9)


@pytest.mark.parametrize(
    ("writer", "reader", "reads", "writes", "gaps_ms"),
    [
        ("eu", "us", 1, 1, (0.0, 70.0, 80.0)),
        ("eu", "eu", 1, 1, (0.0, 5.0)),
        ("us", "eu", 2, 1, (0.0, 3.0)),
        ("eu", "us", 1, 2, (0.0, 1.0)),
    ],
)
def test_a_reader_and_a_writer_in_data_centres_of_their_own(writer, reader, reads, writes, gaps_ms):
    settings = {"strategy_settings__reads": reads, "strategy_settings__writes": writes}
    found = Presentations(wan(**settings), gaps_ms, writer=writer, reader=reader).run(KEYS)
    stale, write_ms, look_ms = modelled(7, writer, reader, reads, writes, gaps_ms)
    for again, p in zip(found.again, stale, strict=True):
        assert agrees(again, KEYS, p, LEVEL)
    for taken, p90 in ((found.write_ms, write_ms), (found.look_ms, look_ms)):
        assert agrees(sum(each <= p90 for each in taken), KEYS, 0.9, LEVEL)


def test_a_local_read_after_a_local_write_elsewhere_waits_for_the_way_between():
    near, far = (
        Presentations(wan(), (0.0, 40.0), writer="eu", reader=reader).run(500).again
        for reader in ("eu", "us")
    )
    assert near[1] < 50
    assert min(far) > 490  # 75 ms away, little can have come by then


def test_every_key_is_looked_up_and_written_once_and_read_at_each_gap():
    found = Presentations(load("quorum"), (0.0, 1.0, 1000.0)).run(300)
    assert len(found.look_ms) == len(found.write_ms) == found.accepted == 300
    assert 300 > found.again[0] > found.again[1] > found.again[2] == 0


def test_a_reader_leaves_no_trace_for_the_next_one():
    """A second presentation that would be accepted is stopped: later ones meet the first alone."""
    alone = Presentations(load("quorum"), (5.0,)).run(1000).again[0]
    crowded = Presentations(load("quorum"), (0.0, 1.0, 2.0, 3.0, 5.0)).run(1000).again[-1]
    assert agrees(crowded, 1000, alone / 1000, LEVEL)


def test_any_number_of_members_and_any_mixture_is_a_scenario():
    legs = {
        name: {"distribution": "empirical", "values_ms": [value_ms, value_ms]}
        for name, value_ms in (("write", 4.0), ("ack", 1.0), ("read", 2.0), ("response", 3.0))
    }
    settings = {"strategy_settings__reads": 3, "strategy_settings__writes": 2}
    five = vary(load("quorum"), stores__members=["eu"] * 5, stores__legs=legs, **settings)
    found = Presentations(five).run(3)
    assert found.look_ms == [5.0] * 3
    assert found.write_ms == [5.0] * 3
