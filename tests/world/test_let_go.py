"""What has ended is freed at once, with no help from the garbage collector."""

import gc
from weakref import ref

import pytest

from sim.world.jobs import Job
from sim.world.rpc import Call
from sim.world.simulation import simulate
from sim.world.timed import Happening, Timed
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
