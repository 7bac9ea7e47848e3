"""`tokenrace explore`: a proof, a counterexample to copy, or why nothing can be said."""

from __future__ import annotations

import shlex
from dataclasses import replace
from itertools import count

import pytest

from sim.commands import explore as command
from sim.commands.explorations import advice
from sim.commands.explore import ALL, EXHAUSTIVE
from sim.exploration import MODES, USUAL_BOUNDS, Bounds
from sim.exploration import explore as look
from sim.exploration.answers import TWICE as COMES_TWICE
from tests.cli.command import Answer, tokenrace
from tests.exploration.one_payment import ONCE, STORY, TWICE, story

#: With one replica, its own memory is enough; and the space is small.
ALONE = ("--set", 'servers.0.replicas=["eu"]', "--landmarks", 0)
WRONG = ("--strategies", "per_replica")


def explored(*options: object) -> Answer:
    return tokenrace("explore", STORY, *options)


def line_after(answer: Answer, title: str) -> str:
    lines = answer.out.splitlines()
    return lines[lines.index(title) + 1]


# --- one strategy ---------------------------------------------------------------------------------


def test_a_violation_ends_with_1_and_says_which_why_and_by_which_clause():
    answer = explored(*WRONG)
    assert (answer.status, answer.err) == (1, "")
    assert "✘ per_replica: violated: smallest counterexample, 2 deviations and 6" in answer.out
    told = " ".join(answer.out.split())
    assert "at_most_one_effect_per_token A single-use token has at most one effect" in told
    assert "→ single-use token at-0.1 had its effect at payments-eu-1" in told
    assert "OAuth WG interim 2025-01-20: re-use of a single-use token" in told


@pytest.mark.parametrize("columns", [40, 80])
def test_the_schedule_stands_on_a_line_of_its_own_and_whole(monkeypatch, columns: int):
    monkeypatch.setenv("COLUMNS", str(columns))
    assert line_after(explored(*WRONG), "The schedule") == TWICE


def test_the_command_that_it_prints_repeats_it():
    words = shlex.split(line_after(explored(*WRONG), "Again"))
    assert words[:4] == ["tokenrace", "replay", STORY, TWICE]
    again = tokenrace(*words[1:])
    assert again.status == 1
    assert "violates at_most_one_effect_per_token" in again.out


def test_the_command_repeats_what_was_set_asked_and_bounded():
    asked = ("--set", "client.retries=2", "--seed", 7, "--property", ONCE, "--steps", 150)
    words = shlex.split(line_after(explored("--set", "strategy=no_check", *asked), "Again"))
    assert words.count("--set") == 2
    assert {"client.retries=2", "strategy=no_check", "7", ONCE, "150"} < set(words)
    assert tokenrace(*words[1:]).status == 1


def test_the_diagram_fits_into_69_columns():
    out = explored(*WRONG).out
    diagram = out[out.index("strategy per_replica, issuance fat") :]
    assert max(map(len, diagram.splitlines())) <= 69
    assert "EFFECT No. 2: POST /payments (*)" in diagram
    assert "X message lost" in diagram


def test_a_proof_ends_with_0_and_names_its_bounds():
    answer = explored(*WRONG, *ALONE)
    assert (answer.status, answer.err) == (0, "")
    told = " ".join(answer.out.split())
    assert "✔ per_replica: holds in all" in told
    assert "faults 1, landmarks 0, steps 200, space exhausted" in told
    assert "Looked at: 1 intention, 1 message lost or doubled at most" in told


def test_a_space_that_is_not_exhausted_ends_with_3_and_says_what_to_change():
    answer = explored("--schedules", 40)
    assert answer.status == 3
    assert "? shared_atomic: no violation in" in answer.out
    assert "more --schedules than 40; fewer --landmarks" in answer.out


def test_a_space_of_which_little_was_seen_is_not_blamed_on_clients():
    """That nothing came twice in one schedule is no fault of theirs."""
    answer = explored("--schedules", 1)
    told = " ".join(answer.out.split())
    assert "in none of 1 schedule did it happen that a token was presented twice" in told
    assert "→ more --schedules than 1; fewer --landmarks" in told


