"""The geometry of diagrams: lanes, arrows, marks and partitions, before they have a format."""

import pytest
from hypothesis import given

from sim.trace import OUTCOMES, Row, Trace
from sim.views.layout import MOST_STEPS, lay_out
from tests.views.story import AS, CLIENT, EU, HEADER, STORE_EU, STORE_US, THIEF, US, story
from tests.views.traces import few, message, of, race, traces


def look(trace: Trace) -> list[tuple[str, str, str]]:
    """Node, shape and word of every mark."""
    layout = lay_out(trace)
    return [(layout.lanes[m.lane].name, m.look.shape, m.look.word) for m in layout.marks]


def at_payments(kind: str, attempt: int = 0, **detail: object) -> Row:
    return Row(0, kind, EU, "", 0, "client", attempt, "at-1", 0, detail)


def effect(server: str, intention: int, token: str) -> Row:
    detail = {"server": server, "operation": "GET /mail", "executed": True}
    return Row(0, "effect", EU, intention=intention, token=token, detail=detail)


def fault(t_us: int, action: str, *between: str, one_way: bool = False) -> Row:
    detail = {"action": action, "between": list(between), "one_way": one_way}
    return Row(t_us, "fault", "", detail=detail)


def test_lanes_are_presenters_then_each_regions_servers_and_stores():
    lanes = [lane.name for lane in lay_out(story()).lanes]
    assert lanes == [CLIENT, THIEF, AS, EU, STORE_EU, US, STORE_US]


def test_a_node_that_no_row_names_has_no_lane():
    assert "as-eu-2" in [node.name for node in HEADER.nodes]
    assert "as-eu-2" not in [lane.name for lane in lay_out(story()).lanes]


def test_a_node_that_the_header_does_not_know_comes_last():
    lanes = lay_out(of(Row(0, "timeout", "stranger"), Row(1, "timeout", STORE_US))).lanes
    assert [lane.name for lane in lanes] == [STORE_US, "stranger"]


def test_neighbours_of_one_region_share_a_band():
    bands = lay_out(story()).bands
    assert [tuple(band) for band in bands] == [
        ("eu", 0, 0),
        ("us", 1, 1),
        ("eu", 2, 4),
        ("us", 5, 6),
    ]


def test_steps_are_the_distinct_instants():
    rows = [Row(t_us, "timeout", EU) for t_us in (7, 7, 9, 4_000_000)]
    assert lay_out(of(*rows)).steps == (7, 9, 4_000_000)


def test_a_long_gap_is_a_pause_and_an_even_pace_has_none():
    uneven = [Row(t_us, "timeout", EU) for t_us in (0, 10, 20, 30, 9_000)]
    even = [Row(t_us, "timeout", EU) for t_us in (0, 10, 20, 30, 40)]
    assert lay_out(of(*uneven)).pauses() == {4}
    assert lay_out(of(*even)).pauses() == set()


def test_a_message_is_an_arrow_from_its_sending_to_its_arrival():
    (arrow,) = lay_out(of(*message(3, 10, 25, CLIENT, EU, label="GET /"))).arrows
    assert (arrow.source, arrow.target, arrow.stop) == (0, 1, 1)
    assert (arrow.sent.step, arrow.ends.step, arrow.fate, arrow.label) == (0, 1, "arrived", "GET /")


def test_two_copies_share_one_sending():
    first, second = (arrow for arrow in lay_out(race()).arrows if arrow.order == 0)
    assert first.sent == second.sent
    assert (first.caption(), second.caption()) == ("POST /payments", "POST /payments (copy)")


def test_a_lost_message_ends_halfway():
    sent, _ = message(1, 0, 0, CLIENT, EU)
    dropped = Row(0, "drop", CLIENT, EU, message=1, detail={"reason": "loss"})
    (arrow,) = lay_out(of(sent, dropped, Row(5, "timeout", THIEF))).arrows
    assert (arrow.fate, arrow.source, arrow.target, arrow.stop) == ("lost", 0, 2, 1.0)


def test_a_message_lost_to_a_partition_ends_at_the_wall():
    (arrow,) = (arrow for arrow in lay_out(story()).arrows if arrow.fate == "cut")
    assert (arrow.source, arrow.target, arrow.stop) == (1, 3, 1.5)


def test_a_partition_loss_without_a_fault_row_ends_halfway():
    sent, _ = message(1, 0, 0, CLIENT, EU)
    dropped = Row(9, "drop", CLIENT, EU, message=1, detail={"reason": "partition"})
    (arrow,) = lay_out(of(sent, dropped)).arrows
    assert (arrow.fate, arrow.stop) == ("cut", 0.5)


