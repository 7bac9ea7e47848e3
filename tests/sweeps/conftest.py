"""What a test leaves behind is taken away: own strategies, and the processes that stay."""

import pytest

from oauth_model.strategies import STRATEGIES
from sim.processes import WARM


@pytest.fixture(autouse=True)
def registry():
    """Whatever a test registers is gone after it."""
    before = dict(STRATEGIES)
    yield
    STRATEGIES.clear()
    STRATEGIES.update(before)


@pytest.fixture(autouse=True, scope="module")
def processes():
    """The pool of one file is not that of the next."""
    yield
    WARM.drop()
