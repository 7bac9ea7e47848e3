"""What has ended is freed at once, with no help from the garbage collector."""

import gc
from weakref import ref

import pytest

from sim.world.jobs import Job
from sim.world.rpc import Call
from sim.world.simulation import run_into, simulate
from sim.world.timed import RARELY, Deadline, Happening, Timed
from tests.world.worlds import S, constant, scenario


class Waiting:
    """Something that waits for an answer."""

    def __init__(self, env: Timed) -> None:
        self.env, self.done, self.deadline_us, self.expired_us = env, False, 0, -1

    def expire(self) -> None:
        """Remember when."""
        self.done, self.expired_us = True, self.env.now_us


def test_what_was_answered_does_not_stand_in_line_until_its_time_comes():
    env = Timed()
    env.arm(Waiting(env), 100 * S)  # the line is never empty
    answered = Waiting(env)
    env.arm(answered, S)
    answered.done, gone = True, ref(answered)
    env.arm(Waiting(env), S)
    env.arm(Waiting(env), S)
    del answered
    assert gone() is None


@pytest.mark.parametrize("answered", [{0}, {0, 1}, {1}, {0, 1, 2}])
def test_the_others_expire_at_their_own_time(answered):
    env = Timed()
    line: list[Waiting] = []
    for number in range(4):
        env.run(until=10 * number + 1)
        for earlier in answered & set(range(number)):
            line[earlier].done = True
        line.append(Waiting(env))
        env.arm(line[-1], 100)
    env.run(until=S)
    due = {n: -1 if n in answered else 10 * n + 101 for n in range(4)}
    assert {n: each.expired_us for n, each in enumerate(line)} == due


def test_a_happening_is_an_event_that_did_not_fail():
    env = Timed()
    seen: list[bool] = []
    env.post(Happening(lambda event: seen.append(event._ok)), 5)
    env.run()
    assert (seen, env.now_us) == ([True], 5)


@pytest.mark.parametrize("kind", [Job, Call])
def test_nothing_of_a_finished_run_waits_for_the_garbage_collector(kind):
    gc.collect()
    gc.disable()
    try:
        loss = {"network.access.response_loss_probability": 0.3, "client.retry": "immediate"}
        many = {"workload.intentions": 50, "workload.gap": constant(100)}
        ended = len(simulate(scenario(loss | many, "freed")).of("outcome"))
        left = [each for each in gc.get_objects() if isinstance(each, kind)]
    finally:
        gc.enable()
    assert ended == 50
    assert len(left) < 10  # those of the last seconds, held by the world that is gone


@pytest.mark.parametrize(("usual", "in_a_run"), [(700, RARELY), (2 * RARELY, 2 * RARELY), (0, 0)])
def test_a_run_has_garbage_looked_for_rarely_if_at_all(usual, in_a_run):
    before = gc.get_threshold()
    during: set[tuple[int, int, int]] = set()
    gc.set_threshold(usual, 10, 10)
    try:
        simulate(scenario({}, "lazy"), env=Watched(during))
        after = gc.get_threshold()
    finally:
        gc.set_threshold(*before)
    assert (during, after) == ({(in_a_run, 10, 10)}, (usual, 10, 10))


class Watched(Timed):
    """Notes how rarely garbage is looked for whenever a message is sent."""

    def __init__(self, seen: set[tuple[int, int, int]]) -> None:
        super().__init__()
        self.seen = seen

    def arm(self, waiting: Deadline, duration_us: int) -> None:
        """Look, and go on."""
        self.seen.add(gc.get_threshold())
        super().arm(waiting, duration_us)


def test_a_run_that_fails_leaves_the_collector_as_it_found_it():
    before = gc.get_threshold()

    def fail(row):
        if row.kind == "effect":
            raise ValueError("the reader is full")

    with pytest.raises(ValueError, match="full"):
        run_into(scenario({}, "fails"), fail)
    assert gc.get_threshold() == before
