"""Files: a trace and what is made of it, whole or not at all."""

import pytest

from sim.commands.endings import Mistake
from sim.commands.output import whole_file
from sim.scenario_files import load, parse_set
from sim.views.export import FORMATS
from sim.world.simulation import simulate
from tests.cli.command import RACE, SHORT, tokenrace


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    """A trace as the command stores it."""
    path = tmp_path_factory.mktemp("stored") / "trace.jsonl"
    assert tokenrace("run", *RACE, "--replications", 2, "--trace", path).status in (0, 1)
    return path


def test_the_stored_trace_is_that_of_replication_0_in_full(stored):
    scenario = load("two-regions-payment", dict(map(parse_set, SHORT[1::2])))
    assert stored.read_text().splitlines() == list(simulate(scenario).lines())


@pytest.mark.parametrize("suffix", ["svg", "txt", "html", "mmd", "csv"])
def test_a_trace_is_rendered_by_the_ending_of_the_file(stored, tmp_path, suffix):
    output = tmp_path / f"x.{suffix}"
    answer = tokenrace("render", stored, "-o", output, "--intention", 0)
    assert (answer.status, answer.out, answer.err) == (0, "", "")
    assert "/payments" in output.read_text()
    assert list(tmp_path.iterdir()) == [output]


def test_the_help_names_every_ending():
    said = " ".join(tokenrace("render", "--help").out.split())
    assert [each for each in FORMATS if f".{each}" not in said] == []


def test_an_ending_that_nothing_is_made_for_is_a_mistake_and_leaves_nothing(stored, tmp_path):
    answer = tokenrace("render", stored, "-o", tmp_path / "x.doc")
    assert answer.status == 2
    assert "'.doc'" in answer.err
    assert ".svg" in answer.err
    assert list(tmp_path.iterdir()) == []


def test_an_intention_that_the_trace_does_not_have_is_a_mistake(stored, tmp_path):
    answer = tokenrace("render", stored, "-o", tmp_path / "x.svg", "--intention", 999)
    assert (answer.status, answer.err.count("\n")) == (2, 1)
    assert "999" in answer.err


@pytest.mark.parametrize("suffix", ["svg", "png"])
def test_a_comparison_is_drawn_by_the_ending_of_the_file(tmp_path, suffix):
    picture = tmp_path / f"pareto.{suffix}"
    asked = ("--strategies", "no_check,shared_atomic", "--json")
    answer = tokenrace("compare", *RACE, *asked, "-o", picture)
    assert answer.status == 0
    assert list(tmp_path.iterdir()) == [picture]
    assert answer.json() == tokenrace("compare", *RACE, *asked).json()
    start = {"svg": b"<?xml", "png": b"\x89PNG"}[suffix]
    assert picture.read_bytes().startswith(start)


def test_a_file_that_could_not_be_finished_leaves_the_old_one(tmp_path):
    path = tmp_path / "old.txt"
    path.write_text("old")

    def write() -> None:
        with whole_file(path) as partial:
            partial.write_text("half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write()
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_that_cannot_be_written_is_a_mistake_that_names_it(tmp_path):
    path = tmp_path / "nowhere" / "x.txt"
    with pytest.raises(Mistake, match=r"nowhere/x\.txt: cannot be written"), whole_file(path) as p:
        p.write_text("x")
