"""A leeway and a margin that suffice are accepted; too little and too much are told apart."""

from __future__ import annotations

import pytest

from oauth_model.stories import STORIES
from sim.lessons.time_not_shared import check_clocks, replays, two_clocks

RIGHT = {"leeway_s": 1.85, "margin_s": 6.0}
APART = "store 3 s ahead, server 3 s behind"
WRONG = {
    "no leeway worth the name": ({"leeway_s": 0.5}, {"false rejects"}),
    "generous": ({"leeway_s": 3.0}, {"acceptance after expiry"}),
    "no margin": ({"margin_s": 0.0}, {APART}),
    "half the margin": ({"margin_s": 3.0}, {APART}),
    "a minute, to be sure": ({"margin_s": 60.0}, {"memory"}),
}


def test_the_right_answer_is_done():
    assert check_clocks(RIGHT).done


@pytest.mark.parametrize(("change", "meant"), WRONG.values(), ids=WRONG)
def test_a_wrong_answer_is_told_apart_by_the_aim_meant_for_it(change, meant):
    assert {aim.name for aim in check_clocks(RIGHT | change).aims if not aim.met} == meant


def test_what_was_not_touched_is_not_attempted():
    assert "not attempted yet" in repr(check_clocks({"leeway_s": ..., "margin_s": ...}))


def test_leeway_does_not_stand_in_for_the_margin():
    """The record is kept until the leeway is over, so leeway moves both ends of the gap."""
    assert replays(3000, -3000, 0.5, 0.0)[1] > 0
    assert replays(3000, -3000, 3.0, 0.0)[1] > 0


def test_no_story_is_left_behind():
    assert "until_it_expired" not in STORIES
    assert two_clocks(0, 0, 1.0, 1.0).story == "single_use_payment"