def test_runs_that_were_cut_off_before_anybody_was_served_say_only_that():
    told = " ".join(explored("--steps", 1).out.split())
    assert "→ 1 run cut off: more --steps than 1" in told
    assert "nobody is ever served" not in told


def test_runs_that_were_cut_off_are_no_proof():
    answer = explored("--landmarks", 0, "--faults", 0, "--steps", 8)
    assert answer.status == 3
    assert "cut off: more --steps than 8" in " ".join(answer.out.split())


def test_a_story_in_which_nothing_comes_twice_says_nothing():
    answer = explored("--set", "client.retry=none", "--landmarks", 0)
    assert answer.status == 3
    told = " ".join(answer.out.split())
    assert "says nothing: in none of" in told
    assert "--set client.retry=immediate" in told


def test_a_story_in_which_nobody_is_served_says_nothing():
    found = look(story("no_check", client__retry="none"), [ONCE], Bounds(faults=0))
    unserved = replace(found, seen=frozenset({COMES_TWICE}))
    assert unserved.verdict == "says nothing"
    assert "nobody is ever served: `tokenrace run` shows" in advice(unserved)


# --- several --------------------------------------------------------------------------------------

SEVERAL = ("--strategies", "per_replica,shared_check_then_act,no_check", *ALONE)


def test_several_are_a_table_and_below_it_each_counterexample_under_its_own_heading(monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    answer = explored(*SEVERAL)
    assert answer.status == 1
    rows = {row.split()[0]: row.split() for row in answer.out.splitlines() if row.strip()}
    assert rows["per_replica"][1:3] == ["✔", "holds"]
    assert rows["no_check"][1:3] == ["✘", "violated"]
    assert rows["no_check"][4:6] == ["1", "6"]
    table, _, below = answer.out.partition("✘ shared_check_then_act:")
    assert max(len(line) for line in table.splitlines()) <= 80
    assert "…" in table
    assert line_after(answer, "The schedule") in below
    first, _, second = below.partition("✘ no_check:")
    for part in (first, second):
        assert part.count("The schedule") == part.count("What it needs") == 1
    assert "strategy=shared_check_then_act" in first
    assert "strategy=no_check" in second


def test_the_document_has_every_schedule_whole():
    document = explored(*SEVERAL, "--json").json()
    assert (document["scenario"], document["mode"]) == (STORY, EXHAUSTIVE)
    proved, late, no_check = document["strategies"]
    assert (proved["verdict"], proved["schedule"], proved["replay"]) == ("holds", None, None)
    assert late["schedule"].startswith("after ")
    assert late["schedule"] == shlex.split(late["replay"])[3]
    assert no_check["events"] == 6
    keys = {"verdict", "schedule", "schedules_explored", "exhausted", "bounds", "events"}
    assert keys <= set(proved)


def test_violated_outranks_what_cannot_be_said():
    answer = explored("--strategies", "shared_atomic,no_check", "--schedules", 20, "--json")
    assert [each["holds"] for each in answer.json()["strategies"]] == [None, False]
    assert answer.status == 1


def test_however_many_processes_look_the_answer_is_the_same():
    asked = (*SEVERAL, "--schedules", 30, "--json")
    assert explored(*asked).json() == explored(*asked, "--jobs", 2).json()


def test_an_interrupt_keeps_the_strategies_that_were_finished(monkeypatch):
    answer_, calls = command._answer, count()

    def stopping(*asked):
        if next(calls):
            raise KeyboardInterrupt
        return answer_(*asked)

    monkeypatch.setattr(command, "_answer", stopping)
    answer = explored("--strategies", "no_check,per_replica", "--json")
    assert answer.status == 130
    assert [each["strategy"] for each in answer.json()["strategies"]] == ["no_check"]
    assert answer.err == "tokenrace: interrupted; 1 of 2 strategies were explored\n"


def interrupt(*told: object) -> None:
    """What Ctrl-C does after forty runs."""
    if told[-1] == 40:
        raise KeyboardInterrupt


@pytest.mark.parametrize("mode", [EXHAUSTIVE, "pct"])
def test_an_interrupt_keeps_what_was_looked_at_of_the_strategy_that_it_stopped(monkeypatch, mode):
    monkeypatch.setattr(command, "_tell", interrupt)
    answer = explored("--mode", mode)
    assert answer.status == 130
    told = " ".join(answer.out.split())
    assert "? shared_atomic: no violation in" in told
    assert "the space is not exhausted" in told
    assert "interrupted: up to 1" in told
    kept = "0 of 1 strategies were explored, and in part shared_atomic"
    assert answer.err == f"tokenrace: interrupted; {kept}\n"


# --- modes ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", MODES)
def test_draws_that_find_nothing_end_with_3(mode: str):
    answer = explored("--mode", mode, "--schedules", 30)
    assert answer.status == 3
    assert f"no violation in 30 {mode} schedules" in " ".join(answer.out.split())
    assert "draws are no proof" in answer.out


def test_pct_prints_what_it_promises():
    told = " ".join(explored("--mode", "pct", "--schedules", 5).out.split())
    assert "an order of depth 3 is found by one schedule with probability 1/(n k^2) = " in told


@pytest.mark.parametrize("mode", MODES)
def test_what_draws_find_is_told_like_any_counterexample(mode: str):
    answer = explored(*WRONG, "--mode", mode, "--seed", 7, "--property", ONCE)
    assert answer.status == 1
    assert "violated: counterexample, 2 deviations and 6 steps" in answer.out
    words = shlex.split(line_after(answer, "Again"))
    assert tokenrace(*words[1:]).status == 1


# --- files ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ending", "begins"),
    [
        ("svg", b"<svg"),
        ("png", b"\x89PNG"),
        ("txt", b"One payment"),
        ("mmd", b"sequenceDiagram"),
        ("html", b"<!DOCTYPE html>"),
        ("jsonl", b'{"scenario"'),
    ],
)
def test_the_counterexample_becomes_a_file_of_each_kind(tmp_path, ending: str, begins: bytes):
    file = tmp_path / f"found.{ending}"
    assert explored("--strategies", "no_check", "-o", file).status == 1
    assert begins in file.read_bytes()[:200]


