"""The suite says the same in one process and in several, on an idle machine and on a busy one.

What Hypothesis draws depends on the test alone: neither on chance nor on the modules that are
loaded, from which it would take constants. No test fails because a machine is slow. Among several
processes a file is handed out whole, a notebook above all (its cells share a kernel), and what
takes longest goes first, so that nobody is left alone with it at the end.
"""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.internal.conjecture import providers
from hypothesis.internal.constants_ast import Constants
from xdist.scheduler import LoadScopeScheduling

#: Where the long tests are, the longest first.
FIRST = (
    "tests/browser/",
    "tests/test_theory.py",
    "tests/test_readme.py",
    "tests/hostile/",
    "notebooks/",
    "tests/cli/",
    "tests/world/",
)
#: Files that would keep one process busy for minutes; their tests share nothing.
ONE_BY_ONE = ("tests/test_theory.py", "tests/hostile/test_hostile_requests.py")

settings.register_profile(
    "suite", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("suite")
providers._get_local_constants = Constants


class Handing(LoadScopeScheduling):  # type: ignore[misc]  # xdist ships no types
    """Hands out files, and the tests of `ONE_BY_ONE`."""

    def _split_scope(self, nodeid: str) -> str:
        return unit(nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    config.option.loadscopereorder = False  # it would put the files with most tests first
    return Handing(config, log)


def pytest_collection_modifyitems(config, items):
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: place(item.nodeid))


def unit(nodeid: str) -> str:
    """What a test is handed out with."""
    file = nodeid.partition("::")[0]
    return nodeid if file in ONE_BY_ONE else file


def place(nodeid: str) -> int:
    """How early a test is handed out."""
    return next((n for n, start in enumerate(FIRST) if nodeid.startswith(start)), len(FIRST))
