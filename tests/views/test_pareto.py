"""The Pareto picture: its numbers, its front, and that nothing in it collides or is cut off."""

from itertools import combinations
from pathlib import Path
from random import Random
from typing import Any

import pytest
from matplotlib.figure import Figure
from matplotlib.text import Annotation, Text
from numpy import asarray

from sim.views.figure_files import html_of, save_figure
from sim.views.pareto import front, pareto_alt, pareto_figure, points, unmeasured
from sim.views.svg import xml

pytestmark = pytest.mark.slow


def estimate(value: float | None, n: int = 4000) -> dict[str, Any]:
    if value is None:
        return {"value": None, "ci95": [None, None], "n": 0}
    return {"value": value, "ci95": [0.9 * value, 1.1 * value + 0.001], "n": n}


def strategy(name: str, twice: float | None, added_ms: float | None, served: float) -> Any:
    metrics = {
        "double_accept_rate": estimate(twice),
        "added_latency_ms": {"mean": estimate(added_ms), "p50": estimate(7.0)},
        "availability": estimate(served),
    }
    return {"name": name, "metrics": metrics}


FOUR = [
    strategy("no_check", 0.3, 0.0, 0.94),
    strategy("shared", 0.0, 147.0, 0.63),
    strategy("worse_than_shared", 0.0, 283.0, 0.63),
    strategy("near", 0.04, 1.1, 0.84),
]


def many(count: int) -> list[Any]:
    """As crowded as a comparison of all strategies: most of them accept nothing twice."""
    random = Random(count)
    return [
        strategy(
            f"strategy_{n}",
            *(random.choice([0.0, 0.0, random.random() / 3]), random.choice([0.0, 47.0, 150.0])),
            random.uniform(0.5, 1.0),
        )
        for n in range(count)
    ]


def words(figure: Figure) -> list[str]:
    texts: list[Any] = figure.findobj(Text)
    return [text.get_text() for text in texts if text.get_text()]


def numbers(figure: Figure) -> list[Annotation]:
    """The labels of the bubbles."""
    texts = figure.axes[0].texts
    return [t for t in texts if isinstance(t, Annotation) and t.get_text().isdecimal()]


def bubbles(figure: Figure) -> dict[str, Any]:
    """Strategy → its bubble."""
    return {str(each.get_gid()): each for each in figure.axes[0].collections}


def test_every_bubble_stands_where_its_json_says():
    drawn = bubbles(pareto_figure(FOUR))
    places = {name: tuple(asarray(each.get_offsets())[0]) for name, each in drawn.items()}
    assert set(places) == {each["name"] for each in FOUR}
    for each in FOUR:
        metrics = each["metrics"]
        twice, added = metrics["double_accept_rate"], metrics["added_latency_ms"]["mean"]
        assert places[each["name"]] == pytest.approx((added["value"], 100 * twice["value"]))


def test_the_area_of_a_bubble_is_the_share_that_was_served():
    areas = {name: each.get_sizes()[0] for name, each in bubbles(pareto_figure(FOUR)).items()}
    assert areas["no_check"] / areas["shared"] == pytest.approx(0.94 / 0.63)


def test_a_whisker_ends_where_the_interval_does():
    lines = pareto_figure([FOUR[3]]).axes[0].lines
    ends = [asarray(line.get_xydata(), dtype=float).tolist() for line in lines]
    assert ends[0] == pytest.approx(asarray([[0.99, 4.0], [1.211, 4.0]]))
    assert ends[1] == pytest.approx(asarray([[1.1, 3.6], [1.1, 4.5]]))


def test_an_interval_without_a_bound_has_no_whisker_there():
    one_run = strategy("a", 0.1, 5.0, 0.9)
    one_run["metrics"]["added_latency_ms"]["mean"]["ci95"] = [None, None]
    across = pareto_figure([one_run]).axes[0].lines[0]
    assert list(asarray(across.get_xdata(), dtype=float)) == [5.0, 5.0]


def test_the_front_is_whoever_no_other_beats_in_all_three():
    assert [point.name for point in front(points(FOUR))] == ["no_check", "near", "shared"]


def test_equal_ones_do_not_beat_each_other_and_availability_alone_is_enough():
    twin, better = strategy("twin", 0.0, 147.0, 0.63), strategy("better", 0.0, 147.0, 0.64)
    assert [p.name for p in front(points([FOUR[1], twin]))] == ["shared", "twin"]
    assert [p.name for p in front(points([FOUR[1], better]))] == ["better"]


@pytest.mark.parametrize("seed", range(20))
def test_who_is_not_on_the_front_is_beaten_by_somebody_who_is(seed):
    found = points(many(30 + seed))
    best = front(found)
    assert best
    for point in found:
        assert (point in best) != any(other.beats(point) for other in best)


