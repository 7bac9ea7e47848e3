"""Several processes: the same results, own strategies in all of them, and nobody left behind."""

import multiprocessing
import os
import subprocess
import sys
from threading import Lock

import pytest

from oauth_model.flows import Flow
from oauth_model.strategies import STRATEGIES, First, Outcome, Strategy, Use, strategy
from sim.experiments import run_once
from sim.properties import PROPERTIES
from sim.scenario_files import vary
from sim.sweeps import SweepError
from sim.sweeps.code import code_digest, own_classes
from sim.sweeps.luggage import carry_out, packed
from tests.sweeps.scenes import JUDGE, OWN, QUICK, quick, told

pytestmark = pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")  # 3.12: fork
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(__file__)))


def own(source: str = OWN) -> None:
    """Define a strategy as a notebook's cell does."""
    exec(source, {"__name__": "__main__"})


def test_two_processes_give_what_one_gives():
    asked = (5, ["per_replica", "shared_atomic"])
    assert told(quick(*asked, jobs=2)) == told(quick(*asked))


def test_processes_stay_for_the_next_sweep():
    quick(jobs=2)
    first = {process.pid for process in multiprocessing.active_children()}
    quick(5, jobs=2)
    assert {process.pid for process in multiprocessing.active_children()} == first
    assert len(first) >= 2


def test_nothing_to_do_starts_nobody(tmp_path):
    quick(cache=tmp_path)
    before = multiprocessing.active_children()
    assert quick(cache=tmp_path, jobs=3).made == 0
    assert multiprocessing.active_children() == before


def test_a_strategy_that_is_registered_later_gets_to_forked_processes():
    quick(jobs=2)
    own()
    first = told(quick(2, ["mine"], jobs=2))
    assert first == told(quick(2, ["mine"]))
    own(OWN.replace("SHARED", "LOCAL"))
    second = told(quick(2, ["mine"], jobs=2))
    assert first != second == told(quick(2, ["mine"]))


def test_an_interrupt_ends_the_processes_and_the_next_sweep_has_new_ones(tmp_path):
    class Interrupted(Strategy):
        name = "interrupted"

        def begin(self, use: Use) -> Flow[Outcome]:
            yield from ()
            raise KeyboardInterrupt

    STRATEGIES["interrupted"] = Interrupted
    found = quick(2, ["interrupted"], jobs=2)
    assert (found.replications, found.made) == (0, 0)
    assert quick(2, jobs=2).replications == 2


def test_a_process_that_dies_is_one_line_and_what_was_finished_is_kept(tmp_path):
    @strategy
    class Dies(Strategy):
        name = "dies"

        def begin(self, use: Use) -> Flow[Outcome]:
            yield from ()
            if multiprocessing.parent_process() is not None:
                os._exit(1)
            return First()

    with pytest.raises(SweepError, match=r"jobs 2: a process died.*ask again to go on"):
        quick(2, ["dies"], jobs=2, cache=tmp_path)
    assert quick(2, ["dies"], cache=tmp_path).replications == 2


SPAWNED = f"""
import multiprocessing
from tests.sweeps.scenes import quick, told
{OWN}
if __name__ == "__main__":
    multiprocessing.set_start_method("spawn")
    print(told(quick(2, ["mine"], jobs=2)) == told(quick(2, ["mine"])))
"""


def test_spawned_processes_are_told_of_own_classes():
    done = subprocess.run(
        [sys.executable, "-c", SPAWNED], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == ("True\n", "")


def test_a_strategy_travels_by_value_and_is_there_for_one_run_only():
    own()
    luggage = packed(own_classes())
    mine = vary(QUICK, strategy="mine")
    expected = run_once(mine, 1).tally.measures()
    del STRATEGIES["mine"]
    assert carry_out(mine, 1, code_digest(), luggage).tally.measures() == expected
    assert "mine" not in STRATEGIES


def test_a_property_travels_as_a_strategy_does():
    exec(JUDGE.format(verdict=False), {"__name__": "__main__"})
    luggage = packed(own_classes())
    del PROPERTIES["judge"]
    judged = carry_out(vary(QUICK, properties=["judge"]), 1, code_digest(), luggage)
    assert judged.verdicts["judge"].because == "so it is"
    assert "judge" not in PROPERTIES


def test_a_strategy_in_a_module_that_others_lack_travels_too(tmp_path, monkeypatch):
    (tmp_path / "my_strategies.py").write_text(OWN)
    script = "import my_strategies, sys; from sim.sweeps.luggage import packed; "
    script += "from sim.sweeps.code import own_classes; "
    script += "sys.stdout.buffer.write(packed(own_classes()))"
    luggage = subprocess.run(
        [sys.executable, "-c", script],
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(tmp_path), ROOT])},
        capture_output=True,
        check=True,
    ).stdout
    own()
    mine = vary(QUICK, strategy="mine")
    del STRATEGIES["mine"]
    assert carry_out(mine, 1, code_digest(), luggage).tally.begun == 6


def test_without_the_packer_it_is_said_how_to_get_it(monkeypatch):
    own()
    monkeypatch.setitem(sys.modules, "cloudpickle", None)
    with pytest.raises(SweepError, match=r"^mine: .*pip install 'tokenrace\[dask\]', or"):
        packed(own_classes())
    assert packed(()) == b""


def test_what_cannot_be_packed_is_named():
    class Locked(Strategy):
        name = "locked"
        lock = Lock()

    with pytest.raises(SweepError, match=r"^locked: cannot be sent .*lock.*jobs 1"):
        packed([{"locked": Locked}])


def test_other_code_elsewhere_is_refused_rather_than_believed():
    with pytest.raises(SweepError, match="a worker runs another version of tokenrace"):
        carry_out(QUICK, 1, "other")
