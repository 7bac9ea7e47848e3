"""The collector of a notebook: quiet while a picture is made, and spared what stood before."""

from __future__ import annotations

import gc
import weakref

import pytest

from sim.lab.collector import settle, uncollected


class Knot:
    """Something that refers to itself, so that only the collector frees it."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture(autouse=True)
def _as_it_was():
    yield
    gc.unfreeze()


def test_nothing_is_collected_until_the_end():
    with uncollected():
        assert not gc.isenabled()
    assert gc.isenabled()


def test_a_collector_that_is_switched_off_stays_so():
    gc.disable()
    try:
        with uncollected():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_the_collector_is_on_again_after_what_fails():
    with pytest.raises(ZeroDivisionError), uncollected():
        raise ZeroDivisionError
    assert gc.isenabled()


def test_what_stood_before_is_looked_through_once():
    settle()
    before = gc.get_freeze_count()
    assert before > 1000
    assert len(gc.get_objects()) < before / 10


def test_what_was_garbage_before_is_freed_and_what_becomes_garbage_later_too():
    for _ in range(2):
        gone = weakref.ref(Knot())
        settle()
        assert gone() is None
