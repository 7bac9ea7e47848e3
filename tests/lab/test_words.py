"""What a run says to a prediction: where it stands, or what a prediction is."""

from __future__ import annotations

from math import inf, nan

import pytest

from sim.lab.words import judge
from sim.statistics import wilson

HALF = wilson(50, 100).to_json()


@pytest.mark.parametrize(
    ("predicted", "place"),
    [(0, "below"), (0.2, "below"), (0.5, "inside"), (0.9, "above"), (1, "above")],
)
def test_a_share_is_inside_the_interval_below_it_or_above(predicted, place):
    assert judge(predicted, HALF).startswith(f"predicted {100 * predicted:.1f} %, found 50.0 %")
    assert judge(predicted, HALF).endswith(f": {place} the interval")


@pytest.mark.parametrize("predicted", [50, 1.01, -0.1, inf, nan], ids=str)
def test_what_is_no_share_is_told_what_is_expected(predicted):
    assert judge(predicted, HALF) == (
        f"predicted {predicted}: expected is a share from 0 to 1, such as 0.125 for 12.5 %"
    )
