"""A trace is written and read again without loss; a line that is none is named."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.scenario_files import load
from sim.trace import EMPTY, KINDS, OUTCOMES, Header, NodeInfo, Row, Trace
from sim.world.simulation import simulate

NODES = (
    NodeInfo("client-eu", "client", "client", "eu"),
    NodeInfo("as-eu-1", "as", "as", "eu", -5, 2.5),
)
HEADER = Header("scenario", "A title – with ×", 7, "shared_atomic", "fat", 60_000_000, NODES)

TEXTS = st.text(max_size=12)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)
ROWS = st.builds(
    Row,
    t_us=st.integers(0, 10**15),
    kind=st.sampled_from(sorted(KINDS)),
    node=TEXTS,
    peer=TEXTS,
    intention=st.integers(-1, 10**7),
    actor=TEXTS,
    attempt=st.integers(0, 10**4),
    token=TEXTS,
    message=st.integers(0, 10**9),
    detail=st.dictionaries(TEXTS, JSON, max_size=4),
)


@settings(derandomize=True, deadline=None, max_examples=60)
@given(st.lists(ROWS, max_size=5))
def test_what_is_written_is_read_again_row_by_row(tmp_path_factory, rows: list[Row]):
    path: Path = tmp_path_factory.mktemp("trace") / "t.jsonl"
    trace = Trace(HEADER, rows)
    trace.write(path)
    assert Trace.read(path) == trace
    assert list(Trace.read(path).lines()) == list(trace.lines())


@settings(derandomize=True, deadline=None, max_examples=60)
@given(ROWS)
def test_a_row_is_one_line_of_json_without_what_is_empty(row: Row):
    _, line = Trace(HEADER, [row]).lines()
    assert "\n" not in line
    assert not [value for value in json.loads(line).values() if value in EMPTY]


@pytest.mark.parametrize("full", [True, False])
def test_the_trace_of_a_run_survives_being_stored(tmp_path: Path, full: bool):
    trace = simulate(load("two-regions-payment", {"workload.intentions": 5}), full=full)
    trace.write(tmp_path / "t.jsonl")
    again = Trace.read(tmp_path / "t.jsonl")
    assert again == trace
    assert again.header.level == ("full" if full else "outcomes")


def test_every_row_of_a_run_is_of_a_kind_that_is_explained_and_outcomes_are_always_there():
    scenario = load("two-regions-payment")
    full, short = ({row.kind for row in simulate(scenario, full=f)} for f in (True, False))
    assert full <= KINDS.keys()
    assert short == full & OUTCOMES


def lines() -> list[str]:
    return list(Trace(HEADER, [Row(1, "send", "client-eu"), Row(2, "deliver", "as-eu-1")]).lines())


@pytest.mark.parametrize("number", [1, 2, 3])
@pytest.mark.parametrize("bad", ["", "{", "[]", "3", "null", '"row"', "{}", '{"colour": 1}'])
def test_a_line_that_is_no_row_is_named_with_its_file(tmp_path: Path, number: int, bad: str):
    path = tmp_path / "t.jsonl"
    stored = [*lines()[: number - 1], bad, *lines()[number:]]
    path.write_text("".join(f"{line}\n" for line in stored), encoding="utf-8")
    with pytest.raises(
        ValueError, match=rf"t\.jsonl, line {number}: not a row of a trace \("
    ) as caught:
        Trace.read(path)
    assert str(caught.value).startswith(str(path))
    assert len(str(caught.value).splitlines()) == 1


def test_a_line_that_was_cut_off_is_named():
    with pytest.raises(ValueError, match=r"^trace, line 3: not a row of a trace \("):
        Trace.parse([*lines()[:2], lines()[2][:-5]])


def test_an_empty_file_says_what_is_missing(tmp_path: Path):
    (tmp_path / "t.jsonl").touch()
    with pytest.raises(ValueError, match=r"t\.jsonl: empty; a trace begins with its header line$"):
        Trace.read(tmp_path / "t.jsonl")


def test_a_row_is_no_header_and_a_header_no_row():
    header, row, _ = lines()
    with pytest.raises(ValueError, match="line 1"):
        Trace.parse([row, header])
    with pytest.raises(ValueError, match="line 2"):
        Trace.parse([header, header])


def test_the_trace_of_one_intention_has_its_rows_and_the_faults_around_it():
    trace = simulate(load("two-regions-payment"))
    about = trace.about(83)
    assert {row.intention for row in about if row.kind != "fault"} == {83}
    assert [row.detail["action"] for row in about.of("fault")] == ["cut", "heal"]
    assert about.of("issue", "outcome")
    assert [row for row in trace if row in about.rows] == about.rows
    assert about.header == trace.header


def test_rows_are_found_by_kind_in_order():
    rows = [Row(1, "send", "a"), Row(2, "drop", "a"), Row(3, "send", "b"), Row(4, "fault", "")]
    assert Trace(HEADER, rows).of("send", "fault") == [rows[0], rows[2], rows[3]]
    assert list(Trace(HEADER, rows)) == rows
