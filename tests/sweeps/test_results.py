"""What a sweep gives: tables, documents, files."""

import json

import pandas as pd
import pytest

from sim.sweeps import Sweep, SweepError, sweep
from sim.sweeps.results import SUFFIXES, check_file
from tests.sweeps.scenes import QUICK, quick


@pytest.fixture(scope="module")
def found() -> Sweep:
    """Two points under two strategies."""
    return quick(3, ["per_replica", "no_check"])


def row(frame: pd.DataFrame, retries: int, strategy: str, measure: str) -> pd.Series:
    here = (frame["client.retries"] == retries) & (frame.strategy == strategy)
    (found,) = (each for _, each in frame[here & (frame.measure == measure)].iterrows())
    return found


def test_a_row_is_a_measure_of_a_point_under_a_strategy(found):
    frame = found.frame()
    assert list(frame) == [
        *("client.retries", "strategy", "measure", "estimate", "low", "high", "unit", "n"),
        "replications",
    ]
    assert not frame.duplicated(["client.retries", "strategy", "measure"]).any()
    metrics = found.results[0].tally.measures()
    rate, latency = metrics["availability"], metrics["latency_ms"]["p50"]
    told = row(frame, 0, "per_replica", "availability")
    assert [told.estimate, told.low, told.high] == [rate["value"], *rate["ci95"]]
    assert (told.unit, told.n, told.replications) == ("share", 18, 3)
    told = row(frame, 0, "per_replica", "latency_ms.p50")
    assert (told.estimate, told.unit, told.n) == (latency["value"], "ms", latency["n"])


def test_what_has_no_interval_has_none_in_the_table(found):
    told = row(found.frame(), 2, "no_check", "messages_per_use")
    assert told.unit == "messages"
    assert told.estimate > 1
    assert told[["low", "high", "n"]].isna().all()


def test_every_measure_has_a_unit(found):
    units = found.frame().groupby("measure").unit.unique()
    assert set(units.str.len()) == {1}
    assert set(units.str[0]) == {"share", "ms", "messages", "operations", "entries", "bytes"}


def test_the_wide_table_says_the_same_a_row_for_each_cell(found):
    wide, frame = found.wide(), found.frame()
    assert list(wide)[:3] == ["client.retries", "strategy", "replications"]
    assert len(wide) == 4
    told = row(frame, 2, "no_check", "availability")
    last = wide.iloc[3]
    assert (last["availability"], last["availability.low"]) == (told.estimate, told.low)
    assert "messages_per_use.low" not in wide


def test_lists_and_mixed_values_stand_in_a_column_as_text():
    vary = {"servers.0.replicas": [["eu"], ["eu", "us"]]}
    frame = sweep(QUICK, vary, replications=1, cache=False, progress=False).frame()
    assert set(frame["servers.0.replicas"]) == {'["eu"]', '["eu", "us"]'}


def test_the_document_has_points_with_metrics_and_verdicts_like_other_commands(found):
    document = found.to_json("two-regions-payment")
    assert list(document) == ["scenario", "seed", "replications", "varied", "points"]
    assert document["scenario"] == "two-regions-payment"
    assert document["varied"] == {"client.retries": [0, 2]}
    point = document["points"][3]
    assert (point["settings"], point["strategy"]) == ({"client.retries": 2}, "no_check")
    assert set(point["metrics"]["availability"]) >= {"value", "ci95", "n"}
    assert set(point["verdicts"]) == set(QUICK.properties)
    assert json.loads(json.dumps(document, allow_nan=False)) == document


@pytest.mark.parametrize("wide", [False, True])
@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_files_hold_the_table_to_the_last_digit(found, tmp_path, suffix, wide):
    path = tmp_path / f"x.{suffix}"
    found.write(path, wide=wide)
    read = pd.read_csv(path) if suffix == "csv" else pd.read_parquet(path)
    table = found.wide() if wide else found.frame()
    assert suffix == "parquet" or b"\r" not in path.read_bytes()
    pd.testing.assert_frame_equal(read, table, check_dtype=suffix == "parquet", check_exact=True)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_the_same_sweep_gives_the_same_bytes(found, tmp_path, suffix):
    again = quick(3, ["per_replica", "no_check"])
    for name, each in (("a", found), ("b", again)):
        each.write(tmp_path / f"{name}{suffix}")
    first, second = ((tmp_path / f"{name}{suffix}").read_bytes() for name in "ab")
    assert first == second


def test_a_json_file_is_the_document(found, tmp_path):
    found.write(tmp_path / "x.json")
    assert json.loads((tmp_path / "x.json").read_text()) == found.to_json()


def test_a_file_of_another_ending_is_refused(tmp_path):
    with pytest.raises(SweepError, match=r"x.xls: '.xls'; allowed: .csv, .parquet, .json, .png"):
        check_file(tmp_path / "x.xls")


def test_without_pyarrow_a_parquet_file_says_what_it_needs(tmp_path, monkeypatch):
    monkeypatch.setattr("sim.sweeps.results.find_spec", lambda name: None)
    with pytest.raises(SweepError, match=r"needs pyarrow; pip install 'tokenrace\[sweep\]'"):
        check_file(tmp_path / "x.parquet")
    check_file(tmp_path / "x.csv")
