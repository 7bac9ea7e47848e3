"""Chance for tests that draw directly."""

from zlib import crc32

import numpy as np
import pytest


@pytest.fixture
def random(request):
    """A generator seeded by the test's name."""
    return np.random.default_rng(crc32(request.node.name.encode()))
