"""Partitions: when each stood, and between which lanes its walls are."""

import pytest

from sim.trace import NodeInfo, Row
from sim.views.partitions import NEVER_US, Interval, intervals, overlapping, place, stop_at


def lane(region: str, name: str = "") -> NodeInfo:
    return NodeInfo(name or f"{region}-node", "rs", "payments", region)


def fault(t_us: int, action: str, *between: str, one_way: bool = False) -> Row:
    detail = {"action": action, "between": list(between), "one_way": one_way}
    return Row(t_us, "fault", "", detail=detail)


EU_US = Interval(("eu", "us"), False, 10, 20)
LANES = [lane("eu"), lane("eu", "b"), lane("us"), lane("ap"), lane("eu", "e")]


def test_an_interval_lasts_from_cut_to_heal():
    assert intervals([fault(10, "cut", "eu", "us"), fault(20, "heal", "eu", "us")]) == [EU_US]


def test_a_partition_that_never_heals_lasts_to_the_end():
    (found,) = intervals([fault(10, "cut", "eu", "us")])
    assert found.until_us == NEVER_US


def test_a_heal_alone_ends_what_stood_from_the_beginning():
    (found,) = intervals([fault(20, "heal", "eu", "us")])
    assert (found.from_us, found.until_us) == (-1, 20)


def test_partitions_of_different_links_are_told_apart():
    rows = [fault(1, "cut", "eu", "us"), fault(2, "cut", "eu", "ap"), fault(3, "heal", "eu", "us")]
    assert [(i.sides, i.from_us, i.until_us) for i in intervals(rows)] == [
        (("eu", "us"), 1, 3),
        (("eu", "ap"), 2, NEVER_US),
    ]


def test_one_way_and_both_ways_are_told_apart():
    rows = [fault(1, "cut", "eu", "us", one_way=True), fault(3, "heal", "eu", "us")]
    assert [(i.one_way, i.from_us) for i in intervals(rows)] == [(False, -1), (True, 1)]


def test_a_second_cut_of_the_same_link_keeps_the_first_instant():
    rows = [fault(1, "cut", "eu", "us"), fault(2, "cut", "eu", "us"), fault(3, "heal", "eu", "us")]
    assert [(i.from_us, i.until_us) for i in intervals(rows)] == [(1, 3)]


def test_a_link_can_be_cut_again():
    rows = [fault(t, a, "eu", "us") for t, a in ((1, "cut"), (2, "heal"), (5, "cut"), (7, "heal"))]
    assert [(i.from_us, i.until_us) for i in intervals(rows)] == [(1, 2), (5, 7)]


@pytest.mark.parametrize(
    ("first", "last", "stands"),
    [(0, 9, False), (0, 10, True), (12, 15, True), (20, 30, True), (21, 30, False), (0, 99, True)],
)
def test_what_stood_at_some_instant_of_a_span(first: int, last: int, stands: bool):
    assert bool(overlapping([EU_US], first, last)) is stands


@pytest.mark.parametrize(
    ("sides", "one_way", "label"),
    [(("eu", "us"), False, "eu | us"), (("eu", "us"), True, "eu -> us"), ((), False, "link")],
)
def test_a_partition_is_named_by_its_sides(sides: tuple[str, ...], one_way: bool, label: str):
    assert Interval(sides, one_way, 0, 1).label() == label


def test_walls_stand_wherever_neighbouring_lanes_are_on_different_sides():
    assert place(EU_US, LANES, [10, 20]).walls == (1.5, 3.5)


def test_lanes_of_neither_side_are_passed_over():
    cut = place(Interval(("eu", "ap"), False, 10, 20), LANES, [10, 20])
    assert (cut.walls, cut.left, cut.right) == ((2.5, 3.5), 0, 4)


def test_a_side_may_be_a_node():
    cut = place(Interval(("b", "us"), False, 10, 20), LANES, [10, 20])
    assert (cut.walls, cut.left, cut.right) == ((1.5,), 1, 2)


def test_sides_that_nobody_stands_on_have_no_walls_and_shade_everything():
    cut = place(Interval(("mars", "venus"), False, 10, 20), LANES, [10, 20])
    assert (cut.walls, cut.left, cut.right) == ((), 0, 4)


@pytest.mark.parametrize(
    ("source", "target", "step", "wall"),
    [
        (0, 2, 0, 1.5),
        (2, 0, 0, 1.5),
        (4, 0, 0, 3.5),
        (0, 4, 0, 1.5),
        (0, 1, 0, None),
        (0, 2, 5, None),
    ],
)
def test_a_message_stops_at_the_first_wall_on_its_way(
    source: int, target: int, step: int, wall: float | None
):
    cut = place(EU_US, LANES, [10, 20])
    assert stop_at([cut], source, target, step) == wall
