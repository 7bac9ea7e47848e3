"""`tokenrace sweep` from the command line: table, document, files, and what is said in one line."""

import json
import os
import pty
import subprocess
import sys
import termios

import pandas as pd
import pytest

from sim.scenario_files import load, parse_set
from sim.sweeps import sweep
from tests.cli.command import tokenrace

SHORT = ("--set", "workload.intentions=6", "--set", "duration_s=20")
SWEEP = ("sweep", "two-regions-payment", *SHORT)
RETRIES = ("--vary", "client.retries=0,2", "--replications", 2)
#: More values of a second field than a chart has room for.
MANY = (*RETRIES, "--vary", "client.sleep_s=0,1,2,3,4,5,6,7,8")
#: command line → what its one line must name.
MISTAKES = {
    SWEEP: ["--vary", "client.retries=0,1,2"],
    (*SWEEP, "--vary", "client.retries"): ["--vary client.retries", "FIELD=VALUE,VALUE"],
    (*SWEEP, "--vary", "client.retries=0,-1"): ["--vary client.retries: -1; allowed: at least 0"],
    (*SWEEP, "--vary", "client.retrys=1"): ["client.retrys", "unknown key", "retries"],
    (*SWEEP, "--vary", "servers.0.replicas=1,2"): ["servers.0.replicas", "1", "a list"],
    (*SWEEP, "--vary", "strategy=[1]"): ["--vary strategy: [1] does not exist; one of"],
    (*SWEEP, "--vary", "strategy=hope"): ["--vary strategy: 'hope'", "shared_atomic"],
    (*SWEEP, "--vary", "strategy=no_check", "--strategies", "quorum"): [
        "--vary strategy: not with --strategies"
    ],
    (*SWEEP, *RETRIES, "--strategies", "hope"): ["--strategies: 'hope'", "shared_atomic"],
    (*SWEEP, *RETRIES, "--strategies", "quorum,quorum"): ["--strategies: 'quorum' is given twice"],
    (*SWEEP, *RETRIES, "--strategies", "quorum", "--set", "strategy=no_check"): [
        "--set strategy: not with --strategies, which would overwrite it"
    ],
    (*SWEEP, *RETRIES, "--set", "client.retries=3"): [
        "--vary client.retries: not with --set client.retries, which it would overwrite"
    ],
    (*SWEEP, *RETRIES, "--measure", "luck"): ["--measure: 'luck'", "latency_ms.p95"],
    (*SWEEP, *RETRIES, *("--measure", "theft_rate") * 2): ["--measure: 'theft_rate' is given twi"],
    (*SWEEP, *RETRIES, "--jobs", 0): ["--jobs", "'0'"],
    (*SWEEP, *RETRIES, "--jobs", 2, "--dask", "x"): ["--jobs 2", "--dask"],
    (*SWEEP, *RETRIES, "-o", "x.xls"): [
        "--output x.xls: '.xls'",
        ".csv, .parquet, .json, .png, .svg",
    ],
    (*SWEEP, *RETRIES, "-o", "no/x.csv"): ["--output no/x.csv", "does not exist"],
    (*SWEEP, *RETRIES, "-o", "/proc/x.csv"): ["--output /proc/x.csv: cannot be written"],
    (*SWEEP, *RETRIES, "--cache", "/proc/x"): ["--cache /proc/x: cannot be written"],
    (*SWEEP, *RETRIES, "--cache", ""): ["--cache '': names no folder"],
    (*SWEEP, *RETRIES, "--cache", "x", "--no-cache"): ["--cache x", "--no-cache"],
    (*SWEEP, "--vary", "client.retries=0,1", "--vary", "seed=1,2"): ["seed", "same seeds"],
    (*SWEEP, *MANY, "-o", "x.png"): ["--output x.png: 27 panels", "24 at most"],
}


@pytest.fixture(autouse=True)
def cache(tmp_path_factory, monkeypatch):
    """A cache of its own for each test."""
    folder = tmp_path_factory.mktemp("cache")
    monkeypatch.setenv("TOKENRACE_CACHE", str(folder))
    return folder


@pytest.mark.parametrize("arguments", MISTAKES, ids=lambda each: " ".join(map(str, each[6:])))
def test_a_mistake_is_one_line_that_names_it_and_what_is_allowed(
    tmp_path, monkeypatch, cache, arguments
):
    monkeypatch.chdir(tmp_path)
    answer = tokenrace(*arguments)
    assert (answer.status, answer.out) == (2, "")
    assert answer.err.startswith("tokenrace: ")
    assert answer.err.count("\n") == 1
    assert [word for word in MISTAKES[arguments] if word not in answer.err] == []
    assert list(tmp_path.iterdir()) == list(cache.iterdir()) == []


