"""Partitions: when each stood, and between which lanes its walls are."""

import pytest

from sim.trace import NodeInfo, Row
from sim.views.partitions import (
    NEVER_US,
    Interval,
    intervals,
    of_nodes,
    overlapping,
    place,
    stop_at,
)


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


# --- more than two sides, clogs, and faults of nodes ----------------------------------------------


def test_a_clog_is_no_partition_of_the_same_link():
    rows = [
        fault(t, a, "eu", "us") for t, a in ((1, "cut"), (2, "clog"), (3, "heal"), (4, "unclog"))
    ]
    assert [(i.clog, i.from_us, i.until_us) for i in intervals(rows)] == [
        (False, 1, 3),
        (True, 2, 4),
    ]


@pytest.mark.parametrize(
    ("clog", "words"), [(False, ("cut", "healed")), (True, ("clogged", "unclogged"))]
)
def test_a_clog_has_words_of_its_own(clog: bool, words: tuple[str, str]):
    assert place(EU_US._replace(clog=clog), LANES, [10, 20]).words() == words


def test_of_three_sides_each_has_walls_to_both_others():
    cut = place(Interval(("eu", "us", "ap"), False, 10, 20), LANES, [10, 20])
    assert (cut.walls, cut.label) == ((1.5, 2.5, 3.5), "eu | us | ap")


def test_a_side_may_be_several_names():
    cut = place(Interval(("eu+us", "ap"), False, 10, 20), LANES, [10, 20])
    assert cut.walls == (2.5, 3.5)


def test_a_side_may_be_everyone_else():
    cut = place(Interval(("b", "*"), False, 10, 20), LANES, [10, 20])
    assert (cut.walls, cut.left, cut.right) == ((0.5, 1.5), 0, 4)


def happened(t_us: int, node: str = "a", peer: str = "") -> Row:
    return Row(t_us, "send", node, peer)


def befell(t_us: int, node: str, action: str) -> Row:
    return Row(t_us, "fault", node, detail={"action": action})


STORY = [happened(10, "a", "b"), happened(20, "b", "a")]


@pytest.mark.parametrize(
    ("found", "drawn"),
    [
        ([befell(15, "b", "crash")], ["crash"]),
        ([befell(15, "c", "crash")], []),  # nobody met it
        ([befell(25, "b", "crash")], []),  # afterwards
        ([befell(5, "b", "crash")], ["crash"]),  # it is down from the beginning
        ([befell(3, "b", "crash"), befell(5, "b", "restart")], []),
        ([befell(3, "b", "crash"), befell(15, "b", "restart")], ["crash", "restart"]),
        ([befell(3, "b", "step"), befell(5, "b", "step")], ["step"]),
    ],
)
def test_of_what_befell_nodes_a_picture_shows_what_its_story_met(
    found: list[Row], drawn: list[str]
):
    rows = sorted([*STORY, *found], key=lambda row: row.t_us)
    shown = [row.detail["action"] for row in of_nodes(rows) if row.kind == "fault"]
    assert shown == drawn


def test_where_nothing_else_happened_all_faults_of_nodes_are_shown():
    rows = [befell(3, "b", "crash"), fault(4, "cut", "eu", "us")]
    assert list(of_nodes(rows)) == rows[:1]