def test_a_message_without_an_end_is_under_way():
    (arrow,) = lay_out(of(message(1, 0, 0, CLIENT, EU)[0])).arrows
    assert arrow.fate == "under way"


def test_an_arrival_without_its_sending_is_drawn_where_it_arrived():
    (arrow,) = lay_out(of(message(1, 0, 8, CLIENT, EU)[1])).arrows
    assert (arrow.sent.step, arrow.ends.step, arrow.source, arrow.target) == (0, 0, 0, 1)


def test_a_message_to_oneself_is_a_mark():
    layout = lay_out(of(*message(1, 0, 8, EU, EU, label="resend")))
    assert not layout.arrows
    assert [mark.look for mark in layout.marks] == [("note", "resend", "to itself")]


def test_what_happens_to_a_node_in_one_instant_has_a_slot_each():
    rows = [
        at_payments("decide", outcome="first"),
        at_payments("effect"),
        *message(1, 0, 5, EU, US),
    ]
    layout = lay_out(of(*rows))
    assert [mark.spot for mark in layout.marks] == [(0, 0), (0, 1)]
    assert layout.arrows[0].sent == (0, 1)


def test_a_message_without_delay_does_not_rise():
    rows = [
        at_payments("decide", outcome="first"),
        at_payments("effect"),
        *message(1, 0, 0, EU, US),
    ]
    (arrow,) = lay_out(of(*rows)).arrows
    assert arrow.sent == arrow.ends == (0, 1)


@pytest.mark.parametrize(
    ("outcome", "shape", "word"),
    [
        ("first", "accepted", "accepted"),
        ("stored", "accepted", "stored answer"),
        ("replay", "rejected", "rejected"),
        ("in_flight", "undecided", "in flight"),
        ("challenge", "undecided", "challenge"),
        ("undecided", "undecided", "undecided"),
        ("something new", "note", "something new"),
    ],
)
def test_every_decision_has_a_shape_and_a_word(outcome: str, shape: str, word: str):
    assert look(of(at_payments("decide", outcome=outcome))) == [(EU, shape, word)]


def test_an_answer_that_repeats_the_decision_is_not_drawn_again():
    rows = at_payments("decide", outcome="first"), at_payments("respond", status=201)
    assert look(of(*rows)) == [(EU, "accepted", "accepted")]


def test_an_answer_that_contradicts_the_decision_is_drawn():
    rows = at_payments("decide", outcome="first"), at_payments("respond", status=403)
    assert look(of(*rows))[1] == (EU, "rejected", "403")


def test_without_a_decision_the_answer_stands_for_it():
    rows = at_payments("respond", status=200), at_payments("respond", 1, status=401)
    assert [shape for _, shape, _ in look(of(*rows))] == ["accepted", "rejected"]


def test_what_a_presenter_learns_is_drawn_only_where_no_arrow_says_it():
    learnt = Row(8, "return", CLIENT, EU, detail={"status": 401, "error": "invalid_token"})
    assert look(of(*message(1, 0, 8, EU, CLIENT), learnt)) == []
    assert look(of(learnt)) == [(CLIENT, "note", "401")]


def test_an_unknown_answer_is_undecided():
    assert look(of(Row(8, "return", CLIENT, EU, detail={"status": None}))) == [
        (CLIENT, "undecided", "unknown")
    ]


def test_a_store_operation_is_a_mark_only_where_no_message_asked_for_it():
    stored = Row(8, "store", STORE_EU, EU, detail={"operation": "insert", "granted": True})
    assert look(of(*message(1, 0, 8, EU, STORE_EU), stored)) == []
    own = stored._replace(node=EU)
    assert look(of(*message(1, 0, 8, CLIENT, EU), own)) == [(EU, "store", "insert")]


def test_a_key_used_in_a_store_of_ones_own_is_one_mark():
    used = Row(8, "consume", EU, EU, detail={"operation": "insert"})
    stored = Row(8, "store", EU, EU, detail={"operation": "insert", "granted": True})
    assert look(of(used, stored)) == [(EU, "store", "key used")]
    assert look(of(*message(1, 0, 8, EU, STORE_EU), used._replace(node=STORE_EU))) == []


def test_the_same_effect_again_is_numbered():
    rows = [effect("mail", 0, "at-1"), effect("mail", 0, "at-2"), effect("mail", 0, "at-1")]
    words = [(shape, word) for _, shape, word in look(of(*rows))]
    assert words == [
        ("effect", "EFFECT"),
        ("effect_again", "EFFECT No. 2"),
        ("effect_again", "EFFECT No. 3"),
    ]