def test_the_document_is_that_of_the_function():
    answer = tokenrace(*SWEEP, *RETRIES, "--strategies", "per_replica", "--json")
    assert (answer.status, answer.err) == (0, "")
    scenario = load("two-regions-payment", dict(map(parse_set, SHORT[1::2])))
    found = sweep(scenario, {"client.retries": [0, 2]}, ["per_replica"], 2, progress=False)
    assert answer.json() == found.to_json("two-regions-payment")
    assert found.made == 0


def test_varied_strategies_are_those_of_the_option():
    both = tokenrace(*SWEEP, *RETRIES, "--strategies", "no_check,per_replica", "--json")
    assert (
        both.out
        == tokenrace(*SWEEP, *RETRIES, "--vary", "strategy=no_check,per_replica", "--json").out
    )
    assert [point["strategy"] for point in both.json()["points"]] == ["no_check", "per_replica"] * 2


def test_seed_and_properties_are_taken_as_elsewhere():
    asked = ("--seed", 5, "--property", "audience_confinement", "--json")
    document = tokenrace(*SWEEP, *RETRIES, *asked).json()
    assert document["seed"] == 5
    assert {*document["points"][0]["verdicts"]} == {"audience_confinement"}


def test_what_was_there_is_told_on_standard_error():
    first = tokenrace(*SWEEP, *RETRIES, "--json")
    second = tokenrace(*SWEEP, *RETRIES, "--replications", 3, "--json")
    assert first.err == ""
    assert second.err == "tokenrace: 4 of 6 runs were there from before, 2 were made\n"


def test_a_cache_of_ones_own_or_none(tmp_path, cache):
    tokenrace(*SWEEP, *RETRIES, "--no-cache")
    assert list(cache.iterdir()) == []
    tokenrace(*SWEEP, *RETRIES, "--cache", tmp_path / "mine")
    assert list(cache.iterdir()) == []
    assert len(list((tmp_path / "mine").rglob("*.run"))) == 4


def test_the_table_has_a_line_for_each_point_and_says_what_it_leaves_open():
    answer = tokenrace(*SWEEP, *RETRIES, "--strategies", "no_check,shared_atomic")
    out = answer.out
    assert answer.status == 0
    assert "Two regions, one payment\nseed 20250120, 2 runs at each point" in out
    assert out.count("no_check") == out.count("shared_atomic") == 2
    assert "Intervals are over runs" in out
    assert max(map(len, out.splitlines())) <= 80


def test_one_run_is_no_plural():
    out = tokenrace(*SWEEP, "--vary", "client.retries=0", "--replications", 1).out
    assert "seed 20250120, 1 run at each point\n" in out


def test_the_table_has_the_measures_that_were_asked_for():
    out = tokenrace(*SWEEP, *RETRIES, "--measure", "theft_rate", "--measure", "latency_ms.p95").out
    words = out.split()
    assert "availability" not in words
    assert {"theft_", "rate", "p95"} <= set(words)
    assert " ms" in out


@pytest.mark.parametrize("suffix", ["csv", "parquet", "json", "png", "svg"])
def test_a_file_is_written_by_its_ending_and_nothing_beside_it(tmp_path, suffix):
    path = tmp_path / f"x.{suffix}"
    answer = tokenrace(*SWEEP, *RETRIES, "-o", path, "--json")
    assert answer.status == 0
    assert list(tmp_path.iterdir()) == [path]
    start = {"csv": b"client.retries,", "parquet": b"PAR1", "json": b"{\n", "png": b"\x89PNG"}
    assert path.read_bytes().startswith(start.get(suffix, b"<?xml"))


def test_a_json_file_is_the_document(tmp_path):
    answer = tokenrace(*SWEEP, *RETRIES, "-o", tmp_path / "x.json", "--json")
    assert (tmp_path / "x.json").read_text() == answer.out


def test_wide_has_a_column_for_each_measure(tmp_path):
    tokenrace(*SWEEP, *RETRIES, "-o", tmp_path / "x.csv", "--wide")
    table = pd.read_csv(tmp_path / "x.csv")
    assert len(table) == 2
    assert {"availability", "availability.low", "latency_ms.p95.high"} <= set(table)


def test_an_interrupt_says_that_nothing_is_kept_where_nothing_is(stops_after):
    stops_after(presentations=12)
    answer = tokenrace(*SWEEP, *RETRIES, "--strategies", "stopping", "--no-cache")
    assert answer.status == 130
    assert answer.err.endswith("finished at every point, and none is kept (--no-cache)\n")


@pytest.mark.slow
def test_the_bar_is_drawn_on_standard_error_when_that_is_a_terminal():
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (24, 80))
    os.set_blocking(ours, False)
    command = [sys.executable, "-m", "sim.cli", *map(str, (*SWEEP, *RETRIES)), "--json"]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=theirs, check=True)
    seen = os.read(ours, 65536)
    os.close(theirs)
    os.close(ours)
    assert b"sweep:" in seen
    assert b"/4" in seen
    assert json.loads(done.stdout)["replications"] == 2