def test_a_page_says_what_is_violated_and_why(tmp_path):
    file = tmp_path / "found.html"
    explored(*WRONG, "-o", file)
    assert f"{ONCE}: single-use token at-0.1 had its effect" in file.read_text(encoding="utf-8")


def test_without_counterexample_no_file_is_written_and_that_is_said(tmp_path):
    file = tmp_path / "found.svg"
    answer = explored(*WRONG, *ALONE, "-o", file)
    assert (answer.status, file.exists()) == (0, False)
    assert answer.err == f"tokenrace: {file} was not written: there is no counterexample\n"


# --- mistakes -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--mode", "dice"), "--mode: 'dice' does not exist; one of exhaustive, random, pct"),
        (("--strategies", "luck"), "--strategies: 'luck' does not exist; one of "),
        (("--property", "single_use_linearizable"), "'single_use_linearizable' cannot be explored"),
        (
            ("--strategies", "no_check", "--set", "strategy=per_replica"),
            "--set strategy: not with --strategies, which would overwrite it",
        ),
        (("--property", "fun"), "--property: 'fun' does not exist; one of "),
        (("--faults", "-1"), "'-1'; allowed: a whole number from 0 to 100"),
        (("--schedules", "many"), "'many'; allowed: a whole number from 1 to "),
        (("-o", "found.gif"), "--output found.gif: '.gif'; allowed: .svg, .png, "),
        (("-o", "nowhere/found.svg"), "the folder nowhere does not exist"),
    ],
)
def test_a_mistake_is_one_line_that_names_option_value_and_what_is_allowed(options, said: str):
    answer = explored(*options)
    assert (answer.status, answer.out) == (2, "")
    assert said in answer.err
    assert answer.err.count("\n") == 1


def test_what_help_says_of_bounds_is_what_they_are_when_nothing_is_said():
    bounds = explored(*WRONG, "--json").json()["strategies"][0]["bounds"]
    assert bounds == USUAL_BOUNDS.to_json()
    assert bounds["schedules"] == ALL
