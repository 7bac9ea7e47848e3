"""The chart of a sweep: curves with their intervals, and the same in words."""

from io import BytesIO
from typing import Any
from xml.etree import ElementTree

import pytest
from matplotlib.image import imread
from matplotlib.text import Text

from sim.sweeps import Sweep, sweep
from sim.views.sweep_chart import SHOWN, check_chart, check_measures, measured, sweep_chart
from tests.sweeps.scenes import QUICK, quick

RATE = "double_accept_rate"


@pytest.fixture(scope="module")
def found() -> Sweep:
    return quick(3, ["per_replica", "no_check"])


def rate(value, low, high):
    return {"metrics": {RATE: {"value": value, "ci95": [low, high], "n": 9}}}


def document(settings, strategies=("no_check",), value=0.25):
    """A sweep as `--json` writes it, of these points."""
    points = [
        {"settings": each, "strategy": name, **rate(value, 0.1, 0.5)}
        for each in settings
        for name in strategies
    ]
    varied = {f: list({str(s[f]): s[f] for s in settings}.values()) for f in settings[0]}
    return {"scenario": "A story", "replications": 3, "varied": varied, "points": points}


def panels(chart):
    return list(chart.figure.axes)


def over(field, values, **more):
    return sweep_chart(document([{field: value} for value in values], **more), [RATE])


def test_a_value_stands_with_its_interval_in_per_cent():
    chart = over("client.retries", [0, 1, 2])
    (axes,) = panels(chart)
    (bars,) = axes.containers
    assert bars.lines[0].get_xydata().tolist() == [[0, 25], [1, 25], [2, 25]]
    ends = [segment.tolist() for segment in bars.lines[2][0].get_segments()]
    assert ends[1] == [[1, 10], [1, 50]]
    assert axes.get_ylim()[1] > 50


def test_axes_are_named_with_their_units():
    (axes,) = panels(over("client.timeout_ms", [1, 2]))
    assert axes.get_xlabel() == "client.timeout_ms, ms"
    assert axes.get_ylabel() == "double_accept_rate, %"
    (axes,) = panels(over("thief.probability", [0.1, 0.2]))
    assert axes.get_xlabel() == "thief.probability"


def test_there_is_a_row_for_each_measure_and_a_column_for_each_other_value(found):
    vary: dict[str, Any] = {"client.retries": [0, 1], "thief.probability": [0, 0.2, 0.4]}
    chart = sweep(QUICK, vary, replications=1, cache=False, progress=False).chart()
    titles = [axes.get_title(loc="left") for axes in panels(chart)]
    assert titles == [f"thief.probability = {value}" for value in (0, 0.2, 0.4)] * len(SHOWN)
    assert all(len(axes.containers) == 1 for axes in panels(chart))
    labels = [axes.get_ylabel() for axes in panels(found.chart())]
    assert labels == ["double_accept_rate, %", "availability, %", "added_latency_ms.mean, ms"]


def test_strategies_differ_in_more_than_colour():
    names = [f"s{n}" for n in range(7)]
    (axes,) = panels(over("client.retries", [0, 1], strategies=names))
    lines = [bars.lines[0] for bars in axes.containers]
    assert len({line.get_color() for line in lines}) == 7
    assert len({line.get_marker() for line in lines}) == 7
    places = [line.get_transform().transform((0, 25))[0] for line in lines]
    assert places == sorted(set(places))


def test_a_wide_range_has_a_logarithmic_axis_with_a_tick_at_each_value():
    (axes,) = panels(over("client.timeout_ms", [1, 10, 100]))
    assert axes.get_xscale() == "log"
    assert [tick.get_text() for tick in axes.get_xticklabels()] == ["1", "10", "100"]
    assert panels(over("client.timeout_ms", [0, 10, 100]))[0].get_xscale() == "linear"


@pytest.mark.parametrize("values", [["a", "b"], [True, False], [["eu"], ["eu", "us"]]])
def test_what_is_no_number_is_not_joined(values):
    (axes,) = panels(over("servers.0.replicas", values))
    assert axes.containers[0].lines[0].get_linestyle() == "None"
    assert len(axes.get_xticklabels()) == 2


def test_strategies_alone_stand_on_the_axis():
    (axes,) = panels(sweep_chart(document([{}], ["no_check", "quorum"]), [RATE]))
    assert [tick.get_text() for tick in axes.get_xticklabels()] == ["no_check", "quorum"]


