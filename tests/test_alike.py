"""The suite says the same wherever it runs: what `tests/conftest.py` promises."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.internal.conjecture.providers import HypothesisProvider

from oauth_model.grants import GRANTS
from tests.conftest import FIRST, ONE_BY_ONE, place, unit

ROOT = Path(__file__).resolve().parent.parent


def drawn(strategy: st.SearchStrategy[str]) -> list[str]:
    """What a test draws from a strategy."""
    seen: list[str] = []

    @given(strategy)
    def run(one):
        seen.append(one)

    run()
    return seen


def test_hypothesis_takes_no_constants_from_the_modules_that_are_loaded():
    assert not {*GRANTS} & {*HypothesisProvider(None)._local_constants.strings}


def test_a_test_draws_the_same_again_and_has_all_the_time_it_needs():
    assert drawn(st.text()) == drawn(st.text())
    assert settings().deadline is None


def test_the_cells_of_a_notebook_are_handed_out_together():
    cells = [f"notebooks/00_tour.ipynb::Cell {n}" for n in range(9)]
    assert {unit(cell) for cell in cells} == {"notebooks/00_tour.ipynb"}


@pytest.mark.parametrize("file", ONE_BY_ONE)
def test_the_tests_of_a_long_file_are_handed_out_by_themselves(file):
    assert unit(f"{file}::test_a[1]") != unit(f"{file}::test_a[2]")
    assert (ROOT / file).exists()


def test_what_takes_longest_goes_first():
    assert all((ROOT / start).exists() for start in FIRST)
    files = [*FIRST, "tests/test_alike.py"]
    assert all(place(before) < place(after) for before, after in pairwise(files))
