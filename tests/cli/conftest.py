"""Strategies that only tests need, there for one test each."""

from collections.abc import Iterator
from itertools import count

import pytest

from oauth_model.flows import Flow
from oauth_model.strategies import STRATEGIES, First, Outcome, Strategy, Use, strategy


@pytest.fixture(autouse=True)
def registry() -> Iterator[None]:
    """Whatever a test registers is gone after it."""
    before = dict(STRATEGIES)
    yield
    STRATEGIES.clear()
    STRATEGIES.update(before)


@pytest.fixture
def stops_after():
    """A strategy that is interrupted, as by Ctrl-C, at its n-th presentation."""

    def register(presentations: int) -> None:
        turns = count(1)

        @strategy
        class Stopping(Strategy):
            name = "stopping"

            def begin(self, use: Use) -> Flow[Outcome]:
                yield from ()
                if next(turns) == presentations:
                    raise KeyboardInterrupt
                return First()

    return register


@pytest.fixture
def breaks():
    """A strategy with an error in it."""

    @strategy
    class Broken(Strategy):
        name = "broken"

        def begin(self, use: Use) -> Flow[Outcome]:
            yield from ()
            raise ZeroDivisionError("one\nover none")
