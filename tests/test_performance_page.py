"""The page on performance has what the tool fills, and counts are the same in every run."""

from bench.bytecodes import ROOMS, by_room
from sim.benchmark.measures import Measure, Reach, beside
from tools.generated import filled
from tools.performance import BLOCKS, PAGE, _line, rooms


def test_the_page_has_every_block_of_the_tool():
    page = PAGE.read_text(encoding="utf-8")
    assert all(page.count(f"<!-- bench:{name} -->") == 1 for name in BLOCKS)
    assert "made anew" in filled(PAGE, "bench", BLOCKS, lambda make: "made anew")


def test_instructions_are_the_same_in_every_run():
    once = by_room(16)
    assert once == by_room(16)
    assert set(once) == set(ROOMS.values())


def test_the_rooms_add_up():
    first, *lines, last = rooms().splitlines()
    assert first.split() == ["room", "instructions", "calls"]
    assert abs(sum(int(line.split()[-2]) for line in lines) - int(last.split()[-2])) <= len(lines)


def test_a_line_says_what_is_to_be_reached_and_whether_it_is():
    line = _line(beside("a presentation", 100.0, "its floor", 25.0, Reach(2.5)))
    assert " ".join(line.split()) == "a presentation 100.0 µs its floor 25.0 µs 4.00 ≤ 2.5 missed"


def test_a_line_without_a_figure_says_why():
    assert _line(Measure("a", None, peer_name="b", note="not installed")).endswith("not installed")
