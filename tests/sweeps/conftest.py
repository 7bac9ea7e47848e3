"""What a test leaves behind is taken away: own strategies, and the processes that stay."""

import pytest

from sim.processes import WARM
from sim.sweeps.code import REGISTRIES


@pytest.fixture(autouse=True)
def registry():
    """Whatever a test registers is gone after it."""
    before = [dict(each) for each in REGISTRIES]
    yield
    for registry, was in zip(REGISTRIES, before, strict=True):
        registry.clear()
        registry.update(was)


@pytest.fixture(autouse=True, scope="module")
def processes():
    """The pool of one file is not that of the next."""
    yield
    WARM.drop()
