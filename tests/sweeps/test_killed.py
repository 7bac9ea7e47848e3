"""A sweep that is killed or interrupted goes on with the same command, and nothing is lost."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from oauth_model.strategies import STRATEGIES
from tests.cli.command import tokenrace
from tests.sweeps.scenes import files

ROOT = Path(__file__).resolve().parents[2]
TOTAL, KEPT = 16, 5
#: The command in a process of its own, with a strategy that waits for ever once runs are kept.
SCRIPT = """
import os, signal, sys
from pathlib import Path

from oauth_model.flows import StoreCall
from oauth_model.strategies import SHARED, Strategy, strategy
from sim.cli import main


@strategy
class Waits(Strategy):
    name = "waits"

    def begin(self, use):
        most = int(os.environ.get("WAIT_AT", "999"))
        if len(list(Path(os.environ["TOKENRACE_CACHE"]).rglob("*.run"))) >= most:
            os.write(2, b"waiting")
            signal.pause()
        answer = yield StoreCall(SHARED, "insert", use.key, self.keep_until_s(use))
        return self.decide(answer)


sys.exit(main(sys.argv[1:]))
"""
ASKED = (
    *("sweep", "two-regions-payment", "--set", "workload.intentions=6", "--set", "duration_s=20"),
    *("--vary", "client.retries=0,2", "--strategies", "shared_atomic,waits"),
    *("--replications", "4", "--json"),
)


class Ended(NamedTuple):
    """What a process came to. Its outputs end when all of its processes have."""

    status: int
    out: bytes
    err: str


def started(cache: Path, jobs: int, **settings: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", SCRIPT, *ASKED, "--jobs", str(jobs)],
        cwd=ROOT,
        env=os.environ | {"TOKENRACE_CACHE": str(cache)} | settings,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


def whole(cache: Path, jobs: int = 1) -> Ended:
    """The sweep to its end."""
    with started(cache, jobs) as process:
        out, err = process.communicate()
    return Ended(process.returncode, out, err.decode())


def ended_midway(cache: Path, jobs: int, sign: signal.Signals) -> Ended:
    """The sweep until so many runs are kept: then a signal to its first process, or to all."""
    with started(cache, jobs, WAIT_AT=str(KEPT)) as process:
        assert process.stderr is not None
        seen = os.read(process.stderr.fileno(), 7)
        (os.kill if sign == signal.SIGKILL else os.killpg)(process.pid, sign)
        out, err = process.communicate()
    return Ended(process.returncode, out, (seen + err).decode())


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory) -> bytes:
    """What the sweep says when nothing happens, in this process."""
    before = dict(STRATEGIES)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TOKENRACE_CACHE", str(tmp_path_factory.mktemp("undisturbed")))
        exec(SCRIPT.partition("sys.exit")[0], {"__name__": "__main__"})
        answer = tokenrace(*ASKED)
    STRATEGIES.clear()
    STRATEGIES.update(before)
    assert (answer.status, answer.err) == (0, "")
    return answer.out.encode()


@pytest.mark.slow
@pytest.mark.parametrize("jobs", [1, 2])
def test_a_killed_sweep_makes_only_what_is_missing_and_says_the_same(tmp_path, undisturbed, jobs):
    killed = ended_midway(tmp_path, jobs, signal.SIGKILL)
    assert (killed.status, killed.out) == (-signal.SIGKILL, b"")
    kept = len([path for path in files(tmp_path) if path.suffix == ".run"])
    assert KEPT <= kept < TOTAL
    again = whole(tmp_path, jobs)
    assert again.err == (
        f"tokenrace: {kept} of {TOTAL} runs were there from before, {TOTAL - kept} were made\n"
    )
    assert (again.status, again.out) == (0, undisturbed)


@pytest.mark.slow
def test_ctrl_c_keeps_what_was_finished_and_says_how_to_go_on(tmp_path, undisturbed):
    # Of two processes either may wait with a run of the first round in its hands.
    stopped = ended_midway(tmp_path, 1, signal.SIGINT)
    assert stopped.status == 130
    said = (
        r"(\d) of 4 replications were finished at every point; (\d+) runs are kept, and the same "
    )
    found = re.search(rf"tokenrace: interrupted; {said}command goes on from there\n$", stopped.err)
    assert found is not None, stopped.err
    assert found[1] == "1"
    assert len(files(tmp_path)) == int(found[2])
    assert b'"replications": 1' in stopped.out
    assert whole(tmp_path).out == undisturbed
