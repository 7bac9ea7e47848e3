"""A sweep: the same seeds everywhere, the same results always, and nothing made twice."""

import pytest

from oauth_model.flows import Flow
from oauth_model.strategies import First, Outcome, Replay, Strategy, Use, strategy
from sim.experiments import replicate
from sim.scenario_files import vary
from sim.sweeps import SweepError, sweep
from tests.sweeps.scenes import QUICK, RETRIES, files, quick, told


def test_a_point_gives_what_replicating_its_scenario_gives():
    found = quick(3, ["per_replica"])
    for cell, result in zip(found.cells, found.results, strict=True):
        retries = cell.settings["client.retries"]
        alone = replicate(vary(QUICK, client__retries=retries, strategy="per_replica"), 3)
        assert result.tally.measures() == alone.tally.measures()
        assert result.findings == alone.findings


def test_without_anything_varied_a_sweep_is_one_point():
    found = sweep(QUICK, {}, replications=2, cache=False, progress=False)
    assert [cell.settings for cell in found.cells] == [{}]
    assert found.results[0].tally.measures() == replicate(QUICK, 2).tally.measures()


def test_the_second_time_nothing_is_made_and_all_is_the_same(tmp_path):
    first, second = quick(cache=tmp_path), quick(cache=tmp_path)
    assert (first.kept, first.made) == (0, 6)
    assert (second.kept, second.made) == (6, 0)
    assert told(second) == told(first) == told(quick())
    assert len(files(tmp_path)) == 6


def test_more_replications_and_more_values_make_only_what_is_new(tmp_path):
    quick(2, cache=tmp_path)
    more = quick(3, cache=tmp_path)
    assert (more.kept, more.made) == (4, 2)
    wider = {"client.retries": [0, 1, 2]}
    assert sweep(QUICK, wider, replications=3, cache=tmp_path, progress=False).made == 3


def test_other_code_of_ones_own_is_made_anew(tmp_path):
    for answer, made in ((1, 2), (1, 0), (2, 2)):
        register(answer)
        assert quick(1, ["mine"], cache=tmp_path).made == made


def register(answer: int) -> None:
    @strategy
    class Mine(Strategy):
        name = "mine"

        def begin(self, use: Use) -> Flow[Outcome]:
            yield from ()
            return First() if answer == 1 else Replay()


def test_a_file_that_is_torn_is_made_again(tmp_path):
    first = quick(cache=tmp_path)
    path = files(tmp_path)[3]
    whole = path.read_bytes()
    path.write_bytes(whole[:-20])
    again = quick(cache=tmp_path)
    assert (again.kept, again.made) == (5, 1)
    assert path.read_bytes() == whole
    assert told(again) == told(first)


def test_an_interrupt_leaves_whole_rounds_and_keeps_every_run(tmp_path):
    interrupted_after(tmp_path, runs=5)
    found = quick(4, ["stopping"], cache=tmp_path)
    assert found.interrupted
    assert (found.replications, found.asked, found.made) == (2, 4, 5)
    assert {result.replications for result in found.results} == {2}


def test_an_interrupt_before_the_first_round_is_no_result_and_still_keeps(tmp_path):
    interrupted_after(tmp_path, runs=1)
    found = quick(2, ["stopping"], cache=tmp_path)
    assert (found.replications, found.made) == (0, 1)
    assert found.frame().estimate.dropna().eq(0).all()


def interrupted_after(folder, runs: int) -> None:
    """A strategy that is interrupted, as by Ctrl-C, once so many runs are kept."""

    @strategy
    class Stopping(Strategy):
        name = "stopping"

        def begin(self, use: Use) -> Flow[Outcome]:
            yield from ()
            if len(files(folder)) == runs:
                raise KeyboardInterrupt
            return First()


def test_an_error_in_a_run_is_raised_and_what_was_finished_is_kept(tmp_path):
    @strategy
    class Broken(Strategy):
        name = "broken"

        def begin(self, use: Use) -> Flow[Outcome]:
            yield from ()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        quick(1, ["shared_atomic", "broken"], cache=tmp_path)
    assert quick(1, ["shared_atomic"], cache=tmp_path).kept == 1


@pytest.mark.parametrize("wrong", [{"replications": 0}, {"jobs": 0}])
def test_less_than_one_is_said_in_one_line(wrong):
    with pytest.raises(SweepError, match="allowed: 1 or more of each"):
        sweep(QUICK, RETRIES, **wrong)


def test_the_bar_is_drawn_on_a_terminal_only(capsys):
    quick(1, progress=True)
    assert capsys.readouterr() == ("", "")


def test_it_says_what_it_is_in_a_line():
    assert repr(quick(2)) == (
        "Sweep of 'Two regions, one payment': client.retries over 2 values; 2 of 2 replications of "
        "2 cells"
    )
