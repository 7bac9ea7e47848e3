"""Handing out tasks: every answer once, with its number, and none lost to another's failure."""

from concurrent.futures import Executor, Future

import pytest

from sim.sweeps.executors import HANDFUL, Hands, Here, as_they_finish


class Settled(Executor):
    """Everything that is handed over is over at once, well or badly."""

    def submit(self, work, /, *task, **named):
        future: Future[object] = Future()
        try:
            future.set_result(work(*task))
        except ZeroDivisionError as error:
            future.set_exception(error)
        return future


@pytest.mark.parametrize("ahead", [1, 3, HANDFUL, 10 * HANDFUL])
@pytest.mark.parametrize("count", [0, 1, HANDFUL, 5 * HANDFUL + 1])
def test_every_task_is_answered_once_however_many_are_given_ahead(ahead, count):
    hands = Hands(Here(), ahead)
    tasks = [(n, 2) for n in range(count)]
    assert sorted(as_they_finish(hands, pow, tasks)) == [(n, n * n) for n in range(count)]


def test_what_has_succeeded_is_told_before_what_has_failed():
    told = as_they_finish(Hands(Settled(), 4), divmod, [(1, 0), (3, 1), (5, 1)])
    assert sorted([next(told), next(told)]) == [(1, (3, 0)), (2, (5, 0))]
    with pytest.raises(ZeroDivisionError):
        next(told)