def test_dollars_are_dollars(tmp_path):
    titles = ("5 $ or 10 $", r"$\bar{$")
    points = document([{"about.title": title, "about.story": r"$\foo{$"} for title in titles])
    chart = sweep_chart(points | {"scenario": r"$\baz{$"}, [RATE])
    chart.save(tmp_path / "x.png")
    texts = [each for each in chart.figure.findobj(Text) if "$" in each.get_text()]
    assert len({each.get_text() for each in texts}) == 4
    assert not any(each.get_parse_math() for each in texts)


def test_every_strategy_stands_in_the_legend():
    chart = over("client.retries", [0, 1], strategies=["_mine", "no_check"])
    (legend,) = chart.figure.legends
    assert [each.get_text() for each in legend.get_texts()] == ["_mine", "no_check"]


@pytest.mark.parametrize("count", [1, 4, 5, 27])
def test_names_of_many_strategies_are_not_cut_off(count):
    names = [f"a_strategy_of_long_name_{n}" for n in range(count)]
    chart = over("client.retries", [0, 1], strategies=names)
    chart.figure.canvas.draw()
    (legend,) = chart.figure.legends
    box, page = legend.get_window_extent(), chart.figure.bbox
    assert page.x0 <= box.x0 <= box.x1 <= page.x1
    assert panels(chart)[0].get_window_extent().height > 120


def test_markers_of_many_strategies_stay_within_their_panel():
    (axes,) = panels(over("client.retries", [0, 1], strategies=[f"s{n}" for n in range(27)]))
    axes.figure.canvas.draw()
    lines = [bars.lines[0] for bars in axes.containers]
    places = [line.get_transform().transform((x, 25))[0] for line in lines for x in (0, 1)]
    assert axes.bbox.x0 < min(places) < max(places) < axes.bbox.x1


def test_one_replication_is_not_replications():
    chart = sweep_chart(document([{"client.retries": 1}]) | {"replications": 1}, [RATE])
    assert "1 replication at each point" in chart.figure.get_suptitle()


def test_where_nothing_was_measured_nothing_is_drawn():
    chart = over("client.retries", [0, 1], value=None)
    assert panels(chart)[0].containers[0].lines[0].get_xydata().tolist() == []
    assert "double_accept_rate at client.retries 0, no_check: not measured." in chart.alt


def test_a_bound_that_is_missing_is_no_whisker_and_is_said():
    told = document([{"client.retries": 1}])
    told["points"][0] |= rate(0.25, None, 0.5)
    chart = sweep_chart(told, [RATE])
    (segment,) = panels(chart)[0].containers[0].lines[2][0].get_segments()
    assert segment.tolist() == [[1, 25], [1, 50]]
    assert "25 % (no bound to 50)" in chart.alt


def test_the_words_hold_every_number(found):
    chart = found.chart([RATE, "latency_ms.p50"])
    for point in found.to_json()["points"]:
        for measure, unit in ((RATE, "%"), ("latency_ms.p50", "ms")):
            found_there = measured(point, measure)
            assert found_there is not None
            value = found_there.value
            place = f"client.retries {point['settings']['client.retries']}, {point['strategy']}"
            assert f"{measure} at {place}: {value:.3g} {unit} (" in chart.alt


def test_a_notebook_shows_the_picture_with_its_words(found):
    chart = found.chart()
    assert chart._repr_html_().startswith(f'<img alt="{chart.alt}" src="data:image/svg+xml')


def test_files_say_what_they_show(found, tmp_path):
    for suffix in ("svg", "png"):
        found.write(tmp_path / f"x.{suffix}", [RATE])
    root = ElementTree.parse(tmp_path / "x.svg").getroot()
    assert root.get("aria-label") == found.chart([RATE]).alt
    content = (tmp_path / "x.png").read_bytes()
    assert found.chart([RATE]).alt.encode("latin-1") in content
    assert imread(BytesIO(content)).std() > 0


@pytest.mark.parametrize("measure", ["luck", "latency_ms", "latency_ms.p42", "messages_per_use"])
def test_what_has_no_interval_is_named_with_what_has(measure):
    with pytest.raises(
        ValueError, match=f"measure: '{measure}' has no interval; one of double_acc"
    ):
        check_measures([RATE, measure])


def test_a_chart_has_only_so_many_panels():
    check_chart({"a": [0] * 99, "b": [0] * 8}, SHOWN)
    with pytest.raises(ValueError, match="27 panels, 24 at most"):
        check_chart({"a": [0] * 99, "b": [0] * 9}, SHOWN)
