"""A wrong command line or scenario: status 2, one line that says what is wrong and what is not."""

import pytest

from tests.cli.command import tokenrace

RUN = ("run", "two-regions-payment")
COMPARE = ("compare", "two-regions-payment")
#: command line → what its one line must name.
MISTAKES = {
    ("frobnicate",): ["frobnicate"],
    ("run",): ["SCENARIO"],
    ("run", "two-region-payment"): ["'two-region-payment'", "did you mean two-regions-payment"],
    ("run", "nowhere/x.toml"): ["nowhere/x.toml", "cannot be read"],
    ("run", "no\nwhere.toml"): ["no where.toml", "cannot be read"],
    (*RUN, "--frobnicate"): ["--frobnicate"],
    (*RUN, "--set", "client.retries"): ["client.retries", "FIELD=VALUE"],
    (*RUN, "--set", "client.retrys=3"): ["client.retrys", "retries"],
    (*RUN, "--set", "client.retries=many"): ["client.retries", "many"],
    (*RUN, "--set", "client.retries=-1"): ["client.retries", "-1", "0"],
    (*RUN, "--set", "strategy=hope"): ["strategy", "'hope'", "shared_atomic"],
    (*RUN, "--set", "thief.probability=1.5"): ["thief.probability", "1.5", "1"],
    (*RUN, "--property", "honesty"): ["--property", "'honesty'", "audience_confinement"],
    (*RUN, "--set", "properties=['honesty']"): [
        "properties",
        "'honesty'",
        "every_intention_served",
    ],
    (*RUN, "--seed", "x"): ["--seed", "'x'", "whole number"],
    (*RUN, "--seed", "-1"): ["--seed", "'-1'", "from 0"],
    (*RUN, "--replications", "0"): ["--replications", "'0'", "from 1"],
    (*RUN, "--precision", "10"): ["--precision", "'10'", "less than 1"],
    (*RUN, "--precision", "x"): ["--precision", "'x'", "such as 0.1"],
    (*RUN, "--precision", "0.1", "--measure", "messages_per_use"): ["--measure", "latency_ms.p95"],
    (*RUN, "--precision", "0.1", "--replications", "2"): ["--replications 2", "10 or more"],
    (*RUN, "--measure", "availability"): ["--measure availability", "only with --precision"],
    ("compare", "two-regions-payment", "--strategies", "no_check", "--against", "shared_atomic"): [
        "--against",
        "'shared_atomic'",
        "one of no_check",
    ],
    (*RUN, "--jobs", "0"): ["--jobs", "'0'", "from 1"],
    (*RUN, "--trace", "nowhere/t.jsonl"): ["--trace", "nowhere/t.jsonl", "does not exist"],
    (*RUN, "--trace", "."): ["--trace", "a folder"],
    ("compare", "two-regions-payment", "--strategies", "no_check,hope"): ["'hope'", "no_check"],
    (*COMPARE, "-o", "x.gif"): ["--picture", "x.gif", "'.gif'", ".svg, .png"],
    (*COMPARE, "--picture", "nowhere/x.svg"): ["--picture", "nowhere/x.svg", "does not exist"],
    ("issuance", "--designs", "thin"): ["--designs", "'thin'", "lodderstedt"],
    ("list", "dreams"): ["'dreams'", "strategies"],
    ("render", "nowhere.jsonl", "-o", "x.svg"): ["nowhere.jsonl", "cannot be read"],
    ("render", "nowhere.jsonl"): ["--output"],
}


@pytest.mark.parametrize("arguments", MISTAKES, ids=" ".join)
def test_a_mistake_is_one_line_that_names_it_and_what_is_allowed(tmp_path, monkeypatch, arguments):
    monkeypatch.chdir(tmp_path)
    answer = tokenrace(*arguments)
    assert (answer.status, answer.out) == (2, "")
    assert answer.err.startswith("tokenrace: ")
    assert answer.err.count("\n") == 1
    assert [word for word in MISTAKES[arguments] if word not in answer.err] == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("story = [", "not TOML"),
        ("[about]\ntitle = 'x'", "servers: missing"),
        ("[about]\ntitle = 'x'\n[[servers]]\nname = 'a'\noperations = {}", "operation"),
    ],
)
def test_a_mistake_in_a_file_names_the_file_and_the_field(tmp_path, text, said):
    path = tmp_path / "mine.toml"
    path.write_text(text)
    answer = tokenrace("run", path)
    assert answer.status == 2
    assert f"{path}: " in answer.err
    assert said in answer.err


def test_a_file_that_is_no_trace_is_named_with_its_line(tmp_path):
    path = tmp_path / "mine.jsonl"
    path.write_text("{}\n")
    answer = tokenrace("render", path, "-o", tmp_path / "x.svg")
    assert answer.status == 2
    assert f"{path}, line 1: not a row of a trace" in answer.err