def test_the_front_differs_in_colour_in_weight_and_in_the_mark_of_its_line():
    figure = pareto_figure(FOUR)
    faces = {name: tuple(each.get_facecolor()[0][:3]) for name, each in bubbles(figure).items()}
    assert len({faces[name] for name in ("no_check", "shared", "near")}) == 1
    assert faces["worse_than_shared"] == (1.0, 1.0, 1.0) != faces["shared"]
    weights = {text.get_text(): text.get_fontweight() for text in figure.texts}
    assert (weights["shared"], weights["worse_than_shared"]) == ("bold", "normal")
    assert {"● 2", "○ 3"} < set(weights)


@pytest.mark.parametrize("count", [0, 1, 8, 28])
def test_every_name_and_number_is_there_and_nothing_is_cut_off(count):
    figure = pareto_figure(many(count), "A scenario", 20)
    assert {f"strategy_{n}" for n in range(count)} < {*words(figure), "?"}
    assert {t.get_text() for t in numbers(figure)} == {str(n + 1) for n in range(count)}
    figure.canvas.draw()
    width, height = figure.bbox.width, figure.bbox.height
    for text in [*figure.texts, *figure.axes[0].texts]:
        box = text.get_window_extent()
        assert box.x0 >= 0 <= box.y0
        assert box.x1 <= width
        assert box.y1 <= height


@pytest.mark.parametrize("count", [8, 28])
def test_numbers_do_not_collide(count):
    figure = pareto_figure(many(count))
    figure.canvas.draw()
    boxes = [Text.get_window_extent(text) for text in numbers(figure)]
    assert len(boxes) == count
    assert not [1 for one, other in combinations(boxes, 2) if one.overlaps(other)]


def test_the_rows_of_the_table_have_room():
    figure = pareto_figure(many(28))
    figure.canvas.draw()
    names = [text for text in figure.texts if text.get_text().startswith("strategy_")]
    boxes = [text.get_window_extent() for text in names]
    assert not [1 for one, other in combinations(boxes, 2) if one.overlaps(other)]


def test_the_title_says_which_scenario_how_many_runs_and_what_is_better():
    figure = pareto_figure(FOUR, "Two regions, one payment", 20)
    said = words(figure)
    assert "Two regions, one payment" in said
    assert any("20 runs each" in text and "95 % intervals" in text for text in said)
    (arrow,) = [text for text in figure.axes[0].texts if text.get_text() == "better"]
    assert isinstance(arrow, Annotation)
    assert all(to < start for to, start in zip(arrow.xy, arrow.get_position(), strict=True))


def test_a_share_of_which_nothing_was_seen_is_no_zero():
    assert "< 0.075" in words(pareto_figure(FOUR))
    assert "0" not in [point.cells()[0] for point in points(FOUR)]


def test_what_was_not_seen_in_several_runs_is_below_a_bound_for_their_faults_only():
    said = "one that strikes fewer than 15 % of runs may have struck none"
    assert any(said in text for text in words(pareto_figure(FOUR, runs=20)))
    assert f"{said}." in pareto_alt(FOUR, runs=20)
    assert not any("struck none" in text for text in words(pareto_figure(FOUR)))
    assert "struck none" not in pareto_alt([FOUR[0], FOUR[3]], runs=20)


def test_a_bound_is_rounded_up_and_written_without_an_exponent():
    assert points([strategy("sound", 0.0, 1.0, 1.0)])[0].cells()[0] == "< 0.075"
    told = strategy("sound", 0.0, 1.0, 1.0)
    told["metrics"]["double_accept_rate"] |= {"n": 3834}  # 0.0782 %
    assert points([told])[0].cells()[0] == "< 0.079"
    assert "fewer than 100 % of runs" in pareto_alt(FOUR, runs=3)


def test_without_a_title_nothing_is_said_twice():
    said = " ".join(words(pareto_figure(FOUR)))
    assert said.count("Double acceptance against added latency") == 1


def test_who_was_not_measured_is_named_and_not_drawn():
    both = [*FOUR, strategy("silent", 0.0, None, 0.5)]
    assert unmeasured(both) == ["silent"]
    assert any("not measured: silent" in text for text in words(pareto_figure(both)))
    assert pareto_alt(both).endswith("Not measured: silent.")


def test_words_say_what_the_picture_shows():
    said = pareto_alt(FOUR, "Two regions", 20)
    assert said.startswith("Two regions. Double acceptance against added latency, 20 runs. ")
    assert "near: 4 % accepted twice, 1.1 ms added, 84.0 % served" in said
    assert "in all three: no_check, near, shared." in said
    assert xml(said) in html_of(pareto_figure(FOUR), said)


@pytest.mark.parametrize("suffix", ["svg", "png"])
def test_the_same_numbers_give_the_same_bytes(tmp_path: Path, suffix: str):
    for name in "ab":
        save_figure(pareto_figure(FOUR), tmp_path / f"{name}.{suffix}")
    first, second = ((tmp_path / f"{name}.{suffix}").read_bytes() for name in "ab")
    assert first == second