def test_effects_at_other_servers_or_for_other_intentions_are_no_repetition():
    rows = effect("mail", 0, "at-1"), effect("files", 0, "at-1"), effect("mail", 1, "at-1")
    assert {word for _, _, word in look(of(*rows))} == {"EFFECT"}


def test_outside_any_intention_the_token_tells_effects_apart():
    rows = effect("mail", -1, "at-1"), effect("mail", -1, "at-2"), effect("mail", -1, "at-1")
    assert [word for _, _, word in look(of(*rows))] == ["EFFECT", "EFFECT", "EFFECT No. 2"]


def test_an_effect_that_was_withheld_says_so():
    assert look(of(at_payments("effect", executed=False))) == [(EU, "no_effect", "no effect")]


def test_a_trace_of_outcomes_alone_still_tells_the_story():
    rows = [row for row in story() if row.kind in OUTCOMES]
    layout = lay_out(Trace(HEADER, rows))
    shapes = [mark.look.shape for mark in layout.marks]
    assert not layout.arrows
    assert shapes.count("effect_again") == shapes.count("undecided") == 1
    assert shapes.count("accepted") == 2


def test_a_partition_stands_from_cut_to_heal_with_walls_between_its_sides():
    (cut,) = lay_out(story()).cuts
    steps = lay_out(story()).steps
    assert (steps[cut.first], steps[cut.last]) == (1_200_000, 2_000_000)
    assert (cut.label, cut.left, cut.right, cut.walls) == ("eu | us", 0, 6, (0.5, 1.5, 4.5))


def test_a_one_way_partition_says_which_way():
    rows = fault(5, "cut", "eu", "us", one_way=True), *message(1, 0, 9, CLIENT, US)
    (cut,) = lay_out(of(*rows)).cuts
    assert (cut.label, cut.begins, cut.heals) == ("eu -> us", True, False)


def test_a_partition_between_two_nodes_concerns_these_alone():
    rows = *message(1, 0, 9, CLIENT, US), *message(2, 0, 9, EU, AS), fault(5, "cut", EU, US)
    (cut,) = lay_out(of(*rows)).cuts
    assert (cut.left, cut.right, cut.walls) == (2, 3, (2.5,))


def test_a_heal_without_a_cut_stood_from_the_beginning():
    rows = *message(1, 100, 900, CLIENT, US), fault(500, "heal", "eu", "us")
    (cut,) = lay_out(of(*rows)).cuts
    assert (cut.first, cut.begins, cut.heals) == (0, False, True)


def test_a_partition_at_another_time_is_not_in_the_picture():
    rows = *message(1, 100, 900, CLIENT, US), fault(1_000, "cut", "eu", "us")
    layout = lay_out(of(*rows, fault(2_000, "heal", "eu", "us")))
    assert not layout.cuts
    assert layout.steps == (100, 900)


def test_another_fault_is_a_mark_on_its_node():
    assert look(of(Row(5, "fault", EU, detail={"action": "crash"}))) == [(EU, "note", "crash")]


def test_hidden_nodes_take_their_messages_with_them():
    layout = lay_out(story(), frozenset({STORE_EU, STORE_US}))
    assert len(layout.arrows) == len(lay_out(story()).arrows) - 6
    assert STORE_EU not in [lane.name for lane in layout.lanes]


def test_a_picture_that_leaves_events_out_says_how_many():
    rows = [Row(t_us, "timeout", EU) for t_us in range(MOST_STEPS + 5)]
    layout = lay_out(of(*rows))
    assert (len(layout.steps), layout.left_out) == (MOST_STEPS, "left out: 5 later events")


@few
@given(traces())
def test_every_arrival_and_every_loss_between_two_nodes_is_an_arrow(trace: Trace):
    layout = lay_out(trace)
    ends = [row for row in trace.of("deliver", "drop") if row.node and row.peer]
    ended = [arrow for arrow in layout.arrows if arrow.fate != "under way"]
    assert len(ended) == sum(row.node != row.peer for row in ends)


@few
@given(traces())
def test_everything_has_its_place_in_the_picture(trace: Trace):
    layout = lay_out(trace)
    lanes, steps = range(len(layout.lanes)), range(len(layout.steps))
    for mark in layout.marks:
        assert mark.lane in lanes
        assert mark.spot.step in steps
    for arrow in layout.arrows:
        assert arrow.source != arrow.target
        assert min(arrow.source, arrow.target) <= arrow.stop <= max(arrow.source, arrow.target)
        assert arrow.fate != "arrived" or layout.steps[arrow.ends.step] in {r.t_us for r in trace}


@few
@given(traces())
def test_no_two_marks_share_a_spot(trace: Trace):
    spots = [(mark.lane, mark.spot) for mark in lay_out(trace).marks]
    assert len(spots) == len(set(spots))
