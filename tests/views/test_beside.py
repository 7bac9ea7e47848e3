"""Two runs of one story side by side: the same until the strategies part, then marked."""

from __future__ import annotations

import pytest

from sim.scenario_files import load, vary
from sim.trace import Trace
from sim.views.beside import apart, beside
from sim.views.scene import picture
from sim.views.shapes import Line, Text
from sim.views.svg import render_svg
from sim.world.simulation import simulate
from tests.cli.command import tokenrace

STORY = vary(
    load("two-regions-payment"),
    workload__intentions=5,
    thief__probability=1.0,
    partitions=(),
)


@pytest.fixture(scope="module")
def runs():
    names = ("per_replica", "shared_atomic")
    return [simulate(vary(STORY, strategy=name)).about(1) for name in names]


def marks(drawn):
    return [s for s in drawn.shapes if isinstance(s, Text) and s.text == "first difference"]


def test_strategies_part_where_one_asks_its_memory_and_the_other_the_store(runs):
    here, there = apart(*runs)
    assert here
    assert there
    assert (here.kind, there.kind) == ("consume", "send")
    assert here.t_us == there.t_us
    assert there.peer == "store"


def test_until_then_the_runs_are_the_same_but_for_the_numbers_of_messages(runs):
    firsts = [row for row in apart(*runs) if row]
    before = [run.rows[: run.rows.index(row)] for run, row in zip(runs, firsts, strict=True)]
    said = [[row._replace(message=0) for row in rows] for rows in before]
    assert said[0] == said[1] != []


def test_a_run_beside_itself_has_no_mark(runs):
    drawn = beside(runs[0], runs[0])
    assert apart(runs[0], runs[0]) == (None, None)
    assert marks(drawn) == []
    assert drawn.description.startswith("The two runs are the same.")


def test_each_half_is_the_diagram_of_its_run_and_has_its_mark(runs):
    drawn, halves = beside(*runs), [picture(run) for run in runs]
    assert drawn.width > sum(half.width for half in halves)
    assert drawn.height == max(half.height for half in halves)
    left, right = marks(drawn)
    assert left.x < halves[0].width < right.x
    assert "first differ at" in drawn.description


def test_no_label_is_struck_through(runs):
    drawn = beside(*runs)
    across = [s for s in drawn.shapes if isinstance(s, Line) and s.dash == (6, 4)]
    assert len(across) == 2
    for (left, y), (right, _) in (line.points for line in across):
        near = [s for s in drawn.shapes if isinstance(s, Text) and left < s.x < right]
        assert [s.text for s in near if s.y - s.size < y < s.y] == []


def test_a_run_that_ended_before_has_no_mark_of_its_own(runs):
    short = Trace(runs[0].header, runs[0].rows[:4])
    assert apart(short, runs[0]) == (None, runs[0].rows[4])
    assert len(marks(beside(short, runs[0]))) == 1


def test_the_same_two_runs_give_the_same_bytes(runs):
    assert render_svg(beside(*runs)) == render_svg(beside(*runs))


def test_the_command_draws_two_stored_runs(runs, tmp_path):
    paths = [tmp_path / f"{run.header.strategy}.jsonl" for run in runs]
    for run, path in zip(runs, paths, strict=True):
        run.write(path)
    drawn = tmp_path / "both.svg"
    answer = tokenrace("render", paths[0], "--beside", paths[1], "-o", drawn)
    assert answer.status == 0, answer.err
    assert drawn.read_text(encoding="utf-8") == render_svg(beside(*runs))
    wrong = tokenrace("render", paths[0], "--beside", paths[1], "-o", tmp_path / "both.png")
    assert (wrong.status, wrong.err.count("\n")) == (2, 1)
    assert ".svg only" in wrong.err
