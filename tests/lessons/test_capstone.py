"""A policy is weighed on both axes, and what is mailed of it can be run again."""

from __future__ import annotations

import shlex

import pytest

from sim.experiments import replicate
from sim.lessons.capstone import (
    BASELINES,
    RUNS,
    check_policy,
    foreseen,
    score,
    theft,
    told_no,
    world,
)
from sim.lessons.mail import TOLD, WIDTH, paragraph
from sim.scenario_files import load, parse_set

RIGHT = {"rotation_grace": "same_successor", "grace_s": 6}
WRONG = {
    "none": (BASELINES["no grace"], "clients"),
    "a minute": (BASELINES["60 s"], "thief"),
    "too short for the slow": ({"rotation_grace": "mint_new", "grace_s": 3}, "slow clients"),
    "no end": ({"rotation_grace": "until_successor_used"}, "a late thief gets nothing"),
    "a field that there is not": ({"grace": 6}, "it runs"),
}


def test_six_seconds_beat_both_baselines():
    assert check_policy(RIGHT).done


@pytest.mark.parametrize(("policy", "aim"), WRONG.values(), ids=WRONG)
def test_what_does_not_is_told_why(policy, aim):
    assert aim in [each.name for each in check_policy(policy).aims if not each.met]


def test_neither_baseline_beats_the_other():
    for policy in BASELINES.values():
        missed = {each.name for each in check_policy(policy).aims if not each.met}
        assert {"beats no grace", "beats 60 s"} <= missed


@pytest.mark.parametrize("answer", [..., {"rotation_grace": "mint_new", "grace_s": ...}])
def test_the_dots_are_no_attempt(answer):
    assert "not attempted yet" in repr(check_policy(answer))


def test_no_path_of_a_machine_is_in_what_is_said_of_a_wrong_field():
    [aim] = check_policy({"grace": 6}).aims
    assert "did you mean grace_s?" in aim.because
    assert "/" not in aim.because.partition(":")[0]


@pytest.mark.parametrize("grace_s", [0, 1.5, 6])
def test_short_windows_do_what_the_closed_forms_say(grace_s):
    found = score({"rotation_grace": "same_successor" if grace_s else "none", "grace_s": grace_s})
    for estimate, expected in zip(found, foreseen(grace_s), strict=True):
        low, high = estimate.low or 0.0, 1.0 if estimate.high is None else estimate.high
        assert low - 1e-9 <= expected <= high


def test_nobody_is_robbed_where_nobody_steals_and_nothing_lost_where_nothing_is():
    assert theft(RIGHT, "clients").n == 0
    assert told_no(RIGHT, "slow clients").n == RUNS * world(RIGHT).workload.intentions


def commands(text):
    """The command lines of a mail, as a shell reads them."""
    return [shlex.split(part) for part in text.split("\n\n")[1:]]


def test_the_mail_is_narrow_and_has_a_command_for_each_axis():
    text = paragraph(RIGHT)
    assert max(map(len, text.split("\n\n")[0].splitlines())) <= WIDTH
    assert [command[:3] for command in commands(text)] == [
        ["./run", "run", "grace-opens-old-generations"]
    ] * len(TOLD)


@pytest.mark.parametrize(("number", "about"), list(enumerate(TOLD)))
def test_what_a_command_sets_is_the_world_that_was_scored(number, about):
    words = commands(paragraph(RIGHT))[number]
    fields = dict(parse_set(words[at + 1]) for at, word in enumerate(words) if word == "--set")
    assert load(words[2], fields) == world(RIGHT, about)


def test_the_measures_that_the_mail_names_are_its_figures():
    served, stolen = (replicate(world(RIGHT, about), RUNS).tally.measures() for about in TOLD)
    mine = score(RIGHT)
    assert 1 - served["availability"]["value"] == pytest.approx(mine.told_no.value)
    assert mine.theft.value is not None
    assert stolen["theft_rate"]["n"] == round(mine.theft.value * mine.theft.n)
    assert mine.theft.n == 2 * RUNS * world(RIGHT).workload.intentions
