"""Marks are the simulation's and the curve is the theory's, and the words say both."""

from __future__ import annotations

from math import exp

import pytest

from sim.statistics import wilson
from sim.views.theory_chart import distribution_over_theory, rate_over_theory

COUNTS = {0.0: 0, 50.0: 130, 100.0: 170}
FOUND = {
    x: {"value": k / 200, "ci95": list(wilson(k, 200)[1:3]), "n": 200} for x, k in COUNTS.items()
}


def theory(x):
    return 1 - exp(-x / 50)


def lines(chart):
    return chart.figure.axes[0].get_lines()


def test_the_curve_is_the_closed_form_and_a_mark_stands_at_each_rate():
    chart = rate_over_theory(FOUND, theory, "gap (ms)", "accepted twice")
    curve, *marks = lines(chart)
    assert list(curve.get_ydata()) == [100 * theory(x) for x in curve.get_xdata()]
    dots = {(m.get_xdata()[0], m.get_ydata()[0]) for m in marks if len(m.get_xdata()) == 1}
    assert dots == {(x, k / 2) for x, k in COUNTS.items()}


def test_the_words_say_theory_and_simulation_at_each_value():
    chart = rate_over_theory(FOUND, theory, "gap (ms)", "accepted twice")
    assert chart.alt.startswith("accepted twice over gap (ms): at 0 theory 0.0 %, simulated 0.0 %")
    assert "at 50 theory 63.2 %, simulated 65.0 %" in chart.alt


def test_a_value_without_a_case_has_no_mark_and_says_so():
    none = {"value": None, "ci95": [0, 1], "n": 0}
    chart = rate_over_theory(FOUND | {200.0: none}, theory, "gap (ms)", "accepted twice")
    assert "at 200 theory 98.2 %, simulated no case" in chart.alt
    assert all(200.0 not in line.get_xdata() for line in lines(chart)[1:])


def test_the_steps_of_a_distribution_end_at_all_samples():
    samples = [50.0, 10.0, 30.0, 20.0]
    steps, curve = lines(distribution_over_theory(samples, theory, "response time"))
    assert list(steps.get_xdata()) == sorted(samples)
    assert list(steps.get_ydata()) == [25, 50, 75, 100]
    assert curve.get_xdata()[-1] == 50


def test_the_words_say_how_far_the_samples_are_from_the_theory():
    chart = distribution_over_theory([50.0], theory, "response time")
    assert chart.alt.startswith("response time: 1 sample, median 50.0 ms, longest 50.0 ms;")
    assert chart.alt.endswith(f"at most {100 * (1 - theory(50)):.1f} points from the closed form.")


def test_without_a_sample_there_is_nothing_to_draw():
    with pytest.raises(ValueError, match="response time: there is no sample"):
        distribution_over_theory([], theory, "response time")
