"""Closed where money moves and open where it does not is accepted; other policies are told why."""

from __future__ import annotations

import pytest

from sim.lessons.outage import CUTS, POLICIES, check_policies, cut_world, under_cut

CLOSED, OPEN = ("shared_atomic", "fail_closed"), ("shared_atomic", "fail_open")
SOUND, WELL = "payments: never accepted twice", "profile: single use when all is well"
UNDER_CUTS = [f"profile, cut between {cut}" for cut in list(CUTS)[1:]]
WRONG = {
    "both open": (OPEN, OPEN, [SOUND]),
    "both closed": (CLOSED, CLOSED, UNDER_CUTS),
    "the other way round": (OPEN, CLOSED, [SOUND, *UNDER_CUTS]),
    "lists": (("per_replica", "fail_closed"), ("per_replica", "fail_open"), [SOUND, WELL]),
    "copies": (("replicated_async", "fail_closed"), OPEN, [SOUND]),
    "no check": (CLOSED, ("no_check", "fail_open"), [WELL]),
}


def test_the_right_answer_is_done():
    assert check_policies({"payments": CLOSED, "profile": OPEN}).done


@pytest.mark.parametrize(("payments", "profile", "unmet"), WRONG.values(), ids=WRONG)
def test_a_wrong_policy_is_told_by_its_aims(payments, profile, unmet):
    checked = check_policies({"payments": payments, "profile": profile})
    assert [aim.name for aim in checked.aims if not aim.met] == unmet


@pytest.mark.parametrize("policy", [("shared_atomic", "fail"), ("shared", "fail_open")])
def test_a_name_that_there_is_not_is_told_with_those_there_are(policy):
    [aim] = check_policies({"payments": policy, "profile": OPEN}).aims
    assert aim.because.startswith("ValueError: '")


def test_dots_left_anywhere_are_not_attempted():
    assert not check_policies({"payments": ("shared_atomic", ...), "profile": OPEN}).aims


def test_both_policies_are_one_until_something_is_cut():
    closed, opened = (under_cut("no cut", "shared_atomic", policy) for policy in POLICIES)
    assert closed == opened


def test_a_cut_of_one_direction_is_worse_than_the_whole_where_it_fails_open():
    one_way, whole = (under_cut(cut, *OPEN) for cut in ("eu to us only", "eu and us"))
    assert one_way["double_accept_rate"]["value"] > 1.5 * whole["double_accept_rate"]["value"]


def test_only_a_cut_answer_burns_tokens():
    burned = {cut: under_cut(cut, *CLOSED)["burned_rate"]["value"] for cut in CUTS}
    assert [cut for cut, share in burned.items() if share] == ["us to eu only"]


def test_the_cut_stands_in_the_scenario():
    [cut] = cut_world("us to eu only").partitions
    assert (cut.between, cut.one_way) == (("us", "eu"), True)
    assert cut_world("no cut").partitions == ()
