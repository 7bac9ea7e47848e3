"""A page that acts on its form only, and answers twice alike, passes; others are told apart."""

from __future__ import annotations

import pytest

from sim.lessons.mailed_links import METHODS, check_page

RIGHT = {"GET": "show", "HEAD": "show", "POST": "act", "strategy": "idempotent_response"}
#: what is different → the aims that it misses.
WRONG = {
    "acts on a click": ({"GET": "act"}, {"scanners spend nothing", "two clicks"}),
    "acts on a HEAD": ({"HEAD": "act"}, {"a HEAD changes nothing"}),
    "never acts": ({"POST": "show"}, {"readers act"}),
    "strict": ({"strategy": "shared_atomic"}, {"lost answers, readers told that it worked"}),
    "does not check": ({"strategy": "no_check"}, {"lost answers, one use"}),
    "no such word": ({"GET": "redirect"}, {"words"}),
    "no such strategy": ({"strategy": "hope"}, {"words"}),
}


def missed(policy):
    return {aim.name for aim in check_page(policy).aims if not aim.met}


def test_the_right_answer_is_done():
    assert check_page(RIGHT).done, check_page(RIGHT)


@pytest.mark.parametrize(("different", "aims"), WRONG.values(), ids=WRONG)
def test_a_wrong_answer_misses_the_aims_that_are_meant_for_it(different, aims):
    assert missed(RIGHT | different) == aims


def test_who_scanned_the_link_is_counted():
    checked = check_page(RIGHT | {"GET": "act"})
    told = next(aim.because for aim in checked.aims if aim.name == "scanners spend nothing")
    assert int(told.split()[0]) > 30


def test_the_dots_are_not_an_attempt():
    untouched = dict.fromkeys((*METHODS, "strategy"), ...)
    assert "not attempted yet" in repr(check_page(untouched))
