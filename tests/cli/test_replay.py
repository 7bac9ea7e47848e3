"""`tokenrace replay`: a schedule once more, from the words that `explore` has printed."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.cli.command import Answer, tokenrace
from tests.exploration.one_payment import ONCE, STORY, TWICE

WRONG = ("--set", "strategy=per_replica")


def replayed(*options: object, schedule: str = TWICE) -> Answer:
    return tokenrace("replay", STORY, schedule, *options)


# --- what came of it ------------------------------------------------------------------------------


def test_a_violation_ends_with_1_and_both_worlds_agree():
    answer = replayed(*WRONG)
    assert (answer.status, answer.err) == (1, "")
    assert f"\n{TWICE}\n" in answer.out
    assert f"✘ {ONCE}: violated" in answer.out
    assert "under chosen order, and so it does in the timed world" in " ".join(answer.out.split())


def test_the_diagram_shows_what_the_violation_needs():
    out = replayed(*WRONG).out
    diagram = out[out.index("strategy per_replica, issuance fat") :]
    assert "EFFECT No. 2: POST /payments (*)" in diagram
    assert max(map(len, diagram.splitlines())) <= 69
    assert "session" not in diagram  # the sign-in before it is no part of it


def test_the_same_schedule_under_another_strategy_ends_with_0():
    answer = replayed()
    assert answer.status == 0
    assert answer.out.count("✔") == 2
    assert "violates nothing under chosen order" in answer.out
    assert "refused: 2 attempts" in answer.out


def test_a_property_that_the_end_leaves_open_ends_with_3():
    answer = replayed(*WRONG, "--property", "one_token_per_code")
    assert answer.status == 3
    assert "? one_token_per_code: unknown" in answer.out


def test_violated_outranks_unknown():
    asked = ("--property", ONCE, "--property", "every_intention_served")
    answer = replayed(*WRONG, *asked, "--json")
    holds = {name: verdict["holds"] for name, verdict in answer.json()["verdicts"].items()}
    assert holds == {ONCE: False, "every_intention_served": None}
    assert answer.status == 1


#: A reservation is to lapse before the other comes, though its holder waits for less than a lease.
LAPSED = (
    "after as-eu-1>client-eu 0.client.0 = timer client-eu>payments-eu-1 0.client.0; "
    "after timer client-eu>payments-eu-1 0.client.0 = timer client-eu>payments-us-1 0.client.0; "
    "after payments-eu-1>store 0.client.0 = time 10.000001 s"
)
RESERVED = (
    *("--set", "strategy=reserve_commit", "--set", "balancer.policy=round_robin"),
    *("--set", "network.access.response_loss_probability=0.0", "--property", ONCE),
)


def test_a_lease_that_cannot_be_over_is_no_option():
    answer = replayed(*RESERVED, schedule=LAPSED)
    assert (answer.status, answer.out) == (2, "")
    assert "'after payments-eu-1>store 0.client.0' has no option 'time 10.000001 s'" in answer.err


def test_where_its_holder_waits_for_longer_both_worlds_agree_that_it_is():
    answer = replayed(*RESERVED, "--set", "stores.timeout_ms=20000", schedule=LAPSED)
    assert "under chosen order, and so it does in the timed world" in " ".join(answer.out.split())
    assert f"✘ {ONCE}: violated" in answer.out
    assert answer.status == 1


def test_the_document_says_all_of_it():
    document = replayed(*WRONG, "--json").json()
    assert document["scenario"] == STORY
    assert document["strategy"] == "per_replica"
    assert document["schedule"] == TWICE
    assert document["confirmed"] is True
    assert document["violated"][0] == ONCE
    assert document["verdicts"][ONCE]["witness"]["token"] == "at-0.1"
    assert document["events"] == 6


def test_the_undisturbed_run_is_the_schedule_that_says_nothing():
    answer = replayed(schedule="")
    assert answer.status == 0
    assert "(nothing)\nviolates nothing" in answer.out
    assert "served: 1 attempt" in answer.out


# --- files ----------------------------------------------------------------------------------------


def test_the_trace_is_the_one_that_explore_stores(tmp_path):
    found, again = tmp_path / "found.jsonl", tmp_path / "again.jsonl"
    tokenrace("explore", STORY, "--strategies", "per_replica", "-o", found)
    replayed(*WRONG, "--trace", again)
    assert found.read_bytes() == again.read_bytes()


def test_a_stored_replay_can_be_drawn_and_a_replay_draws_itself(tmp_path):
    trace, drawn, itself = (tmp_path / name for name in ("t.jsonl", "drawn.svg", "itself.svg"))
    replayed("--trace", trace, "-o", itself)
    assert tokenrace("render", trace, "-o", drawn).status == 0
    assert drawn.read_bytes() == itself.read_bytes()


def started(hash_seed: int, *arguments: str) -> bytes:
    environment = os.environ | {"PYTHONHASHSEED": str(hash_seed), "COLUMNS": "80"}
    command = [sys.executable, "-m", "sim.cli", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, check=False).stdout


def test_every_process_prints_and_stores_the_same(tmp_path):
    files = tmp_path / "one.jsonl", tmp_path / "two.jsonl"
    printed = [
        started(number, "replay", STORY, TWICE, *WRONG, "--trace", str(file))
        for number, file in enumerate(files, 1)
    ]
    assert printed[0] == printed[1]
    assert TWICE.encode() in printed[0]
    assert files[0].read_bytes() == files[1].read_bytes()


# --- mistakes -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("schedule", "said"),
    [
        ("lost", "schedule: 'lost' is no deviation; a deviation is POINT = OPTION, and several"),
        ("moon = full", "schedule: the run never comes to 'moon'"),
        ("route payments 0.client.0 = moon", "has no option 'moon'; allowed: payments-eu-1, pay"),
    ],
)
def test_a_schedule_that_cannot_be_followed_is_one_line_that_names_the_point(
    schedule: str, said: str
):
    answer = replayed(schedule=schedule)
    assert (answer.status, answer.out) == (2, "")
    assert said in answer.err
    assert answer.err.count("\n") == 1


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--trace", "nowhere/t.jsonl"), "--trace nowhere/t.jsonl: the folder nowhere does not"),
        (("-o", "t.gif"), "--output t.gif: '.gif'; allowed: .svg, "),
        (("--set", "strategy=luck"), "strategy"),
        (("--intentions", "0"), "'0'; allowed: a whole number from 1 to 100"),
    ],
)
def test_a_mistake_is_one_line_that_names_option_value_and_what_is_allowed(options, said: str):
    answer = replayed(*options)
    assert (answer.status, answer.out) == (2, "")
    assert said in answer.err
    assert answer.err.count("\n") == 1
