"""Plots of results: every strategy, every number, its interval, and what was not measured."""

from pathlib import Path
from typing import Any

import pytest
from matplotlib.axes import Axes
from numpy import asarray

from sim.views.figure_files import html_of, save_figure, svg_of
from sim.views.figures import (
    QUANTILES,
    RATES,
    latency_alt,
    latency_figure,
    rates_alt,
    rates_figure,
)

pytestmark = pytest.mark.slow


def rate(value: float | None, low: float = 0.0, high: float = 0.01) -> dict[str, Any]:
    return {"value": value, "ci95": [low, high], "n": 400}


STRATEGIES: list[dict[str, Any]] = [
    {
        "name": "per_replica",
        "metrics": {
            "double_accept_rate": rate(0.213, 0.19, 0.24),
            "retry_reject_rate": rate(0.5, 0.4, 0.6),
            "duplicate_effect_per_intention_rate": rate(0.2, 0.18, 0.22),
            "theft_rate": rate(None),
            "added_latency_ms": {
                "p50": rate(0.02, 0.01, 0.03),
                "p95": rate(2.0, 1.5, 2.5),
                "p99": {"value": 9.0, "ci95": [4.0, None], "n": 12},
            },
        },
    },
    {
        "name": "shared_atomic",
        "metrics": {"double_accept_rate": rate(0.0), "theft_rate": rate(0.001, 0.0, 0.3)},
    },
]


def said(axes: Axes) -> list[str]:
    return [text.get_text() for text in axes.texts if text.get_text()]


def at(axes: Axes, marker: str) -> list[float]:
    """The places of the markers of this kind."""
    lines = [line for line in axes.lines if line.get_marker() == marker]
    return [float(x) for line in lines for x in asarray(line.get_xdata(), dtype=float)[:1]]


def test_there_is_a_plot_for_each_way_in_which_single_use_goes_wrong():
    titles = [axes.get_title(loc="left") for axes in rates_figure(STRATEGIES).axes]
    assert titles == ["Double acceptance", "Honest retry rejected", "Duplicate effect", "Theft"]


def test_every_axis_says_what_it_counts():
    labels = [axes.get_xlabel() for axes in rates_figure(STRATEGIES).axes]
    assert labels == [unit for _, unit, _, _ in RATES.values()]
    assert all(label.startswith("% of ") for label in labels)


def test_a_rate_is_shown_in_per_cent_with_both_ends_of_its_interval():
    axes = rates_figure(STRATEGIES).axes[0]
    assert at(axes, "o") == pytest.approx([21.3, 0.0])
    assert at(axes, "|") == pytest.approx([19.0, 24.0, 0.0, 1.0])


def test_the_first_strategy_stands_on_top():
    axes = rates_figure(STRATEGIES).axes[0]
    assert [label.get_text() for label in axes.get_yticklabels()] == [
        "per_replica",
        "shared_atomic",
    ]
    assert axes.get_ylim()[0] > axes.get_ylim()[1]


def test_values_are_written_beside_their_dots():
    assert said(rates_figure(STRATEGIES).axes[0]) == ["21.3", "0"]


def test_what_was_not_measured_says_so():
    assert said(rates_figure(STRATEGIES).axes[1]) == ["50.0", "not measured"]
    assert said(rates_figure(STRATEGIES).axes[3]) == ["not measured", "0.1"]


def test_no_axis_offers_more_than_all():
    for axes in rates_figure(STRATEGIES).axes:
        assert 0 <= min(axes.get_xticks()) <= max(axes.get_xticks()) <= 100


def test_rates_near_nothing_are_not_blown_up():
    axes = rates_figure([{"name": "a", "metrics": {"theft_rate": rate(0.0, 0.0, 0.0001)}}]).axes[3]
    assert axes.get_xlim()[1] >= 1.0


def test_latency_has_a_marker_for_each_quantile():
    (axes,) = latency_figure(STRATEGIES).axes
    for _, _, marker in QUANTILES.values():
        assert len(at(axes, marker)) == 1
    legend = axes.get_legend()
    assert legend is not None
    names = [text.get_text() for text in legend.get_texts()]
    assert names == ["median", "95th percentile", "99th percentile"]


def test_an_interval_without_a_bound_ends_in_an_arrow():
    (axes,) = latency_figure(STRATEGIES).axes
    arrows = [text for text in axes.texts if getattr(text, "arrow_patch", None)]
    assert len(arrows) == 1
    assert sorted(at(axes, "|")) == [0.01, 0.03, 1.5, 2.5, 4.0]


def test_the_same_marker_never_stands_for_two_things():
    assert len({marker for _, _, marker in QUANTILES.values()}) == len(QUANTILES)
    assert len({marker for _, _, _, marker in RATES.values()}) == len(RATES)


def test_words_say_what_the_plots_show():
    words = rates_alt(STRATEGIES)
    assert "Double acceptance (% of tokens): per_replica 21.3 [19.0 to 24.0]" in words
    assert "shared_atomic not measured" in words
    assert "99th percentile (ms): per_replica 9.0 [4.0 to no bound]" in latency_alt(STRATEGIES)


def test_without_strategies_there_are_empty_plots():
    assert len(rates_figure([]).axes) == 4
    assert len(latency_figure([]).axes) == 1


@pytest.mark.parametrize("suffix", ["svg", "png"])
def test_the_same_figure_gives_the_same_bytes(tmp_path: Path, suffix: str):
    for name in "ab":
        save_figure(latency_figure(STRATEGIES), tmp_path / f"{name}.{suffix}")
    first, second = ((tmp_path / f"{name}.{suffix}").read_bytes() for name in "ab")
    assert first == second
    assert b"atplotlib" not in first.replace(b"matplotlib.axis", b"")


def test_no_date_is_written():
    assert "<dc:date>" not in svg_of(latency_figure([]))


def test_an_unknown_suffix_names_what_is_allowed(tmp_path: Path):
    with pytest.raises(ValueError, match=r"'\.gif'; allowed are \.svg, \.png"):
        save_figure(latency_figure([]), tmp_path / "a.gif")


def test_html_carries_the_alternative_text():
    html = html_of(latency_figure([]), 'nothing & "nobody"')
    assert html.startswith('<img alt="nothing &amp; &quot;nobody&quot;" src="data:image/svg+xml;')
